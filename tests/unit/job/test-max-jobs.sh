#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# [DEFAULT] max_jobs: a job that is one too many waits, and is seen to. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config '[DEFAULT]' 'max_jobs = 1'
for name in a b; do
    disk raw "$tmp/$name.raw" 1M 1
done
guests "$(guest_xml a 5 "$(disk_xml vda raw "$tmp/a.raw")")" \
    "$(guest_xml b 5 "$(disk_xml vda raw "$tmp/b.raw")")"

# aside NAME: what the last started program prints and is stays as NAME.
aside() { mv "$tmp/out" "$tmp/$1.out" && mv "$tmp/err" "$tmp/$1.err"; }

# Two jobs: Glance holds the first one's upload.
glance '{"rules": [{"method": "PUT", "path": "/v2/images/.*/file", "hold": true}]}'
start snapshot a one
first=$pid
wait_for grep -q Uploading "$tmp/err"
aside first
start snapshot b two
second=$pid
wait_for grep -q 'Waiting for another job' "$tmp/err"
aside second
states() { show "sorted((i['domain'], i['state']) for i in j)"; }
is_seen() { run jobs --json && [[ $(states) == *"('b', 'waiting')"* ]]; }
wait_for is_seen
result "it waits, and the list tells" "$(
    same "states" "[('a', 'running'), ('b', 'waiting')]" "$(states)"
    same "images" one "$(images "i['name']")"
)"
run jobs
result "in plain text" "$(grep -Eq ' b +waiting' "$tmp/out" || cat "$tmp/out")"
run jobs --json
job=$(show "[i['id'] for i in j if i['domain'] == 'b'][0]")
run cancel "$job"
cancelled=$status
pid=$second
finish
result "it can be cancelled" "$(
    same "the exit statuses" "0 9" "$cancelled $status"
    grep -q 'the snapshot of domain b was interrupted' "$tmp/second.err" || cat "$tmp/second.err"
)"

start snapshot b three
second=$pid
wait_for grep -q 'Waiting for another job' "$tmp/err"
aside third
fake POST /_control '{"release": true}' >/dev/null
pid=$first
finish
one=$status
pid=$second
finish
result "its turn comes when the other has ended" "$(
    same "the exit statuses" "0 0" "$one $status"
    same "images" "one three" "$(images "i['name'], i['status']" | cut -d' ' -f1 | sort | xargs)"
    same "turns" mutex "$(ls "$tmp/state/turns")"
)"
run jobs --json
result "how they ended" "$(
    json "[(i['domain'], i['state']) for i in j if i['state'] == 'done'] == [('a', 'done'), ('b', 'done')]"
    json "len(j) == 3 and not [i for i in j if i['state'] in ('waiting', 'running', 'to recover')]"
)"

# One that is killed leaves its turn to others.
glance '{"rules": [{"method": "PUT", "path": "/v2/images/.*/file", "hold": true}]}'
start snapshot a four
wait_for grep -q Uploading "$tmp/err"
kill -KILL "$pid"
finish
run snapshot b five
result "a job that was killed does not count" "$(expect 0)"

done_testing
