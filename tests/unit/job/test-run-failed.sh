#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What was asked for is a job, also if it failed before anything was done. Prints
# TAP.
# shellcheck disable=SC2119,SC2120 # optional arguments
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

glance
config
disk qcow2 "$tmp/a.qcow2" 8M
guests "$(guest_xml guest 5 "$(disk_xml vda qcow2 "$tmp/a.qcow2")" "$(made_from)")"

# recorded NAME STATUS CODE DOMAIN MORE ARGUMENT…: fails, and is the only job then, of
# which MORE is true.
recorded() {
    local name=$1 wanted=$2 code=$3 domain=$4 more=$5
    shift 5
    rm -rf "$tmp/state/jobs"
    run "$@"
    cp "$tmp/err" "$tmp/why"
    result "$name" "$(
        expect "$wanted"
        run jobs --json
        json "[(i['state'], i['error']['code'], i['domain'], i['steps'], i['images']) for i in j]
            == [('failed', '$code', '$domain', [], [])]"
        json "j[0]['finished'] >= j[0]['started'] > 0 and $more"
        same message "virt-glance: $(show "j[0]['error']['message']")" "$(tail -n 1 "$tmp/why")"
        nothing_left
    )"
}
# no_job NAME STATUS ARGUMENT…
no_job() {
    local name=$1 wanted=$2
    shift 2
    rm -rf "$tmp/state/jobs"
    run "$@"
    result "$name" "$(expect "$wanted"; [[ ! -e $tmp/state/jobs ]] || ls "$tmp/state/jobs")"
}

uuid=$(uuid_of guest)
rules '[{"path": "/v3/auth/tokens", "times": 0, "status": 401, "json": {}}]'
recorded "a wrong password" 5 authentication guest "j[0]['uuid'] == '$uuid'" snapshot guest one
rules '[{"path": "/v3.*", "times": 0, "status": 503, "json": {}}]'
recorded "Keystone is away" 6 unavailable guest "j[0]['uuid'] == '$uuid'" snapshot guest one
rules '[]'
recorded "an unknown store" 4 store guest "'backup_type' not in j[0]" snapshot guest --store nowhere
recorded "no such domain" 3 domain nosuch "'uuid' not in j[0] and j[0]['uri']" snapshot nosuch
run recover
result "nothing to recover" "$(expect 0; same said "Nothing to recover" "$(<"$tmp/out")")"
result "older versions read it, too" "$(same journal "failed 00000000-0000-0000-0000-000000000000" \
    "$(journals "j['state'] + ' ' + j['uuid']")")"
recorded "a backup without a policy" 2 usage guest "j[0]['uuid'] == '$uuid'" backup guest
recorded "a backup of nothing" 3 domain nosuch \
    "(j[0]['backup_type'], j[0]['rotation']) == ('daily', 7)" \
    backup nosuch --type daily --rotation 7
sed "s/^password.*//" "$tmp/conf" >"$tmp/poor"
chmod 600 "$tmp/poor"
recorded "no credentials" 2 configuration guest True --config "$tmp/poor" snapshot guest
recorded "no credentials for a backup" 2 configuration guest True --config "$tmp/poor" backup guest

no_job "a typo" 2 snapshot guest --nope
no_job "another" 2 snapshot guest --format vmdk
no_job "a dry run" 4 snapshot guest --store nowhere --dry-run
no_job "inspect" 3 inspect nosuch

run snapshot nosuch --json
id=$(show "j['id']")
run jobs --json
result "the failed command names its job" "$(json "j[0]['id'] == '$id'")"
run jobs
result "and so does the list" "$(grep -q "$id .* nosuch .* failed .*no domain 'nosuch'" "$tmp/out" ||
    cat "$tmp/out")"

rm -rf "$tmp/state/jobs"
run backup guest b --type weekly --rotation 3
result "a backup says what it is" "$(
    expect 0
    same journal "weekly 3" "$(journals "j['backup_type'] + ' ' + str(j['rotation'])")"
)"

## They don't fill the disk, nor do they push out what was done

# records HOW-MANY AGE: jobs that failed AGE seconds ago, before they began.
records() {
    /usr/bin/python3 - "$1" "$2" "$tmp/state/jobs" <<'END'
import json, sys, time
n, age, place = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
for i in range(n):
    began = int(time.time()) - age + i
    with open(f"{place}/{age:x}-{i}.json", "w", encoding="utf-8") as file:
        json.dump({"version": 1, "id": f"{age:x}-{i}", "domain": "guest", "kind": "snapshot",
                   "uuid": "00000000-0000-0000-0000-000000000000", "state": "failed",
                   "started": began, "started_us": began * 1000000, "error": "why"}, file)
END
}
states() { journals "j['state']" | sort | uniq -c | xargs; }
records 130 1000
run snapshot nosuch
result "a hundred are kept" "$(expect 3; same states "1 done 100 failed" "$(states)")"
rm "$tmp"/state/jobs/3e8-*
records 5 2592100
records 5 2591000
run snapshot nosuch
result "thirty days they are kept" "$(expect 3; same states "1 done 7 failed" "$(states)")"

config '[DEFAULT]' "state_path = $tmp/a.qcow2/state"
run snapshot nosuch
result "what can't be recorded" "$(expect 3; says "no domain 'nosuch'")"

done_testing
