#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest in Ceph, and Glance's store "ceph", which is not the default one: its
# snapshot is a clone, of the very instant, and stands on its own.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-clone
guest_upload_ceph_base
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest --rbd --size 600M --check
disk=$(guest_rbd $guest)
guest_boot $guest
before=$(rbd_state)

# The plan says it, and does nothing.
expect 0 virt_glance inspect $guest
grep -q '^  way: .*cloned (store ceph is in the disk.s Ceph cluster)' "$tmp/out" ||
  fail "the plan is: $(cat "$tmp/out")"
expect 0 virt_glance snapshot $guest before-upgrade --dry-run --json
assert_equal "clone ceph base-image" \
  "$(jq -r '.disks[0] | .way + " " + .store + " " + .rule' "$tmp/out")" "the plan"
assert_equal "$before" "$(rbd_state)" "what is in Ceph after a plan"

# Running, frozen for the instant: all that was synced before is in it.
synced=$(guest_counter $guest)
wire_mark
take $guest before-upgrade
rbd_is_clone "$image"
assert_equal "" "$(rbd_parent "images/$image")" "the clone's parent"
assert_equal base-image "$(job_image rule)" "the rule"
assert_equal "$VG_TEST_CEPH_BASE_IMAGE" "$(image_field "$image" base_image_ref)" "the base image"
assert_nothing_on_host $guest
assert_equal "$before" "$(rbd_state | sed "/$image/d")" "what is in Ceph but the image"
assert_no_secrets "$tmp/vg/state" "$tmp/out" "$tmp/err"
! grep -rqF "$(sed -n 's/.*key = //p' "$VG_TEST_CEPH_KEYRING")" "$tmp/vg" "$tmp/err" ||
  fail "the key of client.nova was written down"
assert_image_boots "$image"
counted=$(sed -n 's/.*log ok.* \([0-9][0-9]*\)$/\1/p' "$tmp/boot")
[ -z "$counted" ] || [ "$counted" -ge "$synced" ] ||
  fail "the image ends at $counted, and the guest had synced $synced"
image_delete "$image"
assert_equal "$before" "$(rbd_state)" "what is in Ceph once the image is deleted"

# The very instant: the guest is frozen, and somebody else takes a snapshot, too.
virsh -q domfsfreeze $guest
ceph_rbd snap create --no-progress "$disk@vgtest-other"
take $guest frozen --quiesce never
virsh -q domfsthaw $guest
rbd_image_same "$image" "$disk@vgtest-other"
ceph_rbd snap rm --no-progress "$disk@vgtest-other"
image_delete "$image"

# Shut off.
guest_stop $guest
take $guest off
rbd_is_clone "$image"
rbd_image_same "$image" "$disk"
image_delete "$image"
assert_nothing_left $guest "shut off"
assert_equal "$before" "$(rbd_state)" "what is in Ceph"

# Flattening afterwards needs clones of format 2.
vg_config '[ceph]' 'flatten = after'
if [ "$(ceph_run osd get-require-min-compat-client)" = luminous ]; then
  expect 3 virt_glance snapshot $guest after
  expect_error 'flatten = after needs clones of format 2.*set-require-min-compat-client mimic'
  assert_nothing_left $guest "shut off"
fi
cleanup_fn ceph_run osd set-require-min-compat-client luminous
ceph_run osd set-require-min-compat-client mimic 2>/dev/null
guest_boot $guest

# Where Glance's user may not read the guests' pool, there is no "after".
take $guest before-after-all
rbd_is_clone "$image"
assert_equal "" "$(rbd_parent "images/$image")" "the clone's parent"
expect_error 'flattened before it is active.*may Glance.s user in Ceph read'
image_delete "$image"
cleanup_fn ceph_run auth caps client.glance mon 'profile rbd' \
  osd 'profile rbd pool=images'
ceph_run auth caps client.glance mon 'profile rbd' \
  osd 'profile rbd pool=images, profile rbd-read-only pool=vms' 2>/dev/null

# Active at once; then it is flattened by itself, and lets the guest's image go.
wire_mark
take $guest after
rbd_is_clone "$image"
flattened() { [ -z "$(rbd_parent "images/$image")" ]; }
all_done() { ! virt_glance jobs --json | jq -e '.[] | select(.state != "done" and .state != "failed")'; } >/dev/null
wait_until 180 flattened || fail "image $image is still a clone"
wait_until 60 all_done || fail "jobs are under way: $(virt_glance jobs)"
[[ $(ceph_rbd info "images/$image" --format json | jq -c '[.features, .flags]') = \
  *object-map*fast-diff*'[]'* ]] || fail "it has no object map: $(ceph_rbd info "images/$image")"
[[ $(ceph_rbd info "images/$image@snap" --format json | jq -c .flags) = '[]' ]] ||
  fail "its snapshot has none: $(ceph_rbd info "images/$image@snap")"
assert_equal "flatten done" "$(virt_glance jobs --json | jq -r '.[-1] | .kind + " " + .state')" \
  "the last job"
assert_nothing_on_host $guest
assert_equal "$before" "$(rbd_state | sed "/$image/d")" "what is in Ceph but the image"
assert_image_boots "$image"
image_delete "$image"
guest_stop $guest

# What is asked for otherwise is not cloned, but comes from the same snapshot.
vg_config
for options in '--store cheap' '--format qcow2'; do
  # shellcheck disable=SC2086 # words
  take $guest apart $options
  assert_equal stream "$(job_image way)" "the way with $options"
  ceph_rbd export --no-progress "$disk" "$tmp/disk"
  image_download "$image" "$tmp/image"
  qemu-img compare -q -f raw -F "$(job_image disk_format)" "$tmp/disk" "$tmp/image" ||
    fail "the image with $options differs"
  rm "$tmp/disk" "$tmp/image"
  image_delete "$image"
done
assert_equal "$before" "$(rbd_state)" "what is in Ceph at the end"

# One with so much data in one place that its map has parts that are full.
guest_undefine $guest
head -c 530M /dev/urandom >"$tmp/full"
truncate -s 560M "$tmp/full"
guest_define $guest --rbd --idle --image "$VG_TEST_CEPH_BASE_IMAGE" \
  --base "$tmp/full" --base-format raw
take $guest full --store cheap --format raw
assert_equal "$(sha512sum <"$tmp/full" | cut -d' ' -f1)" \
  "$(image_field "$image" os_hash_value)" "the image's hash"
