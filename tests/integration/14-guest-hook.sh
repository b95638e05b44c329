#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A hook in the guest that fails at the freeze or after the thaw, of which the agent
# reports an error; and a guest with a managed save, whose memory is on the host.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-hook
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest --hook
guest_boot $guest

warned() { grep -Eq "^warning: .*$1" "$tmp/err" || fail "no warning of '$1': $(cat "$tmp/err")"; }
result() { jq -c '[getpath($ARGS.positional[] | [.])]' --args "$@" <"$tmp/out"; }

# backup NAME [OPTION…]: of which one is kept.
backup() {
  local name=$1
  shift
  expect 0 virt_glance backup $guest "$name" --type daily --rotation 1 --json "$@"
  assert_equal "$name" "$(images_new | while read -r id; do image_field "$id" name; done)" \
    "the backups"
}

# It was frozen, and is thawed: the image is right, and the old backup goes.
# shellcheck disable=SC2016 # for the guest
guest_set_hook $guest '[ $1 != thaw ] || exit 1'
for name in first second; do
  backup $name --quiesce require
  warned 'are thawed, although the guest agent reports .*hook'
  assert_equal '[true]' "$(result quiesced)" "whether $name is quiesced"
  guest_thawed $guest || fail "the guest is frozen"
done
assert_nothing_on_host $guest
expect 0 virt_glance recover
guest_counts_on $guest || fail "the guest does not go on"

# It can't be frozen: told, or refused before anything is made.
# shellcheck disable=SC2016 # for the guest
guest_set_hook $guest '[ $1 != freeze ] || exit 1'
backup third
warned 'the snapshot is not quiesced: .*hook'
assert_equal '[false]' "$(result quiesced)" "whether it is quiesced"
images_delete_new
expect 1 virt_glance snapshot $guest --quiesce require
expect_error "$guest can't be frozen: .*hook"
guest_thawed $guest || fail "the guest is frozen"
assert_nothing_left $guest

# Saved, it is off, but its file systems are as they were.
virsh -q managedsave $guest
take $guest saved
warned "$guest is not shut down but saved"
assert_equal '[false,["memory"]]' "$(result quiesced not_contained)" "the result"
expect 1 virt_glance snapshot $guest saved --quiesce require
expect_error "$guest .*saved"
images_delete_new
virsh -q start $guest
guest_wait_agent $guest
guest_counts_on $guest || fail "the guest does not go on from its save"
assert_nothing_left $guest
