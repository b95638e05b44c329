#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Backups with rotation: of seven the last three stay, of this guest and type and
# disk alone; what is protected stays, and keeps nobody else from going; and the
# same by the domain's policy, and by the agent.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-backup
other=vgtest-backup-other
images_snapshot
cleanup_fn images_delete_all
for name in $guest $other; do
  cleanup_fn guest_undefine "$name"
  guest_define "$name" --idle --data-disk 16M
done

images_delete_all() {
  local id
  for id in $(images_new); do
    image_protect "$id" false
    image_delete "$id"
  done
}
image_protect() {
  image_call PATCH "images/$1" \
    -H 'Content-Type: application/openstack-images-v2.1-json-patch' \
    --data "[{\"op\": \"replace\", \"path\": \"/protected\", \"value\": $2}]" >/dev/null
}

# backup NAME OPTION…: of the guest; sets $image. (Glance tells ages in seconds.)
backup() {
  local name=$1
  shift
  next_second
  expect 0 virt_glance backup $guest "$name" --json "$@"
  image=$(jq -r '.images[0].id // empty' "$tmp/out")
}

# left NAME…: these new images there are, and no others.
left() {
  assert_equal "$(printf '%s\n' "$@" | sort)" \
    "$(for id in $(images_new); do image_field "$id" name; done | sort)" \
    "what is left"
}

# What is not to be touched: of another guest, another type, no backups at all,
# and one that nobody came to upload.
expect 0 virt_glance backup $other other --type daily --rotation 3
backup weekly --type weekly --rotation 3
take $guest snapshot
uuid=$(virsh -q domuuid $guest)
image_create queued qcow2 image_type=backup backup_type=daily instance_uuid="$uuid" >/dev/null

for n in {1..7}; do
  backup "daily-$n" --type daily --rotation 3
done
left other weekly snapshot queued daily-5 daily-6 daily-7
assert_equal 1 "$(jq '.deleted | length' "$tmp/out")" "what the last one deleted"
assert_equal backup "$(image_field "$image" image_type)" "image_type"
assert_equal daily "$(image_field "$image" backup_type)" "backup_type"
assert_equal "$uuid" "$(image_field "$image" instance_uuid)" "instance_uuid"

# A protected one stays, and is told; the others go.
image_protect "$(image_find daily-5)" true
backup daily-8 --type daily --rotation 1
expect_error "backup $(image_find daily-5) exceeds the rotation, but is protected"
left other weekly snapshot queued daily-5 daily-8
image_protect "$(image_find daily-5)" false

# A backup that fails deletes nothing.
expect 4 virt_glance backup $guest failed --type daily --rotation 1 --store nosuch
left other weekly snapshot queued daily-5 daily-8

# Each disk has a rotation of its own.
backup both-1 --type hourly --rotation 1 --all-disks
backup both-2 --type hourly --rotation 1 --all-disks
left other weekly snapshot queued daily-5 daily-8 both-2 both-2-vdb

# None is kept: none is made, and the others of the type go.
backup none --type hourly --rotation 0 --delete-all
assert_equal '' "$image" "the image with rotation 0"
backup none --type daily --rotation 0 --delete-all
left other weekly snapshot queued
expect 0 virt_glance backup $guest none --type daily --rotation 0 --delete-all
assert_equal 'No backup was made, because the rotation is 0' "$(cat "$tmp/out")" "what is told"

# By the domain's policy.
expect 2 virt_glance backup $guest
expect_error 'has no backup policy'
expect 2 virt_glance backup $guest --type daily
expect 2 virt_glance backup $guest --type daily --rotation many
set_policy $guest "<on event='backup' type='monthly' rotation='1' store='cheap'/>"
for n in 1 2; do
  backup "monthly-$n"
done
image_in_store "$image" cheap || fail "the backup is not in the policy's store"
left other weekly snapshot queued monthly-2

# By the agent.
agent_start
for n in 3 4; do
  next_second
  forget_status $guest
  ask $guest "<backup type='monthly' rotation='1' name='monthly-$n'/>"
  await_status $guest "done"
done
left other weekly snapshot queued monthly-4
agent_stop
