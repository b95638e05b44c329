#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Services that don't answer after a signal: the program ends in time, and says what
# undoes the rest. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
confined=1
# shellcheck source=tests/unit/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"

# (The second is a real one. On a slow machine it may be over before the rollback
# comes to the image: the end is the same.)
config '[DEFAULT]' 'rollback_timeout = 1'
disk qcow2 "$tmp/a.qcow2" 8M
one=$(disk_xml vda qcow2 "$tmp/a.qcow2")
guests "$(guest_xml guest 1 "$one" "$(made_from)")"

hung() { printf '[{"method": "DELETE", "path": ".*", "hold": true, "times": 0}]'; }

# interrupted: a snapshot gets SIGINT while the backup job begins.
interrupted() {
    # shellcheck disable=SC2016 # for the fake
    libvirt 'begin 1 run kill -INT $PPID' "begin 1 run $undoing"
    rules "$1"
    run snapshot guest one
}

interrupted "$(hung)"
result "Glance doesn't delete the image" "$(
    expect 8
    says "^virt-glance: the rollback isn't finished after 1 s .rollback_timeout.; run 'virt-glance recover' to undo the rest\$"
    same "the image's step" begun \
        "$(journals "', '.join(s['state'] for s in j['steps'] if s['step'] == 'image')")"
)"
rules '[]'
age_jobs
run recover
result "recover deletes it" "$(
    expect 0
    nothing_live
)"

config
interrupted '[]'
result "Glance deletes it" "$(
    expect 130
    nothing_live
)"

# rotation_interrupted: a backup gets SIGINT while Glance deletes the old one.
rotation_interrupted() {
    libvirt
    run backup guest old --type daily --rotation 1 --quiet
    rules "$(hung)"
    start backup guest new --type daily --rotation 1 --json
    wait_for deletes
    kill -INT "$pid"
    wait_for grep -q 'interrupted' "$tmp/err"
}
deletes() { requests | grep -q '^DELETE '; }

config '[DEFAULT]' 'rollback_timeout = 1'
rotation_interrupted
finish
result "Glance doesn't delete the old backup" "$(
    expect 8
    says '^virt-glance: the images are made, but what follows .* after 1 s .rollback_timeout.$'
    same "its words" 0 "$(grep -c undoing "$tmp/err")"
    same "backups" "new old" "$(images "i['name']" | sort | xargs)"
)"

config
rotation_interrupted
fake POST /_control '{"release": true}' >/dev/null
finish
result "Glance deletes the old backup" "$(
    expect 0
    json "len(j['deleted']) == 1 and j['images'][0]['name'] == 'new'"
    same "its last words" 'virt-glance: interrupted' "$(tail -n 1 "$tmp/err")"
    same "backups" "new" "$(images "i['name']" | xargs)"
)"

# A command that changes nothing has nothing to undo; libvirt hangs.
mkfifo "$tmp/hung"
libvirt "xml 1 run kill -INT \$PPID; cat $tmp/hung"
run inspect guest
: >"$tmp/hung" # (The fake's shell ends.)
result "a command that changes nothing" "$(
    expect 130
    same "its words" 'virt-glance: interrupted' "$(<"$tmp/err")"
)"

done_testing
