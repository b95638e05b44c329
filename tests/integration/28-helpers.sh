#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The programs that a shut-off disk is read with: missing, slow, broken.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"
requires qemu-nbd qemu-img

a_guest vgtest-helpers --idle
images_snapshot

# instead_of PROGRAM: from here on, another one stands in its place, which is
# read from stdin; without any, there is none.
instead_of() {
  mkdir -p "$tmp/bin"
  ln -sf /usr/bin/qemu-img /usr/bin/qemu-nbd /usr/bin/bwrap "$tmp/bin/"
  rm "$tmp/bin/$1"
  cat >"$tmp/program"
  [ ! -s "$tmp/program" ] || install "$tmp/program" "$tmp/bin/$1"
}

with_bin=(env "PATH=$tmp/bin" "${virt_glance_args[@]}" snapshot --quiet vgtest-helpers)

for program in qemu-nbd qemu-img; do
  instead_of $program </dev/null
  refuses 1 "vgtest-helpers.*$program.*qemu-utils" "${with_bin[@]}"
  assert_clean vgtest-helpers 'shut off'
done

# It is a while until it accepts a connection.
instead_of qemu-nbd <<'SCRIPT'
#!/bin/bash
sleep 0.5
exec /usr/bin/qemu-nbd "$@"
SCRIPT
expect 0 "${with_bin[@]}"
image_delete "$(the_new_image)"
assert_clean vgtest-helpers 'shut off'

# One that ends at once, and says why.
instead_of qemu-nbd <<'SCRIPT'
#!/bin/bash
echo "qemu-nbd: it is Sunday" >&2
exit 1
SCRIPT
refuses 1 'vda .*vgtest-helpers.*it is Sunday' "${with_bin[@]}"
assert_clean vgtest-helpers 'shut off'

# One that neither listens nor ends when it is asked to.
instead_of qemu-nbd <<'SCRIPT'
#!/bin/bash
trap '' TERM
exec /usr/bin/sleep 600
SCRIPT
in_background "${with_bin[@]}"
wait_until 60 grep -rq '"image"' "$tmp/vg/state/jobs" || fail "it makes no image"
sleep 1
kill -TERM $pid
SECONDS=0
wait $pid || status=$?
[ $SECONDS -lt 60 ] || fail "it took $SECONDS s to stop"
assert_equal 143 "${status-0}" "the exit status"
assert_clean vgtest-helpers 'shut off'
