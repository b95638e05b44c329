#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A snapshot goes to the store that it should, and Glance is told so.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

base=$VG_TEST_BASE_IMAGE
running=vgtest-choice-running off=vgtest-choice-off
images_snapshot
cleanup_fn images_delete_new

# define NAME OPTION…: a guest that goes with the test.
define() {
  cleanup_fn guest_undefine "$1"
  guest_define "$@"
}

# goes_to STORE RULE BASE-REF GUEST [OPTION…]: "-" for a BASE-REF not sent.
goes_to() {
  local store=$1 rule=$2 ref=$3 guest=$4 sent=$1 size
  shift 4
  [ "$rule" != default ] || sent=-
  wire_mark
  take "$guest" "$@"
  size=$(job_image size)
  assert_equal "$store" "$(job_image store)" "the store that is told"
  assert_equal "$rule" "$(job_image rule)" "the rule that is told"
  assert_equal active "$(image_field "$image" status)" "the image's status"
  assert_equal "$store" "$(image_field "$image" stores)" "the image's store"
  assert_equal "$size" "$(image_field "$image" size)" "the image's size"
  assert_equal "204 $sent $ref $size" "$(wire_uploads)" "the upload on the wire"
  assert_equal "$size" \
    "$(wire_log 'select(.method == "PUT") | .headers["x-openstack-image-size"]')" \
    "the size that was announced"
  assert_nothing_on_host "$guest" "$(guest_state "$guest")"
}

# refused STATUS REGEX GUEST [OPTION…]: and nothing was asked of Glance.
refused() {
  local status=$1 message=$2
  shift 2
  image_ids >"$tmp/images-now"
  wire_mark
  expect "$status" virt_glance snapshot "$@"
  expect_error "$message"
  assert_equal "" "$(wire_log 'select(.method != "GET") | .method + .path')" \
    "what was asked of Glance"
  assert_equal "$(cat "$tmp/images-now")" "$(image_ids)" "the list of images"
}

define $running
define $off
guest_start $running

# The base image's store, though another one is the default.
goes_to fast base-image "$base" $off
guest_wait_line $running ready
guest_wait_agent $running
goes_to fast base-image "$base" $running before-upgrade
assert_equal before-upgrade "$(image_field "$image" name)" "the image's name"
assert_equal "$base" "$(image_field "$image" base_image_ref)" "its base image"

# A name beats it, and the user's name beats the operator's.
goes_to reliable user - $running --store reliable
vg_config '[glance]' 'store = cheap'
goes_to cheap config - $running
goes_to cheap config - $off
goes_to reliable user - $off --store reliable
refused 4 "'nope' was not found.*fast.*reliable \(default\)" $off --store nope
refused 4 "'web' is read-only" $running --store web
refused 4 "'os_glance_staging_store' was not found" $off --store os_glance_staging_store
vg_config '[glance]' 'store = nope'
refused 4 "^virt-glance: \[glance\] store: the store 'nope' was not found" $running
vg_config '[glance]' 'allow_user_store = false'
refused 4 'users may not name a store' $running --store cheap
goes_to fast base-image "$base" $off
vg_config

# Guests of other origins.
define vgtest-choice-volume --volume
goes_to reliable default - vgtest-choice-volume
define vgtest-choice-policy --policy
goes_to fast base-image "$base" vgtest-choice-policy
define vgtest-choice-plain --plain
goes_to reliable default - vgtest-choice-plain

# A base image that can't tell a store.
echo content >"$tmp/content"
gone=$(image_add vgtest-gone raw "$tmp/content" fast)
define vgtest-choice-gone --image "$gone"
image_delete "$gone"
goes_to reliable default "$gone" vgtest-choice-gone
grep -q "^warning: .*base image $gone was deleted or is not visible" "$tmp/err" ||
  fail "no warning: $(cat "$tmp/err")"
private=$(VG_TEST_AS=other image_add vgtest-private raw "$tmp/content" cheap)
define vgtest-choice-private --image "$private"
goes_to cheap base-image "$private" vgtest-choice-private
demo_image=$(as demo virt_glance snapshot --json vgtest-choice-private 2>"$tmp/err" |
  jq -er '.images[0].id')
assert_equal reliable "$(image_field "$demo_image" stores)" "the store of demo's image"
grep -q '^warning: .*is not visible' "$tmp/err" || fail "no warning: $(cat "$tmp/err")"
web=$(image_add_web vgtest-web raw "$tmp/content")
define vgtest-choice-web --image "$web"
goes_to reliable default "$web" vgtest-choice-web

# A base image in two stores.
two=$(image_add vgtest-two raw "$tmp/content" cheap visibility=public)
image_copy "$two" fast
define vgtest-choice-two --image "$two"
goes_to fast base-image "$two" vgtest-choice-two
vg_config '[glance]' 'copy_to_base_stores = true'
take vgtest-choice-two
assert_equal 'cheap fast' "$(image_field "$image" stores | tr , '\n' | sort | xargs)" \
  "the stores of the copied image"
assert_equal '["cheap"]' "$(jq -c '.images[0].copies' "$tmp/out")" "the copies that are told"
# (Copying is an administrator's right; the image itself stays.)
expect 1 as demo virt_glance snapshot vgtest-choice-two demos
expect_error 'active in store fast, but could not be copied to cheap'
demo_image=$(virt_glance jobs --json | jq -er '.[-1].images[0].id')
assert_equal fast "$(image_field "$demo_image" stores)" "the store of demo's image"
assert_nothing_on_host vgtest-choice-two 'shut off'

# A Glance without stores.
cleanup_fn single_glance_stop
single_glance_start
export VG_TEST_GLANCE_URL=$VG_TEST_SINGLE_GLANCE_URL
export VG_TEST_WIRE_LOG=$cloud_dir/single-glance/wire.log
vg_config
export OS_IMAGE_ENDPOINT_OVERRIDE=$VG_TEST_SINGLE_GLANCE_URL
refused 4 'this Glance has no multi-store support' $off --store fast
wire_mark
take $off
assert_equal "" "$(job_image store)" "the store that is told"
assert_equal "204 - $base $(job_image size)" "$(wire_uploads)" "the upload on the wire"
assert_equal active "$(image_field "$image" status)" "the image's status"
image_delete "$image"
assert_nothing_on_host $running
