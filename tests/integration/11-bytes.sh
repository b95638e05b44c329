#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# An image has the disk's bytes: of shut-off disks of all shapes, and of a
# running guest's at one instant.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

images_snapshot
cleanup_fn images_delete_new

# same_bytes FILE FORMAT: the last take's image is whole, in the format that
# was told, and reads as that disk.
same_bytes() {
  local format
  format=$(job_image disk_format)
  assert_equal "$format" "$(image_field "$image" disk_format)" "the image's format"
  image_download "$image" "$tmp/image"
  [ "$format" = raw ] || qemu-img check -q -f qcow2 "$tmp/image"
  qemu-img compare -q -f "$2" -F "$format" "$1" "$tmp/image" ||
    fail "the image differs from $1"
  assert_equal "$(sha512sum <"$tmp/image" | cut -d' ' -f1)" \
    "$(image_field "$image" os_hash_value)" "the image's hash"
  rm "$tmp/image"
  image_delete "$image"
}

# define NAME OPTION…: a guest that goes with the test.
define() {
  cleanup_fn guest_undefine "$1"
  guest_define "$@"
}

# redefine NAME FILE FORMAT: on another disk.
redefine() {
  virsh -q dumpxml "$1" --inactive >"$tmp/domain.xml"
  FILE=$2 FORMAT=$3 /usr/bin/python3 - "$tmp/domain.xml" <<'PY'
import os, sys
import xml.etree.ElementTree as tree
path = sys.argv[1]
xml = tree.parse(path)
disk = xml.find("devices/disk")
disk.find("source").set("file", os.environ["FILE"])
disk.find("driver").set("type", os.environ["FORMAT"])
xml.write(path)
PY
  virsh -q define "$tmp/domain.xml" >/dev/null
}

## Shut off

guest=vgtest-bytes
define $guest --size 600M
disk=$VG_TEST_GUESTS/$guest/disk
qemu-io -f qcow2 -c 'write -P 0x5a 580M 3M' -c 'write -z 1M 2M' \
  -c 'write -P 7 629145088 512' "$disk" >/dev/null
take $guest
same_bytes "$disk" qcow2
take $guest --format raw
same_bytes "$disk" qcow2
assert_nothing_left $guest 'shut off'

# A chain of three, and names that QEMU's and our own quoting could trip over.
odd="$tmp/a disk, with 'quotes', \"more\", a:colon, back\\slash & ümlaut="
mkdir "$odd"
qemu-img create -q -f qcow2 -b "$disk" -F qcow2 "$odd/middle,file.filename=x"
qemu-io -f qcow2 -c 'write -P 0x11 590M 1M' "$odd/middle,file.filename=x" >/dev/null
(cd "$odd" && qemu-img create -q -f qcow2 -b ./middle,file.filename=x -F qcow2 \
  'json:{"driver":"file","filename":"top: 100%"}' 700M) ||
  fail "no such name"
qemu-io -f qcow2 -c 'write -P 0x22 699M 1M' -c 'discard 0 64k' \
  "json:$(jq -nc --arg f "$odd/top: 100%" '{driver: "file", filename: $f}')" >/dev/null || true
redefine $guest "$odd/top: 100%" qcow2
take $guest
cd "$odd"
same_bytes "./top: 100%" qcow2
cd /
