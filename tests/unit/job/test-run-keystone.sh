#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A Keystone that does not answer, or is gone when a job needs another token: who is
# told to stop says what was interrupted, and promises to undo only what was begun; and
# the image that can't be deleted is named. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config 'timeout = 2'
disk qcow2 "$tmp/a.qcow2" 8M
guests "$(guest_xml guest 5 "$(disk_xml vda qcow2 "$tmp/a.qcow2")" "$(made_from)")"
tokens='"method": "POST", "path": "/v3/auth/tokens", "times": 0'
upload='"method": "PUT", "path": "/v2/images/[^/]*/file"'
id='[0-9a-f-]{36}'

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
    same "its steps" "" "$(journals "''.join(s['step'] for s in j['steps'])")"
    nothing_left
}
result "snapshot" "$(interrupted 'the snapshot of domain guest' snapshot guest)"
result "snapshot --dry-run" "$(interrupted 'the plan for domain guest' snapshot guest --dry-run)"
result "inspect" "$(interrupted 'the plan for domain guest' inspect guest)"
result "backup" "$(interrupted 'the snapshot of domain guest' backup guest --type daily --rotation 1)"
result "backup that only deletes" "$(
    interrupted 'the deletion of old backups' backup guest --type daily --rotation 0 --delete-all)"
result "stores" "$(interrupted 'the list of stores' stores)"

# Glance takes the token no more, and there is no other to be had.
config 'timeout = 2'
glance
rm -rf "$tmp/state/jobs"
rules "[{$upload, \"at\": 0.5, \"status\": 401, \"revoke\": true},
    {$tokens, \"skip\": 1, \"status\": 503, \"json\": {}}]"
run snapshot guest one
gone="can't authenticate to Keystone at $fake_url/v3 .*HTTP 503"
result "a token that ends in the middle" "$(
    expect 8
    says "^virt-glance: disk vda of domain guest: can't upload image $id .*: $gone.*; in addition, the rollback is incomplete .can't delete image $id: $gone.*run 'virt-glance recover'"
    ! grep -q 'belong to the same Keystone' "$tmp/err" || echo "it blames Glance: $(<"$tmp/err")"
)"
rules "[{$tokens, \"status\": 503, \"json\": {}}]"
run recover
result "recover, and there still is none" "$(
    expect 6
    says "^virt-glance: job .* of domain guest: can't delete image $id: $gone"
    same "the image's step" begun "$(journals "j['steps'][0]['state']")"
)"
rules '[]'
run recover
result "recover, when Keystone is back" "$(
    expect 0
    nothing_left
)"

done_testing
