#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A server that somebody else has frozen, as an operator or a storage array does:
# it is quiesced, and stays frozen for as long as they want.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
requires_nova
domain='' # by server_boot

images_snapshot
cleanup_fn images_delete_new
server_boot vgtest-nova-freeze files

virsh -q domfsfreeze "$domain" >/dev/null
guest_frozen "$domain" || fail "the guest is not frozen"
for mode in auto require; do
  take "$domain" $mode --quiesce $mode
  guest_frozen "$domain" || fail "it was thawed by a snapshot that asks for '$mode'"
  assert_equal true "$(jq .quiesced "$tmp/out")" "whether the snapshot is quiesced"
  assert_equal true "$(jq .frozen_elsewhere "$tmp/out")" "whether somebody else had frozen it"
done
virsh -q domfsthaw "$domain" >/dev/null

# The guest that we froze ourselves is thawed.
take "$domain" ours --quiesce require
guest_thawed "$domain" || fail "it stays frozen"
