#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A Keystone that does not answer: who is told to stop says what was interrupted, and
# promises to undo only what was begun. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config 'timeout = 2'
disk qcow2 "$tmp/a.qcow2" 8M
guests "$(guest_xml guest 5 "$(disk_xml vda qcow2 "$tmp/a.qcow2")" "$(made_from)")"
tokens='"method": "POST", "path": "/v3/auth/tokens", "times": 0'

is_asked() { [[ $(requests) == *"POST /v3/auth/tokens"* ]]; }

# interrupted WHAT ARGUMENT…: SIGINT while Keystone does not answer.
interrupted() {
    local what=$1
    shift
    config # (Keystone may take its time.)
    glance
    rules "[{$tokens, \"hold\": true}]"
    start "$@"
    wait_for is_asked
    kill -INT "$pid"
    finish
    expect 130
    same "its words" "virt-glance: interrupted
virt-glance: $what was interrupted" "$(<"$tmp/err")"
    same "its journals" "" "$(journals "j['id']")"
    nothing_left
}
result "snapshot" "$(interrupted 'the snapshot of domain guest' snapshot guest)"
result "snapshot --dry-run" "$(interrupted 'the plan for domain guest' snapshot guest --dry-run)"
result "inspect" "$(interrupted 'the plan for domain guest' inspect guest)"
result "backup" "$(interrupted 'the snapshot of domain guest' backup guest --type daily --rotation 1)"
result "backup that only deletes" "$(
    interrupted 'the deletion of old backups' backup guest --type daily --rotation 0)"
result "stores" "$(interrupted 'the list of stores' stores)"

done_testing
