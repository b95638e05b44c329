#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# disk/rbd on a real Ceph cluster; what is tested is in rbd-ops-*.c.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

build_program tests/integration/rbd-ops
export VG_TEST_CEPH_CONF VG_TEST_CEPH_FSID VG_TEST_CEPH_HOST \
  VG_TEST_CEPH_KEYRING VG_TEST_CEPH_READER_KEYRING
before=$(for pool in images vms; do ceph_rbd ls -l $pool; done)

# A pool that is full, by its quota, with a clone in it; and where an image was
# removed before, as in most pools: else Ceph 16 can remove none in a full one.
export VG_TEST_CEPH_FULL_POOL=vgtest-full
remove_pool() {
  ceph_run config set mon mon_allow_pool_delete true
  ceph_run osd pool rm vgtest-full vgtest-full --yes-i-really-really-mean-it
} 2>/dev/null
cleanup_fn remove_pool
ceph_pool vgtest-full
ceph_rbd create --size 1M vgtest-full/first
ceph_rbd rm --no-progress vgtest-full/first
head -c 8M /dev/urandom >"$tmp/data"
ceph_rbd import --no-progress "$tmp/data" vgtest-full/data
ceph_rbd snap create --no-progress vgtest-full/data@vgtest-snap
ceph_rbd clone --rbd-default-clone-format 2 vgtest-full/data@vgtest-snap vgtest-full/Clone
ceph_run osd pool set-quota vgtest-full max_bytes 4000000 2>/dev/null
is_full() { [[ $(ceph_run osd pool ls detail | grep vgtest-full) = *full_quota* ]]; }
wait_until 120 is_full || fail "the pool does not become full"

for format in 1 2; do
  [ $format = 1 ] || {
    cleanup_fn ceph_run osd set-require-min-compat-client luminous
    ceph_run osd set-require-min-compat-client mimic 2>/dev/null
    set -- -p /clone/format
  }
  "$VG_BUILDDIR/tests/integration/rbd-ops" "$@" >"$tmp/out" 2>"$tmp/err" || {
    cat "$tmp/out" "$tmp/err"
    fail "rbd-ops failed"
  }
  # Neither keys nor Ceph's own messages.
  [ ! -s "$tmp/err" ] || fail "there is something on stderr: $(cat "$tmp/err")"
done
assert_equal "$before" "$(for pool in images vms; do ceph_rbd ls -l $pool; done)" \
  "what is left in Ceph"
