#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The cloud that all other tests stand on is what they take it for.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

stores=$(image_call GET info/stores)
assert_equal "fast cheap reliable web ceph" \
  "$(jq -r '[.stores[].id | select(startswith("os_glance") | not)] | join(" ")' <<<"$stores")" \
  "the list of stores"
assert_equal reliable "$(jq -r '.stores[] | select(.default == "true") | .id' <<<"$stores")" \
  "the default store"
assert_equal web "$(jq -r '.stores[] | select(.["read-only"] == "true") | .id' <<<"$stores")" \
  "the read-only store"

assert_equal fast "$(image_field "$VG_TEST_BASE_IMAGE" stores)" "the base image's store"
assert_equal active "$(image_field "$VG_TEST_BASE_IMAGE" status)" "the base image's status"
image_download "$VG_TEST_BASE_IMAGE" "$tmp/base"
cmp "$tmp/base" "$VG_TEST_BASE_FILE"

# Users see what they should.
assert_equal active "$(VG_TEST_AS=demo image_field "$VG_TEST_BASE_IMAGE" status)" \
  "the base image's status for demo"
private=$(VG_TEST_AS=demo image_create vgtest-private raw)
cleanup_fn image_delete "$private"
VG_TEST_AS=demo image_get "$private" >/dev/null
! VG_TEST_AS=other image_get "$private" >/dev/null || fail "other sees demo's image"
! VG_TEST_AS=reader image_create vgtest-readers raw || fail "reader makes an image"

# Other ways for an image to be in a store.
echo content >"$tmp/content"
web=$(image_add_web vgtest-web raw "$tmp/content")
cleanup_fn image_delete "$web"
assert_equal web "$(image_field "$web" stores)" "the web image's store"
image_download "$web" "$tmp/from-web"
cmp "$tmp/content" "$tmp/from-web"
two=$(image_add vgtest-two raw "$tmp/content" fast)
cleanup_fn image_delete "$two"
image_copy "$two" cheap

# The server's side of an upload.
wire_mark
image_upload "$private" "$tmp/content" cheap
assert_equal "204 cheap - 8" "$(wire_uploads)" "the upload on the wire"
assert_equal 8 "$(wire_log 'select(.method == "PUT") | .received')" "what Glance read"
assert_no_secrets "$VG_TEST_WIRE_LOG"

# Ways to sign in: a token of each user's, an application credential.
for who in admin demo reader other; do
  keystone_token_of "$who" >/dev/null
done
read -r id secret < <(keystone_application_credential demo)
assert_equal 201 "$(curl -s -o /dev/null -w '%{http_code}' "$OS_AUTH_URL/auth/tokens" \
  -H 'Content-Type: application/json' --data "{\"auth\": {\"identity\":
    {\"methods\": [\"application_credential\"], \"application_credential\":
      {\"id\": \"$id\", \"secret\": \"$secret\"}}}}")" \
  "the answer to an application credential"

# A guest: boots, has its files, writes, freezes, stops, and is in order.
cleanup_fn guest_undefine vgtest-cloud
guest_define vgtest-cloud --data-disk 32M --check
guest_boot vgtest-cloud
guest_line vgtest-cloud 'files ok'
first=$(guest_counter vgtest-cloud)
counts_on() { second=$(guest_counter vgtest-cloud) && [ "$second" -gt "$first" ]; }
wait_until 60 counts_on || fail "the counter stands still at $first"
virsh -q domfsfreeze vgtest-cloud
guest_frozen vgtest-cloud || fail "freezing does not freeze"
virsh -q domfsthaw vgtest-cloud
images_snapshot
assert_nothing_left vgtest-cloud
# Guests run on below another libvirtd.
libvirtd_stop
libvirtd_start
assert_equal running "$(guest_state vgtest-cloud)" "the guest's state for a new libvirtd"

guest_stop vgtest-cloud
guest_boot vgtest-cloud
guest_line vgtest-cloud 'fs clean'
guest_line vgtest-cloud 'order ok'
read -r _ _ _ third < <(guest_line vgtest-cloud 'log ok')
[ "$third" -ge "$second" ] || fail "the log ends at $third, before $second"

# Power off, as by pulling the plug: the file system recovers.
virsh -q destroy vgtest-cloud
guest_boot vgtest-cloud
guest_line vgtest-cloud 'fs recovered'
guest_line vgtest-cloud 'order ok'
virsh -q shutdown vgtest-cloud --mode acpi
wait_until 120 guest_is vgtest-cloud 'shut off' || fail "the power button does nothing"

# An image of its disk boots.
qemu-img convert -O qcow2 "$VG_TEST_GUESTS/vgtest-cloud/disk" "$tmp/copy"
copy=$(image_add vgtest-copy qcow2 "$tmp/copy" reliable)
cleanup_fn image_delete "$copy"
assert_image_boots "$copy"

# A Glance without stores.
cleanup_fn single_glance_stop
single_glance_start
status=$(curl -s -o /dev/null -w '%{http_code}' -H "X-Auth-Token: $(image_token)" \
  "$VG_TEST_SINGLE_GLANCE_URL/v2/info/stores")
assert_equal 404 "$status" "the answer for the stores of a Glance without them"
