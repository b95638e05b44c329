#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a job depends on is killed, or hangs, in the middle of an upload: QEMU, libvirtd
# and Glance. After a kill the job comes to a good end; of a hang it can be
# interrupted, and recover undoes the rest once the service answers again.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/peers.sh
. "$VG_SRCDIR/tests/cloud/peers.sh"

guest=vgtest-peers
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest --idle
guest_boot $guest

qemu() { cat "$VG_TEST_LIBVIRT/run/qemu/$guest.pid"; }
libvirt() { pgrep -g "$(daemon_pid libvirtd)" -f '^[^ ]*libvirtd '; }
glance() { pgrep -g "$(daemon_pid glance)"; }

vg_rollback_timeout 5
for what in qemu libvirt glance; do
  hangs $what
  recovered
done

vg_config
echo '# libvirtd is killed, and started again by systemd, or whoever.'
begin
kill -STOP "$pid" # (Its upload shall not be over before libvirtd is back.)
kill -KILL "$(libvirt)"
libvirtd_stop
libvirtd_start
kill -CONT "$pid"
ends 0
assert_equal active "$(image_field "$(the_new_image)" status)" "the image"
images_delete_new
guest_wait_agent $guest
recovered

echo '# QEMU is killed.'
begin
kill -KILL "$(qemu)"
ends 0
image=$(the_new_image)
image_download "$image" "$tmp/image"
qemu-img compare -f qcow2 -F qcow2 "$tmp/image" "$VG_TEST_GUESTS/$guest/disk" ||
  fail "the image has another content than the disk"
images_delete_new
recovered 'shut off'
