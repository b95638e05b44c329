# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# The agent in the scripts in tests/integration: part of functions.sh; expects
# what that has.

# agent_start: with virt_glance's configuration; its output goes to
# $tmp/agent.log, its process id to $agent_pid. Ends with the test.
agent_start() {
  local before
  before=$(times_connected)
  "$VG_BUILDDIR/virt-glance" --config "$tmp/virt-glance.conf" agent \
    </dev/null >>"$tmp/agent.log" 2>&1 &
  agent_pid=$!
  cleanup_fn agent_kill $agent_pid
  wait_until 60 connected_since "$before" ||
    fail "the agent does not come up: $(cat "$tmp/agent.log")"
}

# (The log has what the agents before this one said, too.)
times_connected() { grep -cs '^connected to libvirt' "$tmp/agent.log" || true; }
connected_since() { [ "$(times_connected)" -gt "${1:-0}" ]; }

# agent_kill PID: without a chance to clean up.
agent_kill() {
  kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

# agent_stop: as systemd does; it must end with status 0.
agent_stop() {
  local status=0
  kill -TERM "$agent_pid"
  wait "$agent_pid" || status=$?
  assert_equal 0 $status "the agent's exit status"
}

# ask GUEST ELEMENT [OPTION…]: a request by its metadata, as a user would.
ask() {
  local guest=$1 element=$2
  shift 2
  virsh -q metadata "$guest" urn:virt-glance:request --key glance \
    --set "$element" "$@" >/dev/null
}

# set_policy GUEST INSIDE [OPTION…]
set_policy() {
  local guest=$1 inside=$2
  shift 2
  virsh -q metadata "$guest" urn:virt-glance:policy --key glance \
    --set "<policy>$inside</policy>" "$@" >/dev/null
}

# status_of GUEST XPATH: of the status element; nothing where there is none.
status_of() {
  local xml
  xml=$(virsh -q metadata "$1" urn:virt-glance:status 2>/dev/null) && [ -n "$xml" ] || return 0
  /usr/bin/python3 - "$xml" "$2" <<'PY'
import sys, xml.etree.ElementTree as tree
element = tree.fromstring(sys.argv[1])
path, _, attribute = sys.argv[2].rpartition("@")
found = element.find(path.rstrip("/")) if path else element
if found is not None:
    print((found.get(attribute) or "") if attribute != "text" else found.text or "")
PY
}

status_is() { [ "$(status_of "$1" @state)" = "$2" ]; }

# await_status GUEST STATE [SECONDS]
await_status() {
  wait_until "${3:-180}" status_is "$1" "$2" && return
  tail -n 20 "$tmp/agent.log" >&2
  fail "the status of $1 is not $2 but: $(virsh -q metadata "$1" urn:virt-glance:status 2>&1)"
}

# forget_status GUEST: forgets an earlier one.
forget_status() {
  virsh -q metadata "$1" urn:virt-glance:status --remove >/dev/null 2>&1 || true
  virsh -q metadata "$1" urn:virt-glance:status --remove --config >/dev/null 2>&1 || true
}

# orders_left: what is in the spool.
orders_left() { find "$tmp/vg/state/spool" -type f 2>/dev/null || true; }

spool_empty() { [ -z "$(orders_left)" ]; }

# assert_spool_empty: soon, for an order is answered first and then removed.
assert_spool_empty() {
  local left
  wait_until 60 spool_empty || true
  left=$(orders_left)
  [ -z "$left" ] || fail "these orders are left: $left"
}

# hook_install: libvirt's hook, as built, with virt_glance's configuration, until
# the test ends. libvirt looks for hooks when it starts.
hook_install() {
  local folder=$VG_TEST_LIBVIRT/etc/hooks/qemu.d
  mkdir -p "$folder"
  cleanup_fn hook_remove
  sed "s|'.*/virt-glance-hook'|'$VG_BUILDDIR/virt-glance-hook' --config '$tmp/virt-glance.conf'|" \
    "$VG_BUILDDIR/hooks/virt-glance" >"$folder/virt-glance"
  chmod 755 "$folder/virt-glance"
  libvirtd_stop
  libvirtd_start
}

# hook_remove: with what it still does in the background. (An order that could not be
# written is tried again, and would be written when the test's folder is gone.)
hook_remove() {
  rm -f "$VG_TEST_LIBVIRT/etc/hooks/qemu.d/virt-glance"
  pkill -KILL -f -- "virt-glance-hook --config $tmp/virt-glance.conf" || true
}
