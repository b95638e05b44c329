#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# In the middle of flattening: what is killed, deleted or lost meanwhile.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"

guest=vgtest-rbdflatten
images_snapshot
cleanup_fn images_delete_new
a_small_rbd_guest $guest --volume
rbd_fragment $guest 24M
ceph_allow_after
before=$(rbd_state)
mapfile -t config < <(ceph_store images)
config+=('[ceph]' "rbd_ceph_conf = $tmp/slow.conf")

# snapshot_in_background: its id is $pid; comes back when it flattens.
snapshot_in_background() {
  in_background "${virt_glance_args[@]}" snapshot $guest flattened --store ceph
  wait_until 60 grep -q Flattening "$tmp/err" || fail "$(cat "$tmp/err")"
  sleep 1
  kill -0 $pid || fail "it was not slow enough: $(cat "$tmp/err")"
}

unchanged() {
  assert_clean $guest 'shut off'
  assert_equal "$before" "$(rbd_state)" "what is in Ceph"
}

# await_jobs STATES: the states of all jobs, sorted.
jobs_are() { [ "$(job_states | sort)" = "$1" ]; }
await_jobs() { wait_until 60 jobs_are "$1" || assert_equal "$1" "$(job_states | sort)" "the jobs"; }

recovers() { virt_glance recover >"$tmp/out" 2>"$tmp/err"; }

echo '# Before: killed. (Ceph takes who died for alive for half a minute.)'
vg_config "${config[@]}"
snapshot_in_background
kill -KILL $pid
wait $pid 2>/dev/null || true
assert_equal 'snapshot to recover' "$(job_states)" "the job"
SECONDS=0
if ! recovers; then
  cat "$tmp/err"
  assert_sentence "$tmp/err"
  wait_until 120 recovers || fail "it can't be recovered: $(cat "$tmp/err")"
fi
echo "recovered after $SECONDS s"
unchanged

echo '# Before: interrupted.'
snapshot_in_background
kill -INT $pid
SECONDS=0
status=0
wait $pid || status=$?
[ $status = 130 ] || fail "it ended with status $status: $(cat "$tmp/err")"
[ $SECONDS -lt 60 ] || fail "it took $SECONDS s"
unchanged

# flattens: with flatten = after, $image is active, but still a clone.
flattens() {
  vg_config "${config[@]}" 'flatten = after'
  rm -f "$tmp"/vg/state/jobs/*.json
  SECONDS=0
  take $guest after --store ceph
  echo "active after $SECONDS s"
  ! grep '^warning' "$tmp/err" || fail "it warns"
  await_jobs $'flatten running\nsnapshot done'
  rbd_flat "images/$image" && fail "it was not slow enough"
  flattener=$(pgrep -f -- "--config $tmp/virt-glance.conf recover")
}
flattened() { rbd_flat "images/$image" && jobs_are $'flatten done\nsnapshot done'; }

# whole: all of the image is there, and then it goes.
whole() {
  image_download "$image" "$tmp/image"
  cmp "$tmp/noise" "$tmp/image"
  rm "$tmp/image"
  image_delete "$image"
  unchanged
}

echo '# After: killed in the background, and gone on with.'
for _ in 1 2; do
  flattens
  sleep 1
  kill -KILL "$flattener"
  await_jobs $'flatten to recover\nsnapshot done'
  wait_until 120 recovers || fail "it can't be recovered: $(cat "$tmp/err")"
  flattened || fail "it is not flattened: $(virt_glance jobs)"
  cmp <(ceph_rbd export --no-progress "images/$image" -) "$tmp/noise" ||
    fail "something was lost: $image"
  whole
done

echo '# After: the guest is deleted meanwhile.'
flattens
kill -STOP "$flattener" # (It is not to be over before that.)
expect 39 ceph_rbd rm --no-progress "$disk"
expect_error 'image has snapshots.*linked clones'
ceph_rbd trash mv "$disk"
kill -CONT "$flattener"
wait_until 300 flattened || fail "it is not flattened: $(virt_glance jobs)"
image_download "$image" "$tmp/image"
cmp "$tmp/noise" "$tmp/image"
id=$(ceph_rbd trash ls "${disk%%/*}" --format json | jq -r '.[0].id')
assert_equal 0 "$(ceph_rbd snap ls --all --image-id "$id" --pool "${disk%%/*}" --format json | jq length)" \
  "the number of snapshots of the deleted disk"
ceph_rbd trash restore --pool "${disk%%/*}" "$id"
whole

deleted() { image_delete "$image"; }
settled() { jobs_are $'flatten done\nsnapshot done'; }

echo '# After: somebody tries to delete the image meanwhile.'
# Glance can't, as long as it is worked on, and says so with HTTP 409; or 500,
# where it has no right to what it is a clone of.
flattens
! deleted 2>"$tmp/err" || fail "the image could be deleted"
wait_until 300 settled || fail "the jobs: $(virt_glance jobs --json)"
rbd_flat "images/$image" || fail "it is not flattened"
wait_until 60 deleted || fail "the image is not deleted"
unchanged
