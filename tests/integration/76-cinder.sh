#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Servers of a real Nova with volumes of a real Cinder: a root disk that is one, in
# Ceph, and volumes in Ceph and in a file beside a root disk of Nova's own. Their
# images have what the volumes have, and Cinder can delete the volumes afterwards.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
requires_nova
server='' domain='' # by server_boot

mapfile -t store < <(ceph_store images)
vg_config "${store[@]}"
images_snapshot
cleanup_fn images_delete_new

# made NAME TYPE [IMAGE]: a volume, for as long as the test; sets $volume.
made() {
  volume=$(volume_create "$@")
  cleanup_fn volume_delete "$volume"
}

# volume_file ID: how QEMU finds it.
volume_file() {
  case $1 in
  "$files") echo "$VG_TEST_CINDER_MOUNT/volume-$1" ;;
  *) echo "rbd:volumes/volume-$1:id=nova:conf=$VG_TEST_CEPH_CONF" ;;
  esac
}

# same_bytes IMAGE VOLUME: as in that volume, a raw one, to which nobody writes.
same_bytes() {
  image_download "$1" "$tmp/image"
  qemu-img compare -q -U -f "$(image_field "$1" disk_format)" -F raw \
    "$tmp/image" "$(volume_file "$2")" || fail "the image $1 is not what is in the volume $2"
  rm "$tmp/image"
}

# taken DISK FIELD: of the last take's image of that disk.
taken() { jq -r --arg d "$1" --arg f "$2" '.images[] | select(.disk == $d) | .[$f]' "$tmp/out"; }

# deleted VOLUME…: by Cinder; nothing of ours is in its way.
deleted() {
  local one
  for one; do
    volume_delete "$one"
    volume_gone "$one" || fail "Cinder can't delete it: $(volume_call GET "volumes/$one")"
  done
}

made root rbd "$VG_TEST_NOVA_IMAGE"
root=$volume
made ceph rbd "$VG_TEST_NOVA_IMAGE"
ceph=$volume
made files files "$VG_TEST_NOVA_IMAGE"
files=$volume
for volume in "$root" "$ceph" "$files"; do
  volume_wait "$volume" available
done

echo "the root disk is a volume"
server_boot_volume vgtest-cinder files "$root"
server_attach "$server" "$files"
expect 0 virt_glance inspect "$domain" --all-disks
grep -qx 'base image: *none, because the root disk is a volume (the disk.s serial)' "$tmp/out" ||
  fail "inspect says: $(cat "$tmp/out")"
for volume in "$root" "$files"; do
  grep -qx "  volume: *$volume" "$tmp/out" || fail "inspect does not name the volume $volume"
done
take "$domain" running --format qcow2 --quiesce require
running=$image
assert_equal 'default reliable' "$(taken vda rule) $(taken vda store)" "the store of a volume"
wire_mark
take "$domain" clone --store ceph
rbd_is_clone "$image"

server_action "$server" '{"os-stop": null}'
server_wait "$server" SHUTOFF
take "$domain" stopped --format qcow2 --all-disks
assert_equal 'vda reliable vdb reliable' \
  "$(jq -r '.images[] | .disk + " " + .store' "$tmp/out" | xargs)" "the stores"
same_bytes "$image" "$root"
same_bytes "$(taken vdb id)" "$files"
assert_equal '' "$(image_field "$image" base_image_ref)" "the base image"
assert_equal "$server" "$(image_field "$image" instance_uuid)" "whose image it is"
server_delete "$server"
deleted "$root"

echo "volumes beside a root disk that is a file"
for line in kernel_id ramdisk_id os_command_line; do
  image_call PATCH "images/$running" \
    -H 'Content-Type: application/openstack-images-v2.1-json-patch' \
    --data "[{\"op\": \"add\", \"path\": \"/$line\",
      \"value\": $(image_get "$VG_TEST_NOVA_IMAGE" | jq ".$line")}]" >/dev/null
done
image_copy "$running" fast
image_call DELETE "stores/reliable/$running"
server_boot vgtest-cinder-data files "$running"
for line in 'log ok' 'order ok' 'files ok'; do
  server_line "$server" "$line" >/dev/null ||
    fail "the server from image $running does not say '$line': $(server_line "$server" '')"
done
server_attach "$server" "$ceph"
server_attach "$server" "$files"
take "$domain" data --format qcow2 --all-disks --quiesce require
assert_equal 'vda fast vdb fast vdc fast' \
  "$(jq -r '.images[] | .disk + " " + .store' "$tmp/out" | xargs)" "the stores"
assert_equal base-image "$(jq -r '[.images[].rule] | unique | join(" ")' "$tmp/out")" "the rule"
same_bytes "$(taken vdb id)" "$ceph"
same_bytes "$(taken vdc id)" "$files"
server_delete "$server"
deleted "$ceph" "$files"
