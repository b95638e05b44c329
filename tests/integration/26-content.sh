#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A Glance that does not like what it gets, has something else than what was
# sent, or loses the image on the way: nothing is kept, and the reason is told.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"

a_small_guest vgtest-content
fake_start
vg_config '[glance]' 'num_retries = 1'

upload='"method": "PUT", "path": "/v2/images/[^/]*/file"'
record='"record": {"size": 1, "checksum": "ab", "os_hash_algo": "sha512", "os_hash_value": "ab"}'

# What it says of the content before it lets go of it: one upload, no more.
while IFS='|' read -r status regex rule; do
  echo "$rule"
  fake_order "{$upload, $rule}"
  refuses_snapshot "$status" "can't upload image [0-9a-f-]{36} to store 'fast': .*$regex" \
    vgtest-content refused
  assert_equal 1 "$(fake_count PUT '.*')" "the number of uploads"
  assert_equal '' "$(fake_images)" "the list of images"
done <<CASES
1|415.*is no qcow2.*another format|"at": 1, "status": 415, "leave": "queued", "json": {"message": "it is no qcow2"}, $record
1|rejected it.*another format|"at": 1, "status": 500, "leave": "queued", $record
1|rejected it.*another format|"at": 1, "cut": 1, "leave": "queued", $record
1|other data than were sent.*sha512 is 00ff, but should be [0-9a-f]{128}|"record": {"os_hash_value": "00ff"}
1|other data than were sent.*size in bytes is 17, but should be 17[0-9]{6};|"record": {"size": 17}
1|hash algorithm 'rot13' is unknown|"record": {"os_hash_algo": "rot13"}
1|state 'killed'|"leave": "killed"
1|state 'importing'|"at": 1, "status": 204, "leave": "importing"
1|deleted|"at": 0.5, "status": 410, "leave": "deleted", "json": {"message": "not found after upload"}
1|deleted|"cut": 0.5, "leave": "deleted"
1|deleted|"leave": "deleted"
4|store.*disabled|"status": 410, "json": {"message": "Adding images to store is disabled"}
4|400.*Unknown scheme|"status": 400, "json": {"message": "Unknown scheme 'fast' found in URI"}
1|413.*quota|"status": 413, "json": {"message": "The request returned a 413: exceeds the quota"}
1|413.*full|"at": 0.5, "status": 413, "leave": "queued", "json": {"message": "the store is full"}
CASES
assert_fake_clean vgtest-content 'shut off'

# Another hash than the base image's; none but md5; none at all.
for record in '"os_hash_algo": "md5"' '"os_hash_algo": null, "os_hash_value": null' \
  '"os_hash_algo": null, "os_hash_value": null, "checksum": null'; do
  case $record in
  *md5*) config='{"hash_algo": "md5"}' rule="" ;;
  *) config='{}' rule="{$upload, \"record\": {$record}}" ;;
  esac
  fake_order "$rule" "$config"
  expect 0 virt_glance snapshot --quiet vgtest-content accepted
  assert_equal 'accepted active' "$(fake_images)" "the list of images"
done
assert_nothing_on_host vgtest-content 'shut off'
assert_no_job_folders
