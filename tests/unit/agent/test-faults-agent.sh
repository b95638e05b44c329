#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# An agent in which a call of libc fails, and another one after it: an order is done
# once, or its failure was told; the first one ends by itself or when it is told to.
# Prints TAP. See tests/unit/lib/faults.sh.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"
# shellcheck source=tests/unit/lib/faults.sh
. "$(dirname "$0")/../lib/faults.sh"

config
disk raw "$tmp/disk" 1M
guests "$(guest_xml guest 5 "$(disk_xml vda raw "$tmp/disk")")"
sum=$(cksum <"$tmp/disk")
spool=$tmp/state/spool
order=1700000000000000-00000001.json

fresh() {
    glance
    rm -rf "$tmp/state" "$tmp/run" "$tmp/scratch"
    mkdir -p "$spool"
    chmod 700 "$tmp/state" "$spool"
    cat >"$spool/$order" <<JSON
{"kind": "request", "domain": "guest", "uuid": "$(uuid_of guest)",
 "asked": 1700000000, "wish": {"name": "one", "format": "raw"}}
JSON
}

# The same after an agent that died before it could remove the order it had done.
fresh_done() {
    local id

    [[ -e $tmp/done ]] || make_done
    id=$(<"$tmp/done/id")
    glance "{\"images\": [{\"id\": \"$id\", \"name\": \"one\", \"status\": \"active\"}]}"
    cp "$tmp/disk" "$tmp/kept/$id"
    rm -rf "$tmp/state" "$tmp/run" "$tmp/scratch"
    cp -r "$tmp/done/state" "$tmp"
}
make_done() {
    fresh
    mkdir "$tmp/done"
    cp "$spool/$order" "$tmp/order"
    agent
    mv "$tmp/order" "$spool/$order"
    cp -r "$tmp/state" "$tmp/done"
    images >"$tmp/done/id"
}

ended() { ! kill -0 "$pid" 2>/dev/null; }

# heeds: it is no shell any more, and handles SIGTERM by now. (Without a process of its
# own: it is asked often.)
heeds() {
    local name='' line caught=0

    { read -r name <"/proc/$pid/comm"; } 2>/dev/null
    [[ $name == virt-glance ]] || return 1
    while read -r name line; do
        [[ $name != SigCgt: ]] || caught=0x$line
    done 2>/dev/null <"/proc/$pid/status"
    ((caught & 1 << 14))
}

heeds_or_ended() { heeds || ended; }

# What the agent says of an order that is over, or waits.
told='^warning: .*(the order|order of domain|an order|recover|job)'

# over: it has ended, or has done with the order, for good or for now.
over() {
    ended || [[ ! -e $spool/$order ]] || grep -Eq "$told" "$tmp/err"
}

# agent: until then. (A new file lets it look into the spool once more: it does so
# by itself after a minute.)
agent() {
    start agent
    wait_for heeds_or_ended
    : >"$spool/again"
    wait_for over
    kill -s TERM "$pid" 2>/dev/null
    wait_for ended || kill -9 "$pid"
    finish
}

# failed: it was told that the order has failed for good.
failed() {
    grep -E '^warning: order of domain guest: ' "$tmp/first.err" |
        grep -v 'trying again$' | grep -q .
}

# One image, which is whole; or none, and the agent has said why.
check() {
    local first=$status ids
    cp "$tmp/err" "$tmp/first.err"
    case $first in
    0) ;;
    [1-8]) says . ;;
    133) grep -q 'GLib-ERROR.*creating thread' "$tmp/err" || echo "a trap" ;;
    *) echo "exit status $first: $(tail -c 500 "$tmp/err")" ;;
    esac
    age_jobs
    fail_at=
    agent
    expect 0
    [[ ! -e $spool/$order ]] || echo "the order is left: $(cat "$tmp/first.err" "$tmp/err")"
    ids=$(images)
    if [[ -n $ids ]]; then
        holds raw "$ids" raw "$tmp/disk"
    elif ! failed; then
        echo "the order is lost: $(<"$tmp/first.err")"
    fi
    same "bad orders" "" "$(ls "$spool/bad")"
    same "the guest's disk" "$sum" "$(cksum <"$tmp/disk")"
    run recover
    expect 0
    nothing_left | grep -v "^image left"
}

with_faults check fresh agent
with_faults check fresh_done agent

done_testing
