#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Keystone is killed, hangs, or can't be reached at each moment when a job needs it: at
# the beginning, when the token ends in the middle of an upload, and while the job is
# undone. It stands behind a relay, so that it can be gone for us and not for Glance.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"
# shellcheck source=tests/cloud/peers.sh
. "$VG_SRCDIR/tests/cloud/peers.sh"
# shellcheck source=tests/cloud/relay.sh
. "$VG_SRCDIR/tests/cloud/relay.sh"

guest=vgtest-keystone
a_small_guest $guest
images_snapshot
cleanup_fn images_delete_new
sum=$(sha512sum <"$tmp/noise" | cut -d' ' -f1)

relay_start "$VG_TEST_KEYSTONE_PORT"
url=http://127.0.0.1:$relay_port/v3
virt_glance_args=(env "OS_AUTH_URL=$url" "${virt_glance_args[@]}")
virt_glance() { "${virt_glance_args[@]}" "$@"; }
auth="can't authenticate to Keystone at $url with"

# settings: short times.
settings() { vg_config '[glance]' 'num_retries = 1' 'timeout = 4'; }

# keep_token: what this script asks for itself has a token that lives on.
keep_token() { image_take_token 3600; }
keystone() { pgrep -g "$(daemon_pid keystone)"; }
keystone_kill() {
  # shellcheck disable=SC2046 # words
  kill -KILL $(keystone)
  keystone_stop
}
keystone_hang() {
  mapfile -t hung < <(keystone)
  kill -STOP "${hung[@]}"
}
keystone_wake() { kill -CONT "${hung[@]}"; }
keystone_up() { daemon_pid keystone >/dev/null || keystone_serve; }
cleanup_fn rm -f "$cloud_dir/token-admin"
cleanup_fn keystone_token_seconds 3600

# slowly: a snapshot of which Glance has the beginning; sets $image to its id.
slowly() {
  in_background "${virt_glance_args[@]}" snapshot --quiet --format raw --limit-rate 1M $guest slow
  wait_until 60 is_saving || fail "it does not upload: $(cat "$tmp/err")"
}
is_saving() {
  image=$(images_new) && [ -n "$image" ] && [ "$(image_field "$image" status)" = saving ]
}

# asks: it has sent something to Keystone since $before.
asks() { [ "$(relay count)" -gt "$before" ]; }

# left: the job has left the image; recover deletes it.
left() {
  keystone_up
  relay pass >/dev/null
  assert_equal "$image" "$(the_new_image)" "what is left"
  expect 0 virt_glance recover
  assert_clean $guest 'shut off'
}

# whole: the image has the disk's bytes, as Glance has them.
whole() {
  assert_equal active "$(image_field "$image" status)" "the image's status"
  image_download "$image" "$tmp/image"
  assert_equal "$sum" "$(sha512sum <"$tmp/image" | cut -d' ' -f1)" "the sum of the image"
  image_delete "$image"
  assert_clean $guest 'shut off'
}

echo '# At the beginning: it is not there.'
settings
keystone_kill
relay refuse >/dev/null
refuses_snapshot 6 "^virt-glance: $auth .*connect" $guest
refuses 6 "^virt-glance: $auth .*connect" virt_glance stores
relay pass >/dev/null
keystone_up
assert_clean $guest 'shut off'

echo '# At the beginning: it hangs.'
keystone_hang
SECONDS=0
refuses_snapshot 6 "^virt-glance: $auth .*no data were transferred for 4 s" $guest
[ $SECONDS -lt 120 ] || fail "it took $SECONDS s"

# told_to_stop WHAT ARGUMENT…: SIGINT meanwhile; nothing is to be undone.
told_to_stop() {
  local what=$1 before
  shift
  before=$(relay count)
  in_background "${virt_glance_args[@]}" "$@"
  wait_until 60 asks || fail "it does not ask Keystone: $(cat "$tmp/err")"
  SECONDS=0
  kill -INT "$pid"
  ends 130
  [ $SECONDS -lt 60 ] || fail "it took $SECONDS s"
  assert_equal "virt-glance: interrupted
virt-glance: $what was interrupted" "$(cat "$tmp/err")" "what it says"
}
vg_config
told_to_stop "the snapshot of domain $guest" snapshot $guest
told_to_stop "the snapshot of domain $guest" backup --type daily --rotation 1 $guest
told_to_stop "the list of stores" stores
keystone_wake
assert_equal 'cancelled 0' "$(virt_glance jobs --json --domain $guest --last 2 |
  jq -r '.[] | "\(.state) \(.steps | length)"' | sort -u)" "the jobs, and their steps"
assert_clean $guest 'shut off'

echo '# In the middle: the token ends, and Keystone is gone for us, but not for Glance.'
settings
keep_token
keystone_token_seconds 6
slowly
relay refuse >/dev/null
ends 8
expect_error "^virt-glance: .*image $image.*$auth .*rollback is incomplete .can't delete image $image: $auth .*run 'virt-glance recover'"
echo '# For recover, too.'
refuses 6 "^virt-glance: job .* of domain $guest: can't delete image $image: $auth" virt_glance recover --quiet
left

echo '# In the middle: the token ends, and Keystone is killed.'
slowly
keystone_kill
ends 8
expect_error "^virt-glance: .*image $image.*$auth .*rollback is incomplete .can't delete image $image: $auth .*run 'virt-glance recover'"
left

echo '# In the middle: the token ends, and Keystone hangs, but not for ever.'
vg_config
slowly
keystone_hang
before=$(relay count)
wait_until 120 asks || fail "it asks for no token: $(cat "$tmp/err")"
keystone_wake
ends 0
whole

echo '# Undoing: Keystone is killed.'
settings
slowly
keystone_kill
sleep 6 # (The token ends.)
kill -INT "$pid"
ends 8
expect_error "^virt-glance: the snapshot of domain $guest was interrupted; .*rollback is incomplete .can't delete image $image: $auth .*run 'virt-glance recover'"
left

echo '# Undoing: Keystone hangs.'
vg_config '[DEFAULT]' 'rollback_timeout = 5'
slowly
keystone_hang
sleep 6
SECONDS=0
kill -INT "$pid"
ends 8
[ $SECONDS -lt 60 ] || fail "it took $SECONDS s"
expect_error "^virt-glance: the rollback isn't finished after 5 s .*run 'virt-glance recover'"
keystone_wake
left
