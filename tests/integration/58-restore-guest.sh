#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest's disks come back from the backup that was made while it ran: it boots, its
# log goes on from there, and what came later is in the old disks. Killed at any step,
# it has its old disks or the new ones.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
requires strace

guest=vgtest-restore
still=vgtest-restore-still
images_snapshot
cleanup_fn images_delete_new
images_delete_new() {
  local id
  for id in $(images_new); do
    image_delete "$id"
  done
}
files() { find "$disks" -name '*disk*' -printf '%f\n' | sort | xargs; }

## Killed

# A guest that is never started, so that its images are small.
qemu-img create -q -f qcow2 "$tmp/base" 8M
cleanup_fn guest_undefine $still
guest_define $still --policy --base "$tmp/base" --data-disk 4M
disks=$cloud_dir/guests/$still
qemu-io -f qcow2 -c 'write -q -P 1 0 64k' "$disks/disk"
cp "$disks/disk" "$tmp/new-disk"
cp "$disks/disk2" "$tmp/new-disk2"
expect 0 virt_glance snapshot $still both --all-disks
for disk in disk disk2; do
  qemu-io -f qcow2 -c 'write -q -P 2 64k 64k' "$disks/$disk"
  cp "$disks/$disk" "$tmp/$disk"
done

# has_old: the disks as they were, and no other file. has_new JOB: those of the
# snapshot, and the others under their names; then these are back.
has_old() {
  local disk
  assert_equal "disk disk2" "$(files)" "the files"
  for disk in disk disk2; do
    cmp "$tmp/$disk" "$disks/$disk" || fail "$disk is not the old one"
  done
}
has_new() {
  local disk
  assert_equal "disk disk.before-restore-$1 disk2 disk2.before-restore-$1" "$(files)" "the files"
  for disk in disk disk2; do
    cmp "$tmp/$disk" "$disks/$disk.before-restore-$1" || fail "$disk is not kept"
    qemu-img compare -q -f qcow2 -F qcow2 "$tmp/new-$disk" "$disks/$disk" ||
      fail "$disk is not that of the snapshot"
    mv -f "$disks/$disk.before-restore-$1" "$disks/$disk"
  done
  handled+=${handled:+$'\n'}$1
}

# killed_at SYSCALL N: whether the run died of it.
killed_at() {
  local status=0
  (
    strace -f -qq -o /dev/null -e "trace=$1" -e "inject=$1:signal=KILL:when=$2" \
      "${virt_glance_args[@]}" restore $still
    exit $?
  ) >"$tmp/out" 2>&1 || status=$?
  [ $status = 0 ] && return 1
  [ $status = 137 ] || fail "$1 $2: status $status: $(cat "$tmp/out")"
}

# done_job: the id of the restore that is done since, if there is one.
handled=
done_job() {
  virt_glance jobs --json | jq -r '.[] | select(.kind == "restore" and .state == "done") | .id' |
    grep -vxF -e "${handled:-none}" || true
}

# recovered: old or new disks, and no step is left.
seen=
recovered() {
  local job
  expect 0 virt_glance recover
  job=$(done_job)
  if [ -n "$job" ]; then
    has_new "$job"
    seen+=new
  else
    has_old
    seen+=old
  fi
  expect 0 virt_glance recover
  grep -q '^Nothing' "$tmp/out" || fail "something was left for a second recover"
}
# The journal; the second names, of the new files and of the old ones; the exchange.
for call in rename linkat renameat; do
  n=1
  while killed_at $call $n; do
    recovered
    n=$((n + 1))
  done
  [ $n -gt 2 ] || fail "it makes no $call"
  has_new "$(done_job)"
done
[[ $seen = *old*new* ]] || fail "only these were seen: $seen"

## Its definition names the chain

cleanup_fn guest_undefine vgtest-restore-chain
guest_define vgtest-restore-chain --policy --base "$tmp/base" --data-disk 4M
disks=$cloud_dir/guests/vgtest-restore-chain
dump() { virsh -q dumpxml --inactive --security-info vgtest-restore-chain; }
dump | sed "s|^ *<source file=[^ ]*/disk'/>|&<backingStore type='file'><format type='qcow2'/>\\
  <source file='$tmp/base'/><backingStore/></backingStore>|" >"$tmp/chained.xml"
virsh -q define "$tmp/chained.xml"
dump >"$tmp/chained"
[ "$(grep -c '<backingStore' "$tmp/chained")" = 2 ] || fail "the definition names no chain"
qemu-io -f qcow2 -c 'write -q -P 1 0 64k' "$disks/disk"
qemu-img convert -O raw "$disks/disk" "$tmp/then"
expect 0 virt_glance snapshot vgtest-restore-chain chained
qemu-io -f qcow2 -c 'write -q -P 2 0 64k' "$disks/disk"
expect 0 virt_glance restore vgtest-restore-chain --disk vda
qemu-img compare -q -f raw -F qcow2 "$tmp/then" "$disks/disk" || fail "the disk is not that of the snapshot"
dump >"$tmp/whole"
assert_equal "" "$(grep '<backingStore' "$tmp/whole" || true)" "what the definition names"
python3 - "$tmp/chained" "$tmp/whole" <<'PYTHON' || fail "the definition lost something else"
import re, sys
chained, whole = (open(path).read() for path in sys.argv[1:])
sys.exit(re.sub(r"\n *<backingStore type.*?<backingStore/>\s*</backingStore>", "", chained, flags=re.S) != whole)
PYTHON
virsh -q start --paused vgtest-restore-chain
[ "$(virsh -q dumpxml vgtest-restore-chain | grep -c '<backingStore/>')" = 2 ] || fail "a disk has a chain"
virsh -q destroy vgtest-restore-chain

## Restored

cleanup_fn guest_undefine $guest
guest_define $guest --policy --data-disk 16M
disks=$cloud_dir/guests/$guest
guest_boot $guest
guest_counts_on $guest
expect 0 virt_glance backup $guest night --all-disks --type daily --rotation 2
guest_exec $guest /bin/sh -c 'echo later >/data/later && sync'
expect 7 virt_glance restore $guest
expect_error "can't be restored while it is running"
guest_stop $guest
expect 0 virt_glance restore $guest --type daily --json
job=$(jq -r .job "$tmp/out")
assert_equal "disk disk.before-restore-$job disk2 disk2.before-restore-$job" "$(files)" "the files"
assert_equal null "$(qemu-img info --output=json "$disks/disk" | jq '."backing-filename"')" "the backing file"
for disk in disk disk2; do
  assert_equal "$(stat -c '%u %g %a' "$disks/$disk.before-restore-$job")" "$(stat -c '%u %g %a' "$disks/$disk")" \
    "whose $disk is"
done
guest_boot $guest
guest_line $guest '' >"$tmp/boot"
for line in 'log ok' 'order ok'; do
  grep -q "^vgtest: $line" "$tmp/boot" || fail "the guest does not say '$line': $(cat "$tmp/boot")"
done
guest_exec $guest /bin/sh -c '[ ! -e /data/later ]' || fail "what was written after the backup is there"
guest_counts_on $guest
expect 0 virt_glance restore $guest --discard-old
assert_equal "disk disk2" "$(files)" "the files"
guest_stop $guest

## Refused

virsh -q snapshot-create-as $guest inside
expect 3 virt_glance restore $guest
expect_error "has libvirt snapshots, such as 'inside'.*virsh snapshot-delete $guest inside"
virsh -q snapshot-delete $guest inside
guest_boot $guest
virsh -q managedsave $guest
expect 3 virt_glance restore $guest
expect_error "virsh managedsave-remove $guest"
virsh -q managedsave-remove $guest
expect 0 virt_glance restore $guest --dry-run
