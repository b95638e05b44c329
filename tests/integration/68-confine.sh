#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The programs that read a shut-off guest's disk: what a hostile header makes them
# open, what they could do if a guest took them over, and which of root's files they
# read all the same.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"
requires qemu-nbd qemu-img bwrap setpriv

guest=vgtest-confine
images_snapshot
cleanup_fn images_delete_new
a_small_guest $guest --no-agent
disk=$VG_TEST_GUESTS/$guest/disk
xml=$VG_TEST_GUESTS/$guest/domain.xml

# on_disk FILE: that qcow2 file is the guest's disk, and libvirt knows no more of it.
on_disk() {
  sed -e 's,<driver name="qemu" type="[a-z0-9]*",<driver name="qemu" type="qcow2",' \
    -e "s,<source file=\"[^\"]*\"/>,<source file=\"$1\"/>," "$xml" >"$tmp/domain.xml"
  virsh -q define "$tmp/domain.xml" >/dev/null
}

# refused REGEX: before any image is made, soon, and nothing is left.
refused() {
  wire_mark
  SECONDS=0
  refuses_snapshot 3 "^virt-glance: disk vda of domain $guest: .*$1" $guest
  [ $SECONDS -lt 60 ] || fail "it took $SECONDS s"
  assert_equal '' "$(wire_log 'select(.method == "POST" and (.path | endswith("/images"))) | .path')" \
    "what was made in Glance"
  virsh -q define "$xml" >/dev/null
  assert_clean $guest 'shut off'
}

# same_as FILE: the last take's image is that raw file.
same_as() {
  image_download "$image" "$tmp/image"
  qemu-img compare -q -f raw -F "$(image_field "$image" disk_format)" "$1" "$tmp/image" ||
    fail "the image is not as $1"
  rm "$tmp/image"
  image_delete "$image"
}

echo '# What a header names.'
top=$tmp/top
named_by_header() {
  rm -f "$top"
  qemu-img create -q -u -f qcow2 -F raw -b "$1" "$top" 16M
  on_disk "$top"
}
named_by_header /etc/shadow
refused "the header of $top names the backing file /etc/shadow, which QEMU's user libvirt-qemu may not read"
for mode in 600 640; do
  cp "$tmp/noise" "$tmp/secret"
  chmod $mode "$tmp/secret"
  named_by_header "$tmp/secret"
  refused "names the backing file $tmp/secret, .*<backingStore>.*storage pool"
done
mkdir -m 700 "$tmp/closed"
cp "$tmp/noise" "$tmp/closed/disk"
chmod 644 "$tmp/closed/disk"
named_by_header "$tmp/closed/disk"
refused "names the backing file $tmp/closed/disk"
mkfifo "$tmp/fifo"
named_by_header "$tmp/fifo"
refused "names the backing file $tmp/fifo, which is a FIFO"
named_by_header /dev/zero
refused "/dev/zero, which is a character device"
# What QEMU's user may read, it may read from here, too.
chmod 644 "$tmp/secret"
named_by_header "$tmp/secret"
take $guest
same_as "$tmp/secret"

echo "# Root's files."
chmod 600 "$tmp/secret"
sed "s,<source file=\"[^\"]*\"/>,<source file=\"$top\"/><backingStore type=\"file\"><format type=\"raw\"/><source file=\"$tmp/secret\"/><backingStore/></backingStore>," \
  "$tmp/domain.xml" >"$tmp/chain.xml"
virsh -q define "$tmp/chain.xml" >/dev/null
take $guest
same_as "$tmp/secret"

mkdir "$tmp/pool"
virsh -q pool-define-as vgtest-confine dir --target "$tmp/pool" >/dev/null
cleanup_fn virsh -q pool-undefine vgtest-confine
virsh -q pool-start vgtest-confine
cleanup_fn virsh -q pool-destroy vgtest-confine
cp "$tmp/noise" "$tmp/pool/volume"
chmod 600 "$tmp/pool/volume"
virsh -q pool-refresh vgtest-confine
named_by_header "$tmp/pool/volume"
take $guest
same_as "$tmp/noise"
chmod 777 "$tmp/pool"
refused "QEMU's user libvirt-qemu may not read.*all directories on its path belong to root"
chmod 755 "$tmp/pool"

# Handed back to root by libvirt: the disk of a guest that was shut off.
chmod 600 "$disk"
guest_pause $guest
virsh -q destroy $guest
assert_equal "root 600" "$(stat -c '%U %a' "$disk")" "the disk's owner"
take $guest
same_as "$disk"

echo '# While it reads.'
# check_reader CAPABILITIES: what the kernel says of the qemu-nbd.
check_reader() {
  local nbd status name
  in_background "${virt_glance_args[@]}" snapshot $guest slow --json --limit-rate 4M
  reader() { pgrep -f "^/usr/bin/qemu-nbd .*$tmp/vg"; }
  wait_until 60 reader || fail "there is no qemu-nbd: $(cat "$tmp/err")"
  nbd=$(reader)
  kill -STOP $pid # (So its qemu-nbd is there for as long as this looks at it.)
  grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp):?' "/proc/$nbd/status" | sed 's/^/# /'
  status=$(awk '{ $1 = $1; print }' "/proc/$nbd/status")
  while read -r name; do
    grep -qxF "$name" <<<"$status" || fail "it has not '$name': $status"
  done <<STATUS
Groups: $(id -G libvirt-qemu | xargs -n 1 | sort -n | xargs)
Uid: $(id -u libvirt-qemu) $(id -u libvirt-qemu) $(id -u libvirt-qemu) $(id -u libvirt-qemu)
CapInh: $1
CapPrm: $1
CapEff: $1
CapBnd: $1
NoNewPrivs: 1
Seccomp: 2
STATUS
  for name in net pid mnt ipc uts; do
    [ "$(readlink "/proc/$nbd/ns/$name")" != "$(readlink "/proc/self/ns/$name")" ] ||
      fail "its namespace $name is ours"
  done
  assert_equal lo "$(awk -F: 'NR > 2 { gsub(/ /, "", $1); print $1 }' "/proc/$nbd/net/dev")" "its network"
  for name in /etc/passwd /proc/1 /run /var "$tmp/vg" "$tmp/noise" "$VG_TEST_CLOUD/log"; do
    [ ! -e "/proc/$nbd/root$name" ] || fail "it sees $name"
  done
  [ -e "/proc/$nbd/root$disk" ] || fail "it does not see $disk"
  kill -CONT $pid
  wait $pid || fail "$(cat "$tmp/err")"
  image=$(jq -r '.images[0].id' "$tmp/out")
  same_as "$disk"
}
check_reader 0000000000000004
chmod 644 "$disk"
check_reader 0000000000000000

# As the agent's unit has it.
bounds=$(sed -n 's/^CapabilityBoundingSet=//p' "$VG_BUILDDIR/systemd/virt-glance-agent.service" |
  tr -d '\n' | sed 's/ *CAP_/,+/g' | tr '[:upper:]' '[:lower:]')
chmod 600 "$disk"
expect 0 setpriv --no-new-privs --inh-caps=-all "--bounding-set=-all$bounds" \
  "${virt_glance_args[@]}" snapshot $guest --json
image=$(jq -r '.images[0].id' "$tmp/out")
same_as "$disk"
chmod 644 "$disk"

echo '# Helpers that are missing, or hang.'
mkdir "$tmp/bin"
ln -s /usr/bin/qemu-img /usr/bin/qemu-nbd "$tmp/bin/"
refuses 1 "bwrap is needed to confine qemu-.*install bubblewrap.*confine_helpers = false" \
  env "PATH=$tmp/bin" "${virt_glance_args[@]}" snapshot --quiet $guest
vg_config
sed -i '/^runtime_path/a confine_helpers = false' "$tmp/virt-glance.conf"
expect 0 env "PATH=$tmp/bin" "${virt_glance_args[@]}" snapshot --json $guest
image=$(jq -r '.images[0].id' "$tmp/out")
same_as "$disk"
vg_config
ln -s /usr/bin/bwrap "$tmp/bin/"
rm "$tmp/bin/qemu-img"
printf '#!/bin/sh\nwhile :; do :; done\n' >"$tmp/bin/qemu-img"
chmod +x "$tmp/bin/qemu-img"
named_by_header "$tmp/noise"
in_background env "PATH=$tmp/bin" "${virt_glance_args[@]}" snapshot --quiet $guest
spinning() { pgrep -f "^/bin/sh $tmp/bin/qemu-img"; }
wait_until 60 spinning >/dev/null
SECONDS=0
kill -INT $pid
status=0
wait $pid || status=$?
[ $SECONDS -lt 60 ] || fail "it took $SECONDS s to stop"
assert_equal 130 "$status" "the exit status"
no_spinning() { ! spinning; }
wait_until 60 no_spinning || fail "qemu-img goes on"
virsh -q define "$xml" >/dev/null
assert_clean $guest 'shut off'
