#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A Ceph cluster that doesn't answer: nothing waits for ever.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"

guest=vgtest-rbdcut
images_snapshot
cleanup_fn images_delete_new
a_small_rbd_guest $guest --volume
before=$(rbd_state)
mapfile -t config < <(ceph_store images)
vg_config "${config[@]}"

# within SECONDS: since SECONDS was set to 0.
within() {
  echo "($SECONDS s)"
  [ $SECONDS -le "$1" ] || fail "it took $SECONDS s"
}

unchanged() {
  assert_clean $guest "$(guest_state $guest)"
  assert_equal "$before" "$(rbd_state)" "what is in Ceph"
}

# (Who takes connections, and says nothing. The real one must go on: Glance
# waits for it, too.)
/usr/bin/python3 -c '
import socket, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
time.sleep(600)' >"$tmp/port" &
cleanup_fn kill $!
wait_until 60 test -s "$tmp/port"
virsh -q dumpxml --inactive $guest |
  sed "s|<host name='[^']*' port='[0-9]*'/>|<host name='127.0.0.1' port='$(cat "$tmp/port")'/>|" >"$tmp/xml"
grep -q "port='$(cat "$tmp/port")'" "$tmp/xml" || fail "the guest's monitor is not to be found"
virsh -q define "$tmp/xml" >/dev/null
SECONDS=0
refuses_snapshot 6 "^virt-glance: disk vda of domain $guest can't be read: .*no monitor answered in time" \
  $guest cut --store ceph
within 120
virsh -q define "$VG_TEST_GUESTS/$guest/domain.xml" >/dev/null
unchanged
