#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# An image has the disk's bytes: a shut-off guest's, whatever its disk is made
# of, and a running one's at one instant.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-bytes
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
cleanup_fn guest_undefine $guest-again

# virtual_size FILE FORMAT
virtual_size() { qemu-img info --output=json -U -f "$2" "$1" | jq '.["virtual-size"]'; }

# same_bytes FILE FORMAT: the last take's image is whole, in the format that
# was told, and reads as that disk.
same_bytes() {
  local format
  format=$(job_image disk_format)
  assert_equal "$format" "$(image_field "$image" disk_format)" "the image's format"
  image_download "$image" "$tmp/image"
  [ "$format" = raw ] || qemu-img check -q -f qcow2 "$tmp/image"
  assert_equal "$(virtual_size "$1" "$2")" "$(virtual_size "$tmp/image" "$format")" \
    "the virtual size"
  qemu-img compare -q -f "$2" -F "$format" "$1" "$tmp/image" ||
    fail "the image differs from $1"
  assert_equal "$(sha512sum <"$tmp/image" | cut -d' ' -f1)" \
    "$(image_field "$image" os_hash_value)" "the image's hash"
  rm "$tmp/image"
  image_delete "$image"
}

# give_disk FILE FORMAT: the guest has that disk.
give_disk() {
  FILE=$1 FORMAT=$2 /usr/bin/python3 - "$VG_TEST_GUESTS/$guest/domain.xml" >"$tmp/xml" <<'PY'
import os, sys
import xml.etree.ElementTree as tree
xml = tree.parse(sys.argv[1])
disk = xml.find("devices/disk")
disk.find("source").set("file", os.environ["FILE"])
disk.find("driver").set("type", os.environ["FORMAT"])
xml.write(sys.stdout, "unicode")
PY
  virsh -q define "$tmp/xml" >/dev/null
}

# on_disk FILE FORMAT [OPTION…]: the guest has that disk; its image is the same.
on_disk() {
  local file=$1 format=$2
  shift 2
  echo "$format $file $*"
  give_disk "$file" "$format"
  take $guest "$@"
  same_bytes "$file" "$format"
}

# glance_takes FILE: as a raw image. (Newer ones look into it.)
glance_takes() {
  local id status=0
  id=$(image_create vgtest-raw raw)
  image_upload "$id" "$1" >/dev/null 2>&1 || status=$?
  image_delete "$id"
  return $status
}

## Shut off

# An overlay on the base image, larger than it, with zeroes and an odd end.
guest_define $guest
disk=$VG_TEST_GUESTS/$guest/disk
qemu-img resize -q -f qcow2 "$disk" $((600 * 1048576 + 512))
qemu-io -f qcow2 -c 'write -P 90 580M 3M' -c 'write -z 8M 2M' -c 'discard 20M 1M' \
  -c "write -P 7 $((600 * 1048576)) 512" "$disk" >/dev/null
take $guest
same_bytes "$disk" qcow2
on_disk "$disk" qcow2 --format raw

# A chain of three, whose names are hard on quotes.
odd="$tmp/a disk, 'quoted' \"twice\", a:colon, 100% back\\slash & üml=ut <é>"
mkdir "$odd"
for layer in '1,file.filename=x' '2: top'; do
  qemu-img create -q -f qcow2 -b "$disk" -F qcow2 "$odd/$layer" 610M
  disk=$odd/$layer
  qemu-io -f qcow2 -c "write -P ${layer:0:1}7 60${layer:0:1}M 64k" \
    -c "write -P ${layer:0:1} 8M 64k" "$disk" >/dev/null
done
on_disk "$disk" qcow2
on_disk "$disk" qcow2 --format raw

# Raw disks: to which the guest wrote a header that would lead elsewhere; with
# an odd end; without any data.
echo "not for the guest" >"$tmp/secret"
qemu-img create -q -f qcow2 -b "$tmp/secret" -F raw "$tmp/lie" 32M
truncate -s $((16 * 1048576 + 3 * 512)) "$tmp/lie"
on_disk "$tmp/lie" raw
if glance_takes "$tmp/lie"; then
  on_disk "$tmp/lie" raw --format raw
else
  give_disk "$tmp/lie" raw
  expect 1 virt_glance snapshot --quiet $guest --format raw
  expect_error '415.*: --format qcow2'
  assert_no_new_images
fi
truncate -s 3G "$tmp/empty"
on_disk "$tmp/empty" raw
[ "$(job_image size)" -lt 1000000 ] || fail "an empty disk makes $(job_image size) bytes"
virsh -q define "$VG_TEST_GUESTS/$guest/domain.xml" >/dev/null
assert_nothing_left $guest 'shut off'

## Running

guest_undefine $guest
guest_define $guest --data-disk 32M
guest_boot $guest
guest_counts_on $guest || fail "the guest writes nothing"

# Paused, so that the disk can be copied by other means at the same instant.
virsh -q suspend $guest
wait_until 60 guest_is $guest paused
take $guest
grep -q '^warning: the snapshot is not quiesced' "$tmp/err" || fail "$(cat "$tmp/err")"
assert_nothing_on_host $guest paused
qemu-img convert -U -f qcow2 -O raw "$VG_TEST_GUESTS/$guest/disk" "$tmp/copy"
virsh -q resume $guest
same_bytes "$tmp/copy" raw

# booted: from the images of the last take, its log has all that was synced
# before, nothing of what came after, and both disks are of one instant.
booted() {
  local log
  image_download "$(jq -r '.images[0].id' "$tmp/out")" "$tmp/image"
  image_download "$(jq -r '.images[1].id' "$tmp/out")" "$tmp/image2"
  guest_define $guest-again --plain --idle --check --base "$tmp/image" --data-disk 32M
  qemu-img convert -f qcow2 -O qcow2 "$tmp/image2" "$VG_TEST_GUESTS/$guest-again/disk2"
  guest_boot $guest-again
  guest_line $guest-again ''
  guest_line $guest-again 'order ok'
  guest_line $guest-again 'files ok'
  log=$(guest_line $guest-again 'log ok' | cut -d' ' -f4)
  if [ "$log" -lt "$before" ] || [ "$log" -gt "$after" ]; then
    fail "the log ends at $log, and not between $before and $after"
  fi
  guest_undefine $guest-again
}

# instants N: of N snapshots of both disks, frozen and not in turn, none has one
# disk ahead of the other: the guest syncs the same number to each, one after
# the other. (A dirty file system is mounted, and so its journal replayed.)
instants() {
  local n disk quiesce log mark mark2 seen=''
  for ((n = 0; n < $1; n++)); do
    quiesce=require
    ((n % 2)) || quiesce=never
    take $guest instant --all-disks --quiesce $quiesce
    for disk in 0 1; do
      image=$(jq -er ".images[$disk].id" "$tmp/out")
      image_download "$image" "$tmp/image"
      image_delete "$image"
      qemu-img convert -f qcow2 -O raw "$tmp/image" "$tmp/disk$disk"
      e2fsck -p "$tmp/disk$disk" >"$tmp/fsck" || [ $? = 1 ] || fail "$(cat "$tmp/fsck")"
    done
    log=$(debugfs -R 'cat /log' "$tmp/disk0" 2>/dev/null | wc -l)
    mark=$(debugfs -R 'cat /mark' "$tmp/disk0" 2>/dev/null | sed 's/^0*//')
    mark2=$(debugfs -R 'cat /mark' "$tmp/disk1" 2>/dev/null | sed 's/^0*//')
    seen+=" $log/$mark/$mark2"
    if [ "$log" -lt "$mark" ] || [ "$mark" -lt "$mark2" ] || [ "$mark2" -lt $((log - 1)) ]; then
      fail "the disks are of several instants: $seen"
    fi
  done
  echo "the numbers in the images:$seen"
}

# Writing all the time.
for quiesce in require never; do
  before=$(guest_counter $guest)
  take $guest --all-disks --quiesce $quiesce
  after=$(guest_counter $guest)
  [ "$after" -gt "$before" ] || guest_counts_on $guest || fail "the guest stands still"
  assert_equal 'vda vdb' "$(jq -r '[.images[].disk] | join(" ")' "$tmp/out")" "the disks"
  booted
done
instants "${VG_TEST_INSTANTS:-4}"
images_delete_new
assert_nothing_left $guest
