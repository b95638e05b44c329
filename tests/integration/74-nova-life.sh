#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A server's life goes on after a snapshot of ours: hard reboot, stop and start,
# resize, rebuild from our image; and it may be deleted in the middle of one.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
requires_nova
server='' domain='' # by server_boot

images_snapshot
cleanup_fn images_delete_new
server_boot vgtest-nova-life files
take "$domain" ours
ours=$image

# up: it has booted again, from a disk that is whole.
up() {
  server_wait "$server" ACTIVE
  server_wait_line "$server" ready
  for line in 'log ok' 'order ok' 'files ok'; do
    server_line "$server" "$line" >/dev/null ||
      fail "it does not say '$line': $(server_line "$server" '')"
  done
  guest_wait_agent "$domain"
}
# The serial log, emptied: its next boot is to be told from the last.
forget_boot() { : >"$(server_folder "$server")/console.log"; }

echo "hard reboot"
forget_boot
server_action "$server" '{"reboot": {"type": "HARD"}}'
up

echo "stop and start"
server_action "$server" '{"os-stop": null}'
server_wait "$server" SHUTOFF
take "$domain" stopped
server_action "$server" '{"os-start": null}'
up

echo "resize"
server_action "$server" '{"resize": {"flavorRef": "2"}}'
server_wait "$server" VERIFY_RESIZE
server_action "$server" '{"confirmResize": null}'
up
echo "swap is no disk of the server's"
expect 0 virt_glance snapshot "$domain" all --all-disks --json
assert_equal 'vda vdb' "$(jq -r '.images[].disk' "$tmp/out" | xargs)" "the disks"

echo "rebuild, from our image"
server_action "$server" "{\"rebuild\": {\"imageRef\": \"$ours\"}}" >/dev/null
up
take "$domain" rebuilt

# (By an upload of minutes, since Nova takes its time. It ends with the server.)
echo "deleted in the middle"
in_background "${virt_glance_args[@]}" snapshot "$domain" late --limit-rate 500K
uploading() { [ "$(image_field "$(image_find late)" status)" = saving ]; }
wait_until 300 uploading || fail "it does not begin: $(cat "$tmp/err")"
server_delete "$server"
server_gone "$server" || fail "the server is still there: $(server_get "$server")"
! wait "$pid" || fail "the snapshot of a server that is gone succeeded"
expect_error "^virt-glance: "
assert_equal '' "$(image_find late)" "what is left of it in Glance"
