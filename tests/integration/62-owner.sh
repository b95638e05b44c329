#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Whose an image is, who sees it and may download it, and whose backups rotate:
# with an administrator's credentials, and with those of other projects.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-owner
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest

# virt_glance ARGUMENT…: as $who.
who="admin"
virt_glance() {
  as "$who" "$VG_BUILDDIR/virt-glance" --config "$tmp/virt-glance.conf" "$@"
}

# whose PROJECT VISIBILITY: the image is, in Glance and in the result.
whose() {
  assert_equal "$1 $2" "$(image_get "$image" | jq -r '.owner + " " + .visibility')" \
    "owner and visibility"
  assert_equal "$1" "$(job_image owner)" "the owner in the result"
}

# may WHO: sees the image, and gets its very bytes.
may() {
  VG_TEST_AS=$1 image_download "$image" "$tmp/image"
  assert_equal "$(image_field "$image" os_hash_value)" \
    "$(sha512sum <"$tmp/image" | cut -d' ' -f1)" "what $1 downloads"
}

# may_not WHO: for Glance it isn't there.
may_not() {
  VG_TEST_AS=$1 expect 22 image_get "$image"
  expect_error 'error: 404'
}

# lists WHO: how often the image is in what WHO lists.
lists() {
  VG_TEST_AS=$1 image_ids "${2-}" | grep -cxF "$image" || true
}

## The instance's, by an administrator; or not

take $guest
whose "$VG_TEST_DEMO_PROJECT_ID" private
assert_equal "" "$(job_image member)" "whom it is shared with"
may demo
VG_TEST_AS=reader image_get "$image" >"$tmp/record"
may_not other
assert_equal 1 "$(lists demo)" "the lists of the instance's project"
VG_TEST_AS=demo image_delete "$image"

take $guest --owner self
whose "$VG_TEST_ADMIN_PROJECT_ID" private
may_not demo
image_delete "$image"

vg_config '[glance]' 'owner = self'
take $guest --visibility shared
whose "$VG_TEST_ADMIN_PROJECT_ID" shared
assert_equal "$VG_TEST_DEMO_PROJECT_ID accepted" \
  "$(job_image member) $(job_image member_status)" "the member"
may demo
may_not other
assert_equal 1 "$(lists demo)" "the lists of the member"
image_delete "$image"

take $guest --owner instance --visibility public
whose "$VG_TEST_DEMO_PROJECT_ID" public
image_delete "$image"
vg_config

# The instance's own project needs no favours.
who=demo take $guest
whose "$VG_TEST_DEMO_PROJECT_ID" private
image_delete "$image"

## By one whom Glance doesn't let: shared

who=other take $guest
whose "$VG_TEST_OTHER_PROJECT_ID" shared
assert_equal "$VG_TEST_DEMO_PROJECT_ID pending" \
  "$(job_image member) $(job_image member_status)" "the member"
may demo
may other
assert_equal 0 "$(lists demo)" "the lists of a member that hasn't accepted it"
assert_equal 1 "$(lists demo 'member_status=pending&visibility=shared')" \
  "the list of what is pending"
VG_TEST_AS=demo image_call PUT "images/$image/members/$VG_TEST_DEMO_PROJECT_ID" \
  -o /dev/null -H 'Content-Type: application/json' --data '{"status": "accepted"}'
assert_equal 1 "$(lists demo)" "the lists of a member that has"
VG_TEST_AS=other image_delete "$image"

# A third project doesn't see it: the member is one that nobody here is in.
cleanup_fn guest_undefine $guest-third
VG_TEST_DEMO_PROJECT_ID=$(new_uuid | tr -d -) guest_define $guest-third
who=demo take $guest-third
whose "$VG_TEST_DEMO_PROJECT_ID" shared
may demo
may_not other
image_delete "$image"

# With a visibility of one's own choice it is shared only if it says so.
who=other take $guest --visibility private
whose "$VG_TEST_OTHER_PROJECT_ID" private
may_not demo
assert_equal "" "$(job_image member)" "whom a private image is shared with"
image_delete "$image"

# People are told; and a Glance that shares nothing keeps nobody from an image.
who=other expect 0 virt_glance snapshot $guest told
image=$(the_new_image)
grep -q "^Shared with the instance's project $VG_TEST_DEMO_PROJECT_ID.*image set --accept $image" "$tmp/out" ||
  fail "it isn't told how to accept it: $(cat "$tmp/out")"
image_delete "$image"
who="admin" expect 0 virt_glance snapshot $guest told
image=$(the_new_image)
grep -qx "Owner: the instance's project $VG_TEST_DEMO_PROJECT_ID" "$tmp/out" ||
  fail "the owner isn't told: $(cat "$tmp/out")"
image_delete "$image"

## Backups: those of whoever owns them

# backup NAME N OPTION…: of which N stay.
backup() {
  local name=$1 n=$2
  shift 2
  expect 0 virt_glance backup $guest "$name" --type daily --rotation "$n" --json "$@"
}

left() {
  assert_equal "$(printf '%s\n' "$@" | sort)" \
    "$(for image in $(images_new); do image_field "$image" name; done | sort)" "what is left"
}

# An administrator's in two projects count as one; those of a third don't.
backup ours-1 2 --owner self
next_second # (Glance tells ages in seconds.)
who=other backup other-1 2
backup theirs-1 2
left ours-1 other-1 theirs-1
backup theirs-2 2
left other-1 theirs-1 theirs-2
who=other backup other-2 1
left other-2 theirs-1 theirs-2
backup ours-2 1 --owner self
left other-2 ours-2 theirs-1 theirs-2
backup none 0 --delete-all
left other-2
assert_nothing_on_host $guest 'shut off'
