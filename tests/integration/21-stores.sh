#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Stores that are not there or can't be written, base images that are gone or
# not for us, and a Glance without stores.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"

a_guest vgtest-stores --idle
images_snapshot

# Named by the user or the configuration: an error before any image exists.
there_are='fast, cheap, reliable \(default\), web \(read-only\), ceph'
wire_mark
for store in nope FAST os_glance_staging_store fast,cheap '' $'two\nlines'; do
  refuses_snapshot 4 "store '.*' was not found.*$there_are" vgtest-stores --store "$store"
done
refuses_snapshot 4 "store 'web' is read-only.*$there_are" vgtest-stores --store web
for store in nope os_glance_tasks_store; do
  vg_config '[glance]' "store = $store"
  refuses_snapshot 4 "\[glance\] store.*'$store' was not found.*$there_are" vgtest-stores
done
vg_config '[glance]' 'store = web'
refuses_snapshot 4 "\[glance\] store.*'web' is read-only.*$there_are" vgtest-stores
vg_config '[glance]' 'allow_user_store = false'
refuses_snapshot 4 'allow_user_store.*omit --store' vgtest-stores --store fast
vg_config
assert_equal '' "$(wire_log 'select(.method != "GET")')" "what was asked of Glance"
assert_clean vgtest-stores 'shut off'

# works_by_default WARNING COMMAND…: it ends well, with that warning, and the
# image is in the default store.
works_by_default() {
  local warning=$1 id
  shift
  expect 0 "$@"
  grep -Eq "^warning: .*$warning" "$tmp/err" || fail "no such warning: $warning"
  assert_equal 1 "$(grep -c '^warning: ' "$tmp/err")" "the number of warnings"
  grep -Eq "^Store reliable: .*$warning" "$tmp/out" || fail "no reason is told: $(cat "$tmp/out")"
  id=$(the_new_image)
  assert_equal reliable "$(image_field "$id" stores)" "the image's store"
  image_delete "$id"
}

# The base image is gone, or never was; then another's.
base=$(image_add vgtest-base-gone qcow2 "$VG_TEST_BASE_FILE" fast)
image_delete "$base"
a_guest vgtest-base-gone --idle --image "$base"
works_by_default "$base was deleted" virt_glance snapshot vgtest-base-gone
assert_clean vgtest-base-gone 'shut off'

base=$(VG_TEST_AS=other image_create vgtest-base-others qcow2 visibility=private)
cleanup_fn image_delete "$base"
VG_TEST_AS=other image_upload "$base" "$VG_TEST_BASE_FILE" fast
a_guest vgtest-base-others --idle --image "$base"
images_snapshot
works_by_default "$base .*not visible" \
  as demo virt_glance snapshot vgtest-base-others
assert_clean vgtest-base-others 'shut off'

# A base image whose data Glance doesn't have yet.
base=$(image_create vgtest-base-queued qcow2)
cleanup_fn image_delete "$base"
a_guest vgtest-base-queued --idle --image "$base"
images_snapshot
expect 0 virt_glance snapshot vgtest-base-queued
id=$(the_new_image)
assert_equal reliable "$(image_field "$id" stores)" "the image's store"
image_delete "$id"

# A Glance without stores.
cleanup_fn single_glance_stop
single_glance_start
(
  export OS_IMAGE_ENDPOINT_OVERRIDE=$VG_TEST_SINGLE_GLANCE_URL
  export VG_TEST_GLANCE_URL=$VG_TEST_SINGLE_GLANCE_URL
  images_snapshot
  refuses_snapshot 4 "store 'fast'.*no multi-store support.*omit --store" \
    vgtest-stores --store fast
  vg_config '[glance]' 'store = fast'
  refuses_snapshot 4 "\[glance\] store.*'fast'.*no multi-store support.*omit the option" \
    vgtest-stores
  vg_config
  assert_clean vgtest-stores 'shut off'
  expect 0 virt_glance stores
  grep -q 'single store' "$tmp/out" || fail "that is not clear: $(cat "$tmp/out")"
  expect 0 virt_glance snapshot vgtest-stores
  grep -Eq '^Store .*no multi-store support' "$tmp/out" || fail "no reason: $(cat "$tmp/out")"
  image_delete "$(the_new_image)"
  assert_clean vgtest-stores 'shut off'
)
