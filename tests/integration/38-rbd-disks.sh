#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest with one disk in Ceph and one in a file: both are of one instant,
# frozen or not, and also where that is lost in the middle.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-rbddisks
guest_upload_ceph_base
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
cleanup_fn guest_undefine $guest-again
guest_define $guest --rbd --data-file 32M
disk=$(guest_rbd $guest)
before=$(rbd_state)
guest_boot $guest

# ways WAYS: of all disks, just taken, those were the ways.
ways() { assert_equal "$1" "$(jq -r '[.images[].way] | join(" ")' "$tmp/out")" "the ways"; }

# booted WAYS: and a guest from these images finds both of one instant, with all that
# was synced before it.
booted() {
  local log
  ways "$1"
  image_download "$(jq -r '.images[0].id' "$tmp/out")" "$tmp/image"
  image_download "$(jq -r '.images[1].id' "$tmp/out")" "$tmp/image2"
  guest_define $guest-again --plain --idle --base "$tmp/image" --base-format raw --data-disk 32M
  qemu-img convert -f "$(jq -r '.images[1].disk_format' "$tmp/out")" -O qcow2 "$tmp/image2" \
    "$VG_TEST_GUESTS/$guest-again/disk2"
  guest_boot $guest-again
  guest_line $guest-again 'order'
  guest_line $guest-again 'order ok' >/dev/null || fail "the disks are not of one instant"
  log=$(guest_line $guest-again 'log ok' | cut -d' ' -f4)
  if [ "$log" -lt "$counted" ] || [ "$log" -gt "${2:-$(guest_counter $guest)}" ]; then
    fail "the log ends at $log; $counted was synced before"
  fi
  guest_undefine $guest-again
  images_delete_new
  assert_equal "$before" "$(rbd_state)" "what is in Ceph"
}

echo '# Frozen.'
counted=$(guest_counter $guest)
take $guest both --all-disks --quiesce require
assert_nothing_on_host $guest
booted 'clone read'

echo '# Not frozen.'
take $guest both --all-disks --quiesce never
assert_nothing_on_host $guest
ways 'read read'
images_delete_new

echo '# It is to be frozen, and its agent hangs.'
counted=$(guest_counter $guest)
hang=$((30 + took))
guest_hang_agent $guest $hang
take $guest both --all-disks
expect_error '^warning: the snapshot is not quiesced'
guest_wait_agent $guest $((hang + 60))
assert_nothing_on_host $guest
booted 'read read'

echo '# The instant is lost when one image is active already.'
counted=$(guest_counter $guest)
in_background "${virt_glance_args[@]}" snapshot $guest lost --json --all-disks --limit-rate 150K
wait_until 120 grep -q 'Uploading disk vdb' "$tmp/err" || fail "$(cat "$tmp/err")"
kill -STOP $pid # The upload takes seconds only; so there is time.
[ "$(image_find lost | wc -l)" = 1 ] || fail "there are these images: $(image_find lost)"
first=$(image_find lost)
wait_until 60 eval "[ \$(image_field $first status) = active ]" || fail "the first image is not active"
virsh -q destroy $guest
kill -CONT $pid
wait $pid || fail "the snapshot failed: $(cat "$tmp/err")"
grep 'beginning again' "$tmp/err" || fail "it noticed nothing: $(cat "$tmp/err")"
assert_equal "$(jq -r '.images[].id' "$tmp/out" | sort)" "$(images_new)" "the list of images"
! image_get "$first" >/dev/null 2>&1 || fail "the first image is still there"
assert_nothing_on_host $guest 'shut off'
booted 'clone read' 1000000000
