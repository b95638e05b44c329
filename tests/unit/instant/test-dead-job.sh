#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a killed job left on a guest, its backup job among it, is undone by the next
# command on that guest, and only on that. Prints TAP.
# shellcheck disable=SC2119,SC2120 # optional arguments
# shellcheck source=tests/unit/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"

config
disk qcow2 "$tmp/a.qcow2" 8M
disk raw "$tmp/b.raw" 1M 3
guests "$(guest_xml guest 1 "$(disk_xml vda qcow2 "$tmp/a.qcow2")$agent")" \
    "$(guest_xml other 5 "$(disk_xml vda raw "$tmp/b.raw")")"
names() { images "i['name']" | sort | xargs; }

# killed: a job that is killed while Glance holds its upload.
killed() {
    libvirt
    rules '[{"method": "PUT", "path": "/v2/images/.*/file", "hold": true}]'
    start snapshot guest one
    wait_for grep -q Uploading "$tmp/err"
    kill -KILL "$pid"
    finish
    fake POST /_control '{"release": true}' >/dev/null
}

killed
result "it left something" "$(
    same "images" one "$(names)"
    compgen -G "$fake/job-*" >/dev/null || echo "no backup job was left"
)"
run snapshot other elsewhere
result "another guest's command leaves that alone" "$(
    expect 0
    same "images" "elsewhere one" "$(names)"
)"
run snapshot guest two
result "the next command on the guest undoes it" "$(
    expect 0
    same "images" "elsewhere two" "$(names)"
    grep -q '^Rolling back job [0-9a-f]* of domain guest' "$tmp/err" || cat "$tmp/err"
    nothing_but_images
)"
run recover
result "nothing is left to recover" "$(same "told" "Nothing to recover" "$(<"$tmp/out")")"

# A dry run undoes nothing. What can't be undone is told, and is in nobody's way.
killed
run snapshot guest dry --dry-run
result "a dry run leaves it" "$(same "images" one "$(names)")"
rules '[{"method": "DELETE", "path": "/v2/images/.*", "times": 0, "status": 403, "json": {}}]'
run snapshot guest two
result "what can't be undone" "$(
    expect 0
    warns "what a dead job left isn't undone yet: job [0-9a-f]* of domain guest: .*403"
    same "images" "one two" "$(names)"
)"
rules '[]'
run backup guest three --type daily --rotation 1
result "is undone by the next one" "$(
    expect 0
    same "images" "three two" "$(names)"
    nothing_but_images
)"

# opened: how many files a snapshot of that guest opens.
opened() {
    fail_at="none 0 0 $tmp/calls"
    run snapshot other three
    fail_at=
    expect 0 >&2
    sed -n 's/^open //p' "$tmp/calls"
}
few=$(opened)
for _ in {0..9}; do
    run snapshot other bad --store no-such-store
done
many=$(opened)
# (And one that is done, of which the first run is none.)
result "a job reads those of others to look for dead ones, and for old ones" "$(
    same "times each is read" 2 "$(((many - few) / 11))"
)"

done_testing
