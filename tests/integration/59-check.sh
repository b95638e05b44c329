#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# "check" on a real host: nothing is wrong; a directory that QEMU's user can't enter,
# a wrong password, and libvirt that is away are named. Nothing is left.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-check
images_snapshot
cleanup_fn guest_undefine $guest
guest_define $guest --idle
set_policy $guest "<on event='backup' type='daily' rotation='7' store='cheap'/>" --config

# has LINE…: regular expressions for lines of what it printed.
has() {
  local line
  for line; do
    grep -Eq "$line" "$tmp/out" || fail "no '$line' in: $(cat "$tmp/out")"
  done
}

expect 0 virt_glance check
cat "$tmp/out"
has '^ok +credentials: there is a token for the project' '^ok +stores: ' \
  '^ok +hypervisor [^ ]+: libvirt [0-9.]+, QEMU [0-9.]+' '^ok +confinement qemu-nbd' \
  "^ok +domain $guest: backup daily, keep 7, store cheap \(the domain's metadata\)"

# Root may enter it; QEMU's user, where that is another one, may not.
mkdir -m 700 "$tmp/closed"
vg_config '[libvirt]' "snapshots_directory = $tmp/closed/snapshots"
if [ "$(virsh capabilities | grep -c '<baselabel type=.kvm.>+0:+0<')" = 0 ]; then
  expect 1 virt_glance check
  has "^problem +directories $tmp/closed/snapshots: QEMU's user .* can't enter $tmp/closed: Permission denied; give"
else
  echo "QEMU is root's here"
fi
rmdir "$tmp/closed" || fail "something is left in it"
vg_config

expect 1 env OS_PASSWORD=wrong "${virt_glance_args[@]}" check --json
assert_equal credentials "$(jq -r '.checks[] | select(.state == "problem").check' "$tmp/out")" "the problem"
expect 1 virt_glance check -c 'qemu+unix:///system?socket=/nowhere'
has '^problem +hypervisor'

assert_nothing_left $guest 'shut off'
