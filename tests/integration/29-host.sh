#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A host where something is missing, full, or not for us: folders, scratch
# space, disks, libvirt.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"
requires setpriv nsenter nbdinfo

# A small file system that libvirt and QEMU see, and we where libvirt is.
mkdir "$tmp/scratch"
libvirt_inside mount -t tmpfs -o size=96m none "$tmp/scratch" || skip "there is no tmpfs to be had"
cleanup_fn libvirt_inside umount -l "$tmp/scratch"

a_guest vgtest-host-live
guest_boot vgtest-host-live
a_small_guest vgtest-host --plain
images_snapshot

# assert_all_clean: with nothing in the folders of a case either.
assert_all_clean() {
  assert_clean vgtest-host 'shut off'
  assert_clean vgtest-host-live running
}

## Folders

# paths STATE RUNTIME SNAPSHOTS [LINE…]: a configuration; - is what it is
# otherwise.
paths() {
  local names=(state run snapshots) i=0 path lines=() keys=(
    'state_path' 'runtime_path' 'snapshots_directory')
  vg_config
  for path in "${@:1:3}"; do
    [ "$path" != - ] || path=$tmp/vg/${names[i]}
    lines+=("${keys[i]} = $path")
    i=$((i + 1))
  done
  printf '%s\n' '[DEFAULT]' "${lines[@]:0:2}" '[libvirt]' "${lines[2]}" "${@:4}" \
    >"$tmp/virt-glance.conf"
}

: >"$tmp/file"
mkdir -m 700 "$tmp/closed"
while read -r guest state run snapshots regex; do
  paths "$state" "$run" "$snapshots"
  refuses_snapshot 1 "$regex" "$guest"
done <<CASES
vgtest-host-live /proc/none - - vgtest-host-live: .*/proc/none.*state_path
vgtest-host-live $tmp/file - - vgtest-host-live: .*$tmp/file.*state_path
vgtest-host-live - /proc/none - /proc/none.*runtime_path
vgtest-host-live - $tmp/file - $tmp/file.*runtime_path
vgtest-host-live - - /proc/none /proc/none.*snapshots_directory
vgtest-host-live - - $tmp/file $tmp/file.*snapshots_directory
vgtest-host-live - $tmp/closed/run - vgtest-host-live .*Permission denied.*user .*runtime_path.*snapshots_directory
vgtest-host-live - - $tmp/closed/snap vgtest-host-live .*Permission denied.*user .*runtime_path.*snapshots_directory
vgtest-host /proc/none - - vgtest-host: .*/proc/none.*state_path
vgtest-host - /proc/none - /proc/none.*runtime_path
CASES
assert_equal '' "$(find "$tmp/closed" -mindepth 2)" "what is in the closed folder"
assert_all_clean

## Scratch space

paths - - "$tmp/scratch" 'scratch_reserve = 200M'
refuses 1 "only .* free in $tmp/scratch.* 200.0 MiB .*scratch_reserve.*free some space, or set snapshots_directory" \
  libvirt_inside "${virt_glance_args[@]}" snapshot --quiet vgtest-host-live
paths - - - 'scratch_reserve = 8000T'
refuses_snapshot 1 "only .* free in $tmp/vg/snapshots.*scratch_reserve" vgtest-host-live
assert_all_clean

# It ends in the middle, as when something else fills the disk.
paths - - "$tmp/scratch" 'scratch_reserve = 64M'
in_background libvirt_inside "${virt_glance_args[@]}" snapshot --quiet --limit-rate 500K vgtest-host-live
is_uploading() { [ "$(image_field "$(images_new)" status)" = saving ]; }
wait_until 60 is_uploading || fail "it does not upload: $(cat "$tmp/err")"
libvirt_inside fallocate -l 70M "$tmp/scratch/other"
status=0
wait $pid || status=$?
cat "$tmp/err"
assert_equal 1 $status "the exit status"
assert_sentence "$tmp/err"
expect_error "aborted.*less than 32.0 MiB .*$tmp/scratch.*free some space"
assert_equal "$tmp/scratch/other" "$(libvirt_inside find "$tmp/scratch" -mindepth 1)" \
  "what is left of it"
libvirt_inside rm "$tmp/scratch/other"
assert_all_clean

## Rights

nobody=(setpriv --reuid nobody --regid nogroup --clear-groups)
vg_config
chmod 644 "$tmp/virt-glance.conf"
for guest in vgtest-host vgtest-host-live; do
  refuses 1 "$guest: .*$tmp/vg/state.*Permission denied; run this as root, or check state_path" \
    "${nobody[@]}" "${virt_glance_args[@]}" snapshot --quiet $guest
done
mkdir -p "$tmp/vg/state/jobs"
chmod 700 "$tmp/vg/state/jobs"
for command in jobs recover 'cancel 1'; do
  # shellcheck disable=SC2086 # words
  refuses 1 "jobs .*can't be read: .*Permission denied.*as root" \
    "${nobody[@]}" "${virt_glance_args[@]}" $command
done
# With folders of its own, but no right to the disk, or where QEMU has none.
chown -R nobody:nogroup "$tmp/vg"
chmod 600 "$VG_TEST_GUESTS/vgtest-host/disk"
refuses 3 "vda .*vgtest-host: .*/vgtest-host/disk.*Permission denied" \
  "${nobody[@]}" "${virt_glance_args[@]}" snapshot --quiet vgtest-host
refuses 1 "vgtest-host-live .*Permission denied.*user .*runtime_path" \
  "${nobody[@]}" "${virt_glance_args[@]}" snapshot --quiet vgtest-host-live
chown -R root:root "$tmp/vg"
# libvirt: a socket for reading only, and one that is out of reach.
refuses 5 "vgtest-host.*(forbidden|read only)" virt_glance \
  -c "qemu+unix:///system?socket=$VG_TEST_LIBVIRT/run/libvirt-sock-ro" snapshot -q vgtest-host-live
ln -s "$VG_TEST_LIBVIRT/run/libvirt-sock" "$tmp/closed/sock"
refuses 5 "$tmp/closed/sock.*Permission denied.*group libvirt" \
  "${nobody[@]}" "${virt_glance_args[@]}" \
  -c "qemu+unix:///system?socket=$tmp/closed/sock" snapshot -q vgtest-host
rm -r "$tmp/closed"
assert_all_clean

## Disks

disk=$VG_TEST_GUESTS/vgtest-host/disk
mv "$disk" "$disk.away"
refuses_snapshot 3 "vda .*vgtest-host: .*$disk.* No such file" vgtest-host
mkdir "$disk"
refuses_snapshot 3 "vda .*vgtest-host: .*$disk" vgtest-host
rmdir "$disk"
mv "$disk.away" "$disk"
assert_all_clean

# A qcow2 that isn't one; one whose backing file is gone, or of a format that
# nobody names.
a_guest vgtest-host-chain --idle
chain=$VG_TEST_GUESTS/vgtest-host-chain/disk
cp "$VG_TEST_BASE_FILE" "$tmp/base"
qemu-img rebase -u -b "$tmp/base" -F qcow2 "$chain"
mv "$tmp/base" "$tmp/base.away"
refuses_snapshot 3 "vda .*vgtest-host-chain: .*$tmp/base.* No such file" vgtest-host-chain
mv "$tmp/base.away" "$tmp/base"
server=
stop_server() {
  [ -n "$server" ] || return 0
  kill "$server"
  wait "$server" || true
  server=
}
cleanup_fn stop_server

# Another process has the disk, or what it stands on; who only reads may.
for file in "$chain" "$tmp/base"; do
  qemu-nbd --persistent --format qcow2 --socket "$tmp/nbd" "$file" &
  server=$!
  wait_until 60 nbdinfo --size "nbd+unix:///?socket=$tmp/nbd"
  refuses_snapshot 3 "vda .*vgtest-host-chain: $file is in use by another process" \
    vgtest-host-chain
  stop_server
done
qemu-nbd --persistent --read-only --format qcow2 --socket "$tmp/nbd" "$tmp/base" &
server=$!
wait_until 60 nbdinfo --size "nbd+unix:///?socket=$tmp/nbd"
expect 0 virt_glance snapshot --quiet vgtest-host-chain
image_delete "$(the_new_image)"
stop_server
assert_clean vgtest-host-chain 'shut off'

# What a header names, but had better not be opened.
cp "$chain" "$tmp/chain"
qemu-img convert -O vmdk "$tmp/base" "$tmp/base.vmdk"
qemu-img rebase -u -b "$tmp/base.vmdk" -F vmdk "$chain"
refuses_snapshot 3 "vda .*vgtest-host-chain: .*$tmp/base.vmdk.* 'vmdk'.*backingStore" vgtest-host-chain
qemu-img rebase -u -b "json:{\"driver\": \"raw\", \"file\": {\"driver\": \"file\", \"filename\": \"/etc/shadow\"}}" \
  -F raw "$chain"
refuses_snapshot 3 "vda .*vgtest-host-chain: .*only while the domain is running" vgtest-host-chain
rm "$chain"
qemu-img create -q -f qcow2 -o "data_file=$tmp/data,data_file_raw=on" "$chain" 1M
refuses_snapshot 3 "vda .*vgtest-host-chain: .*external data file" vgtest-host-chain
mv "$tmp/chain" "$chain"

# (The header's extension that names the format becomes the one that ends them.)
LC_ALL=C sed -i 's/\xe2y[*]\xca/\x00\x00\x00\x00/' "$chain"
refuses_snapshot 3 "vda .*vgtest-host-chain: .*the format .*$tmp/base.*qemu-img rebase" \
  vgtest-host-chain
head -c 1M /dev/urandom >"$chain"
refuses_snapshot 3 "vda .*vgtest-host-chain: .*(qcow2|opened)" vgtest-host-chain
: >"$chain"
refuses_snapshot 3 "vda .*vgtest-host-chain: .*(qcow2|opened)" vgtest-host-chain
assert_clean vgtest-host-chain 'shut off'
