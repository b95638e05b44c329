#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ceph's OSD is killed, or hangs, in the middle of an upload from a disk in Ceph.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/peers.sh
. "$VG_SRCDIR/tests/cloud/peers.sh"

guest=vgtest-rbdpeers
images_snapshot
cleanup_fn images_delete_new
a_small_rbd_guest $guest --volume
before=$(rbd_state)

osd() { daemon_pid ceph-osd; }
is_up() { [[ $(ceph_run osd stat) = *'1 up'* ]]; }
nothing_in_ceph() { assert_equal "$before" "$(rbd_state)" "what is in Ceph"; }

vg_rollback_timeout 5
hangs osd --store cheap
recovered 'shut off'
nothing_in_ceph

vg_config '[glance]' 'timeout = 600' # (However long the OSD takes to be back.)
echo '# The OSD is killed, and started again by systemd, or whoever.'
begin --store cheap
kill -KILL "$(osd)"
wait_until 60 daemon_gone ceph-osd
ceph_daemon osd 0
ends 0
image=$(the_new_image)
image_download "$image" "$tmp/image"
qemu-img compare -q -f raw -F "$(image_field "$image" disk_format)" "$tmp/noise" "$tmp/image" ||
  fail "the image has another content than the disk"
images_delete_new
wait_until 120 is_up || fail "the OSD is not up"
recovered 'shut off'
nothing_in_ceph
