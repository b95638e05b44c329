# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # what functions.sh sets
# For scripts in tests/integration about services that are killed, or hang, in the
# middle of a job; they source it after functions.sh, and set guest.

# vg_rollback_timeout SECONDS: a configuration with that.
vg_rollback_timeout() {
  vg_config
  sed -i "/^\[libvirt\]/i rollback_timeout = $1" "$tmp/virt-glance.conf"
}

# begin [OPTION…]: a snapshot of $guest that is in the middle of its upload.
begin() {
  rm -f "$tmp"/vg/state/jobs/*.json
  in_background "${virt_glance_args[@]}" snapshot "${guest:?}" peers \
    --limit-rate 1500K "$@"
  wait_until 60 grep -q Uploading "$tmp/err" || fail "$(cat "$tmp/err")"
}

# ends STATUS…: it does, with one of these. (The limit is for a job that would go on
# for ever.)
ends() {
  local status=0
  wait_until 300 job_gone || {
    kill -KILL "$pid"
    fail "it does not end: $(cat "$tmp/err")"
  }
  wait "$pid" || status=$?
  printf 'status %s: %s\n' "$status" "$(tail -n 1 "$tmp/err")"
  [[ " $* " == *" $status "* ]] || fail "status $status, not one of $*: $(cat "$tmp/err")"
}
job_gone() { [ -z "$(pid_birth "$pid")" ]; }

# recovered [STATE]: recover undoes all, with $guest in that state.
recovered() {
  age_jobs
  expect 0 virt_glance recover
  assert_nothing_left "$guest" "$@"
}

# hangs PIDS [OPTION…]: the processes that the function PIDS prints stop, the job is
# interrupted, and ends in time; then they go on.
hangs() {
  local what=$1 pids
  shift
  mapfile -t pids < <("$what")
  echo "# $what hangs."
  begin "$@"
  kill -STOP "${pids[@]}"
  kill -INT "$pid"
  ends 8 130
  kill -CONT "${pids[@]}"
}
