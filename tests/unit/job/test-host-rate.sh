#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# [glance] host_upload_rate: an upload is registered while it lasts, and no longer, also
# of a process that is killed. (test-share and test-pace compute the rates.) Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config '[glance]' 'host_upload_rate = 500M'
disk raw "$tmp/a.raw" 1M 1
guests "$(guest_xml a 5 "$(disk_xml vda raw "$tmp/a.raw")")"
uploads="$tmp/state/uploads"
registered() { cat "$uploads"/* 2>/dev/null | xargs; }
held='{"rules": [{"method": "PUT", "path": "/v2/images/.*/file", "hold": true}]}'

glance "$held"
start snapshot a one --limit-rate 200M
wait_for grep -q Uploading "$tmp/err"
is_registered() { [[ $(registered) == 209715200 ]]; }
wait_for is_registered
result "an upload is registered, with its own limit" "$(
    same "uploads" "$(basename "$tmp"/state/jobs/*.json .json)" \
        "$(ls "$uploads")"
)"
fake POST /_control '{"release": true}' >/dev/null
finish
result "until it is done" "$(
    same "the exit status" 0 "$status"
    same "uploads" "" "$(ls "$uploads")"
)"

glance "$held"
start snapshot a two
wait_for grep -q Uploading "$tmp/err"
is_registered() { [[ $(registered) == 0 ]]; }
wait_for is_registered
kill -KILL "$pid"
finish
run snapshot a three
result "what a killed one has left goes with the next" "$(
    expect 0
    same "uploads" "" "$(ls "$uploads")"
)"

rm -rf "$uploads"
touch "$uploads"
run snapshot a four
result "a state that can't be written" "$(
    expect 1
    says "$uploads"
    same "images that were begun" "" "$(images "i['name']" | grep -x four)"
)"

done_testing
