#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Frozen for the instant, file systems are clean in the image; who can't be
# frozen is told so; and an agent that hangs holds up nobody for long.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
requires dumpe2fs e2fsck

guest=vgtest-quiesce
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
cleanup_fn guest_undefine $guest-mute
guest_define $guest
guest_define $guest-mute --no-agent
guest_start $guest-mute

not_frozen() { ! guest_frozen $guest; }

# journal_is clean|dirty OPTION…: in the image of a snapshot so taken.
journal_is() {
  local wanted=$1 is=clean
  shift
  take $guest --format raw "$@"
  ! grep '^warning' "$tmp/err" || fail "it warns"
  image_download "$image" "$tmp/image"
  image_delete "$image"
  dumpe2fs -h "$tmp/image" >"$tmp/head" 2>&1
  ! grep -q needs_recovery "$tmp/head" || is=dirty
  assert_equal "$wanted" "$is" "the file system of $*"
  [ "$wanted" = dirty ] || e2fsck -fn "$tmp/image" || fail "e2fsck finds errors"
}

# Before the agent is up.
guest_start $guest
wire_mark
expect 1 virt_glance snapshot $guest --quiesce require
expect_error "$guest can't be quiesced: its guest agent is not running"
guest_wait_line $guest ready
guest_wait_agent $guest

journal_is clean
journal_is clean --quiesce require
journal_is dirty --quiesce never
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
image_delete "$image"
assert_nothing_left $guest-mute

# An agent that is connected and doesn't answer.
agent() {
  guest_exec $guest /bin/sh -c \
    "(sleep 0.5; kill -STOP \$(pidof qemu-ga); sleep $1; kill -CONT \$(pidof qemu-ga)) >/dev/null 2>&1 &"
  sleep 2
}
agent 20
SECONDS=0
take $guest
grep -q '^warning: the snapshot is not quiesced' "$tmp/err" || fail "$(cat "$tmp/err")"
echo "with an agent that hangs: $SECONDS s"
[ $SECONDS -lt 15 ] || fail "it took $SECONDS s"
image_delete "$image"
expect 1 virt_glance snapshot $guest --quiesce require
cat "$tmp/err"
guest_wait_agent $guest
sleep 2
not_frozen || fail "the agent froze the guest afterwards"
assert_nothing_left $guest
