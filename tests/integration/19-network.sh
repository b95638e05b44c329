#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The network between us and Glance goes away: packets are lost without a word,
# connections are reset, and it comes back, or not. Before a job, in the middle of its
# upload, at the end of it, and while the job is undone.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"
# shellcheck source=tests/cloud/peers.sh
. "$VG_SRCDIR/tests/cloud/peers.sh"
# shellcheck source=tests/cloud/relay.sh
. "$VG_SRCDIR/tests/cloud/relay.sh"

guest=vgtest-network
a_small_guest $guest
images_snapshot
cleanup_fn images_delete_new

relay_start "$VG_TEST_GLANCE_PORT"
url=http://127.0.0.1:$relay_port
virt_glance_args=(env "OS_IMAGE_ENDPOINT_OVERRIDE=$url" "${virt_glance_args[@]}")
virt_glance() { "${virt_glance_args[@]}" "$@"; }

# settings: short times.
settings() { vg_config '[glance]' 'num_retries = 1' 'timeout = 4'; }

# sending WORD…: an upload of 16 MiB of which Glance has the first half; and then that
# happened to the network (see relay.py).
sending() {
  before=$(relay count)
  relay after 8388608 "$@" >/dev/null
  in_background "${virt_glance_args[@]}" snapshot --quiet --format raw --limit-rate 4M $guest network
  while [ "$(relay due)" = yes ]; do
    kill -0 "$pid" 2>/dev/null || fail "it does not upload: $(cat "$tmp/err")"
    sleep 0.05
  done
}

# sent_again: the bytes went off twice, those after the first half at least once.
sent_again() { [ "$(relay count)" -ge $((before + 3 * 8388608)) ]; }

# whole: the image has the disk's bytes.
whole() {
  image=$(the_new_image)
  assert_equal active "$(image_field "$image" status)" "the image's status"
  image_download "$image" "$tmp/image"
  cmp "$tmp/image" "$tmp/noise" || fail "the image has other bytes than the disk"
  image_delete "$image"
  assert_clean $guest 'shut off'
}

is_active() { [ "$(image_field "$image" status)" = active ]; }

# in_time SECONDS: it did not take longer, since SECONDS was 0. (The machine may be slow.)
in_time() { [ $SECONDS -lt "$1" ] || fail "it took $SECONDS s"; }

# (By curl's words, older and newer ones, or by ours: both limits are 4 s.)
no_connection='(connect.*Timeout|Connection timed out|no data were transferred for 4 s)'

echo '# Before: nothing arrives.'
settings
relay silent >/dev/null
SECONDS=0
refuses_snapshot 6 "^virt-glance: can't list Glance's stores: $url/.*$no_connection" $guest
in_time 120
relay pass >/dev/null
assert_clean $guest 'shut off'

echo '# In the middle: nothing arrives for a while.'
vg_config
sending silent
sleep 5
relay pass >/dev/null
ends 0
! sent_again || fail "it sent the bytes twice"
whole

echo '# In the middle: the connection is reset.'
sending reset
ends 0
sent_again || fail "it did not send all of the bytes again"
whole

echo '# In the middle: the connection is reset, and the network is away for a while.'
vg_config '[glance]' 'num_retries = 6' # (These last a minute.)
sending refuse reset
sleep 3
relay pass >/dev/null
ends 0
sent_again || fail "it did not send all of the bytes again"
whole

echo '# In the middle: nothing arrives any more.'
settings
sending silent
image=$(the_new_image)
SECONDS=0
ends 8
in_time 120
expect_error "^virt-glance: disk vda of domain $guest: can't upload image $image .*no data were transferred for 4 s.*rollback is incomplete .can't delete image $image: .*run 'virt-glance recover'"
echo '# For recover, too.'
SECONDS=0
refuses 6 "^virt-glance: job .* of domain $guest: can't delete image $image: $url/.*$no_connection" virt_glance recover --quiet
in_time 120
relay pass >/dev/null
assert_equal "$image" "$(the_new_image)" "what is left"
expect 0 virt_glance recover
assert_clean $guest 'shut off'

echo '# At the end: Glance has all, but its answer does not arrive.'
vg_config
sending mute
image=$(the_new_image)
wait_until 120 is_active || fail "Glance does not get all: $(image_field "$image" status)"
relay reset >/dev/null
relay pass >/dev/null
ends 0
! sent_again || fail "it sent the bytes twice"
whole

echo '# While it is undone: nothing arrives.'
vg_config '[DEFAULT]' 'rollback_timeout = 5'
sending silent
image=$(the_new_image)
SECONDS=0
kill -INT "$pid"
ends 8
in_time 60
expect_error "^virt-glance: the rollback isn't finished after 5 s .*run 'virt-glance recover'"
relay pass >/dev/null
assert_equal "$image" "$(the_new_image)" "what is left"
expect 0 virt_glance recover
assert_clean $guest 'shut off'
