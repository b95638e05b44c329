#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A host that is being drained: nothing new begins, which is told; what runs goes on.
# Prints TAP.
# shellcheck disable=SC2119,SC2120 # optional arguments
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config '[DEFAULT]' "drain_file = $tmp/drain"
for name in a b; do
    disk raw "$tmp/$name.raw" 1M 1
done
daily="<p:policy xmlns:p='urn:virt-glance:policy'><on event='backup' type='daily' \
rotation='2'/></p:policy>"
guests "$(guest_xml a 5 "$(disk_xml vda raw "$tmp/a.raw")" "$daily")" \
    "$(guest_xml b 5 "$(disk_xml vda raw "$tmp/b.raw")")"
order=1795989279477521-2a1db656

# A job that is uploading, when the drain begins.
glance '{"rules": [{"method": "PUT", "path": "/v2/images/.*/file", "hold": true}]}'
start snapshot b running
wait_for grep -q Uploading "$tmp/err"
mv "$tmp/out" "$tmp/first.out" && mv "$tmp/err" "$tmp/first.err"
touch "$tmp/drain"

run snapshot a one --json
result "a snapshot is refused" "$(
    expect 7
    says "^virt-glance: nothing new begins on this host, because it is being drained: $tmp/drain exists; remove it"
    json "j['error']['code'] == 'drained'"
    same "images" running "$(images "i['name']")"
)"
run backup a --type daily
result "so is a backup" "$(expect 7; says "being drained")"
run backup --all --type daily --json
result "of all guests, each is told" "$(
    expect 7
    json "[(g['domain'], g['result'], g['error']['code']) for g in j['guests']] == [('a', 'failed', 'drained')]"
)"
run snapshot a one --dry-run
result "a plan can be looked at" "$(expect 0)"

mkdir -p "$tmp/state/spool"
printf '%s' "{\"version\": 1, \"kind\": \"request\", \"domain\": \"a\", \"asked\": 1,
    \"uuid\": \"2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8\", \"wish\": {}}" >"$tmp/state/spool/$order.json"
run jobs
result "the list tells why a request waits" "$(
    grep -Eq "^ $order .* a +waiting .*while the host is being drained" "$tmp/out" || cat "$tmp/out"
)"
rm "$tmp/state/spool/$order.json"
run check
result "the check warns" "$(
    grep -Eq "^warning +configuration +$tmp/drain: this host is being drained.*; remove it" "$tmp/out" || cat "$tmp/out"
)"

fake POST /_control '{"release": true}' >/dev/null
finish
result "the job that ran goes on to its end" "$(
    same "the exit status" 0 "$status"
    same "images" "running active" "$(images "i['name'], i['status']")"
)"

rm "$tmp/drain"
run backup --all --type daily
result "afterwards all begins again" "$(
    expect 0
    same "images" 2 "$(images | wc -l)"
)"

done_testing
