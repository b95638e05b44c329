#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# "check" on a real host: nothing is wrong; then a dozen things are, most of them at a
# time, and each is named. Nothing is left.
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

# A host on which much is wrong. (Root may enter the closed directory; QEMU's user, where
# that is another one, may not.)
wrong=vgtest-check-wrong
cleanup_fn guest_undefine $wrong
guest_define $wrong --idle
set_policy $guest "<on event='backup' type='daily' rotation='7' store='gone'/>" --config
set_policy $wrong "<on event='backups'/>" --config
mkdir -m 700 "$tmp/closed"
mkdir "$tmp/bin"
vg_config '[libvirt]' "snapshots_directory = $tmp/closed/snapshots" 'scratch_reserve = 900T' \
  '[glance]' 'store = web' 'password = overridden'
chmod 644 "$tmp/virt-glance.conf"
expect 1 env PATH="$tmp/bin" "${virt_glance_args[@]}" check
cat "$tmp/out"
has '^problem +configuration .*mode 644.*chmod 600' \
  '^problem +stores web: .*read-only' \
  '^problem +scratch space .*900' \
  '^problem +confinement qemu-img: .*install' \
  '^problem +confinement qemu-nbd: .*install' \
  "^problem +domain $guest: .*store gone" \
  "^problem +domain $wrong: .*unknown event 'backups'"
if [ "$(virsh capabilities | grep -c '<baselabel type=.kvm.>+0:+0<')" = 0 ]; then
  has "^problem +directories $tmp/closed/snapshots: QEMU's user .* can't enter $tmp/closed: Permission denied; give"
else
  echo "QEMU is root's here"
fi
rmdir "$tmp/closed" || fail "something is left in it"
set_policy $guest "<on event='backup' type='daily' rotation='7' store='cheap'/>" --config
guest_undefine $wrong

mkdir "$tmp/policy.d" && : >"$tmp/file"
printf '%s\n' '[a]' 'on = snapshot' 'colour = red' >"$tmp/policy.d/a.conf"
vg_config '[DEFAULT]' "state_path = $tmp/file/state" '[agent]' "policy_directory = $tmp/policy.d"
expect 1 virt_glance check
has "^problem +directories $tmp/file/state: .*state_path" \
  "^problem +policy files.*a.conf: .*'colour'"
vg_config

expect 1 env OS_PASSWORD=wrong "${virt_glance_args[@]}" check --json
assert_equal credentials "$(jq -r '.checks[] | select(.state == "problem").check' "$tmp/out")" "the problem"
expect 1 env OS_AUTH_URL=http://127.0.0.1:1/v3 "${virt_glance_args[@]}" check
has '^problem +credentials: .*127.0.0.1.*auth_url'
expect 1 virt_glance check -c 'qemu+unix:///system?socket=/nowhere'
has '^problem +hypervisor'

assert_nothing_left $guest 'shut off'
