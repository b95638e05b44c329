#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Images of libvirt's own snapshots: of an external one while the guest goes on, of
# an internal one of a guest that is shut off; what can't be read safely is refused
# with the reason, and what is spoiled while it is read is no image.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-from
folder=$cloud_dir/guests/$guest
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest --data-disk 64M

# save NAME [OPTION…]: a disk-only snapshot of the first disk.
save() {
  local name=$1
  shift
  virsh -q snapshot-create-as $guest "$name" --disk-only \
    --diskspec "vda,file=$folder/$name" --diskspec vdb,snapshot=no "$@" >/dev/null
}

# same_as FILE [FORMAT]: the image is that, byte by byte.
same_as() {
  image_download "$image" "$tmp/image"
  qemu-img compare -q -f "$(image_field "$image" disk_format)" -F "${2-qcow2}" \
    "$tmp/image" "$1" || fail "the image $image is not as $1"
  rm "$tmp/image"
}

# refused REGEX [OPTION…]: nothing is made then.
refused() {
  local regex=$1
  shift
  expect 3 virt_glance snapshot $guest no --from "$@"
  expect_error "$regex"
  assert_no_new_images
}
left_on_host() { find "$tmp/vg/run" "$tmp/vg/snapshots" -mindepth 1; }

# Internal, of a guest that is shut off; the disk goes on after it.
virsh -q snapshot-create-as $guest 'in,side' >/dev/null
qemu-img convert -U -f qcow2 -O qcow2 "$folder/disk" "$tmp/inside"
qemu-io -f qcow2 -c 'write -P 7 300M 1M' "$folder/disk" >/dev/null
take $guest --from in,side
same_as "$tmp/inside"
assert_equal saved "$(job_image way)" "the way"
assert_equal "$guest-in,side" "$(image_field "$image" name)" "the image's name"
expect 0 virt_glance snapshot $guest --from in,side --dry-run
grep -q '^snapshot: *in,side$' "$tmp/out" || fail "the plan does not name it"
images_delete_new
refused "has no snapshot 'none'" none
refused "has no disk|no disk" in,side --disk vdz
expect 2 virt_glance snapshot $guest no --from in,side --quiesce require
expect_error 'exclude each other'

# External, of the running guest, whose writes go on.
guest_boot $guest
refused 'inside the file that the running domain writes to' in,side
save first
qemu-img convert -U -f qcow2 -O raw "$folder/disk" "$tmp/first"
guest_exec $guest /bin/dd if=/dev/urandom of=/data/after bs=64k count=20 conv=fsync
take $guest chosen --from first --format raw --store cheap
same_as "$tmp/first" raw
image_in_store "$image" cheap || fail "the image is not in the store cheap"
assert_equal chosen "$(image_field "$image" name)" "the image's name"
assert_equal snapshot "$(image_field "$image" image_type)" "its image_type"
take $guest --from first
same_as "$tmp/first" raw
assert_equal fast "$(job_image store)" "the base image's store"
images_delete_new
refused 'it has no state of disk vdb' first --all-disks
refused 'it has no state of disk vdb' first --disk vdb

# The next one is on top of it; each is its own.
save second
qemu-img convert -U -f qcow2 -O raw "$folder/first" "$tmp/second"
take $guest --from second
same_as "$tmp/second" raw
take $guest --from first
same_as "$tmp/first" raw
images_delete_new

# With memory it is refused, whether inside or beside.
virsh -q snapshot-create-as $guest memory --live --diskspec "vda,file=$folder/memory" \
  --diskspec vdb,snapshot=no --memspec "$folder/memory.state" >/dev/null
refused 'the memory of the running guest' memory

# slowly: an upload under way, until it is done. Sets $pid.
slowly() {
  in_background "${virt_glance_args[@]}" snapshot $guest slow --from "$1" --limit-rate 2M
  wait_until 60 grep -q 'Uploading' "$tmp/err" || fail "it does not upload: $(cat "$tmp/err")"
}

# spoiled REGEX: that upload has come to nothing.
spoiled() {
  local status=0
  wait $pid || status=$?
  assert_equal 1 $status "the exit status"
  expect_error "$1"
  assert_no_new_images
  [ -z "$(left_on_host)" ] || fail "these are left: $(left_on_host)"
}

# Killed in the middle, and recovered.
slowly first
kill -KILL $pid
wait $pid || true
expect 0 virt_glance recover
assert_no_new_images
[ -z "$(left_on_host)" ] || fail "these are left: $(left_on_host)"

# Stopping and starting the guest is no harm to it.
slowly first
virsh -q destroy $guest
guest_start $guest
wait $pid || fail "it did not outlive the guest: $(cat "$tmp/err")"
image=$(image_find slow)
same_as "$tmp/first" raw
images_delete_new
guest_wait_agent $guest

# Merging is: begun and given up, which nothing shows but the time of the file …
# (QEMU writes half a MiB, and then waits for half a minute.)
slowly first
touch -r "$folder/disk" "$tmp/before"
written() { [ "$folder/disk" -nt "$tmp/before" ]; }
virsh -q blockcommit $guest vda --top "$folder/second" --base "$folder/disk" \
  --bytes --bandwidth 16384 >/dev/null
wait_until 60 written || fail "nothing is merged"
virsh -q blockjob $guest vda --abort
spoiled "no longer those of the snapshot|is not the snapshot's any more|changed while it was read"
touch -d '+2 minutes' "$folder/disk"
refused 'was modified later, at .* by an aborted blockcommit' first
touch -r "$folder/first" "$folder/disk"

# … and done.
slowly second
virsh -q blockcommit $guest vda --top "$folder/second" --base "$folder/first" --wait >/dev/null
spoiled "no longer those of the snapshot|changed while it was read|was changed while"
refused 'is no longer in the disk.s chain' second
virsh -q blockpull $guest vda --wait >/dev/null
refused 'is no longer in the disk.s chain|is no longer the backing file of' first
