#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A Glance from before there were stores that keeps all images in Ceph: where the
# base image is tells that, and a guest in the same cluster is cloned.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-rbd-single
guest_upload_ceph_base
export VG_TEST_GLANCE_URL=$VG_TEST_SINGLE_GLANCE_URL
export VG_TEST_WIRE_LOG=$cloud_dir/single-glance/wire.log
export OS_IMAGE_ENDPOINT_OVERRIDE=$VG_TEST_SINGLE_GLANCE_URL
cleanup_fn single_glance_stop
VG_TEST_SINGLE_STORE=rbd single_glance_start
vg_config
head -c 5M /dev/urandom >"$tmp/content"
base=$(image_add vgtest-single-base raw "$tmp/content" '')
cleanup_fn image_delete "$base"
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest --rbd --no-agent --image "$base"
disk=$(guest_rbd $guest)
before=$(rbd_state)

wire_mark
take $guest before-upgrade
rbd_is_clone "$image" ''
assert_equal "" "$(rbd_parent "images/$image")" "the clone's parent"
rbd_image_same "$image" "$disk"
assert_equal default "$(job_image rule)" "the rule"
image_download "$image" "$tmp/downloaded"
cmp "$tmp/content" "$tmp/downloaded" || fail "Glance gives out something else"
expect 0 virt_glance inspect $guest
grep -q "way: .*cloned (Glance's only store is in the disk's Ceph cluster)" "$tmp/out" ||
  fail "the plan is: $(cat "$tmp/out")"
image_delete "$image"
assert_equal "$before" "$(rbd_state)" "what is in Ceph"

# Where no base image tells it, it is uploaded.
virsh -q metadata $guest --uri http://openstack.org/xmlns/libvirt/nova/1.1 --remove --config
take $guest unknown
assert_equal stream "$(job_image way)" "the way without a base image"
image_delete "$image"
assert_nothing_left $guest "shut off"
assert_equal "$before" "$(rbd_state)" "what is in Ceph at the end"
