#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A snapshot of a guest that is shut off, in which a call of libc fails: it succeeds
# all the same, or says why it can't, and leaves nothing that recover doesn't undo.
# Prints TAP. See tests/unit/lib/faults.sh for how many calls are tried.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
confined=1
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"
# shellcheck source=tests/unit/lib/faults.sh
. "$(dirname "$0")/../lib/faults.sh"

config
disk qcow2 "$tmp/a.qcow2" 8M
guests "$(guest_xml guest 5 "$(disk_xml vda qcow2 "$tmp/a.qcow2")" "$(made_from)")"
sum=$(cksum <"$tmp/a.qcow2")

fresh() {
    glance
    rm -rf "$tmp/state" "$tmp/run" "$tmp/scratch"
}

check() {
    fault_disk "$tmp/a.qcow2" "$sum"
    nothing_left | grep -v "^image left"
}

with_faults check fresh run snapshot guest one

done_testing
