#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A host's night: backups of all guests whose policy wants them, and nothing the second
# time, for the real Glance knows what was made.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guests=(vgtest-night-1 vgtest-night-2)
images_snapshot
cleanup_fn images_delete_new
for guest in "${guests[@]}"; do
  cleanup_fn guest_undefine "$guest"
  guest_define "$guest" --idle
  set_policy "$guest" "<on event='backup' type='daily' rotation='1' store='cheap'/>
    <on event='backup' type='weekly' rotation='2'/>"
done

# results: "GUEST RESULT" of ours.
results() {
  jq -r '.guests[] | "\(.domain) \(.result)"' "$tmp/out" | grep '^vgtest-night' | sort
}
# results_are RESULT
results_are() {
  assert_equal "$(printf "%s $1\n" "${guests[@]}")" "$(results)" "the results"
}
backups() { virt_glance backup --all --type "$1" --json "${@:2}"; }

expect 0 backups daily --unless-newer 20h
results_are "done"
for image in $(jq -r '.guests[].job.images[].id' "$tmp/out"); do
  image_in_store "$image" cheap || fail "image $image is not in the policy's store"
  assert_equal daily "$(image_field "$image" backup_type)" "backup_type"
done

begin=${EPOCHREALTIME/./}
expect 0 backups daily --unless-newer 20h
echo "a run that skips both took $(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
results_are skipped
assert_equal 2 "$(images_new | wc -l)" "images"

# Another type has its own; and without an age each is made anew, and rotated.
expect 0 backups weekly --unless-newer 6d
results_are "done"
next_second
expect 0 backups daily
results_are "done"
assert_equal 4 "$(images_new | wc -l)" "images"

# One that can't be read stops no other.
disk=$(virsh -q domblklist "${guests[0]}" | awk 'NR == 1 { print $2 }')
mv "$disk" "$disk.away"
expect 3 backups weekly
mv "$disk.away" "$disk"
assert_equal "${guests[0]} failed
${guests[1]} done" "$(results)" "the results"
images_delete_new

# Glance is away for a while in the middle of an upload: the run waits for it.
# (A job waits for a Glance that has cut it off for as long as that timeout.)
vg_config '[glance]' 'num_retries = 0' 'timeout = 5'
in_background "${virt_glance_args[@]}" backup --all --type daily --json --limit-rate 5M
wait_until 60 grep -q Uploading "$tmp/err" || fail "nothing is uploaded: $(cat "$tmp/err")"
kill -KILL -- "-$(daemon_pid glance)"
wait_until 60 grep -q 'all backups wait until that works again' "$tmp/err" || {
  kill -KILL "$pid"
  fail "it doesn't wait: $(cat "$tmp/err")"
}
glance_serve glance "$cloud_dir/glance" "$VG_TEST_GLANCE_PORT"
status=0
wait "$pid" || status=$?
cat "$tmp/err"
assert_equal 0 $status "the exit status"
results_are "done"
assert_equal 1 "$(grep -c 'the service is back after' "$tmp/err")" "lines that tell its end"
assert_equal "$(jq -r '.guests[].job.images[].id' "$tmp/out" | sort)" "$(images_new | sort)" \
  "the new images"
assert_equal 1 "$(jq '.waits | length' "$tmp/out")" "waits in the report"

images_delete_new
for guest in "${guests[@]}"; do
  assert_nothing_left "$guest" 'shut off'
done
