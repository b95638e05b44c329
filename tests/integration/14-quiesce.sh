#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Frozen for the instant, file systems are clean in the image, and have all that
# the guest had synced before; who can't be frozen is told so; an agent that
# hangs holds up nobody for long; and no guest stays frozen, whoever hangs, dies
# or is restarted meanwhile.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
requires dumpe2fs e2fsck debugfs

guest=vgtest-quiesce
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
cleanup_fn guest_undefine $guest-mute
guest_define $guest
guest_define $guest-mute --no-agent

base_requires_nothing() {
  [ -z "$(image_field "$VG_TEST_BASE_IMAGE" os_require_quiesce)" ] ||
    image_call PATCH "images/$VG_TEST_BASE_IMAGE" -o /dev/null \
      -H 'Content-Type: application/openstack-images-v2.1-json-patch' \
      --data '[{"op": "remove", "path": "/os_require_quiesce"}]'
}
cleanup_fn base_requires_nothing
guest_start $guest-mute

not_frozen() { guest_thawed $guest; }

# result FIELD…: of the job, in one line.
result() { jq -c '[getpath($ARGS.positional[] | [.])]' --args "$@" <"$tmp/out"; }

# log_has NUMBER: the image's log has lines up to that one at least, in order.
log_has() {
  debugfs -R 'cat /log' "$tmp/image" 2>/dev/null >"$tmp/log"
  awk -v least="$1" '$1 != NR || NF != 2 { exit 1 }
    END { exit NR < least }' "$tmp/log" ||
    fail "the log in the image lacks a line up to $1: $(tail -n 2 "$tmp/log")"
}

# journal_is clean|dirty OPTION…: in the image of a snapshot so taken. A dirty one
# is mounted after its journal is replayed, as this does.
journal_is() {
  local wanted=$1 is=clean quiesced=true written
  shift
  written=$(guest_counter $guest)
  take $guest "$@"
  ! grep '^warning' "$tmp/err" || fail "it warns"
  image_download "$image" "$tmp/qcow2"
  image_delete "$image"
  qemu-img convert -f qcow2 -O raw "$tmp/qcow2" "$tmp/image"
  dumpe2fs -h "$tmp/image" >"$tmp/head" 2>&1
  ! grep -q needs_recovery "$tmp/head" || is=dirty quiesced=false
  assert_equal "$wanted" "$is" "the file system of $*"
  assert_equal "[$quiesced]" "$(result quiesced)" "the result"
  if [ "$wanted" = dirty ]; then
    e2fsck -p "$tmp/image" >"$tmp/head" || [ $? = 1 ] || fail "e2fsck: $(cat "$tmp/head")"
  else
    e2fsck -fn "$tmp/image" || fail "e2fsck finds errors"
    jq -e '.file_systems == 1 and .frozen_ms > 0' "$tmp/out" ||
      fail "the freeze: $(result file_systems frozen_ms)"
  fi
  log_has "$written"
}

# Before the agent is up: in a guest that comes no further than the kernel.
sed 's|<cmdline>|&rdinit=/nowhere |' "$VG_TEST_GUESTS/$guest/domain.xml" >"$tmp/early.xml"
virsh -q define "$tmp/early.xml" >/dev/null
guest_start $guest
expect 1 virt_glance snapshot $guest --quiesce require
expect_error "$guest can't be quiesced: its guest agent is not running"
virsh -q destroy $guest
virsh -q define "$VG_TEST_GUESTS/$guest/domain.xml" >/dev/null
guest_start $guest
guest_wait_line $guest ready
guest_wait_agent $guest

journal_is clean
journal_is clean --quiesce require --mountpoint /data
journal_is dirty --quiesce never
assert_equal '["nobody asked for it"]' "$(result unquiesced_reason)" "why"
vg_config '[libvirt]' 'quiesce = never'
journal_is dirty
journal_is clean --quiesce auto
vg_config
assert_nothing_left $guest

# Where it can't be, nothing is begun.
wire_mark
expect 1 virt_glance snapshot $guest-mute --quiesce require
expect_error "$guest-mute can't be quiesced: it has no channel for a guest agent"
virsh -q suspend $guest
expect 1 virt_glance snapshot $guest --quiesce require
expect_error "$guest is paused"
virsh -q resume $guest
assert_equal "" "$(wire_log 'select(.method != "GET") | .method + .path')" \
  "what was asked of Glance"
guest_wait_line $guest-mute ready
take $guest-mute
assert_equal '[false,"it has no channel for a guest agent"]' \
  "$(result quiesced unquiesced_reason)" "the result"
image_delete "$image"
assert_nothing_left $guest-mute

# A file system that isn't there.
expect 1 virt_glance snapshot $guest --quiesce require --mountpoint /data --mountpoint /nowhere
expect_error 'of the 2 file systems named by --mountpoint .* froze 1'
not_frozen || fail "the guest stays frozen"
take $guest --mountpoint /nowhere
grep -q '^warning: the snapshot is not quiesced: of the 1 file' "$tmp/err" ||
  fail "$(cat "$tmp/err")"
image_delete "$image"
expect 2 virt_glance snapshot $guest --quiesce never --mountpoint /data

# The base image may require it, of whoever doesn't say otherwise.
image_call PATCH "images/$VG_TEST_BASE_IMAGE" -o /dev/null \
  -H 'Content-Type: application/openstack-images-v2.1-json-patch' \
  --data '[{"op": "add", "path": "/os_require_quiesce", "value": "yes"}]'
wire_mark
expect 1 virt_glance snapshot $guest-mute
expect_error 'no channel for a guest agent.*required by os_require_quiesce of the base image'
assert_equal "" "$(wire_log 'select(.method == "POST") | .path')" \
  "what was asked of Glance"
take $guest-mute --quiesce auto
image_delete "$image"
vg_config '[libvirt]' 'quiesce = never'
take $guest
assert_equal '[true]' "$(result quiesced)" "what an image requires"
image_delete "$image"
vg_config
base_requires_nothing

# An agent that is connected and doesn't answer: it goes on long after both.
hang=$((60 + 4 * took))
guest_hang_agent $guest $hang
SECONDS=0
expect 1 virt_glance snapshot $guest --quiesce require
cat "$tmp/err"
take $guest
grep -q '^warning: the snapshot is not quiesced' "$tmp/err" || fail "$(cat "$tmp/err")"
echo "twice, with an agent that hangs: $SECONDS s"
[ $SECONDS -lt $((hang - 10)) ] || fail "it took $SECONDS s"
image_delete "$image"
guest_wait_agent $guest $((hang + 60))
sleep 2
not_frozen || fail "the agent froze the guest afterwards"
assert_nothing_left $guest

# snapshot_that_stops OPTION…: one that hangs (SIGSTOP) while the guest is frozen;
# sets $pid. It is tried until that is so.
snapshot_that_stops() {
  local try
  for try in {1..20}; do
    rm -f "$tmp"/vg/state/jobs/*.json
    in_background "${virt_glance_args[@]}" snapshot $guest hangs --json "$@"
    until begins_to_freeze; do
      kill -0 $pid 2>/dev/null || begins_to_freeze || fail "it never froze the guest: $(cat "$tmp/err")"
      sleep 0.005
    done
    sleep "0.0$((try % 7 + 2))"
    kill -STOP $pid 2>/dev/null || true
    ! guest_frozen $guest || return 0
    kill -CONT $pid 2>/dev/null || true
    wait $pid || true
    images_delete_new
  done
  fail "never seen frozen"
}
begins_to_freeze() { grep -qs '"step": "freeze"' "$tmp"/vg/state/jobs/*.json; }
# (The one who thaws the guest then.)
no_guardian() { ! pgrep -f "exe _thaw .*$(virsh -q domuuid $guest)"; }

# That is noticed: the guest is thawed in time, and the snapshot is not quiesced.
vg_config '[libvirt]' 'quiesce_timeout = 2'
snapshot_that_stops --quiesce require
SECONDS=0
wait_until 60 not_frozen || fail "the guest stays frozen"
echo "thawed after $SECONDS s"
wait_until 60 no_guardian || fail "the guardian goes on"
kill -CONT $pid
status=0
wait $pid || status=$?
assert_equal 1 $status "the exit status"
expect_error 'thawed after 2 s .*quiesce_timeout'
assert_nothing_left $guest

# libvirtd is restarted meanwhile, which takes long.
snapshot_that_stops
libvirtd_stop
sleep 12
libvirtd_start
SECONDS=0
wait_until 60 not_frozen || fail "the guest stays frozen"
echo "thawed $SECONDS s after libvirtd was restarted"
kill -CONT $pid
wait $pid || true
cat "$tmp/err"
not_frozen || fail "the guest is frozen again"
images_delete_new
assert_nothing_left $guest
