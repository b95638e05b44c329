#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The command "jobs": which jobs its options choose, and what it shows of them.
# Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

# (What is held is not to be tried again while we look.)
config 'timeout = 600'
# (So small that libcurl 8 sends all of it at once.)
qemu-img create -q -f qcow2 "$tmp/a.qcow2" 8M
qemu-io -f qcow2 -c 'write -q -P 17 0 64k' "$tmp/a.qcow2"
guests "$(guest_xml guest 5 "$(disk_xml vda qcow2 "$tmp/a.qcow2")" "$(made_from)")"
a=$(uuid_of a)
b=$(uuid_of b)

# job ID DOMAIN UUID AGE STATE [MEMBER…]: a journal of a job that began AGE seconds ago.
job() {
    local began=$(($(date +%s) - $4)) members=""
    mkdir -p "$tmp/state/jobs"
    (($# < 6)) || members=$(printf ', %s' "${@:6}")
    printf '{"version": 1, "id": "%s", "kind": "snapshot", "domain": "%s", "uuid": "%s",
        "started": %s, "started_us": %s000000, "state": "%s"%s}' \
        "$1" "$2" "$3" $began $began "$5" "$members" >"$tmp/state/jobs/$1.json"
}
image='{"id": "i", "name": "n", "disk": "vda", "disk_format": "raw", "way": "read",
    "rule": "default", "reason": "r", "size": 1572864}'
job 1 a "$a" 1000000 'done' "\"images\": [$image, $image]" \
    "\"finished\": $(($(date +%s) - 1000000 + 3723))"
job 2 b "$b" 5000 failed '"error": "why", "error_code": "quota"'
job 3 a "$a" 4000 failed '"error": "why", "cancelled": true'
job 4 b "$b" 90 running '"steps": [{"step": "image", "object": "x", "state": "begun"}]'
echo '{' >"$tmp/state/jobs/5.json"
order='{"version": 1, "kind": "request", "uuid": "%s", "domain": "a", "asked": %s, "problem": "p"}'
mkdir -p "$tmp/state/spool"
# shellcheck disable=SC2059 # it is one
printf "$order" "$a" "$(date +%s)" >"$tmp/state/spool/1700000000000000-0000002a.json"

# lists IDS ARGUMENT…: these, in that order.
lists() {
    local ids=$1
    shift
    run jobs --json "$@"
    result "jobs $*" "$(
        expect 0
        same ids "$ids" "$(show "' '.join(i.get('id', 'order') for i in j)")"
    )"
}
# refuses TEXT ARGUMENT…
refuses() {
    local text=$1
    shift
    run jobs "$@"
    result "jobs $*" "$(expect 2; says "$text")"
}

lists "5 1 2 3 4 order"
lists "1 3 order" --domain a
lists "2 4" --domain "$b"
lists "" --domain c
lists "1" --state 'done'
lists "2" --state failed
lists "3" --state cancelled
lists "4" --state 'to recover'
lists "5" --state unreadable
lists "order" --state waiting
lists "" --state running
lists "2 3 4 order" --since 2h
lists "4 order" --since 30m
lists "order" --since 60s
lists "1 2 3 4 order" --since 4w
lists "2 3 4 order" --since 7d
lists "1 2 3 4 order" --since 2001-01-01
lists "4 order" --since "$(date -u -d '-30 minutes' '+%F %H:%M')"
lists "4 order" --since "$(date -u -d '-30 minutes' '+%FT%H:%M:%SZ')"
lists "" --since "$(date -u -d '+2 days' +%F)"
lists "order" --last 1
lists "3 4 order" --last 3
lists "5 1 2 3 4 order" --last 9
lists "3 order" --last 2 --domain a
lists "2" --last 1 --state failed --since 1d

refuses "--state is running, done, .* not 'ended'" --state ended
refuses "--since is an age .* not 'yesterday'" --since yesterday
refuses "--since is an age .* not ''" --since ''
refuses "--since is an age .* not '2026-13-01'" --since 2026-13-01
refuses "--last is a number from 1, not '-1'" --last=-1
refuses "--last and --follow exclude each other" --last 1 --follow

run jobs
result "the table" "$(
    expect 0
    grep -Eq '^ 1 .* 1:02:03 +a +done +3\.0 MiB +n \(i\) in' "$tmp/out" || cat "$tmp/out"
    grep -Eq '^ 2 .* - +b +failed +- +why' "$tmp/out" || cat "$tmp/out"
    grep -Eq '^ 3 .* - +a +cancelled +- +why' "$tmp/out" || cat "$tmp/out"
)"
run jobs --json --state 'done'
result "the same in JSON" "$(json "(j[0]['size'], j[0]['duration']) == (3145728, 3723)
    and 'percent' not in j[0]")"

## A job that runs

rm -rf "$tmp/state"
glance '{"rules": [{"method": "PUT", "path": "/v2/images/.*/file", "hold": true}]}'
start snapshot guest one
wait_for grep -q Uploading "$tmp/err"
has_percent() {
    set_command jobs --json
    "${command[@]}" 8>&- 7>&- 6<&- >"$tmp/listed" && grep -q '"percent"' "$tmp/listed"
}
wait_for has_percent
set_command jobs
"${command[@]}" 8>&- 7>&- 6<&- >"$tmp/table"
fake POST /_control '{"release": true}' >/dev/null
finish
cp "$tmp/listed" "$tmp/out"
result "its progress" "$(
    same "its end" 0 "$status"
    json "j[0]['state'] == 'running' and 0 <= j[0]['percent'] <= 100 and j[0]['duration'] >= 0"
    grep -Eq ' running [0-9]+% ' "$tmp/table" || cat "$tmp/table"
)"
run jobs --json
result "when it has ended, it has none" "$(
    json "j[0]['state'] == 'done' and 'percent' not in j[0] and j[0]['size'] > 0"
)"

mkdir -p "$tmp/state/spool"
printf '{"version": 1, "kind": "request", "uuid": "%s", "domain": "a", "asked": %s, "wish": {},
    "tries": 3, "tried": 1}' "$a" "$(date +%s)" >"$tmp/state/spool/1700000000000000-0000002a.json"
run jobs --state waiting --json
result "failed tries of a request that waits" "$(
    expect 0
    json "[i['tries'] for i in j] == [3]"
)"
run jobs --state waiting
result "likewise, in the table" "$(
    grep -q "waiting .*for the agent; failed 3 times so far$" "$tmp/out" || cat "$tmp/out"
)"

done_testing
