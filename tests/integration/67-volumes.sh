#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Root disks that are volumes, as Nova attaches them: a qcow2 file, as on NFS, and
# a block device, as of iSCSI, Fibre Channel or LVM. Their images have their data,
# and of a device not its zeroes.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
requires losetup

guest=vgtest-volumes
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest --volume --no-agent
disk=$VG_TEST_GUESTS/$guest/disk

# volume_image FILE FORMAT: the last take's image has that volume's data, is in
# the default store, and says of no base image.
volume_image() {
  image_download "$image" "$tmp/image"
  assert_equal qcow2 "$(image_field "$image" disk_format)" "the format"
  qemu-img check -q -f qcow2 "$tmp/image" || fail "the image is not sound"
  qemu-img compare -q -U -f "$2" -F qcow2 "$1" "$tmp/image" || fail "the image differs from $1"
  assert_equal default "$(job_image rule)" "the rule"
  assert_equal '' "$(image_field "$image" base_image_ref)" "the base image"
  assert_equal 1 "$(image_field "$image" min_disk)" "the least disk"
  image_delete "$image"
}

echo '# A file.'
take $guest
volume_image "$disk" qcow2
guest_pause $guest
take $guest
volume_image "$disk" qcow2
virsh -q destroy $guest
assert_nothing_left $guest 'shut off'

echo '# A device.'
qemu-img convert -f qcow2 -O raw "$disk" "$tmp/volume"
device=$(losetup --find --show "$tmp/volume") || skip "there is no loop device for us"
cleanup_fn losetup --detach "$device"
used=$(qemu-img measure -f raw -O qcow2 "$tmp/volume" --output json | jq .required)
sed -e 's,<disk type="file",<disk type="block",' -e "s,<source file=\"[^\"]*\"/>,<source dev=\"$device\"/>," \
  -e 's,<driver name="qemu" type="qcow2",<driver name="qemu" type="raw",' \
  "$VG_TEST_GUESTS/$guest/domain.xml" >"$tmp/domain.xml"
virsh -q define "$tmp/domain.xml" >/dev/null
for state in off paused; do
  [ $state = off ] || guest_pause $guest
  take $guest
  ! grep 'Looking for zeroes' "$tmp/err" || fail "it read the disk twice"
  [ "$(job_image size)" -le $((used + (used / 2) + (4 << 20))) ] ||
    fail "the image has $(job_image size) bytes, not $used"
  volume_image "$tmp/volume" raw
done
virsh -q destroy $guest
virsh -q define "$VG_TEST_GUESTS/$guest/domain.xml" >/dev/null
assert_nothing_left $guest 'shut off'
