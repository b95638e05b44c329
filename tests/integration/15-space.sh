#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The file system of the scratch files is small, or comes to its end: the
# snapshot gives way, and the guest doesn't notice.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-space
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest
guest_boot $guest

# A mount that the guest's QEMU sees, too, is one in its libvirtd's namespace.
scratch=$tmp/vg/snapshots
mount_scratch() {
  libvirt_inside mount -t tmpfs -o size="$1",mode=711 tmpfs "$scratch"
  cleanup_fn libvirt_inside umount "$scratch"
}
inside() { libvirt_inside "$VG_BUILDDIR/virt-glance" --config "$tmp/virt-glance.conf" "$@"; }
scratch_free() { libvirt_inside df --output=avail -k "$scratch" | tail -n 1; }

# unharmed: nothing is left, and the guest has written all the time.
unharmed() {
  local left
  assert_nothing_left $guest
  left=$(libvirt_inside find "$scratch" -mindepth 1 ! -name filler)
  [ -z "$left" ] || fail "scratch files were left: $left"
  ! guest_exec $guest /bin/dmesg | grep -iw 'error' || fail "the guest had errors"
  guest_counts_on $guest || fail "the guest does not write any more"
}

mount_scratch 40m

# Too little from the beginning.
wire_mark
expect 1 inside snapshot $guest
expect_error "only .* is free in $scratch.* 1.0 GiB is needed"
assert_equal "" "$(wire_log 'select(.method != "GET") | .method + .path')" \
  "what was asked of Glance"
unharmed

vg_config '[libvirt]' 'scratch_reserve = 38M'

# slowly: a slow snapshot, of which the first part is gone.
slowly() {
  rm -f "$tmp/bg"
  inside snapshot $guest --limit-rate 250K >"$tmp/bg" 2>&1 &
  pid=$!
  wait_until 60 grep -q Uploading "$tmp/bg" || fail "$(cat "$tmp/bg")"
  sleep 1
}

# given_up: because of the space, and long before its end.
given_up() {
  local status=0
  wait $pid || status=$?
  cat "$tmp/bg"
  assert_equal 1 $status "the exit status"
  grep -q "^virt-glance: .*aborted: less than 19.0 MiB was left in $scratch " "$tmp/bg" ||
    fail "it does not say why"
  unharmed
}

# Somebody else fills it.
slowly
libvirt_inside head -c 24M /dev/zero | libvirt_inside tee "$scratch/filler" >/dev/null
given_up
libvirt_inside rm "$scratch/filler"

# The guest itself does, by overwriting what it has.
slowly
# shellcheck disable=SC2016 # the guest's
guest_exec $guest /bin/sh -c 'cd /data/files
  for n in 1 2 3; do
    for file in part-*; do
      dd if=/dev/urandom of=$file bs=64k count=20 conv=notrunc,fsync 2>/dev/null
      sleep 0.2
    done
  done' &
writer=$!
given_up
wait $writer || fail "the guest could not write"

# With less in reserve the same succeeds; and a shut-off guest needs none.
vg_config '[libvirt]' 'scratch_reserve = 16M'
expect 0 inside snapshot $guest
images_delete_new
unharmed
guest_stop $guest
vg_config '[libvirt]' 'scratch_reserve = 1T'
expect 0 inside snapshot $guest
images_delete_new
assert_nothing_left $guest 'shut off'
