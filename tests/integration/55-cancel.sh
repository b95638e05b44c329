#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Ending a job from outside, be it a command's or the agent's, or one that only
# waits; and following what happens to jobs.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
requires strace

guest=vgtest-cancel
vg_config '[agent]' 'workers = 1' '[glance]' 'upload_rate = 300K'
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest --idle
guest_boot $guest

"${virt_glance_args[@]}" jobs --follow --json >"$tmp/followed" 2>&1 &
follower=$!
cleanup_fn agent_kill $follower

uploading() { [ "$(image_call GET 'images?status=saving' | jq '.images | length')" = 1 ]; }
waiting() { virt_glance jobs --json | jq -e 'any(.state == "waiting")'; }
has_progress() { [[ $(status_of $guest @progress) =~ ^[0-9]{1,2}$ ]]; }
no_new_images() { [ -z "$(images_new)" ]; }
# followed STATE: --follow has told it. (It looks every half second.)
followed() { grep -q "\"state\": *\"$1\"" "$tmp/followed"; }
job() { virt_glance jobs --json | jq -r ".[-1].$1"; }

# A command's job.
"${virt_glance_args[@]}" snapshot $guest one >"$tmp/bg" 2>&1 &
pid=$!
wait_until 60 grep -q Uploading "$tmp/bg" || fail "$(cat "$tmp/bg")"
wait_until 60 followed running || fail "--follow doesn't say that it runs: $(cat "$tmp/followed")"
id=$(job id)
# (Somebody looks at the jobs, and comes to look at its lock when it is over.)
strace -qq -f -o /dev/null -P "$tmp/vg/state/locks/$(virsh -q domuuid $guest)" \
  -e trace=openat -e inject=openat:delay_enter=8000000 \
  "${virt_glance_args[@]}" jobs --json >"$tmp/listed" &
looker=$!
sleep 2
expect 0 virt_glance cancel "$id"
status=0
wait $pid || status=$?
assert_equal 9 $status "the command's exit status"
grep -q "the snapshot of domain $guest was interrupted" "$tmp/bg" || fail "$(cat "$tmp/bg")"
assert_equal cancelled "$(job state)" "the job's state"
wait_until 60 followed cancelled || fail "--follow doesn't say that it was cancelled: $(cat "$tmp/followed")"
assert_no_new_images
wait $looker
! grep 'to recover' "$tmp/listed" || fail "it is taken for a job that died"
expect 1 virt_glance cancel "$id"
expect_error 'is not running'
expect 1 virt_glance cancel ../../nosuch
expect_error "no job or order '../../nosuch'"

# By libvirt's own means, which needs nothing else of the domain.
rm "$tmp/bg" # (The next one's words shall be its own.)
"${virt_glance_args[@]}" snapshot $guest aborted >"$tmp/bg" 2>&1 &
pid=$!
wait_until 60 grep -q Uploading "$tmp/bg" || fail "$(cat "$tmp/bg")"
virsh -q domjobabort $guest
status=0
wait $pid || status=$?
assert_equal 9 $status "the exit status after virsh domjobabort"
[[ $(tail -n 1 "$tmp/bg") = *"the backup job of domain $guest was ended by another program (virsh domjobabort?)" ]] ||
  fail "$(cat "$tmp/bg")"
assert_equal 1 "$(grep -c 'Taking the snapshot' "$tmp/bg")" "the number of attempts"
assert_equal cancelled "$(job state)" "the state of the job that was aborted"
assert_no_new_images
assert_qemu_idle $guest

# The agent's, by the job's id and by the order's; and one that waits behind it.
agent_start
for what in job order; do
  forget_status $guest
  ask $guest "<snapshot name='two'/>"
  await_status $guest running
  wait_until 60 uploading || fail "nothing is uploaded"
  [ $what = order ] || wait_until 60 has_progress || fail "its progress is not told"
  ask $guest "<snapshot name='three'/>"
  wait_until 60 waiting || fail "no order waits: $(virt_glance jobs --json)"
  wait_until 60 followed waiting || fail "--follow doesn't say that it waits: $(cat "$tmp/followed")"
  expect 0 virt_glance cancel --json "$(virt_glance jobs --json |
    jq -r '.[] | select(.state == "waiting") | .order')"
  id=$(virt_glance jobs --json | jq -r '.[] | select(.state == "running") | .id')
  [ $what = job ] || id=$(virt_glance jobs --json |
    jq -r '.[] | select(.state == "running") | .order')
  expect 0 virt_glance cancel --json "$id"
  assert_spool_empty
  wait_until 60 no_new_images || assert_no_new_images
  sleep 1 # (Nor does it begin again.)
  assert_no_new_images
done
agent_stop
kill $follower
assert_nothing_left $guest
left=$(find "$tmp/vg/state/cancel" -type f)
[ -z "$left" ] || fail "these were left: $left"

# Each change was a line.
for state in running cancelled waiting; do
  jq -R 'fromjson? | .state' "$tmp/followed" >"$tmp/out"
  grep -qx "\"$state\"" "$tmp/out" ||
    fail "--follow says nothing of '$state': $(cat "$tmp/followed")"
done
