#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The real Glance in trouble: a store that is full, a quota, a worker that is
# killed, an image that somebody deletes, a token that ends, a role that may
# only read. It is one of the test's own, with the cloud's Keystone.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"

dir=$tmp/glance
mkdir -p "$dir"/{big,small,staging,tasks}
read -r port < <(free_ports 1)
mount -t tmpfs -o size=8m none "$dir/small" || skip "there is no tmpfs to be had"
cleanup_fn umount "$dir/small"
glance_paste "$dir"
glance_database "$dir" >"$dir/glance-manage.conf"
glance_manage "$dir"
: >"$dir/wire.log"
{
  glance_common "$dir" "$port" 'enabled_backends = big:file, small:file
user_storage_quota = 20MB'
  cat <<CONF
[glance_store]
default_backend = big
[big]
filesystem_store_datadir = $dir/big
[small]
filesystem_store_datadir = $dir/small
[os_glance_staging_store]
filesystem_store_datadir = $dir/staging
[os_glance_tasks_store]
filesystem_store_datadir = $dir/tasks
CONF
} >"$dir/glance-api.conf"
cleanup_fn daemon_stop own-glance
glance_serve own-glance "$dir" "$port"
export VG_TEST_GLANCE_URL=http://127.0.0.1:$port
export OS_IMAGE_ENDPOINT_OVERRIDE=$VG_TEST_GLANCE_URL

a_small_guest vgtest-glance --plain
vg_config '[glance]' 'num_retries = 1' 'timeout = 10'
images_snapshot
id='[0-9a-f-]{36}'

# A store that is full, an image of some 16 MiB being bigger; then a quota.
refuses_snapshot 1 "can't upload image $id to store 'small': .*413.*storage" \
  vgtest-glance full --store small
assert_clean vgtest-glance 'shut off'
assert_equal '' "$(find "$dir/small" -type f)" "what is in the store small"
expect 0 virt_glance snapshot --quiet vgtest-glance first
first=$(the_new_image)
images_snapshot
refuses_snapshot 1 "can't upload image $id to .*413.*quota" vgtest-glance second
assert_clean vgtest-glance 'shut off'
image_delete "$first"
images_snapshot

# A role that may only read.
refuses 5 "can't create image $id.*403.*policy" \
  as reader virt_glance snapshot --quiet vgtest-glance
assert_clean vgtest-glance 'shut off'

# slowly: begins a snapshot of some seconds, and waits until Glance takes it
# in. Sets $pid, and $image to its id.
slowly() {
  in_background "${virt_glance_args[@]}" snapshot --quiet --format raw --limit-rate 1M vgtest-glance slow
  wait_until 60 is_saving || fail "it does not upload: $(cat "$tmp/err")"
}
is_saving() {
  image=$(images_new) && [ -n "$image" ] &&
    [ "$(image_field "$image" status)" = saving ] && [ -s "$dir/big/$image" ]
}

# fails_now STATUS REGEX: the end of a slow one, in time.
fails_now() {
  local status=0
  SECONDS=0
  wait "$pid" || status=$?
  cat "$tmp/err"
  assert_equal "$1" "$status" "the exit status"
  [ $SECONDS -lt 120 ] || fail "it took $SECONDS s"
  assert_sentence "$tmp/err"
  expect_error "$2"
}

# Somebody deletes the image.
slowly
image_delete "$image"
fails_now 1 "image $image .*the image was deleted"
assert_clean vgtest-glance 'shut off'

# The worker that has it is killed: that image would stay "saving" for ever, so the
# bytes go to another one.
slowly
kill -KILL "$(pgrep -P "$(daemon_pid own-glance)")"
wait "$pid" || fail "it ended with status $?: $(cat "$tmp/err")"
grep "^warning: disk vda is sent again, to a new image: .*$image" "$tmp/err" ||
  fail "no warning: $(cat "$tmp/err")"
stuck=$image image=$(the_new_image)
[ "$stuck" != "$image" ] || fail "the image that was stuck is left"
assert_equal active "$(image_field "$image" status)" "the image's status"
assert_equal "$(sha512sum <"$tmp/noise" | cut -d' ' -f1)" \
  "$(image_field "$image" os_hash_value)" "the image's sum"
image_delete "$image"
assert_clean vgtest-glance 'shut off'

# All of Glance is killed: the image is left, and recover deletes it.
slowly
own=$(daemon_pid own-glance)
# shellcheck disable=SC2046 # words
kill -KILL "$own" $(pgrep -P "$own")
fails_now 8 "the rollback is incomplete.*$image.*virt-glance recover"
glance_serve own-glance "$dir" "$port"
assert_equal saving "$(image_field "$image" status)" "the image's status"
expect 0 virt_glance recover
assert_clean vgtest-glance 'shut off'

# A token that ends in the middle. (Our own, that is kept in a file, shall not. On a busy
# machine a token must last for as long as a request or two; and the upload for longer.)
rm -f "$cloud_dir"/token-*
began=$EPOCHSECONDS
image_take_token 300
life=$((6 + 8 * (EPOCHSECONDS - began)))
cleanup_fn keystone_token_seconds 3600
keystone_token_seconds $life
wire_log=$dir/wire.log
before=$(wc -l <"$wire_log")
expect 0 virt_glance snapshot --quiet --format raw --limit-rate $((16384 / (life + 5)))K vgtest-glance token
tokens=$(tail -n "+$((before + 1))" "$wire_log" | jq -r '.headers["x-auth-token"]' | sort -u | wc -l)
[ "$tokens" -gt 1 ] || fail "the token was not renewed"
image=$(the_new_image)
assert_equal active "$(image_field "$image" status)" "the image's status"
assert_equal "$(sha512sum <"$tmp/noise" | cut -d' ' -f1)" \
  "$(image_field "$image" os_hash_value)" "the image's sum"
image_delete "$image"
assert_clean vgtest-glance 'shut off'
