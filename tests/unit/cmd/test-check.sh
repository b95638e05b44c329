#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# virt-glance check: a host on which all is right, and one for each thing that is
# broken, which is named, with what to do. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck disable=SC2034 # of run.sh
confined=1
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

mkdir "$tmp/policy.d"
# configure [LINE…]: a configuration with policies; see config.
configure() { config "$@" '[agent]' "policy_directory = $tmp/policy.d"; }
disk raw "$tmp/a.raw" 1M 1
vda=$(disk_xml vda raw "$tmp/a.raw")
policy="<p:policy xmlns:p='urn:virt-glance:policy'>"
on="<on event='backup' type='daily' rotation='7' store='cheap'/>
    <on event='backup' type='auto' keep_weekly='4' keep_monthly='12'/>"

# fine: all is right again.
fine() {
    configure
    rm -f "$tmp"/policy.d/*
    printf '%s\n' '[all]' 'on = snapshot' 'domain = gue*' 'store = fast' >"$tmp/policy.d/a.conf"
    guests "$(guest_xml guest 1 "$vda" "$policy$on</p:policy>")"
    glance
    environment=()
}

# files: all there are, but for what the last run printed.
files() { find "$tmp" -not -path "$tmp/out" -not -path "$tmp/err" | sort; }

# finds NAME CHECK TEXT [ARGUMENT…]: the check fails, and names that problem, with
# something to do; as text and as JSON. Nothing is changed, and nothing left.
finds() {
    local name=$1 check=$2 text=$3 before
    shift 3
    before=$(files)
    run check "$@"
    result "$name" "$(
        expect 1
        grep -E "^problem +$check.*$text" "$tmp/out" | grep -q '; ' || cat "$tmp/out"
        grep -v '^warning: .* holds a secret' "$tmp/err"
        same "changes in Glance" "" "$(requests | grep -vE '^(GET|POST /v3/auth)')"
    )"
    run check --json "$@"
    result "$name, in JSON" "$(
        expect 1
        json "any(c['state'] == 'problem' and '$check'.startswith(c['check']) for c in j['checks'])"
        json "j['problems'] == sum(c['state'] == 'problem' for c in j['checks']) > 0"
        same "the files" "$before" "$(files)"
    )"
    fine
}

fine
mkdir -p "$tmp/state" "$tmp/run" "$tmp/scratch"
chmod 711 "$tmp" "$tmp/state" "$tmp/run"
run check
result "all is right" "$(
    expect 0
    for check in configuration credentials stores 'policy files' directories \
        'scratch space' AppArmor confinement domain; do
        grep -q "^ok  *$check" "$tmp/out" || echo "nothing about $check"
    done
    grep -v '^ok' "$tmp/out" | grep -v "^warning  hypervisor.*driver is TEST, not QEMU"
    grep -qF "domain guest: backup daily, keep 7, store cheap (the domain's metadata); backup auto, keep 4 weekly, 12 monthly (the domain's metadata);" \
        "$tmp/out" || cat "$tmp/out"
    grep -qF "snapshot, store fast ($tmp/policy.d/a.conf [all])" "$tmp/out" || cat "$tmp/out"
)"
run check --quiet
result "quiet" "$(expect 0; grep -v "^warning  hypervisor" "$tmp/out")"
run check --json
result "in JSON" "$(
    expect 0
    json "j['problems'] == 0 and j['warnings'] == 1"
    json "[c['policies'] for c in j['checks'] if c.get('subject') == 'guest'] == [[
        {'event': 'backup', 'from': 'the domain\'s metadata', 'backup_type': 'daily',
         'rotation': 7, 'store': 'cheap'},
        {'event': 'backup', 'from': 'the domain\'s metadata', 'backup_type': 'auto',
         'keep_weekly': 4, 'keep_monthly': 12},
        {'event': 'snapshot', 'from': '$tmp/policy.d/a.conf [all]', 'store': 'fast'}]]"
)"

confine=false # to confine takes a third of a second
fine

chmod 644 "$tmp/conf"
finds "a secret that others may read" configuration 'mode 644.*chmod 600'

chmod 640 "$tmp/conf"
finds "a secret that a group may read" configuration 'mode 640.*chmod 600'

rules '[{"method": "POST", "path": "/v3/auth/tokens", "status": 401, "times": 0}]'
finds "a wrong password" credentials "check the credentials"

configure '[glance]' 'auth_url = http://127.0.0.1:1/v3' 'num_retries = 0'
finds "no Keystone" credentials "check auth_url"

rules '[{"method": "GET", "path": ".*/info/stores.*", "status": 403, "times": 0}]'
finds "no role" stores "check the credentials in"

configure '[glance]' 'store = nope'
finds "a store that is not there" "stores nope" "Glance does not have.*virt-glance stores"

glance '{"config": {"stores": [{"id": "fast", "default": "true", "read-only": true}]}}'
configure '[glance]' 'store = fast'
finds "a store that is read-only" "stores fast" "read-only"

echo 'colour = red' >>"$tmp/policy.d/a.conf"
finds "a policy file that is wrong" "policy files" "a.conf: .*'colour' is not known"

configure '[libvirt]' "snapshots_directory = $tmp/conf/x"
finds "a directory that can't be made" "directories .*/conf/x" "snapshots_directory"

if [[ $EUID != 0 ]]; then
    mkdir "$tmp/closed"
    chmod 0 "$tmp/closed"
    configure '[DEFAULT]' "state_path = $tmp/closed/x"
    finds "a directory that we may not change" "directories .*/closed/x" "state_path"
    rmdir "$tmp/closed"
fi

configure '[libvirt]' 'scratch_reserve = 900T'
finds "too little space" "scratch space" "is free.*scratch_reserve"

finds "no libvirt" hypervisor "can't connect to libvirt" \
    -c 'qemu+unix:///system?socket=/nowhere'

mkdir "$tmp/bin"
environment=("PATH=$tmp/bin")
finds "no qemu-img" "confinement qemu-img" "install it"

guests "$(guest_xml guest 1 "$vda" "$policy<on event='backups'/></p:policy>")"
finds "a policy that is wrong" "domain guest" "unknown event 'backups'"

guests "$(guest_xml guest 1 "$vda" "$policy<on event='stopped' store='nope'/></p:policy>")"
finds "a policy with a store that is not there" "domain guest" "names the store nope"

rules '[{"method": "GET", "path": ".*/info/stores.*", "delay": 3, "times": 0}]'
finds "something that hangs" stores "no answer within 1 s" --timeout 1

guests "$(guest_xml guest 1 "$vda" "$policy<on event='stopped'/></p:policy>")"
run check
result "a policy that a running guest has" "$(
    expect 0
    grep -q 'domain guest: stopped (' "$tmp/out" || cat "$tmp/out"
    grep 'no effect' "$tmp/out"
)"

guests "$(guest_xml guest 1 "$vda" "<on xmlns='urn:virt-glance:policy' event='stopped'/>")"
run check
result "an element without effect is a warning" "$(
    expect 0
    grep -Eq "^warning  domain guest: <on> .*inside of <policy>; see" "$tmp/out" || cat "$tmp/out"
)"
fine

configure 'colour = red'
run check
result "a configuration that is wrong" "$(expect 2; says "conf:[0-9]+: .*colour")"
fine
run check --timeout 0
result "no time" "$(expect 2; says "--timeout")"

done_testing
