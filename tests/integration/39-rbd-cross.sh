#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# From Ceph into a file, while the guest is started: which does no harm. And from
# a file into Ceph.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-rbdcross
guest_upload_ceph_base
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest --rbd
disk=$(guest_rbd $guest)
before=$(rbd_state)

echo '# Its zeroes are not sent.'
take $guest sparse --store cheap
assert_equal 'stream qcow2' "$(job_image way) $(job_image disk_format)" "the way"
image_download "$image" "$tmp/image"
ceph_rbd export --no-progress "$disk" "$tmp/exported"
qemu-img check -q -f qcow2 "$tmp/image" || fail "the image is not sound"
qemu-img compare -q -f qcow2 -F raw "$tmp/image" "$tmp/exported" || fail "the image differs"
size=$(stat -c %s "$tmp/image")
capacity=$(stat -c %s "$tmp/exported")
echo "$size bytes were sent of $capacity"
[ "$size" -lt $((capacity / 4)) ] || fail "$size bytes were sent of $capacity"
rm "$tmp/exported"
image_delete "$image"

echo '# Started while its disk in Ceph is read.'
ceph_rbd snap create --no-progress "$disk@vgtest-other"
in_background "${virt_glance_args[@]}" snapshot $guest started --json --store cheap \
  --format raw --limit-rate 10M
wait_until 60 grep -q 'Uploading disk vda' "$tmp/err" || fail "$(cat "$tmp/err")"
guest_start $guest
kill -0 $pid || fail "it was not slow enough"
guest_wait_line $guest ready
wait $pid || fail "the snapshot failed: $(cat "$tmp/err")"
! grep 'beginning again' "$tmp/err" || fail "it began again"
image=$(jq -er '.images[0].id' "$tmp/out")
image_download "$image" "$tmp/image"
cmp "$tmp/image" <(ceph_rbd export --no-progress "$disk@vgtest-other" -) || fail "the image differs"
image_delete "$image"
guest_stop $guest
ceph_rbd snap rm --no-progress "$disk@vgtest-other"
assert_nothing_left $guest 'shut off'
assert_equal "$before" "$(rbd_state)" "what is in Ceph"
guest_undefine $guest

echo '# From a file into Ceph: no zeroes are stored.'
guest_define $guest --size 1G
take $guest into-ceph --store ceph
assert_equal 'read raw ceph' "$(job_image way) $(job_image disk_format) $(job_image store)" "the way"
[ "$(image_field "$image" size)" = $((1 << 30)) ] || fail "its size is $(image_field "$image" size)"
ceph_rbd export --no-progress "images/$image@snap" "$tmp/exported"
qemu-img compare -q -f raw -F qcow2 "$tmp/exported" "$VG_TEST_GUESTS/$guest/disk" || fail "the image differs"
used=$(ceph_rbd du "images/$image@snap" --format json | jq '[.images[].used_size] | add')
echo "$used bytes are stored"
[ "$used" -lt $((600 << 20)) ] || fail "$used bytes are stored"
image_delete "$image"
assert_nothing_left $guest 'shut off'
