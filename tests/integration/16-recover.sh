#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Recovering when something is away that is needed for it, or when the guest
# is: what can be undone is, the rest stays known, and a later recover has it.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-recover
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest
guest_boot $guest

# kill_one: a snapshot of the running guest dies in the middle of its upload.
kill_one() {
  rm -f "$tmp"/vg/state/jobs/*.json "$tmp/bg"
  "${virt_glance_args[@]}" snapshot $guest killed --limit-rate 500K >"$tmp/bg" 2>&1 &
  pid=$!
  wait_until 60 grep -q Uploading "$tmp/bg" || fail "$(cat "$tmp/bg")"
  sleep 0.5
  kill -KILL $pid
  wait $pid 2>/dev/null || true
  assert_job 'to recover'
}

job() { virt_glance jobs --json | jq -r "map(select(.domain == \"$guest\")) | last | $1"; }
assert_job() { assert_equal "$1" "$(job .state)" "the job's state"; }

# left_over STATUS REGEX: recover can't do all.
left_over() {
  local status=$1
  shift
  expect "$status" virt_glance recover
  expect_error "$1"
  assert_job 'to recover'
}

all_undone() {
  expect 0 virt_glance recover
  assert_job failed
  assert_equal 'it was interrupted' "$(job .error.message)" "the job's error"
  assert_nothing_left "$guest" "${1-running}"
  expect 0 virt_glance recover
  assert_equal 'Nothing to recover' "$(cat "$tmp/out")" "the second recover"
}

kill_one
glance_stop
left_over 6 "job $(job .id) of domain $guest: .*127.0.0.1:$VG_TEST_GLANCE_PORT"
assert_nothing_on_host $guest
glance_start
all_undone

kill_one
OS_PASSWORD=wrong left_over 5 "job $(job .id) of domain $guest: "
assert_nothing_on_host $guest
all_undone

kill_one
libvirtd_stop
left_over 6 "job $(job .id) of domain $guest: .*libvirt"
libvirtd_start
guest_wait_agent $guest
all_undone

# Several at a time are in nobody's way.
kill_one
virt_glance recover >"$tmp/one" 2>&1 &
one=$!
virt_glance recover >"$tmp/two" 2>&1 &
two=$!
for pid in $one $two; do
  status=0
  wait "$pid" || status=$?
  [ $status = 0 ] || [ $status = 7 ] || fail "status $status: $(cat "$tmp/one" "$tmp/two")"
done
all_undone

# A journal that nobody can read doesn't keep the others from it, but is told.
kill_one
echo '{ "id": "torn", "dom' >"$tmp/vg/state/jobs/torn.json"
expect 8 virt_glance recover
expect_error 'torn.json'
rm "$tmp/vg/state/jobs/torn.json"
all_undone

# Whoever has another guest leaves it; the next snapshot of this one undoes it first.
kill_one
dead=$(job .id)
cleanup_fn guest_undefine $guest-other
guest_define $guest-other
take $guest-other
image_delete "$image"
assert_equal "to recover" "$(virt_glance jobs --json | jq -r ".[] | select(.id == \"$dead\") | .state")" \
  "the state of the dead job"
take $guest
expect_error "^Rolling back job ${dead%%-*}"
image_delete "$image"
assert_no_new_images
assert_nothing_on_host $guest

# The guest is gone meanwhile, in two steps.
kill_one
virsh -q destroy $guest
all_undone 'shut off'
guest_boot $guest
kill_one
virsh -q destroy $guest
virsh -q undefine $guest
expect 0 virt_glance recover
assert_no_new_images
left=$(find "$tmp/vg/run" "$tmp/vg/snapshots" -mindepth 1)
[ -z "$left" ] || fail "these were left: $left"
