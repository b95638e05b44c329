#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Compressed images: of a guest that is shut off and of one that runs, by both
# compressions; and disks that don't know of their zeroes, such as block devices.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"

guest=vgtest-compressed
images_snapshot
cleanup_fn images_delete_new
a_guest $guest --no-agent
disk=$VG_TEST_GUESTS/$guest/disk
qemu-io -f qcow2 -c 'write -P 90 400M 20M' -c 'write -P 7 430M 77k' "$disk" >/dev/null
plain=$(qemu-img measure -f qcow2 -O qcow2 "$disk" --output json | jq .required)

# same_disk FILE FORMAT: the last take's image is a sound qcow2 of that disk.
same_disk() {
  image_download "$image" "$tmp/image"
  qemu-img check -q -f qcow2 "$tmp/image" || fail "the image is not sound"
  qemu-img compare -q -U -f "$2" -F qcow2 "$1" "$tmp/image" || fail "the image differs from $1"
  assert_equal "$(stat -c %s "$tmp/image")" "$(image_field "$image" size)" "the image's size"
  assert_equal qcow2 "$(image_field "$image" disk_format)" "the format"
}

echo '# Compressed.'
for type in zlib zstd zstd:12; do
  take $guest --compress $type
  same_disk "$disk" qcow2
  assert_equal "${type%:*}" "$(qemu-img info --output=json "$tmp/image" |
    jq -r '.["format-specific"].data["compression-type"]')" "the compression"
  [ "$(job_image size)" -lt $((plain - (19 << 20))) ] ||
    fail "the image has $(job_image size) bytes, an uncompressed one $plain"
  image_delete "$image"
done
refuses_snapshot 2 "a raw image can't be compressed" $guest --compress zstd --format raw
vg_config 'snapshot_compression = true' 'snapshot_image_format = qcow2'
guest_pause $guest
take $guest
qemu-img convert -U -f qcow2 -O raw "$disk" "$tmp/copy"
same_disk "$tmp/copy" raw
assert_equal zlib "$(qemu-img info --output=json "$tmp/image" |
  jq -r '.["format-specific"].data["compression-type"]')" "the compression"
image_delete "$image"
vg_config
virsh -q destroy $guest
assert_clean $guest 'shut off'

# on_disk TYPE ATTRIBUTE PATH: the guest has that raw disk.
on_disk() {
  sed -e "s,<disk type=\"file\",<disk type=\"$1\"," -e "s,<source file=\"[^\"]*\"/>,<source $2=\"$3\"/>," \
    -e 's,<driver name="qemu" type="qcow2",<driver name="qemu" type="raw",' \
    "$VG_TEST_GUESTS/$guest/domain.xml" >"$tmp/domain.xml"
  virsh -q define "$tmp/domain.xml" >/dev/null
}

# found_zeroes FILE MAX: the image of that raw disk is the same, of at most MAX
# bytes, though nobody knew where there are zeroes.
found_zeroes() {
  ! grep 'Looking for zeroes' "$tmp/err" || fail "it read the disk twice"
  same_disk "$1" raw
  [ "$(job_image size)" -le "$2" ] || fail "the image has $(job_image size) bytes"
  image_delete "$image"
}

echo '# All written.'
head -c 40M /dev/zero >"$tmp/full"
printf x | dd of="$tmp/full" bs=1 seek=9000000 conv=notrunc status=none
head -c 3M /dev/urandom | dd of="$tmp/full" bs=1M seek=30 conv=notrunc status=none
on_disk file file "$tmp/full"
take $guest --format qcow2
found_zeroes "$tmp/full" 6000000
