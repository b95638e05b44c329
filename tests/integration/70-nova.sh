#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A real Nova's servers, made from an image in the store fast, with files and with
# RBD for disks: what Nova makes of them lands in the default store, ours where
# their image is; its record is Nova's, its bytes are the disk's, and a new server
# boots from it.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
requires_nova
server='' domain='' # by server_boot

images_snapshot
cleanup_fn images_delete_new

# same_record THEIRS OURS [DIFFERENCE]: but for what each image has for itself, what
# nobody but Nova can know, its defaults for devices that the guest hasn't got, and the
# difference, as it stands in theirs.
same_record() {
  local difference=${3-'{}'}
  image_get "$1" >"$tmp/theirs"
  image_get "$2" >"$tmp/ours"
  jq -n --slurpfile theirs "$tmp/theirs" --slurpfile ours "$tmp/ours" '$theirs[0] |
    del(.id, .name, .size, .virtual_size, .checksum, .os_hash_algo, .os_hash_value,
      .stores, .locations, .direct_url, .created_at, .updated_at, .self, .file,
      .boot_roles,
      .hw_cdrom_bus, .hw_input_bus, .hw_pointer_model, .hw_video_model, .hw_vif_model) |
    with_entries(select($ours[0][.key] != .value))' >"$tmp/differs"
  assert_equal "$difference" "$(jq -c . "$tmp/differs")" "what is not in our image $2 as in Nova's"
  assert_equal "$server" "$(image_field "$2" instance_uuid)" "whose image it is"
}

# same_bytes IMAGE: as on the disk of the server, which doesn't run.
same_bytes() {
  local disk=() format
  case $zone in
  files) disk=(-F qcow2 "$(server_folder "$server")/disk") ;;
  rbd) disk=(-F raw "rbd:vms/${server}_disk:id=nova:conf=$VG_TEST_CEPH_CONF") ;;
  esac
  image_download "$1" "$tmp/image"
  format=$(image_field "$1" disk_format)
  qemu-img compare -q -f "$format" "$tmp/image" "${disk[@]}" ||
    fail "the image $1 is not what is on the disk"
  rm "$tmp/image"
}

# (An image from RBD is a gigabyte: so there we take one alone.)
for zone in files rbd; do
  echo "zone $zone"
  server_boot vgtest-nova $zone
  wire_mark
  theirs=$(server_image "$server" nova-image)
  server_image_wait "$server" "$theirs"
  in_store reliable "$theirs"
  if [ $zone = files ]; then
    backup=$(server_backup "$server" nova-backup daily 1)
    server_image_wait "$server" "$backup"
    in_store reliable "$backup"
    take "$domain" running
    in_store fast "$image"
    running=$image
  fi
  assert_equal - "$(wire_uploads | cut -d' ' -f2 | grep -v fast | sort -u)" \
    "the store that Nova asks for"

  server_action "$server" '{"os-stop": null}'
  server_wait "$server" SHUTOFF
  take "$domain" stopped
  in_store fast "$image"
  if [ $zone = files ]; then
    same_record "$theirs" "$image"
  else
    # Nova's is as large as the disk; the store fast has no use for that.
    same_record "$theirs" "$image" '{"disk_format":"raw"}'
    assert_equal qcow2 "$(image_field "$image" disk_format)" "the format of ours"
  fi
  same_bytes "$image"
  server_delete "$server"
done

echo "a new server from our image"
server_boot vgtest-nova-new files "$running"
for line in 'log ok' 'order ok' 'files ok'; do
  server_line "$server" "$line" >/dev/null ||
    fail "the server from image $running does not say '$line': $(server_line "$server" '')"
done
