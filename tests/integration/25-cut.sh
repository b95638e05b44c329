#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A Glance that can't be reached, hangs, is slow, or loses the connection in
# the middle; and tokens that end in the middle of an upload.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"

a_small_guest vgtest-cut
a_guest vgtest-cut-live
guest_boot vgtest-cut-live
fake_start
vg_config '[glance]' 'num_retries = 1' 'timeout = 4'
sum=$(sha512sum <"$tmp/noise" | cut -d' ' -f1)

upload='"method": "PUT", "path": "/v2/images/[^/]*/file"'
create='"method": "POST", "path": "/v2/images"'
id='[0-9a-f-]{36}'

# What goes right in the end, with how many uploads; the image is the disk.
while IFS='|' read -r uploads rule; do
  echo "$rule"
  fake_order "{$rule}"
  expect 0 virt_glance snapshot --quiet --format raw vgtest-cut again
  assert_equal 'again active' "$(fake_images)" "the list of images"
  assert_equal "$sum" "$(fake_sum)" "the image's sum"
  assert_equal "$uploads" "$(fake_count PUT '.*')" "the number of uploads"
done <<CASES
2|$upload, "cut": 0
2|$upload, "cut": 0.5
2|$upload, "cut": 1
1|$upload, "lost": true
2|$upload, "cut": 0.5, "leave": "saving", "settle": 1
2|$upload, "stall": 0.5
2|$upload, "at": 0.5, "status": 401, "revoke": true
2|$upload, "revoke": true
1|$create, "cut": 1
1|$create, "lost": true
1|$create, "stall": 1
1|"times": 0, "delay": 0.5
CASES
assert_nothing_on_host vgtest-cut 'shut off'
assert_no_job_folders

# A token that ends while the upload goes on: Glance doesn't mind, and what
# comes after has a new one.
fake_order '' '{"token_life": 4}'
expect 0 virt_glance snapshot --quiet --format raw --limit-rate 3M vgtest-cut again
assert_equal "$sum" "$(fake_sum)" "the image's sum"
[ "$(fake_count POST /v3/auth/tokens)" -gt 1 ] || fail "the token was not renewed"

# What goes wrong in the end: guest, what is said, rule. (It must end at all;
# how soon depends on the machine.)
while IFS='|' read -r guest state regex rule; do
  echo "$rule"
  fake_order "{$rule, \"times\": 0}"
  SECONDS=0
  refuses_snapshot 6 "^virt-glance: ${regex/@/$guest}" "$guest" lost
  [ $SECONDS -lt 120 ] || fail "it took $SECONDS s"
  assert_fake_clean "$guest" "$state"
done <<CASES
vgtest-cut|shut off|disk vda of domain @: can't upload image $id to store 'fast': .*reset.*2 times|$upload, "cut": 0
vgtest-cut|shut off|disk vda of domain @: can't upload image $id to store 'fast': .*reset.*2 times|$upload, "cut": 0.5
vgtest-cut|shut off|disk vda of domain @: can't upload image $id to store 'fast': .*reset.*2 times|$upload, "cut": 1
vgtest-cut|shut off|disk vda of domain @: can't upload image $id to store 'fast': .*no data were transferred for 4 s.*timeout|$upload, "stall": 0.5
vgtest-cut-live|running|disk vda of domain @: can't upload image $id to store 'fast': .*reset.*2 times|$upload, "cut": 0.5
vgtest-cut-live|running|disk vda of domain @: can't upload image $id to store 'fast': .*no data were transferred for 4 s.*timeout|$upload, "stall": 0.5
CASES

# Each image stays "saving": the bytes go to a new one, and then no more.
fake_order "{$upload, \"cut\": 0.5, \"leave\": \"saving\", \"times\": 0}"
expect 6 virt_glance snapshot --quiet vgtest-cut lost
expect_error "^virt-glance: disk vda of domain vgtest-cut: can't upload image $id .*'saving'.*try again"
assert_equal 2 "$(fake_count PUT '.*')" "the number of uploads"
assert_fake_clean vgtest-cut 'shut off'

# What Glance was asked for without an answer may still appear.
while IFS='|' read -r guest state regex rule; do
  echo "$rule"
  fake_order "{$rule, \"times\": 0}"
  refuses_snapshot 8 "^virt-glance: ${regex/@/$guest}.*may still appear until .*recover" "$guest" lost
  assert_fake_clean "$guest" "$state"
  age_jobs
  expect 0 virt_glance recover
done <<CASES
vgtest-cut|shut off|disk vda of domain @: can't create image $id \("lost"\): .*no data were transferred for 4 s.*timeout|$create, "stall": 1
vgtest-cut|shut off|disk vda of domain @: can't create image $id \("lost"\): .*reset|$create, "cut": 0
vgtest-cut-live|running|disk vda of domain @: can't create image $id \("lost"\): .*reset|$create, "cut": 0
CASES

# Nobody listens; somebody listens and never says a word.
read -r port < <(free_ports 1)
while IFS='|' read -r regex variable; do
  refuses 6 "$regex" env "$variable" "${virt_glance_args[@]}" snapshot -q vgtest-cut
done <<CASES
list Glance's stores: .*:$port/.*connect.*check the URL|OS_IMAGE_ENDPOINT_OVERRIDE=http://127.0.0.1:$port
list Glance's stores: .*:$port/.*connect.*check the URL|OS_IMAGE_ENDPOINT_OVERRIDE=http://127.0.0.1:$port/glance/v2
CASES
/usr/bin/python3 - "$port" <<'PY' &
import socket, sys, time
hole = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(600)
PY
cleanup_fn kill $!
wait_until 60 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
SECONDS=0
refuses 6 "list Glance's stores: .*:$port/.*no data were transferred for 4 s.*timeout" \
  env OS_IMAGE_ENDPOINT_OVERRIDE="http://127.0.0.1:$port" \
  "${virt_glance_args[@]}" snapshot -q vgtest-cut
[ $SECONDS -lt 120 ] || fail "it took $SECONDS s"
assert_fake_clean vgtest-cut 'shut off'
