#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A Glance that says no, in many ways, when the image is created, when its data
# are uploaded, and when its record is read afterwards.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"

a_small_guest vgtest-refusals
fake_start

id='[0-9a-f-]{36}'
declare -A where=(
  [create]='"method": "POST", "path": "/v2/images"'
  [upload]='"method": "PUT", "path": "/v2/images/[^/]*/file"'
  # (The first record that is read is the base image's.)
  [read]='"method": "GET", "path": "/v2/images/[^/]*", "skip": 1'
  [stores]='"method": "GET", "path": "/v2/info/stores.*"'
  [base]='"method": "GET", "path": "/v2/images/[^/]*"'
)
declare -A action=(
  [create]="disk vda of domain vgtest-refusals: can't create image $id \(\"a name\"\)"
  [upload]="disk vda of domain vgtest-refusals: can't upload image $id to store 'fast'"
  [read]="disk vda of domain vgtest-refusals: can't (read|upload) image $id"
  [stores]="can't list Glance's stores"
  [base]="the base image of domain vgtest-refusals: can't read image $VG_TEST_BASE_IMAGE"
)

# refuses_at PLACE STATUS REGEX RULE
refuses_at() {
  echo "$1: $4"
  # (A record that can't be read is asked for again for so long.)
  local timeout=60
  [ "$1" != read ] || timeout=4
  vg_config '[glance]' 'num_retries = 1' "timeout = $timeout"
  fake_order "{${where[$1]}, \"times\": 0, $4}"
  refuses_snapshot "$2" "^virt-glance: ${action[$1]}: .*$3" vgtest-refusals 'a name'
  assert_equal '' "$(fake_images)" "the list of images"
}

page='"type": "text/html", "body": "<html><head><title>Oops</title></head><body><h1>Sorry</h1><p>it did &lt;not&gt; work</p></body></html>"'
json='"json": {"message": "it did <b>not</b> work<br /><br />\n\n"}'

# An answer; the exit status and what is said when it comes at create, at
# upload and at the record.
while IFS='|' read -r answer create upload read; do
  refuses_at create "${create%% *}" "${create#* }" "\"status\": $answer"
  refuses_at upload "${upload%% *}" "${upload#* }" "\"status\": $answer"
  refuses_at read "${read%% *}" "${read#* }" "\"status\": $answer"
done <<CASES
200, $page|1 not from the image service|6 still queued.*2 times|1 check the endpoint
300, $page|1 300.*check endpoint_override|1 300.*check endpoint_override|1 300.*check endpoint_override
301, "headers": ["Location: http://127.0.0.1:1/"]|1 301.*not followed|1 301.*not followed|1 301.*not followed
400, $json|1 400.*it did not work.*change the value|1 400.*it did not work.*change the value|1 400.*change the value
401, $json|5 401.*same Keystone|5 401.*same Keystone|5 401.*same Keystone
403, $json|5 403.*it did not work.*policy|5 403.*it did not work.*policy|5 403.*it did not work.*policy
403, $page|5 403.*it did <not> work|5 403.*it did <not> work|5 403.*it did <not> work
404, $page|1 404.*check the endpoint|1 404.*check the endpoint|1 404.*check the endpoint
409, $json|1 409.*it did not work|1 409.*it did not work|1 409.*it did not work
413, $json|1 413.*it did not work.*quota|1 413.*it did not work.*quota|1 413.*quota
429, "headers": ["Retry-After: 1"], $json|6 429.*try again later|6 429.*later|6 429.*later
500, "body": ""|6 500.*server's log|6 500.*server's log.*2 times|6 500.*server's log
503, $page|6 503.*Sorry it did <not> work.*try again later|6 503.*later.*2 times|6 503.*later
CASES
assert_fake_clean vgtest-refusals 'shut off'

# The same before anything is made.
while IFS='|' read -r place status regex answer; do
  refuses_at "$place" "$status" "$regex" "\"status\": $answer"
  assert_equal 0 "$(fake_count POST /v2/images)" "the number of images that were begun"
done <<CASES
stores|1|check the endpoint|200, $page
stores|1|check the endpoint|200, "json": [1, 2]
stores|1|check endpoint_override|300, $page
stores|5|same Keystone|401, $json
stores|5|policy|403, $json
stores|6|server's log|500, "body": ""
stores|6|try again later|503, $page
base|1|check endpoint_override|300, $page
base|5|same Keystone|401, $json
base|6|server's log|500, "body": ""
CASES

# What passes when it is tried again, and after how long at the least.
vg_config '[glance]' 'num_retries = 1'
works_at() {
  echo "$1: $3"
  fake_order "{${where[$1]}, \"times\": 1, $3}"
  local began=$EPOCHREALTIME
  expect 0 virt_glance snapshot --quiet vgtest-refusals again
  awk "BEGIN { exit !($EPOCHREALTIME - $began >= $2) }" || fail "it was too quick"
  assert_equal 'again active' "$(fake_images)" "the list of images"
}
for place in create upload read base; do
  works_at $place 0 '"status": 503'
  works_at $place 2 '"status": 429, "headers": ["Retry-After: 2"]'
done
works_at stores 0 '"status": 503'
works_at create 0 '"status": 500'
works_at upload 0 '"status": 500'
works_at create 0 '"status": 401, "revoke": true'
works_at upload 0 '"status": 401, "revoke": true'
works_at read 0 '"status": 401, "revoke": true'
assert_nothing_on_host vgtest-refusals 'shut off'
assert_no_job_folders

# An image that can't be deleted then: it is said, and recover does it.
fake_order "{${where[upload]}, \"status\": 413, $json},
  {\"method\": \"DELETE\", \"status\": 503, \"times\": 2}"
refuses_snapshot 8 "413.*in addition.*can't delete image $id.*503.*'virt-glance recover'" \
  vgtest-refusals left
assert_equal 'left queued' "$(fake_images)" "the list of images"
expect 0 virt_glance recover
assert_fake_clean vgtest-refusals 'shut off'
