#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The snapshot of a running guest in Ceph, killed at each of its steps (as in
# 13-crash.sh): "recover" leaves no snapshot, no clone and no image, or a whole
# image; and the guest's own image as it was.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
requires strace e2fsck

guest=vgtest-rbdcrash
guest_upload_ceph_base
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest --rbd --idle
ceph_allow_after
guest_boot $guest
before=$(rbd_state)

# killed_at N: whether the run died of it.
killed_at() {
  local status=0
  rm -f "$tmp"/vg/state/jobs/*.json
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

recovered() {
  expect 0 virt_glance recover
  if [ "$(job_states | grep snapshot)" = 'snapshot done' ]; then
    whole "$(the_new_image)"
    kept=$((kept + 1))
  fi
  assert_nothing_left $guest
  assert_equal "$before" "$(rbd_state)" "what is in Ceph after write $1"
  expect 0 virt_glance recover
  grep -q '^Nothing' "$tmp/out" || fail "something was left for a second recover"
}

# whole ID: it stands on its own, and goes.
whole() {
  assert_equal active "$(image_field "$1" status)" "the image"
  rbd_flat "images/$1" || fail "image $1 is still a clone"
  image_download "$1" "$tmp/image"
  e2fsck -fn "$tmp/image" >"$tmp/fsck" 2>&1 || fail "e2fsck: $(cat "$tmp/fsck")"
  rm "$tmp/image"
  image_delete "$1"
}

for flatten in before after; do
  vg_config '[ceph]' "flatten = $flatten"
  n=1 kept=0
  while killed_at $n; do
    age_jobs
    wait_until 30 not_frozen || fail "write $n: the guest stays frozen"
    recovered $n
    n=$((n + 1))
  done
  echo "flattened $flatten: killed at $((n - 1)) writes of the journal, $kept images kept"
  [ $kept -ge 1 ] || fail "no image was kept"
  [ $kept -le 3 ] || fail "images were kept $kept times"
  [ $n -gt 6 ] || fail "the journal is written only $((n - 1)) times"
  whole "$(the_new_image)"
  assert_equal "$before" "$(rbd_state)" "what is in Ceph"
done

# Killed while QEMU is asked for the snapshot, which it may take after that: recover
# waits for it, two minutes if it never comes. VG_TEST_LATE_KILLS: how often.
killed_while_taking() {
  rm -f "$tmp"/vg/state/jobs/*.json
  in_background "${virt_glance_args[@]}" snapshot $guest crash
  until grep -qs '"step": "rbd-snapshot"' "$tmp"/vg/state/jobs/*.json; do
    kill -0 $pid 2>/dev/null || fail "it took no snapshot: $(cat "$tmp/err")"
  done
  sleep "$1"
  kill -KILL $pid
  wait $pid || true
}
kept=0
for ((n = 1; n <= ${VG_TEST_LATE_KILLS:-1}; n++)); do
  killed_while_taking "0.0$((n * 3 % 10))"
  wait_until 30 not_frozen || fail "the guest stays frozen"
  recovered "$n while it takes the snapshot"
done
