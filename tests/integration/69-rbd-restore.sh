#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A disk in Ceph comes back: as a clone of Glance's image in the same cluster, and
# downloaded from another store; the old image is kept with its snapshot and clone.
# Killed at each write of the journal, the guest has its old disk or the new one.
# shellcheck disable=SC2119 # optional arguments
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-rbd-restore
images_snapshot
cleanup_fn images_delete_new
a_small_rbd_guest $guest --plain
cleanup_fn eval "ceph_rbd rm --no-progress $disk.child >/dev/null 2>&1 || true"
mapfile -t store < <(ceph_store)
vg_config "${store[@]}"
take $guest one --store ceph
in_ceph=$image
rbd_is_clone "$in_ceph"
take $guest two --store cheap --format raw
in_file=$image
vg_config

# The guest writes something else, and its disk gets a snapshot with a clone.
ceph_rbd bench --io-type write --io-size 64K --io-total 1M --io-pattern rand "$disk" >/dev/null
ceph_rbd export --no-progress "$disk" "$tmp/then"
! cmp -s "$tmp/noise" "$tmp/then" || fail "the disk was not written to"
ceph_rbd snap create --no-progress "$disk@mine"
ceph_rbd snap protect "$disk@mine"
ceph_rbd clone "$disk@mine" "$disk.child"
# state: what the pools hold, and what is a clone or protected; not who has it open.
state() {
  local pool
  for pool in images vms; do
    ceph_rbd ls -l "$pool" | sed "s/ *excl$//; s/ *$//"
    ceph_rbd trash ls "$pool"
  done
}
before=$(state)

# holds IMAGE FILE
holds() { ceph_rbd export --no-progress "$1" - | cmp - "$2" || fail "$1 does not hold $2"; }

# restored: by the last command's job, whose old disk is kept. Then that is back.
restored() {
  job=$(jq -r .job "$tmp/out")
  old=$disk.virt-glance-old-$job
  assert_equal "rbd:$old" "$(jq -r '.disks[0].old' "$tmp/out")" "the old disk"
  is_new
}
is_new() {
  holds "$disk" "$tmp/noise"
  holds "$old" "$tmp/then"
  assert_equal "$old@mine" "$(rbd_parent "$disk.child")" "the parent of the old disk's clone"
  rbd_flat "$disk" || fail "$disk is a clone"
}
put_back() {
  ceph_rbd rm --no-progress "$disk"
  ceph_rbd mv "$old" "$disk"
  assert_equal "$before" "$(state)" "what is in Ceph"
}
downloads() { wire_log 'select(.method == "GET" and (.path | endswith("/file"))) | .path'; }

## Restored

wire_mark
expect 0 virt_glance restore $guest --image "$in_ceph" --json
restored
assert_equal "images/$in_ceph@snap" "$(jq -r '.disks[0].parent' "$tmp/out")" "what was cloned"
assert_equal "" "$(downloads)" "what was downloaded"
put_back

expect 0 virt_glance restore $guest --image "$in_file" --json
restored
assert_equal "/v2/images/$in_file/file" "$(downloads)" "what was downloaded"
! grep -q warning "$tmp/err" || fail "it warns: $(cat "$tmp/err")"
put_back

## In use

mkfifo "$tmp/enter"
exec 9<>"$tmp/enter"
ceph_rbd watch "$disk" <&9 >"$tmp/watch" 2>&1 &
watcher=$!
is_watched() { [[ $(ceph_rbd status "$disk") = *watcher=* ]]; }
wait_until 60 is_watched || fail "nobody watches $disk: $(cat "$tmp/watch")"
expect 1 virt_glance restore $guest --image "$in_ceph"
expect_error "RBD image $disk can't be replaced: a client has it open for writing"
echo >&9
wait $watcher
not_watched() { ! is_watched; }
wait_until 60 not_watched || fail "$disk is watched yet"
assert_equal "$before" "$(state)" "what is in Ceph"

## Killed

build_program tests/unit/lib/kill-at.la

# killed_at N-before, N-after: whether the run died there, at the Nth write of its journal.
killed_at() {
  local status=0
  rm -rf "$tmp/vg/state/jobs"
  (
    LD_PRELOAD=$VG_BUILDDIR/tests/unit/lib/.libs/kill-at.so VG_TEST_KILL_AT=$1 \
      "${virt_glance_args[@]}" restore $guest --image "$in_ceph" --json
    exit $?
  ) >"$tmp/out" 2>"$tmp/err" || status=$?
  [ $status = 0 ] && return 1
  [ $status = 137 ] || fail "write $1: status $status: $(cat "$tmp/err")"
}

# (Before a write: what the run did since the one before is done.)
seen='' n=1 exchanged=0
while killed_at $n-before; do
  expect 0 virt_glance recover
  job=$(virt_glance jobs --json | jq -r '.[] | select(.state == "done") | .id')
  if [ -n "$job" ]; then
    old=$disk.virt-glance-old-$job
    is_new
    put_back
    seen+=new
    [ $exchanged != 0 ] || exchanged=$n
  else
    assert_equal "$before" "$(state)" "what is in Ceph, killed before write $n"
    seen+=old
  fi
  expect 0 virt_glance recover
  grep -q '^Nothing' "$tmp/out" || fail "something was left for a second recover"
  n=$((n + 1))
done
[[ $seen = *old*new* ]] || fail "only these were seen: $seen"
echo "killed at $((n - 1)) writes of the journal: $seen"
restored
put_back

## Killed in the middle of a rename

rados_run() { timeout 60 rados --conf "$VG_TEST_CEPH_CONF" --name client.admin -p vms "$@"; }

# two_names IMAGE NAME: that leads to the image as well, as librbd leaves it.
two_names() {
  rados_run get "rbd_id.${1#vms/}" "$tmp/id"
  rados_run put "rbd_id.${2#vms/}" "$tmp/id"
  left=rbd_id.${2#vms/}
}

# killed N-WHEN: the names are those of that job.
killed() {
  killed_at "$1" || fail "it was not killed: $(cat "$tmp/out")"
  job=$(basename "$tmp"/vg/state/jobs/*.json .json)
  old=$disk.virt-glance-old-$job
  new=$disk.virt-glance-new-$job
}
mended() {
  expect 0 virt_glance recover
  ! rados_run stat "$left" >/dev/null 2>&1 || fail "$left is there"
}
killed $((exchanged - 1))-after
two_names "$disk" "$old"
mended
assert_equal "$before" "$(state)" "what is in Ceph"

killed $exchanged-before
ceph_rbd mv "$disk" "$new"
two_names "$old" "$disk"
expect 0 virt_glance recover
assert_equal "$before" "$(state)" "what is in Ceph"

killed $exchanged-before
two_names "$disk" "$new"
mended
is_new
put_back

## Flattened later, while a guest has the disk, which is then restored again

vg_config '[ceph]' 'flatten = after'
expect 0 virt_glance restore $guest --image "$in_ceph" --json
job=$(jq -r .job "$tmp/out")
old=$disk.virt-glance-old-$job
guest_pause $guest
flattened() { [ "$(job_states | grep -c 'flatten done')" = 1 ]; }
wait_until 60 flattened || fail "the jobs are: $(job_states)"
virsh -q destroy $guest
is_new

## Old disks

expect 0 virt_glance restore $guest --discard-old --json
expect_error "rbd:$old stays: clones depend on it"
assert_equal '[]' "$(jq -c .discarded "$tmp/out")" "what was deleted"
ceph_rbd rm --no-progress "$disk.child"
expect 0 virt_glance restore $guest --discard-old --json
assert_equal "[\"rbd:$old\"]" "$(jq -c .discarded "$tmp/out")" "what was deleted"
! ceph_rbd info "$old" >/dev/null 2>&1 || fail "$old is there"
holds "$disk" "$tmp/noise"
assert_equal '' "$(find "$tmp/vg/snapshots" -mindepth 1)" "files that are left"
