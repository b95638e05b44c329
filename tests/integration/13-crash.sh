#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Killed at any step, "recover" takes back what was done; and a frozen guest
# doesn't wait for it. The steps are found by the journal, which is written
# (by a rename) before each of them: strace kills at the first write, at the
# second, and so on until the run comes through.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
requires strace

guest=vgtest-crash
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest
guest_boot $guest

images_delete_new() {
  local id
  for id in $(images_new); do
    image_delete "$id"
  done
}

# killed_at N: whether the run died of it.
killed_at() {
  local status=0
  (
    strace -f -qq -o /dev/null -e trace=rename \
      -e inject=rename:signal=KILL:when="$1" "$VG_BUILDDIR/virt-glance" \
      --config "$tmp/virt-glance.conf" snapshot $guest crash
    exit $?
  ) >"$tmp/out" 2>&1 || status=$?
  [ $status = 0 ] && return 1
  [ $status = 137 ] || fail "write $1: status $status: $(cat "$tmp/out")"
}

not_frozen() { guest_thawed $guest; }

# recovered STATE: a recover leaves nothing, but an image that was verified
# before; and a second one has nothing to do.
recovered() {
  age_kill
  expect 0 virt_glance recover
  if [ "$(virt_glance jobs --json | jq -r '.[-1].state')" = "done" ]; then
    assert_equal active "$(image_field "$(the_new_image)" status)" "the image"
    images_delete_new
    kept=$((kept + 1))
  fi
  assert_nothing_left $guest "$1"
  expect 0 virt_glance recover
  grep -q '^Nothing' "$tmp/out" || fail "something was left for a second recover"
}

# at_each_step STATE
at_each_step() {
  local n=1 kept=0
  while killed_at $n; do
    if [ "$1" = running ]; then
      wait_until 30 not_frozen || fail "write $n: the guest stays frozen"
    fi
    recovered "$1"
    n=$((n + 1))
  done
  echo "$1: killed at $((n - 1)) writes of the journal"
  [ $kept -le 2 ] || fail "images were kept $kept times"
  [ $n -gt 4 ] || fail "the journal is written only $((n - 1)) times"
  images_delete_new
}

at_each_step running

# killed_while_freezing SECONDS PATTERN: kills what matches so long after the
# guest began to be frozen.
killed_while_freezing() {
  local pid
  rm -f "$tmp"/vg/state/jobs/*.json
  (
    virt_glance snapshot $guest crash
    exit $?
  ) >"$tmp/out" 2>&1 &
  pid=$!
  until begins_to_freeze; do
    kill -0 $pid 2>/dev/null || begins_to_freeze || fail "it never froze the guest: $(cat "$tmp/out")"
    sleep 0.005
  done
  sleep "$1"
  pkill -KILL -f -- "$2" || true
  wait $pid || true
}
begins_to_freeze() { grep -qs '"step": "freeze"' "$tmp"/vg/state/jobs/*.json; }
itself="virt-glance.*$tmp/virt-glance.conf snapshot $guest crash"
guardian="exe _thaw .*$(virsh -q domuuid $guest)"

# While the guest is frozen, which takes a tenth of a second: the guardian
# thaws it, long before anybody comes to recover. VG_TEST_KILLS: how often.
for ((n = 1; n <= ${VG_TEST_KILLS:-3}; n++)); do
  killed_while_freezing "0.0$((n * 2 % 9))" "$itself"
  wait_until 30 not_frozen || fail "the guest stays frozen"
  kept=0
  recovered running
done

# Were the guardian killed too, the guest would stay frozen until recover.
for delay in 0.04 0.06 0.08 0.1 0.12 0.15 0.05 0.07 0.09 0.2 \
  0 0.02 0.03 0.3 0.4 0.06 0.1 0.15 0.05 0.2 0.08 0.5 0.1 0.12 ''; do
  [ -n "$delay" ] || fail "never seen frozen: the guardian proves nothing"
  killed_while_freezing $delay "$itself|$guardian"
  ! guest_frozen $guest || break
  recovered running
done
recovered running

# The guardian alone: the run comes to its end, and thaws the guest itself.
killed_while_freezing 0.03 "$guardian"
assert_equal "done" "$(virt_glance jobs --json | jq -r '.[-1].state')" "the job"
not_frozen || fail "the guest stays frozen"
images_delete_new

# In the middle of the upload.
in_background "${virt_glance_args[@]}" snapshot $guest crash --limit-rate 500K
wait_until 60 grep -q Uploading "$tmp/err" || fail "it does not upload: $(cat "$tmp/err")"
sleep 1
expect 7 virt_glance snapshot $guest second
expect 0 virt_glance recover # leaves a job alone that is at work
kill -0 $pid || fail "recover ended a job that was at work"
kill -KILL $pid
wait $pid 2>/dev/null || true
[ "$(virt_glance jobs --json --state 'to recover' | jq length)" = 1 ] ||
  fail "jobs doesn't say what is to be recovered: $(virt_glance jobs --json)"
kept=0
recovered running

# Interrupted, it takes back everything by itself.
# interrupted SIGNAL STATUS
interrupted() {
  local status=0
  in_background "${virt_glance_args[@]}" snapshot $guest interrupted --limit-rate 500K
  wait_until 60 grep -q Uploading "$tmp/err" || fail "it does not upload: $(cat "$tmp/err")"
  kill -s "$1" $pid
  wait $pid || status=$?
  assert_equal "$2" $status "the exit status after SIG$1"
}
interrupted INT 130
grep -qx 'virt-glance: interrupted; undoing' "$tmp/err" || fail "it does not say so: $(cat "$tmp/err")"
! grep -qx '' "$tmp/err" || fail "it prints an empty line"
assert_nothing_left $guest
interrupted TERM 143
assert_nothing_left $guest

guest_stop $guest
at_each_step 'shut off'
assert_nothing_left $guest 'shut off'
