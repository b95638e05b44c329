#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The domain is started, stopped or undefined while its disk is read, somebody
# else has a job on it, or libvirtd is restarted: the image is of one instant,
# or there is none.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-races
cleanup_fn guest_undefine $guest
guest_define $guest
disk=$cloud_dir/guests/$guest/disk

# slowly [RATE]: a slow snapshot (26 MB), of which the first part is gone.
slowly() {
  images_snapshot
  rm -f "$tmp/bg"
  "${virt_glance_args[@]}" snapshot $guest races --limit-rate "${1-3M}" >"$tmp/bg" 2>&1 &
  pid=$!
  wait_until 60 uploading || fail "$(cat "$tmp/bg")"
}
uploading() { grep -q Uploading "$tmp/bg" && [ "$(image_field "$(the_new_image)" status)" = saving ]; }

# on, off: so the guest is.
on() { guest_is $guest running || guest_boot $guest; }
off() { guest_is $guest 'shut off' || virsh -q destroy $guest; }

# meanwhile on|off RATE COMMAND…: runs the command in the middle of a snapshot of the
# guest that is so, which must notice it. (It is a slower one, where it was over before.)
meanwhile() {
  local before=$1 rate
  for rate in "$2" 800K 250K 80K; do
    $before
    slowly "$rate"
    "${@:3}"
    wait_until 900 is_over || fail "the snapshot does not end: $(cat "$tmp/bg")"
    ! grep -q 'beginning again' "$tmp/bg" || return 0
    wait $pid || fail "the snapshot failed: $(cat "$tmp/bg")"
    image_delete "$(the_new_image)"
  done
  fail "it noticed nothing: $(cat "$tmp/bg")"
}
is_over() { [ -z "$(pid_birth $pid)" ]; }

# ends_well [STATE]: its image is there.
ends_well() {
  wait $pid || fail "the snapshot failed: $(cat "$tmp/bg")"
  image=$(the_new_image)
  assert_equal active "$(image_field "$image" status)" "the image's status"
  assert_nothing_on_host $guest "$@"
}

assert_same_as_disk() {
  image_download "$image" "$tmp/image"
  qemu-img check -q -f qcow2 "$tmp/image"
  qemu-img compare -q -f qcow2 -F qcow2 "$tmp/image" "$disk" ||
    fail "the image is not what is on the disk"
  image_delete "$image"
}

echo "started while it is read"
meanwhile off 3M guest_start $guest # which must not fail for a lock on the disk
ends_well
guest_wait_line $guest ready
assert_image_boots "$image"
image_delete "$image"

echo "a job of ours, and one of somebody else"
slowly 1500K
expect 7 virt_glance snapshot $guest second
expect_error 'job [0-9a-f]+ is working on'
wait $pid || fail "the first job suffered: $(cat "$tmp/bg")"
image_delete "$(the_new_image)"
mkdir -m 777 "$tmp/foreign"
cat >"$tmp/foreign.xml" <<XML
<domainbackup mode='pull'>
  <server transport='unix' socket='$tmp/foreign/sock'/>
  <disks><disk name='vda' backup='yes' type='file'>
    <scratch file='$tmp/foreign/scratch'/></disk></disks>
</domainbackup>
XML
virsh -q backup-begin $guest "$tmp/foreign.xml" >/dev/null
images_snapshot
expect 7 virt_glance snapshot $guest second
expect_error "domain $guest"
assert_no_new_images
[[ $(virsh -q backup-dumpxml $guest) = *"$tmp/foreign/sock"* ]] ||
  fail "somebody else's job is gone"
virsh -q domjobabort $guest
rm -rf "$tmp/foreign"

echo "libvirtd is restarted"
slowly
libvirtd_stop
libvirtd_start
if wait $pid; then
  image_delete "$(the_new_image)"
else
  grep -q '^virt-glance: ' "$tmp/bg" || fail "it says nothing: $(cat "$tmp/bg")"
fi
expect 0 virt_glance recover
assert_nothing_left $guest

echo "shut down, and destroyed, while it is read"
guest_wait_agent $guest
meanwhile on 1500K guest_stop $guest
ends_well 'shut off'
assert_same_as_disk
meanwhile on 3M virsh -q destroy $guest
ends_well 'shut off'
assert_same_as_disk

echo "started and destroyed in a moment"
start_and_destroy() {
  guest_start $guest
  virsh -q destroy $guest
}
meanwhile off 3M start_and_destroy
ends_well 'shut off'
assert_same_as_disk

echo "undefined while it is read"
slowly
virsh -q undefine $guest
status=0
wait $pid || status=$?
case $status in
0) image_delete "$(the_new_image)" ;;
*) grep -q "^virt-glance: .*$guest" "$tmp/bg" || fail "$(cat "$tmp/bg")" ;;
esac
assert_no_new_images
[ -z "$(find "$tmp/vg/run" -type s)" ] || fail "sockets were left"
wait_until 60 no_process_left || fail "processes were left: $(processes_left)"
