#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The agent killed in the middle of its jobs, stopped, and asked for much at once;
# libvirtd and Glance gone while it works: each order is done once, nothing twice,
# and nothing is left.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guests=(vgtest-crash-a vgtest-crash-b vgtest-crash-c)
images_snapshot
cleanup_fn images_delete_new
for guest in "${guests[@]}"; do
  cleanup_fn guest_undefine "$guest"
  guest_define "$guest" --idle
  guest_start "$guest"
done
for guest in "${guests[@]}"; do
  guest_wait_agent "$guest"
done

# slow, fast: how the agent that is started next uploads (26 MB each).
slow() { vg_config '[agent]' 'workers = 3' "drain_timeout = ${1:-60}" '[glance]' "upload_rate = ${2:-1M}"; }
fast() { vg_config '[agent]' 'workers = 3'; }

ask_all() {
  local guest
  for guest in "${guests[@]}"; do
    forget_status "$guest"
    ask "$guest" "<snapshot name='$1-$guest' quiesce='never'/>"
  done
}

jobs_in() { virt_glance jobs --json | jq "[.[] | select(.state == \"$1\")] | length"; }
# uploading: into three images, and none of those that were seen before.
saving() { image_ids status=saving; }
uploading() { [ "$(saving | comm -13 "$tmp/saving" - | wc -l)" = 3 ]; }
: >"$tmp/saving"

# each_once NAME: each guest has one new active image of that name, and no more.
each_once() {
  local guest
  for guest in "${guests[@]}"; do
    await_status "$guest" "done" 300
    assert_equal 1 "$(image_find "$1-$guest" | wc -l)" "the images $1-$guest"
    assert_equal active "$(image_field "$(image_find "$1-$guest")" status)" "its state"
    assert_equal "$(image_find "$1-$guest")" "$(status_of "$guest" image/@id)" \
      "the image in the status"
  done
  assert_equal ${#guests[@]} "$(images_new | wc -l)" "the new images"
  assert_spool_empty
  images_delete_new
}
taken_all() { [ "$(grep -c 'accepted the request' "$tmp/agent.log")" -ge 9 ]; }
has_error() { [ -n "$(status_of "${guests[0]}" error/@text)" ]; }

nothing_left() {
  local guest
  for guest in "${guests[@]}"; do
    assert_nothing_left "$guest"
  done
}

# Killed in the middle of three, twice.
slow
agent_start
ask_all killed
wait_until 120 uploading || fail "it doesn't upload three: $(cat "$tmp/agent.log")"
saving >"$tmp/saving"
agent_kill "$agent_pid"
agent_start
wait_until 120 uploading || fail "it doesn't begin them again: $(cat "$tmp/agent.log")"
agent_kill "$agent_pid"
fast
agent_start
each_once killed
assert_equal 3 "$(jobs_in 'done')" "the jobs that were done"
assert_equal 0 "$(jobs_in 'to recover')" "the jobs to be recovered"
agent_stop
nothing_left

# Stopped: what isn't over in time is undone, and begun again at the next start.
slow 1
agent_start
ask_all stopped
wait_until 120 uploading || fail "it doesn't upload three: $(cat "$tmp/agent.log")"
began=$SECONDS
agent_stop
[ $((SECONDS - began)) -lt 120 ] || fail "it took $((SECONDS - began)) s to stop"
nothing_left
for guest in "${guests[@]}"; do
  assert_equal waiting "$(status_of "$guest" @state)" "the status of $guest"
done
assert_equal 3 "$(orders_left | wc -l)" "the orders that wait"
fast
agent_start
each_once stopped

# With time enough they come to their end.
agent_stop
fast
agent_start
ask_all drained
wait_until 60 taken_all || fail "it doesn't take them: $(cat "$tmp/agent.log")"
agent_stop

# libvirtd is restarted under three jobs; then Glance is away for a while.
slow 60 1M
agent_start
each_once drained
ask_all restarted
wait_until 120 uploading || fail "it doesn't upload three: $(cat "$tmp/agent.log")"
libvirtd_stop
libvirtd_start
each_once restarted
agent_stop
fast
agent_start
glance_stop
ask_all unavailable
for guest in "${guests[@]}"; do
  await_status "$guest" waiting
done
wait_until 120 has_error || fail "what it waits for is not told"
glance_start
each_once unavailable

# Many at once, for running guests and one that is shut off, in the spool already
# and through the metadata.
guest_stop "${guests[2]}"
for n in {1..50}; do
  guest=${guests[n % 3]}
  sleep 0.00$((n % 10))
  cat >"$tmp/order" <<JSON
{ "kind": "request", "uuid": "$(virsh -q domuuid "$guest")", "domain": "$guest",
  "asked": $(date +%s), "wish": { "name": "many-$n", "quiesce": "never" } }
JSON
  mv "$tmp/order" "$tmp/vg/state/spool/$(date +%s%6N)-test.json"
done
many_done() { [ "$(images_new | wc -l)" = 50 ] && spool_empty; }
wait_until 1200 many_done || fail "of 50 there are $(images_new | wc -l)"
for n in {1..50}; do
  assert_equal 1 "$(image_find "many-$n" | wc -l)" "the images many-$n"
done
images_delete_new
agent_stop
assert_nothing_left "${guests[0]}"
assert_nothing_left "${guests[1]}"
assert_nothing_left "${guests[2]}" 'shut off'
