#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a real Cinder uploads, with virt-glance choose behind HAProxy in front of
# Glance: a volume goes where the image is that it was made from, unless its type
# names a store; and Nova's image of a server whose root disk is a volume, which has
# no data, is left alone.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/proxies.sh
. "$VG_SRCDIR/tests/cloud/proxies.sh"
requires_nova
requires haproxy nginx socat
server='' domain='' # by server_boot_volume

# (Images are looked at as their owner, of whom Cinder asks for them.)
export VG_TEST_AS=demo
images_snapshot
cleanup_fn images_delete_new

cleanup_fn glance_is_at "$VG_TEST_GLANCE_URL"

# uploaded STORE VOLUME [STATUS]: by Cinder, to that store; the volume's status again
# is that (available). Sets $image.
uploaded() {
  image=$(volume_image "$2" uploaded qcow2)
  volume_wait "$2" "${3:-available}"
  assert_equal active "$(image_field "$image" status)" "the status of Cinder's image"
  in_store "$1" "$image"
}

# made NAME TYPE [IMAGE]: a volume, for as long as the test; sets $volume.
made() {
  volume=$(volume_create "$@")
  cleanup_fn volume_delete "$volume"
}

# A snapshot, as Nova's, of a server from an image in fast; it is in cheap, where its
# owner wanted it. Volumes made from it have its properties, and so have their images.
image_get "$VG_TEST_NOVA_IMAGE" >"$tmp/base"
snapshot=$(image_create vgtest-snapshot qcow2 image_type=snapshot \
  base_image_ref="$VG_TEST_NOVA_IMAGE" instance_uuid="$(new_uuid)" \
  image_service:store_id=cheap hw_qemu_guest_agent=yes \
  kernel_id="$(jq -r .kernel_id "$tmp/base")" ramdisk_id="$(jq -r .ramdisk_id "$tmp/base")" \
  os_command_line="$(jq -r .os_command_line "$tmp/base")")
image_upload "$snapshot" "$VG_TEST_BASE_FILE" cheap
made root rbd "$snapshot"
root=$volume
made plain files "$VG_TEST_NOVA_IMAGE"
plain=$volume
made chosen cheap "$VG_TEST_NOVA_IMAGE"
chosen=$volume
made empty files
empty=$volume
for volume in "$root" "$plain" "$chosen" "$empty"; do
  volume_wait "$volume" available
done
proxies_start

echo "without a proxy"
uploaded reliable "$plain"
assert_equal "$VG_TEST_NOVA_IMAGE" \
  "$(wire_log 'select(.method == "PUT") | .headers["x-openstack-base-image-ref"] // empty' | tail -n 1)" \
  "the base image that Cinder tells of"

echo "with HAProxy"
glance_is_at "$haproxy_url"
uploaded fast "$plain"
uploaded cheap "$chosen"
uploaded reliable "$empty"

echo "a volume from a snapshot, and where snapshots have a store"
chooser_start 'store = fast'
uploaded cheap "$root"
assert_equal snapshot "$(image_field "$image" image_type)" "what Cinder copies from the snapshot"

echo "a server whose root disk is that volume"
server_boot_volume vgtest-cinder-choose files "$root"
image=$(server_image "$server" nova '{"image_service:store_id": "nope"}')
server_image_wait "$server" "$image"
assert_equal snapshot "$(image_field "$image" image_type)" "the type of Nova's image"
assert_equal 0 "$(image_field "$image" size)" "its size"
in_store reliable "$image"
image_delete "$image"
chooser_start
take "$domain" ours --format qcow2
in_store reliable "$image"

assert_equal '' "$(haproxy_count_away)" "uploads without an answer"
assert_no_secrets "$tmp"/*.out "$tmp"/*.err
