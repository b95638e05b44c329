#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest whose host is gone: its disks and definition come back by "restore --define",
# it boots, its log goes on, and the rotation of its backups goes on counting. Killed at
# its last steps, "recover" leaves all of it or nothing.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-define
folder=$cloud_dir/guests/$guest
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
to=$cloud_dir/guests/to-$guest
mkdir -p "$to"
chmod 755 "$to"
cleanup_fn rm -rf "$to"

guest_define $guest --plain --data-disk 16M
uuid=$(virsh -q domuuid $guest | xargs)
virsh metadata $guest urn:virt-glance:policy --config --key vg --set \
  "<policy><on event='backup' type='daily' rotation='2'/></policy>" >/dev/null
guest_boot $guest
expect 0 virt_glance backup $guest --all-disks --quiet --json
mapfile -t first < <(jq -r '.images[].id' "$tmp/out")
assert_equal 2 "${#first[@]}" "images of the first backup"
before=$(guest_counter $guest)
next_second
expect 0 virt_glance backup $guest --all-disks --quiet --json
mapfile -t second < <(jq -r '.images[].id' "$tmp/out")
expect 0 virt_glance images "$uuid" --json
assert_equal "true true" "$(jq -r '[.[].definition | tostring] | join(" ")' "$tmp/out")" "definitions"
macs=$(virsh dumpxml --inactive $guest | grep -c '<mac ' || true)

# The host is gone. (Its kernel isn't: it is named by the definition.)
virsh -q destroy $guest >/dev/null
virsh -q undefine $guest >/dev/null
rm "$folder/disk" "$folder/disk2"

# define ARGUMENT…
define=(restore --instance "$uuid" --define --directory "$to")
expect 0 virt_glance "${define[@]}" --dry-run --json
jq -e '[.left_out[] | match("<kernel>|<initrd>|serial.log").string] | unique | length == 3' "$tmp/out" >/dev/null ||
  fail "what is left out: $(jq .left_out "$tmp/out")"
assert_equal '' "$(ls -A "$to")" "what a dry run makes"

# Killed at each write of the journal, from the third one on.
build_program tests/unit/lib/kill-at.la
none=0 all=0
for n in {3..12}; do
  for when in before after; do
    status=0
    LD_PRELOAD=$VG_BUILDDIR/tests/unit/lib/.libs/kill-at.so VG_TEST_KILL_AT=$n-$when-9 \
      "${virt_glance_args[@]}" "${define[@]}" >"$tmp/out" 2>"$tmp/err" || status=$?
    [ $status != 0 ] || break 2
    assert_equal 137 $status "the status of the killed one"
    age_kill
    expect 0 virt_glance recover
    here="$(ls -A "$to") $(virsh -q domname "$uuid" 2>/dev/null || true)"
    case $(xargs <<<"$here") in
      '') none=$((none + 1)) ;;
      "$guest-vda.qcow2 $guest-vdb.qcow2 $guest")
        all=$((all + 1))
        virsh -q undefine $guest >/dev/null
        rm "$to"/*
        ;;
      *) fail "killed at $n-$when, there is: $here" ;;
    esac
    rm -rf "$tmp/vg/state/jobs"
  done
done
((none > 4 && all > 0)) || fail "killed: $none times nothing, $all times all"
virsh -q undefine $guest >/dev/null 2>&1 || true
rm -f "$to"/*

expect 0 virt_glance "${define[@]}" --trust-definition --json
assert_equal "${second[*]}" "$(jq -r '[.disks[].image] | join(" ")' "$tmp/out")" "the images"
assert_equal "$guest $uuid" "$(jq -r '"\(.domain) \(.uuid)"' "$tmp/out")" "the domain"
assert_equal "$uuid" "$(virsh -q domuuid $guest | xargs)" "its UUID"
assert_equal "$macs" "$(virsh dumpxml --inactive $guest | grep -c '<mac ' || true)" "its network cards"
expect 3 virt_glance "${define[@]}"
expect_error 'is on this host already'

guest_boot $guest
after=$(guest_counter $guest)
[ "$after" -ge "$before" ] || fail "its log was at $before, and is at $after"
guest_counts_on $guest

# Its policy is the old one, and counts the backups of before.
expect 0 virt_glance backup $guest --all-disks --quiet --json
assert_equal "$(printf '%s\n' "${first[@]}" | sort | xargs)" "$(jq -r '.deleted[]' "$tmp/out" | sort | xargs)" \
  "what its rotation deleted"
expect 0 virt_glance images "$uuid" --json
assert_equal 2 "$(jq length "$tmp/out")" "backups of before and after"

# A pool.
guest_stop $guest
virsh -q undefine $guest >/dev/null
rm "$to"/*
virsh -q pool-create-as vgtest-define dir --target "$to" >/dev/null
cleanup_fn virsh -q pool-destroy vgtest-define
expect 0 virt_glance restore --instance "$uuid" --define --pool vgtest-define --name $guest-2 --quiet
cleanup_fn virsh -q undefine $guest-2
assert_equal "$guest-2-vda.qcow2 $guest-2-vdb.qcow2" "$(virsh -q vol-list vgtest-define | awk '{ print $1 }' | xargs)" "volumes"
assert_equal "$uuid" "$(virsh -q domuuid $guest-2 | xargs)" "its UUID"
