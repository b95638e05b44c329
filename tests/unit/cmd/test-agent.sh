#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The command "agent": what it is called with, how it starts and ends, and that it
# carries orders out. (tests/unit/agent is about the daemon.) Prints TAP.
# shellcheck disable=SC2119,SC2120 # optional arguments
confined=1
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config
disk raw "$tmp/disk" 8M
guests "$(guest_xml guest 5 "$(disk_xml vda raw "$tmp/disk")")"
glance
connected="connected to libvirt at test://$tmp/node.xml"

## What it is called with

run agent --help
result "help" "$(
    expect 0
    grep -q '^  virt-glance agent ' "$tmp/out" || cat "$tmp/out"
)"
run agent now
result "an argument" "$(expect 2; says "too many arguments; see 'virt-glance agent --help'")"
run agent --all
result "an unknown option" "$(expect 2; says "Unknown option --all; see 'virt-glance agent --help'")"

## What keeps it from starting

run agent --config "$tmp/none"
result "no configuration" "$(expect 2; says "$tmp/none")"
config '[DEFAULT]' "state_path = $tmp/disk/state"
run agent
result "no place for its state" "$(expect 1; says "$tmp/disk/state.*Not a directory")"
config

## How it ends

# begin: starts it, and waits until it heeds signals.
begin() {
    start agent
    wait_for grep -qF "$connected" "$tmp/err"
}

# end SIGNAL: sends it, and waits for the end; ended prints what is wrong then.
end() {
    kill -s "$1" "$pid"
    finish
}
ended() {
    expect 0
    grep -qF "$connected" "$tmp/err" || cat "$tmp/err"
    grep -q "^stopping; [01] running orders" "$tmp/err" || cat "$tmp/err"
    ! grep -E '^(virt-glance|warning): ' "$tmp/err" || echo "it complained"
    nothing_left | grep -v "^image left"
}

# heaps: those of malloc() besides the main one, which are at multiples of 64 MiB;
# AddressSanitizer has a malloc() of its own.
heaps() {
    ! grep -q '/libasan\.so' "/proc/$pid/maps" || { echo 0; return; }
    grep -Ec '^[0-9a-f]+[048c]000000-[0-9a-f]+ rw-p 00000000 00:00 0 *$' "/proc/$pid/maps"
}
begin
heaps=$(heaps)
end TERM
result "few heaps" "$(ended; ((heaps <= 1)) || echo "$heaps heaps")"

for signal in TERM INT; do
    begin
    end $signal
    result "SIG$signal" "$(ended)"
done

# The second one takes its messages elsewhere.
begin
first=$pid
mv "$tmp/err" "$tmp/first.err"
run agent
result "a second agent" "$(
    expect 1
    says "another agent is already running with the directory $tmp/state"
)"
mv "$tmp/first.err" "$tmp/err"
pid=$first
end TERM
result "the first agent" "$(ended)"

## Credentials that don't work

rules '[{"method": "POST", "path": "/v3/auth/tokens", "status": 401, "times": 0}]'
begin
wait_for grep -q "^warning: no request can be carried out now: .*401" "$tmp/err"
end TERM
result "it tells that the credentials don't work" "$(expect 0)"
rules '[]'

## Orders

spool=$tmp/state/spool
cat >"$tmp/order" <<JSON
{"kind": "request", "domain": "guest", "uuid": "$(uuid_of guest)",
 "asked": 1700000000, "wish": {"name": "one", "store": "cheap"}}
JSON
mv "$tmp/order" "$spool/1700000000000000-00000001.json"
begin
# shellcheck disable=SC2016 # of the other shell
wait_for bash -c '! compgen -G "$1/*.json"' - "$spool" >/dev/null
end TERM
result "an order" "$(
    ended
    same "the image" "one cheap" "$(images "i['name'], i['stores']" | tr -d "(',)")"
    holds qcow2 "$(images)" raw "$tmp/disk"
)"

done_testing
