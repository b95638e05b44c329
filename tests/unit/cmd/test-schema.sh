#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the commands print with --json and --progress json, also when they fail, is
# as the schema has it. Prints TAP.
# shellcheck disable=SC2119,SC2120 # optional arguments
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

schema=$srcdir/docs/virt-glance-1.schema.json
glance
config
disk qcow2 "$tmp/a.qcow2" 8M 1
disk raw "$tmp/b.raw" 8M 2
vda=$(disk_xml vda qcow2 "$tmp/a.qcow2")
guests "$(guest_xml guest 5 "$vda" "$(made_from)")" \
    "$(guest_xml two 5 "$vda$(disk_xml vdb raw "$tmp/b.raw")")"

mkdir "$tmp/printed"
number=0
# keep COMMAND: what it has just printed, to be validated.
keep() {
    number=$((number + 1))
    cp "$tmp/out" "$tmp/printed/$1-$number.json"
}

# prints COMMAND STATUS EXPRESSION ARGUMENT…: --json prints an object of which that
# is true.
prints() {
    local name=$1 wanted=$2 expression=$3
    shift 3
    run "$name" --json "$@"
    keep "$name"
    result "$name $*, status $wanted" "$(expect "$wanted"; json "$expression")"
}

# fails COMMAND STATUS CODE TEXT ARGUMENT…
fails() {
    local name=$1 wanted=$2 code=$3 text=$4
    shift 4
    prints "$name" "$wanted" \
        "j['error']['code'] == '$code' and \"$text\" in j['error']['message']
         and j['error']['hint']" "$@"
    result "the same on stderr" "$(says "$text")"
}

## Results

md5='len(j["images"][0]["checksum"]) == 32'
prints snapshot 0 "j['state'] == 'done' and 'error' not in j and $md5
    and j['images'][0]['os_hash_algo'] == 'sha512' and len(j['images'][0]['os_hash_value']) == 128" \
    guest one
result "hashes are Glance's" "$(
    same checksum "$(show "j['images'][0]['checksum']")" \
        "$(images "i['checksum']")"
)"
prints snapshot 0 "len(j['disks']) == 2" two x --all-disks --dry-run
prints snapshot 0 "len(j['images']) == 2" two both --all-disks
prints backup 0 "j['deleted'] == [] and j['images']" guest b --type daily --rotation 1
prints backup 0 "len(j['deleted']) == 1" guest c --type daily --rotation 1
prints backup 0 "len(j['deleted']) == 1 and 'id' not in j" guest --type daily --rotation 0 \
    --delete-all
prints inspect 0 "j['domain'] == 'guest'" guest
prints inspect 0 "j['domain']" --xml "$srcdir/tests/data/domain/plain.xml"
prints stores 0 "len(j) == 3" --quiet
prints choose 0 "j['kind'] == 'snapshot'" --domain guest
prints jobs 0 "[i['state'] for i in j] == ['done'] * 4"
prints recover 0 "j == {'recovered': 0, 'version': 1}"

## Failures

fails snapshot 2 usage "an argument is missing"
fails snapshot 2 usage "Unknown option --nope" --nope
fails snapshot 2 usage "image's name" guest ''
fails snapshot 3 domain "no domain 'nosuch'" nosuch
fails snapshot 3 disk "no disk 'vdz'" guest --disk vdz
fails snapshot 4 store "store 'nowhere' was not found" guest --store nowhere
fails backup 2 usage "no backup policy" guest
fails inspect 3 domain "no domain 'nosuch'" nosuch
fails inspect 2 usage "either a domain or --xml"
fails choose 2 usage "expected --image"
fails cancel 1 no-job "no job or order '0'" 0
fails recover 1 no-job "unknown job 0" 0
fails jobs 2 usage "too many arguments" x
fails jobs 2 configuration "$tmp/none" --config "$tmp/none"
run --json agents
cp "$tmp/out" "$tmp/printed/agent-0.json"
result "no such command" "$(expect 2; json "j['error']['code'] == 'usage'")"
rules '[{"path": "/v3/auth/tokens", "times": 0, "status": 401, "json": {}}]'
fails snapshot 5 authentication "HTTP 401" guest
fails stores 5 authentication "HTTP 401"
rules '[{"path": "/v2/.*", "times": 0, "status": 503, "json": {}}]'
fails stores 6 unavailable "HTTP 503"

# The job so far: what was undone.
rules '[{"method": "PUT", "path": "/v2/images/.*/file", "times": 0, "status": 413, "json": {}}]'
fails snapshot 1 quota "HTTP 413" guest refused
result "it has the job" "$(
    json "j['state'] == 'failed' and j['domain'] == 'guest' and len(j['images']) == 1
          and [s['state'] for s in j['steps']] == ['undone'] * len(j['steps'])"
)"
id=$(show "j['id']")
prints jobs 0 "[i['error']['code'] for i in j if i['id'] == '$id'] == ['quota']"

# Its images are there, but not all could be tidied up: they are printed, too.
rules '[]'
other=8d9a1f4e-6c2b-4f0e-9a57-3f1f0c6b2d10
guests "$(guest_xml guest 5 "$vda" "$(made_from $other)")"
config 'copy_to_base_stores = true'
glance "{\"images\": [{\"id\": \"$other\", \"name\": \"base\", \"status\": \"active\",
    \"disk_format\": \"qcow2\", \"container_format\": \"bare\", \"stores\": \"fast,cheap\"}],
    \"config\": {\"import_fail\": [\"cheap\"]}}"
fails snapshot 1 copy "could not be copied to" guest copied
result "an image that stays" "$(
    json "j['images'][0]['id'] == '$(images | tail -n 1)' and j['images'][0]['size'] > 0"
)"
config
guests "$(guest_xml guest 5 "$vda" "$(made_from)")"

## Progress

glance
run snapshot guest progress --json --progress json --quiet
keep snapshot
cp "$tmp/err" "$tmp/printed/progress-0.lines"
result "progress as JSON" "$(
    expect 0
    same "the events, once each" "job phase progress" \
        "$(grep -o '"event": *"[a-z]*"' "$tmp/err" | cut -d'"' -f4 | sort -u | xargs)"
    tail -n 1 "$tmp/err" | grep -q '"percent": *100' || tail -n 1 "$tmp/err"
    grep -q "\"job\": *\"$(show "j['id']")\"" "$tmp/err" || cat "$tmp/err"
)"
rules '[{"method": "PUT", "path": "/v2/images/.*/file", "times": 0, "status": 413, "json": {}}]'
run --progress json snapshot guest failing
cp "$tmp/err" "$tmp/printed/progress-1.lines"
result "a failure as JSON" "$(
    expect 1
    tail -n 1 "$tmp/err" | grep -q '"event": *"error"' || tail -n 1 "$tmp/err"
    grep -q '"code": *"quota"' "$tmp/err" || cat "$tmp/err"
    [[ ! -s $tmp/out ]] || cat "$tmp/out"
)"
run snapshot guest --progress bar
result "a progress that is none" "$(expect 2; says "--progress is text or json, not 'bar'")"

## Of several guests, and of images

mkdir "$tmp/policy.d"
printf '%s\n' '[all]' 'on = backup' 'domain = *' 'type = daily' 'rotation = 1' 'store = fast' \
    '[weeks]' 'on = backup' 'domain = *' 'type = weekly' 'keep_weekly = 4' \
    >"$tmp/policy.d/a.conf"
config '[agent]' "policy_directory = $tmp/policy.d"
guests "$(guest_xml guest 5 "$vda" "$(made_from)")" \
    "$(guest_xml two 5 "$(disk_xml vda raw "$tmp/b.raw")")"
glance
prints backup 0 "j['domain'] == 'guest' and j['deleted'] == []" guest --dry-run
prints backup 0 "j['planned'] == 2 and [g['plan']['version'] for g in j['guests']] == [1, 1]" \
    --all --type daily --dry-run
prints backup 0 "j['done'] == 2 and 'error' not in j" --all --type daily
prints backup 0 "j['skipped'] == 2" --all --type daily --unless-newer 20h
prints images 0 "len(j) == 1 and j[0]['kind'] == 'backup'" guest
image=$(show "j[0]['images'][0]['id']")
prints restore 0 "j['space'] > 0" "$image" --to "$tmp/restored" --dry-run
prints restore 0 "j['file'] == '$tmp/restored' and j['hash_algo']" "$image" --to "$tmp/restored"
prints restore 0 "'job' not in j and j['disks'][0]['space'] > 0" guest --dry-run
prints restore 0 "j['job'] and j['disks'][0]['old']" guest
prints jobs 0 "[x['state'] for x in j if x['kind'] == 'restore'] == ['done']"
prints restore 0 "len(j['discarded']) == 1" guest --discard-old
cp "$tmp/node.xml" "$tmp/both.xml"
guests "$(guest_xml two 5 "$(disk_xml vda raw "$tmp/b.raw")")"
mkdir "$tmp/back"
back=(--define --instance "$(uuid_of guest)" --directory "$tmp/back")
prints restore 0 "j['space'] > 0 and j['definition'] and 'job' not in j" "${back[@]}" --dry-run
prints restore 0 "j['job'] and j['disks'][0]['file'] == '$tmp/back/guest-vda.qcow2'" "${back[@]}"
fails restore 1 failed "exists already" "${back[@]}"
cp "$tmp/both.xml" "$tmp/node.xml"
prints prune 0 "j['deleted'] == []" --instance "$(uuid_of guest)" --type daily --rotation 1
run check --json
keep check
result "a check" "$(
    json "(j['problems'] > 0) == ($status == 1) and 'error' not in j"
    json "any('keep_weekly' in p for c in j['checks'] for p in c.get('policies', []))"
)"
prints cancel 0 "j['cancelled'] == []" --domain guest
rm "$tmp/b.raw"
fails backup 3 disk "of 1 of 2 guests" --all --type daily
result "the guest that failed has its job" "$(
    json "(j['done'], j['failed']) == (1, 1)"
    json "[(g['error']['code'], g['status'], g['job']['state'], g['job']['domain'])
           for g in j['guests'] if g['result'] == 'failed'] == [('disk', 3, 'failed', 'two')]"
)"
fails images 3 domain "no domain 'nosuch'" nosuch
fails images 2 usage "--last takes" guest --last=-1
fails restore 3 domain "restore needs --to" "$image"
fails restore 1 failed "$tmp/restored" "$image" --to "$tmp/restored"
fails check 2 usage "--timeout must be" --timeout 0
fails cancel 2 usage "give a job, or --domain"
fails prune 2 usage "--instance is missing"
fails backup 2 usage "--all needs --type" --all
rules '[{"method": "GET", "path": "/v2/images", "times": 0, "status": 403, "json": {}}]'
fails prune 5 forbidden "can't be listed" --instance "$(uuid_of guest)" --rotation 1
result "with what it deleted" "$(json "j['deleted'] == []")"
rules '[]'

result "all that was printed is as the schema has it" "$(
    /usr/bin/python3 "$srcdir/tests/unit/lib/schema.py" "$schema" "$tmp/printed" 2>&1
)"
result "all of it was looked at" "$(
    (($(find "$tmp/printed" -type f | wc -l) > 50)) || find "$tmp/printed"
)"

done_testing
