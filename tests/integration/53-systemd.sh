#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The agent as systemd has it: it says when it is ready and when it stops, and its
# lines come to the journal with their fields. The units themselves are checked
# where systemd's own tool is there.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-systemd
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest --idle

unshare --mount --propagation slave /usr/bin/python3 \
  "$VG_SRCDIR/tests/integration/fake-systemd.py" "$VG_BUILDDIR/virt-glance" \
  --config "$tmp/virt-glance.conf" agent >"$tmp/log" 2>"$tmp/err" &
agent_pid=$!
cleanup_fn pkill -KILL -f -- "virt-glance --config $tmp/virt-glance.conf agent"
wait_until 60 grep -q '^notify READY=1' "$tmp/log" ||
  fail "it is never ready: $(cat "$tmp/log" "$tmp/err")"

ask $guest "<snapshot store='cheap'/>"
await_status $guest "done"
image=$(status_of $guest image/@id)
# journal_has JQ-FILTER: a line with fields like that, soon: what the agent says
# is written by another process.
in_journal() { [ -n "$(sed -n 's/^journal //p' "$tmp/log" | jq -c "select($1)")" ]; }
journal_has() {
  wait_until 60 in_journal "$1" ||
    fail "the journal has no line with $1: $(cat "$tmp/log")"
}
journal_has ".DOMAIN == \"$guest\" and .IMAGE == \"$image\" and .STORE == \"cheap\"
  and .JOB == \"$(status_of $guest @job)\" and .PRIORITY == \"6\" and .SYSLOG_IDENTIFIER == \"virt-glance\"
  and .ORDER == \"$(status_of $guest @order)\""
ask $guest "<snapshot store='nosuch'/>"
await_status $guest failed
journal_has ".DOMAIN == \"$guest\" and .PRIORITY == \"3\" and .MESSAGE_ID != null
  and (.MESSAGE | contains(\"nosuch\"))"

agent_stop
grep -q '^notify STOPPING=1' "$tmp/log" || fail "it doesn't say that it stops"
[ ! -s "$tmp/err" ] || fail "something on standard error: $(cat "$tmp/err")"

if command -v systemd-analyze >/dev/null; then
  for unit in virt-glance-agent.service virt-glance-backup@.service \
    virt-glance-backups@.service virt-glance-choose.service \
    virt-glance-recover.service; do
    sed "s|^ExecStart=[^ ]*|ExecStart=$VG_BUILDDIR/virt-glance|
      s|^ExecStartPre=-[^ ]*|ExecStartPre=-$VG_BUILDDIR/virt-glance|" \
      "$VG_BUILDDIR/systemd/$unit" >"$tmp/$unit"
  done
  cp "$VG_SRCDIR/systemd/virt-glance-backup@.timer" \
    "$VG_SRCDIR/systemd/virt-glance-backups@.timer" \
    "$VG_SRCDIR/systemd/virt-glance-choose.socket" "$tmp"
  expect 0 systemd-analyze verify --man=no "$tmp/virt-glance-agent.service" \
    "$tmp/virt-glance-backup@guest-1.timer" "$tmp/virt-glance-backup@guest-1.service" \
    "$tmp/virt-glance-backups@daily.timer" "$tmp/virt-glance-backups@weekly.service" \
    "$tmp/virt-glance-recover.service" "$tmp/virt-glance-choose.socket" "$tmp/virt-glance-choose.service"
  # (It also says what it thinks of the host's other units.)
  ! grep virt-glance- "$tmp/err" || fail "systemd complains of a unit"
fi
