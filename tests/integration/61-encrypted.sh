#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Disks that QEMU decrypts: refused, taken as they are, and decrypted; shut off,
# running, and in Ceph. The passphrase is nowhere but in libvirt.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"

guest=vgtest-encrypted
passphrase=correct-horse-battery-staple-$RANDOM
printf %s "$passphrase" >"$tmp/passphrase"
key=(--object "secret,id=key,file=$tmp/passphrase")

# secret_make [USAGE [PRIVATE]]: one of libvirt's with the passphrase; prints its
# UUID.
secret_make() {
  local uuid
  uuid=$(new_uuid)
  virsh -q secret-define /dev/stdin >/dev/null <<XML
<secret ephemeral="no" private="${2:-no}"><uuid>$uuid</uuid>
<usage type="volume"><volume>${1:-$uuid}</volume></usage></secret>
XML
  virsh -q secret-set-value "$uuid" --file "$tmp/passphrase" --plain >/dev/null
  echo "$uuid"
}
secret=$(secret_make)
cleanup_fn virsh -q secret-undefine "$secret"
private=$(secret_make "$tmp/private" yes)
cleanup_fn virsh -q secret-undefine "$private"
by_usage=$(secret_make "$tmp/usage")
cleanup_fn virsh -q secret-undefine "$by_usage"

# encrypted FORMAT FILE [SECRET [FORMAT-OF-ENCRYPTION]]: that is the guest's disk.
encrypted() {
  sed -e "s,<driver name=\"qemu\" type=\"[a-z0-9]*\",<driver name=\"qemu\" type=\"$1\"," \
    -e "s,<source file=\"[^\"]*\"/>,<source file=\"$2\"><encryption format=\"${4:-luks}\"><secret type=\"passphrase\" ${3:-uuid=\"$secret\"}/></encryption></source>," \
    "$VG_TEST_GUESTS/$guest/domain.xml" >"$tmp/encrypted.xml"
  virsh -q define "$tmp/encrypted.xml" >/dev/null
}

# clean: nothing was left of what failed; the guest has its own disk again.
clean() {
  virsh -q define "$VG_TEST_GUESTS/$guest/domain.xml" >/dev/null
  assert_clean $guest 'shut off'
}

# assert_untold: the passphrase is in no log, journal, or file of ours.
assert_untold() {
  local base64
  base64=$(base64 <"$tmp/passphrase")
  if grep -rqF -e "$passphrase" -e "$base64" "$tmp/vg" "$tmp/out" "$tmp/err"; then
    fail "the passphrase is in $(grep -rlF -e "$passphrase" -e "$base64" "$tmp/vg" "$tmp/out" "$tmp/err")"
  fi
}

# assert_plain: the last take's image has the disk's content in the clear.
assert_plain() {
  grep -q '^warning: the image of the encrypted disk vda is not encrypted' "$tmp/err" || fail "no warning"
  assert_untold
  image_download "$image" "$tmp/image"
  qemu-img check -q -f qcow2 "$tmp/image"
  qemu-img compare -q -f raw -F qcow2 "$tmp/noise" "$tmp/image" ||
    fail "the image has something else in it"
  assert_equal '' "$(image_field "$image" hw_ephemeral_encryption_secret_uuid)" "the key"
  image_delete "$image"
}

# assert_ciphertext FILE FORMAT
assert_ciphertext() {
  image_download "$image" "$tmp/image"
  cmp "$1" "$tmp/image" || fail "the image is not the file"
  assert_equal "$2" "$(image_field "$image" disk_format)" "the format"
  assert_equal "true luks $secret luks $secret do_not_delete" "$(image_get "$image" | jq -r '[
    .hw_ephemeral_encryption, .hw_ephemeral_encryption_format,
    .hw_ephemeral_encryption_secret_uuid, (.os_encrypt_format | ascii_downcase[:4]),
    .os_encrypt_key_id, .os_encrypt_key_deletion_policy] | join(" ")')" "what tells of the key"
  image_delete "$image"
}

images_snapshot
cleanup_fn images_delete_new
a_small_guest $guest --no-agent
for format in qcow2 luks; do
  options="key-secret=key,iter-time=10,hash-alg=sha512"
  [ $format = luks ] || options=encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10,encrypt.hash-alg=sha512
  qemu-img convert -f raw -O $format "${key[@]}" -o "$options" "$tmp/noise" "$tmp/disk.$format"
done
chmod 666 "$tmp"/disk.*

echo '# Refused.'
for format in qcow2 luks; do
  encrypted ${format/luks/raw} "$tmp/disk.$format"
  refuses_snapshot 3 'disk vda .*is encrypted.* content unencrypted; use --encrypted keep .* or --encrypted decrypt' $guest
done
refuses_snapshot 2 '--encrypted is refuse, keep or decrypt' $guest --encrypted maybe
refuses_snapshot 3 'ciphertext has the disk.s format raw, not qcow2' $guest --encrypted keep --format qcow2
clean

echo '# Shut off.'
for format in qcow2 luks; do
  encrypted ${format/luks/raw} "$tmp/disk.$format"
  take $guest --encrypted keep
  assert_ciphertext "$tmp/disk.$format" ${format/luks/raw}
done
encrypted raw "$tmp/disk.luks" "usage=\"$tmp/usage\""
take $guest --encrypted decrypt
assert_plain

# As a volume: the key is Cinder's, and only the user knows it.
encrypted raw "$tmp/disk.luks"
sed -i "s,<target dev=\"vda\",<serial>$(new_uuid)</serial>&," "$tmp/encrypted.xml"
virsh -q define "$tmp/encrypted.xml" >/dev/null
expect 0 virt_glance inspect $guest --encrypted keep
grep -q "^warning: .* the image of disk vda does not name its encryption key.*--property cinder_encryption_key_id=ID" "$tmp/out" ||
  fail "no warning: $(cat "$tmp/out")"
expect 0 virt_glance inspect $guest --json --encrypted keep --property cinder_encryption_key_id="$by_usage"
assert_equal "$by_usage do_not_delete $by_usage none" "$(jq -r '.disks[0].image | [
  .cinder_encryption_key_id, .cinder_encryption_key_deletion_policy, .os_encrypt_key_id,
  (.hw_ephemeral_encryption // "none")] | join(" ")' "$tmp/out")" "what tells of Cinder's key"

# While it is decrypted: no process says the passphrase, no file has it.
encrypted qcow2 "$tmp/disk.qcow2"
in_background "${virt_glance_args[@]}" --debug snapshot $guest slow --json --encrypted decrypt --limit-rate 1500K
wait_until 60 grep -q 'Uploading disk vda' "$tmp/err" || fail "$(cat "$tmp/err")"
qemu_nbd=$(pgrep -f "^/usr/bin/qemu-nbd .*$tmp/vg")
tr '\0' '\n' <"/proc/$qemu_nbd/cmdline" >"$tmp/cmdline"
grep -q '^secret,' "$tmp/cmdline" || fail "that is not how it gets its key: $(cat "$tmp/cmdline")"
! grep -qF -e "$passphrase" -e "$(base64 <"$tmp/passphrase")" "$tmp/cmdline" || fail "its command line has it"
assert_untold
wait $pid || fail "$(cat "$tmp/err")"
image=$(jq -r '.images[0].id' "$tmp/out")
assert_plain

# Without a passphrase, or with a wrong one.
encrypted qcow2 "$tmp/disk.qcow2" "uuid=\"$(new_uuid)\""
expect 3 virt_glance snapshot -q $guest --encrypted decrypt
expect_error "^virt-glance: .*secret .*can't be read"
encrypted qcow2 "$tmp/disk.qcow2" "uuid=\"$private\""
expect 5 virt_glance snapshot -q $guest --encrypted decrypt
expect_error "^virt-glance: .*secret .*can't be read: .*private"
printf wrong >"$tmp/wrong"
encrypted qcow2 "$tmp/disk.qcow2" "uuid=\"$by_usage\""
virsh -q secret-set-value "$by_usage" --file "$tmp/wrong" --plain >/dev/null
expect 3 virt_glance snapshot -q $guest --encrypted decrypt
expect_error "^virt-glance: .*can't be opened: Invalid password"
clean

# With a backing file, ciphertext would not be all.
qemu-img create -q -f qcow2 "${key[@]}" -F qcow2 -b "$tmp/disk.qcow2" \
  -o encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10,encrypt.hash-alg=sha512 "$tmp/disk.top" 16M
encrypted qcow2 "$tmp/disk.top"
refuses_snapshot 3 'has a backing file' $guest --encrypted keep
clean

echo '# Running.'
encrypted qcow2 "$tmp/disk.qcow2"
guest_pause $guest
refuses_snapshot 3 'exports only the unencrypted content of a running domain; shut the domain off' $guest --encrypted keep
in_background "${virt_glance_args[@]}" --debug snapshot $guest slow --json --encrypted decrypt --limit-rate 1500K
wait_until 60 grep -q 'Uploading disk vda' "$tmp/err" || fail "$(cat "$tmp/err")"
assert_equal true "$(qemu-img info -U --output=json "$tmp"/vg/snapshots/*/vda.scratch | jq .encrypted)" \
  "whether the scratch file is encrypted"
wait $pid || fail "$(cat "$tmp/err")"
image=$(jq -r '.images[0].id' "$tmp/out")
assert_plain

# The scratch file's folder is the hypervisor's, who may put something else there
# while we make the file.
echo precious >"$tmp/victim"
chmod 640 "$tmp/victim"
mkdir "$tmp/bin"
cat >"$tmp/bin/qemu-img" <<SCRIPT
#!/bin/bash
/usr/bin/qemu-img "\$@" || exit
[ "\$1" != create ] || ln -sf "$tmp/victim" $tmp/vg/snapshots/*/vda.scratch
SCRIPT
chmod +x "$tmp/bin/qemu-img"
expect 1 env "PATH=$tmp/bin:$PATH" "${virt_glance_args[@]}" snapshot -q $guest --encrypted decrypt
assert_equal "640 precious" "$(stat -c %a "$tmp/victim") $(<"$tmp/victim")" "what a link led to"
virsh -q destroy $guest
clean

# libvirt keeps the second disk's key to itself, and makes the files of both then.
sed "s,</devices>,<disk type=\"file\"><driver name=\"qemu\" type=\"qcow2\"/><source file=\"$tmp/disk.qcow2\"><encryption format=\"luks\"><secret type=\"passphrase\" uuid=\"$private\"/></encryption></source><target dev=\"vdb\" bus=\"virtio\"/></disk>&," \
  "$VG_TEST_GUESTS/$guest/domain.xml" >"$tmp/encrypted.xml"
virsh -q define "$tmp/encrypted.xml" >/dev/null
guest_pause $guest
in_background "${virt_glance_args[@]}" --debug snapshot $guest slow --json --all-disks --encrypted decrypt --limit-rate 1500K
wait_until 60 grep -q 'Uploading disk' "$tmp/err" || fail "$(cat "$tmp/err")"
assert_equal sha512 "$(qemu-img info -U --output=json "$tmp"/vg/snapshots/*/vdb.scratch |
  jq -r '."format-specific".data.encrypt."hash-alg"')" "the hash of libvirt's file"
wait $pid || fail "$(cat "$tmp/err")"
images_delete_new
virsh -q destroy $guest
clean

echo '# In Ceph.'
a_small_rbd_guest $guest-rbd
# shellcheck disable=SC2119
vg_config "$(ceph_store)"
qemu-img create -q -f luks "${key[@]}" -o key-secret=key,iter-time=10,hash-alg=sha512 "$tmp/disk.rbd" 16M
ceph_rbd rm --no-progress "$disk"
ceph_rbd import --no-progress "$tmp/disk.rbd" "$disk"
before=$(rbd_state)
sed "s,<target dev=\"vda\",<encryption format=\"luks\"><secret type=\"passphrase\" uuid=\"$secret\"/></encryption>&," \
  "$VG_TEST_GUESTS/$guest-rbd/domain.xml" >"$tmp/encrypted.xml"
virsh -q define "$tmp/encrypted.xml" >/dev/null
guest_pause $guest-rbd
refuses_snapshot 3 'is encrypted' $guest-rbd
for store in ceph fast; do
  take $guest-rbd --encrypted keep --store $store
  [ "$store $(job_image way)" = 'ceph clone' ] || [ "$store $(job_image way)" = 'fast stream' ] ||
    fail "the way to store $store is $(job_image way)"
  assert_ciphertext "$tmp/disk.rbd" raw
done
assert_equal "$before" "$(rbd_state)" "what is in Ceph"
assert_nothing_on_host $guest-rbd paused
