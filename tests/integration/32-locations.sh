#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# An image by the place of its data, with the cloud's own Glance and Ceph; what
# is called is in location-ops.c.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

build_program tests/integration/location-ops
list() { for pool in images vms; do ceph_rbd ls -l $pool; done; }
before=$(list)
made=()
head -c 5000000 /dev/urandom >"$tmp/content"

# an_image [POOL]: its id is $id then, and its data in that pool.
an_image() {
  local pool=${1-images}
  id=$(VG_TEST_AS=demo image_create vgtest-location raw)
  cleanup_fn remove_image "$id" "$pool"
  made+=("$id $pool")
  ceph_rbd import --no-progress "$tmp/content" "$pool/$id"
  ceph_rbd snap create --no-progress "$pool/$id@snap"
  ceph_rbd snap protect "$pool/$id@snap"
}

# remove_image ID POOL: whatever is left of it.
remove_image() {
  ! image_get "$1" >/dev/null || image_delete "$1"
  ceph_rbd snap unprotect "$2/$1@snap"
  ceph_rbd snap rm --no-progress "$2/$1@snap"
  ceph_rbd rm --no-progress "$2/$1"
} 2>/dev/null

# locate STATUS PLACE: as demo.
locate() {
  (
    eval "$(keystone_env demo)"
    expect "$1" "$VG_BUILDDIR/tests/integration/location-ops" "$id" "rbd://$2"
  )
}

says() { grep -Eq -- "$1" "$tmp/out" || fail "it says: $(cat "$tmp/out")"; }

an_image
locate 0 "$VG_TEST_CEPH_FSID/images/$id/snap"
assert_equal 'active 5000000 ceph' "$(cat "$tmp/out")" "the image"
image_download "$id" "$tmp/downloaded"
cmp "$tmp/content" "$tmp/downloaded"
# Once more, as after an answer that got lost: it is there, and there once.
locate 0 "$VG_TEST_CEPH_FSID/images/$id/snap"
assert_equal 1 "$(image_get "$id" | jq '.locations | length')" "the number of locations"
# With the image goes what it is made of.
image_delete "$id"
! ceph_rbd info "images/$id" 2>/dev/null >&2 || fail "images/$id is still there"

# Where Glance has no store, and where nothing is.
for place in "$VG_TEST_CEPH_FSID/vms" "00000000-0000-4000-8000-000000000000/images"; do
  an_image "$([[ $place = */vms ]] && echo vms || echo images)"
  locate 1 "$place/$id/snap"
  says "^upload it: can't add the location of image $id: .*HTTP 400.*of rbd://$place/"
  assert_equal queued "$(image_field "$id" status)" "the image's status"
done
locate 1 "$VG_TEST_CEPH_FSID/images/nothing/snap"
says "^upload it: .*HTTP 400"
# It is queued as before: an upload goes.
image_upload "$id" "$tmp/content" fast
assert_equal active "$(image_field "$id" status)" "the image's status"

# An image that is gone.
an_image
image_delete "$id"
locate 1 "$VG_TEST_CEPH_FSID/images/$id/snap"
says "^can't read image $id: .*HTTP 404"

# A Glance that takes none.
restart() {
  glance_stop
  VG_TEST_LOCATIONS=$1 glance_start
}
cleanup_fn restart True
restart False
an_image
locate 1 "$VG_TEST_CEPH_FSID/images/$id/snap"
says "^upload it: .*HTTP 403.*(; |, or )set show_multiple_locations = True in glance-api.conf"
assert_equal queued "$(image_field "$id" status)" "the image's status"

# What was refused is as it was.
ceph_rbd export --no-progress "images/$id@snap" - | cmp - "$tmp/content"
for one in "${made[@]}"; do
  # shellcheck disable=SC2086 # two words
  remove_image $one || :
done
assert_equal "$before" "$(list)" "what is left in Ceph"
