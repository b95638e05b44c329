#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What an image's record in Glance says: every property, of a guest of Nova's and
# of another one; tags, who sees it, and whether it may be deleted, which a
# snapshot that dies must not leave behind.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
requires strace

guest=vgtest-record

unprotect() {
  image_call PATCH "images/$1" -o /dev/null \
    -H 'Content-Type: application/openstack-images-v2.1-json-patch' \
    --data '[{"op": "replace", "path": "/protected", "value": false}]'
}

# images_delete_new, of those that are protected too.
images_drop_new() {
  local id
  for id in $(images_new); do
    unprotect "$id"
    image_delete "$id"
  done
}

images_snapshot
cleanup_fn images_drop_new
cleanup_fn guest_undefine $guest
guest_define $guest

# shown FIELD…: of the image's record, in one line.
shown() {
  image_get "$image" | jq -c '[getpath($ARGS.positional[] | [.])]' --args "$@"
}

## Every property

# expect_record JSON: all of the image's record, but for what Glance alone says.
# (But for what tells whose image it is, which expect_marks checks.)
expect_record() {
  jq -S . <<<"$1" >"$tmp/expected"
  image_get "$image" | jq -S 'del(.virt_glance_domain, .virt_glance_domain_uuid,
    .virt_glance_host, .virt_glance_target, .virt_glance_capacity, .virt_glance_version,
    .id, .name, .status, .size, .virtual_size,
    .checksum, .os_hash_algo, .os_hash_value, .os_hidden, .stores, .locations,
    .direct_url, .created_at, .updated_at, .self, .file, .schema)' >"$tmp/record"
  diff -u "$tmp/expected" "$tmp/record" >&2 || fail "the record of $image"
}

# expect_marks DOMAIN TARGET
expect_marks() {
  assert_equal "$1 $(virsh -q domuuid "$1" | xargs) $(hostname) $2 $(virsh -q domblkinfo "$1" "$2" |
    awk '$1 == "Capacity:" { print $2 }') $("$VG_BUILDDIR/virt-glance" --version | cut -d' ' -f2)" \
    "$(for mark in domain domain_uuid host target capacity version; do
      image_field "$image" "virt_glance_$mark"
    done | xargs)" "what tells whose image it is"
}

# The list is Nova's (create_image, initialize_instance_snapshot_metadata and
# _create_snapshot_metadata), with what is known only to Nova's database left
# out: boot_roles, owner_user_name, owner_project_name and the user's metadata.
# In the base image is what must get into the snapshot's, and what must not.
echo content >"$tmp/content"
kernel=$(new_uuid)
own=$(image_add vgtest-record-base raw "$tmp/content" fast visibility=public \
  os_distro=debian os_type=linux os_admin_user=root hw_disk_bus=scsi \
  hw_vif_model=rtl8139 hw_firmware_type=uefi os_secure_boot=optional \
  hw_tpm_version=2.0 kernel_id="$kernel" \
  ramdisk_id="$kernel" mine=1 \
  img_signature=x img_signature_hash_method=x \
  bdm_v2=x block_device_mapping=x root_device_name=x mappings=x shelved_at=x \
  network_allocated=x clean_attempts=x old_vm_state=x bittorrent=x \
  owner_user_name=x owner_project_name=x virt_glance_snapshot=x virt_glance_backup_type=x \
  virt_glance_disk=x hw_ephemeral_encryption_secret_uuid=x \
  cinder_encryption_key_id=x cinder_encryption_key_deletion_policy=do_not_delete \
  img_signature_key_type=x cache_in_nova=true os_encrypt_key_id=x \
  owner_specified.openstack.md5=x boot_roles=admin base_image_ref=x \
  instance_uuid=x image_type=backup backup_type=daily user_id=x owner_id=x \
  image_state=x image_location=x)
image_call PATCH "images/$own" -o /dev/null \
  -H 'Content-Type: application/openstack-images-v2.1-json-patch' \
  --data '[{"op": "replace", "path": "/min_ram", "value": 64},
    {"op": "replace", "path": "/min_disk", "value": 3}]'

cleanup_fn guest_undefine vgtest-record-nova
guest_define vgtest-record-nova --image "$own"
take vgtest-record-nova
expect_marks vgtest-record-nova vda
expect_record "{
  \"architecture\": \"x86_64\",
  \"base_image_ref\": \"$own\",
  \"container_format\": \"bare\",
  \"disk_format\": \"qcow2\",
  \"hw_disk_bus\": \"scsi\",
  \"hw_firmware_type\": \"uefi\",
  \"hw_machine_type\": \"pc\",
  \"hw_qemu_guest_agent\": \"yes\",
  \"hw_tpm_version\": \"2.0\",
  \"hw_vif_model\": \"rtl8139\",
  \"image_location\": \"snapshot\",
  \"image_state\": \"available\",
  \"image_type\": \"snapshot\",
  \"instance_uuid\": \"$(virsh -q domuuid vgtest-record-nova | xargs)\",
  \"kernel_id\": \"$kernel\",
  \"mine\": \"1\",
  \"min_disk\": 3,
  \"min_ram\": 64,
  \"os_admin_user\": \"root\",
  \"os_distro\": \"debian\",
  \"os_secure_boot\": \"optional\",
  \"os_type\": \"linux\",
  \"owner\": \"$VG_TEST_DEMO_PROJECT_ID\",
  \"owner_id\": \"$VG_TEST_DEMO_PROJECT_ID\",
  \"owner_project_name\": \"demo\",
  \"owner_user_name\": \"demo\",
  \"protected\": false,
  \"ramdisk_id\": \"$kernel\",
  \"tags\": [],
  \"user_id\": \"$VG_TEST_DEMO_USER_ID\",
  \"visibility\": \"private\"
}"

plain=vgtest-record-plain
cleanup_fn guest_undefine $plain
guest_define $plain --plain --bus scsi --data-disk 16M
sed -i 's|</devices>|<interface type="user"><model type="e1000e"/></interface>\
    <video><model type="vga"/></video>\
    <rng model="virtio"><backend model="random">/dev/urandom</backend></rng>&|' \
  "$VG_TEST_GUESTS/$plain/domain.xml"
virsh -q define "$VG_TEST_GUESTS/$plain/domain.xml" >/dev/null
virsh -q metadata $plain http://libosinfo.org/xmlns/libvirt/domain/1.0 \
  --key libosinfo --config \
  --set '<libosinfo><os id="http://debian.org/debian/12"/></libosinfo>' >/dev/null
take $plain --all-disks --property hw_vif_model=virtio --property own=1
group=$(image_field "$image" virt_glance_snapshot)
common="
  \"container_format\": \"bare\",
  \"disk_format\": \"qcow2\",
  \"image_location\": \"snapshot\",
  \"image_state\": \"available\",
  \"image_type\": \"snapshot\",
  \"instance_uuid\": \"$(virsh -q domuuid $plain | xargs)\",
  \"min_disk\": 1,
  \"min_ram\": 0,
  \"own\": \"1\",
  \"owner\": \"$VG_TEST_ADMIN_PROJECT_ID\",
  \"protected\": false,
  \"tags\": [],
  \"hw_vif_model\": \"virtio\",
  \"virt_glance_snapshot\": \"$group\",
  \"visibility\": \"private\""
expect_record "{
  \"architecture\": \"x86_64\",
  \"hw_disk_bus\": \"scsi\",
  \"hw_firmware_type\": \"bios\",
  \"hw_machine_type\": \"pc\",
  \"hw_qemu_guest_agent\": \"yes\",
  \"hw_rng_model\": \"virtio\",
  \"hw_scsi_model\": \"virtio-scsi\",
  \"hw_video_model\": \"vga\",
  \"os_distro\": \"debian\",
  \"os_type\": \"linux\",
  \"os_version\": \"12\", $common
}"
# The data disk boots nothing, and says nothing of how it would.
image=$(jq -er '.images[1].id' "$tmp/out")
expect_marks $plain sdb
expect_record "{ \"virt_glance_disk\": \"sdb\", $common }"
assert_equal "$(jq -r '.images[].id' "$tmp/out" | sort)" \
  "$(image_ids "virt_glance_snapshot=$group")" "the images of this snapshot"
for image in $(jq -r '.images[].id' "$tmp/out"); do
  image_delete "$image"
done

# Of a guest with UEFI and Secure Boot, on a disk of more than a GiB. (A TPM is in
# tests/unit/plan/test-image-record.c: libvirt wants the host to have swtpm.)
sed -i 's|machine="pc">hvm</type>|machine="q35">hvm</type>\
    <loader readonly="yes" secure="yes" type="pflash">/usr/share/vgtest.fd</loader>\
    <nvram>/nowhere/vgtest_VARS.fd</nvram>|
  s|<acpi/>|&<smm state="on"/>|' \
  "$VG_TEST_GUESTS/$plain/domain.xml"
virsh -q define "$VG_TEST_GUESTS/$plain/domain.xml" >/dev/null
qemu-img resize -q "$VG_TEST_GUESTS/$plain/disk" 1025M
take $plain
assert_equal '["q35","uefi","required",2]' \
  "$(shown hw_machine_type hw_firmware_type os_secure_boot min_disk)" "what the XML tells"
image_delete "$image"
guest_undefine $plain
guest_undefine vgtest-record-nova
images_drop_new

## Tags, visibility, protection

take $guest
assert_equal '["private",false,[]]' "$(shown visibility protected tags)" "the defaults"
image_delete "$image"

long=$(printf '%0255d' 0)
take $guest --tag b --tag "a ü" --tag b --tag "$long" --visibility community --protected
assert_equal '["community",true]' "$(shown visibility protected)" "what was asked for"
assert_equal "[\"$long\",\"a ü\",\"b\"]" "$(image_get "$image" | jq -c '.tags | sort')" \
  "the tags"
expect 22 image_delete "$image" # Forbidden
assert_nothing_on_host $guest 'shut off'
images_drop_new
for visibility in shared public; do
  take $guest --visibility $visibility
  assert_equal "[\"$visibility\"]" "$(shown visibility)" "the visibility"
  image_delete "$image"
done

# Who may not publish is told so, and nothing is left.
expect 5 as demo virt_glance snapshot $guest --visibility public
expect_error '403.*permission to create a public image.*--visibility private'
assert_nothing_left $guest 'shut off'

# More tags than Glance takes.
mapfile -t tags < <(printf -- '--tag=%d\n' {1..129})
expect 1 virt_glance snapshot $guest "${tags[@]}"
expect_error '413'
assert_nothing_left $guest 'shut off'

## Killed at any step: before each write of the journal

# killed_at N: whether the run died of it.
killed_at() {
  local status=0
  (
    strace -f -qq -o /dev/null -e trace=rename \
      -e inject=rename:signal=KILL:when="$1" "$VG_BUILDDIR/virt-glance" \
      --config "$tmp/virt-glance.conf" snapshot $guest crash --protected
    exit $?
  ) >"$tmp/out" 2>&1 || status=$?
  [ $status = 0 ] && return 1
  [ $status = 137 ] || fail "write $1: status $status: $(cat "$tmp/out")"
}

n=1 left=0
while killed_at $n; do
  image=$(images_new)
  state=$(virt_glance jobs --json | jq -r '.[-1].state')
  [ -z "$image" ] || [ "$(shown protected)" != '[true]' ] || [ "$state" = "done" ] ||
    left=$((left + 1))
  expect 0 virt_glance recover
  if [ "$(virt_glance jobs --json | jq -r '.[-1].state')" = "done" ]; then
    assert_equal '["active",true]' "$(shown status protected)" "an image that is kept"
    images_drop_new
  fi
  assert_nothing_left $guest 'shut off'
  n=$((n + 1))
done
assert_equal '[true]' "$(image=$(the_new_image) && shown protected)" "the image at last"
images_drop_new
[ $left -ge 1 ] || fail "no protected image was ever left to recover in $n runs"
echo "killed at $((n - 1)) writes of the journal, $left times with a protected image"
