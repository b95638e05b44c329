#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A file system that doesn't answer, as NFS does whose server is away: wherever the
# program meets it, it can be interrupted, and leaves nothing that recover does not
# undo when the file system answers again.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
requires mount umount
/usr/bin/python3 -c 'import fusepy' 2>/dev/null || skip "there is no python3-fusepy to be had"

guest=vgtest-hung
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest --idle
disk=$VG_TEST_GUESTS/$guest/disk

# The folder $real is seen at $seen.
real=$tmp/real seen=$tmp/seen control=$tmp/control
mkdir "$real" "$seen" "$control"
chmod 755 "$tmp" "$real" "$seen"
/usr/bin/python3 "$VG_SRCDIR/tests/cloud/mirror_files.py" "$real" "$seen" \
  2>"$tmp/server.err" &
server=$!
unmount() {
  kill -CONT $server
  umount -l "$seen" && wait $server
  umount "$control"
}
cleanup_fn unmount
mount -t fusectl none "$control"
wait_until 60 mountpoint -q "$seen" || fail "it is not mounted: $(cat "$tmp/server.err")"
waiting=$control/$(stat -c %d "$seen")/waiting

# interrupted COMMAND…: it comes to the file system while that hangs, gets SIGINT (which
# the shell's background would ignore), and ends; then the file system answers again.
# Its exit status is in $status.
interrupted() {
  status=0
  kill -STOP $server
  in_background env --default-signal=INT "${virt_glance_args[@]}" "$@"
  wait_until 60 somebody_waits || fail "'$*' does not come to it: $(cat "$tmp/err")"
  kill -INT "$pid"
  wait_until 120 has_ended || fail "'$*' does not end"
  wait "$pid" || status=$?
  kill -CONT $server
  wait_until 60 nobody_waits || fail "somebody waits for it still"
  cat "$tmp/err"
}
somebody_waits() { [ "$(cat "$waiting")" != 0 ]; }
nobody_waits() { ! somebody_waits; }
has_ended() { ! kill -0 "$pid" 2>/dev/null; }

# nothing_after STATUS: of the last one, which made nothing.
nothing_after() {
  assert_equal "$1" "$status" "the exit status"
  assert_nothing_left $guest 'shut off'
}

echo '# The configuration.'
cp "$tmp/virt-glance.conf" "$real/"
(
  virt_glance_args=("$VG_BUILDDIR/virt-glance" --config "$seen/virt-glance.conf")
  interrupted stores
  assert_equal 130 "$status" "the exit status"
)

echo '# The CA certificates.'
cp /etc/ssl/certs/ca-certificates.crt "$real/ca" 2>/dev/null || : >"$real/ca"
vg_config '[glance]' "cafile = $seen/ca"
interrupted stores
nothing_after 130
interrupted snapshot $guest
nothing_after 130

echo '# Policies.'
mkdir "$real/policy.d"
printf '%s\n' '[a]' 'on = backup' 'type = daily' 'rotation = 1' >"$real/policy.d/a.conf"
vg_config '[agent]' "policy_directory = $seen/policy.d"
interrupted backup $guest
nothing_after 130

echo '# The disk of a guest that is shut off.'
vg_config
cp --sparse=always "$disk" "$real/disk"
chown --reference="$disk" "$real/disk"
sed "s|$disk'|$seen/disk'|; s|$disk\"|$seen/disk\"|" "$VG_TEST_GUESTS/$guest/domain.xml" >"$tmp/hung.xml"
virsh -q define "$tmp/hung.xml"
interrupted snapshot $guest --dry-run
assert_equal 130 "$status" "the exit status"
interrupted snapshot $guest
assert_equal 130 "$status" "the exit status"
assert_no_new_images
# And it answers again.
take $guest
image_download "$image" "$tmp/image"
qemu-img compare -f qcow2 -F qcow2 "$tmp/image" "$disk" || fail "the image has other bytes"
images_delete_new
virsh -q define "$VG_TEST_GUESTS/$guest/domain.xml"

echo '# Journals.'
mkdir "$real/state"
vg_config '[DEFAULT]' "state_path = $seen/state"
for command in jobs recover "snapshot $guest"; do
  # shellcheck disable=SC2086 # words
  interrupted $command
  [ "$status" = 130 ] || [ "$status" = 8 ] || fail "$command ends with $status"
done
expect 0 virt_glance recover
assert_no_new_images

echo '# Scratch files.'
guest_boot $guest
mkdir "$real/snapshots"
vg_config '[libvirt]' "snapshots_directory = $seen/snapshots"
interrupted snapshot $guest
[ "$status" = 130 ] || [ "$status" = 8 ] || fail "it ends with $status"
age_jobs
expect 0 virt_glance recover
assert_no_new_images
assert_qemu_idle $guest
guest_thawed $guest || fail "the guest is frozen"
