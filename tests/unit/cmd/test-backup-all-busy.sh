#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# "backup --all" and guests on which libvirt has a job of somebody else's, as while they
# migrate: they come last, and have failed only if that doesn't end. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"

config
for name in a b; do
    disk qcow2 "$tmp/$name.qcow2" 1M 1
done
guest() {
    guest_xml "$1" 1 "$(disk_xml vda qcow2 "$tmp/$1.qcow2")" \
        "<p:policy xmlns:p='urn:virt-glance:policy'><on event='backup' type='daily' rotation='1'/></p:policy>"
}
guests "$(guest a)" "$(guest b)"
others=$fake/job-$(uuid_of a)
# results: of each guest, as they came.
results() { show "[(g['domain'], g['result']) for g in j['guests']]"; }
waits() { [[ $(grep -c "Waiting: domain a has another active job" "$tmp/err") = 1 ]]; }
b_is_made() { images "i['name'], i['status']" | grep -q '^b.* active'; }

libvirt
mkdir -p "$others"
start backup --all --type daily --json
wait_for waits
wait_for b_is_made
rmdir "$others"
finish
result "it migrates meanwhile, in vain" "$(
    expect 0
    waits || echo "it does not say once that it waits: $(<"$tmp/err")"
    same "results" "[('b', 'done'), ('a', 'done')]" "$(results)"
    same "jobs" "done done" "$(journals "j['state']" | xargs)"
)"

libvirt "jobinfo $tmp/gone destroy" "jobinfo $tmp/gone undefine"
mkdir -p "$others"
start backup --all --type daily --json
wait_for waits
wait_for b_is_made
: >"$tmp/gone"
finish
rmdir "$others"
result "it has migrated" "$(
    expect 0
    same "results" "[('b', 'done'), ('a', 'skipped')]" "$(results)"
)"

libvirt "jobinfo $tmp/late skip 601"
mkdir -p "$others"
start backup --all --type daily --json
wait_for waits
: >"$tmp/late"
finish
rmdir "$others"
result "it does not end" "$(
    expect 7
    same "results" "[('b', 'done'), ('a', 'failed')]" "$(results)"
    json "[g['error']['code'] for g in j['guests'] if g['domain'] == 'a'] == ['busy']"
)"

done_testing
