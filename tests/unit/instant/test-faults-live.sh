#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A snapshot of a running guest, frozen, in which a call of libc fails: as in
# tests/unit/job/test-faults.sh; besides, the guest is thawed and its backup job ended.
# Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"
# shellcheck source=tests/unit/lib/faults.sh
. "$(dirname "$0")/../lib/faults.sh"

config
disk qcow2 "$tmp/a.qcow2" 8M
guests "$(guest_xml guest 1 "$(disk_xml vda qcow2 "$tmp/a.qcow2")$agent" "$(made_from)")"
sum=$(cksum <"$tmp/a.qcow2")

# (Who loses QEMU's connection waits for libvirt to notice its end: it gives up soon.)
fresh() {
    libvirt "backup 40 skip 61"
    rm -rf "$tmp/run" "$tmp/scratch"
}

check() {
    fault_disk "$tmp/a.qcow2" "$sum"
    nothing_live | grep -v "^image left"
    # That we get no socket is no sign of QEMU's end.
    [[ $kind != socket ]] || ! grep -s '^backup' "$fake/log" | sed -n 40p | grep -q . ||
        echo "it waits for QEMU's end"
}

with_faults check fresh run snapshot guest one

done_testing
