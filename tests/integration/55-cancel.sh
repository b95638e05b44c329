#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ending a job from outside, be it a command's or the agent's, or one that only
# waits; and following what happens to jobs.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-cancel
vg_config '[agent]' 'workers = 1' '[glance]' 'upload_rate = 4M'
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest --idle
guest_boot $guest

"$VG_BUILDDIR/virt-glance" --config "$tmp/virt-glance.conf" jobs --follow --json \
  >"$tmp/followed" 2>&1 &
follower=$!
cleanup_fn agent_kill $follower

uploading() { [ "$(image_call GET 'images?status=saving' | jq '.images | length')" = 1 ]; }
waiting() { virt_glance jobs --json | jq -e 'any(.state == "waiting")'; }
spool_empty() { [ -z "$(orders_left)" ]; }
has_progress() { [[ $(status_of $guest @progress) =~ ^[0-9]{1,2}$ ]]; }
job() { virt_glance jobs --json | jq -r ".[-1].$1"; }

# A command's job.
"$VG_BUILDDIR/virt-glance" --config "$tmp/virt-glance.conf" snapshot $guest one \
  >"$tmp/bg" 2>&1 &
pid=$!
wait_until 30 grep -q Uploading "$tmp/bg" || fail "$(cat "$tmp/bg")"
id=$(job id)
expect 0 virt_glance cancel "$id"
status=0
wait $pid || status=$?
assert_equal 1 $status "the command's exit status"
grep -q "the snapshot of domain $guest was interrupted" "$tmp/bg" || fail "$(cat "$tmp/bg")"
assert_equal failed "$(job state)" "the job's state"
assert_no_new_images
expect 1 virt_glance cancel "$id"
expect_error 'does not run'
expect 1 virt_glance cancel ../../nosuch
expect_error "no job or order '../../nosuch'"

# The agent's, by the job's id and by the order's; and one that waits behind it.
agent_start
for what in job order; do
  forget_status $guest
  ask $guest "<snapshot name='two'/>"
  await_status $guest running
  wait_until 30 uploading || fail "nothing is uploaded"
  [ $what = order ] || wait_until 15 has_progress || fail "its progress is not told"
  ask $guest "<snapshot name='three'/>"
  wait_until 10 waiting || fail "no order waits: $(virt_glance jobs --json)"
  expect 0 virt_glance cancel --json "$(virt_glance jobs --json |
    jq -r '.[] | select(.state == "waiting") | .order')"
  id=$(virt_glance jobs --json | jq -r '.[] | select(.state == "running") | .id')
  [ $what = job ] || id=$(virt_glance jobs --json |
    jq -r '.[] | select(.state == "running") | .order')
  expect 0 virt_glance cancel --json "$id"
  wait_until 20 spool_empty || assert_spool_empty
  sleep 1
  assert_no_new_images
done
agent_stop
kill $follower
assert_nothing_left $guest
left=$(find "$tmp/vg/state/cancel" -type f)
[ -z "$left" ] || fail "these were left: $left"

# Each change was a line.
for state in running failed waiting; do
  jq -se "any(.[]; .state == \"$state\")" "$tmp/followed" >"$tmp/out" ||
    fail "--follow says nothing of '$state': $(cat "$tmp/followed")"
done
