#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Uploads that fail at their end, and whose images stay in the state "saving": the
# bytes of the same instant are sent again, to a new image. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"

config
disk qcow2 "$tmp/a.qcow2" 8M
disk raw "$tmp/b.raw" 8M 2
one=$(disk_xml vda qcow2 "$tmp/a.qcow2")
two=$one$(disk_xml vdb raw "$tmp/b.raw")
guests "$(guest_xml guest 1 "$one" "$(made_from)")" "$(guest_xml off 5 "$two" "$(made_from)")"

# stuck [TIMES [SKIP]]: a rule for uploads; Glance's database is locked at the end.
stuck() {
    printf '%s' '{"method": "PUT", "path": ".*/file", "status": 500, "at": 1, ' \
        '"leave": "saving", "json": {"message": "database is locked"}, ' \
        "\"times\": ${1-1}, \"skip\": ${2-0}}"
}
# undeleted TIMES: and it deletes no image.
undeleted() {
    printf '%s' '{"method": "DELETE", "path": "/v2/images/.*", "status": 409, ' \
        "\"json\": {\"message\": \"still saving\"}, \"times\": $1}"
}

# count METHOD PATH: of requests.
count() { requests | grep -cE "^$1 $2 "; }

# good NAME FORMAT FILE: the only image of that name is active, with the disk's bytes.
good() {
    same "states of $1" active "$(images "i['status'] if i['name'] == '$1' else ''" | xargs)"
    holds_disk "$@"
}

libvirt
rules "[$(stuck)]"
run snapshot guest one --json
id=$(show "j['images'][0]['id']")
result "a new image, of the same instant" "$(
    expect 0
    warns "disk vda is sent again, to a new image: .*HTTP 500.*database is locked.*'saving'"
    same "its id" "$(images)" "$id"
    same "uploads" 2 "$(count PUT '.*/file')"
    same "images made" 2 "$(count POST /v2/images)"
    same "images deleted" 1 "$(count DELETE '.*')"
    same "backup jobs" "begin vda end" "$(calls begin end)"
    same "the steps" "image undone, image kept" \
        "$(journals "', '.join(s['step'] + ' ' + s['state'] for s in j['steps'] if s['step'] == 'image')")"
    good one qcow2 "$tmp/a.qcow2"
    nothing_but_images
)"
result "with the same record and store" "$(
    same "records" "" "$(wire "
        {k: v for k, v in r['json'].items() if k != 'id'}
        if (r['method'], r['path']) == ('POST', '/v2/images') else None" | uniq -u)"
    same "stores" "fast fast" "$(wire "
        r['headers'].get('x-image-meta-store') if r['method'] == 'PUT' else None" | xargs)"
)"

libvirt
rules "[$(stuck 0)]"
run snapshot guest one
result "it is not tried for ever" "$(
    expect 6
    says 'HTTP 500.*database is locked.*req-.*saving'
    same "uploads" 2 "$(count PUT '.*/file')"
    nothing_live
)"

libvirt
rules '[{"method": "PUT", "path": ".*/file", "instead": 500}]'
run snapshot guest one
result "Glance was done with it nevertheless" "$(
    expect 0
    same "uploads" 1 "$(count PUT '.*/file')"
    good one qcow2 "$tmp/a.qcow2"
)"

libvirt
rules '[{"method": "PUT", "path": ".*/file", "cut": 1, "leave": "saving"}]'
run snapshot guest one
result "the connection is lost at the end" "$(
    expect 0
    same "uploads" 2 "$(count PUT '.*/file')"
    good one qcow2 "$tmp/a.qcow2"
    nothing_but_images
)"

libvirt
rules "[$(stuck 1 1)]"
run snapshot off all --all-disks --protected
result "the second of two disks" "$(
    expect 0
    same "uploads" 3 "$(count PUT '.*/file')"
    same "protected" "True True" "$(images "i.get('protected')" | xargs)"
    same "images" 2 "$(images | wc -l)"
    nothing_but_images
)"

libvirt
rules "[$(stuck), $(undeleted 1)]"
run snapshot guest one
result "Glance deletes the stuck image at the end" "$(
    expect 0
    good one qcow2 "$tmp/a.qcow2"
    nothing_but_images
)"

libvirt
rules "[$(stuck), $(undeleted 0)]"
run snapshot guest one --json
id=$(show "j['images'][0]['id']")
result "Glance doesn't delete the stuck image" "$(
    expect 8
    says "image $id of domain guest is active, but .*HTTP 409.*still saving"
    same "images" "active saving" "$(images "i['status']" | sort | xargs)"
)"
rules '[]'
run recover
result "recover does" "$(
    expect 0
    same "the image" "$id" "$(images)"
    good one qcow2 "$tmp/a.qcow2"
    nothing_but_images
)"

# Killed at the writes around that: before the new image, and after.
for at in 3-before 3-after 4-before 4-after 5-before; do
    libvirt
    rules "[$(stuck)]"
    kill_at=$at
    run snapshot off one
    kill_at=
    killed=$status
    age_jobs
    run recover
    result "killed at $at" "$(
        same "the status of the killed one" 137 "$killed"
        expect 0
        same "images" "$(journals "sum(s['state'] == 'kept' and s['step'] == 'image' for s in j['steps'])")" \
            "$(images | wc -l)"
        nothing_but_images
    )"
done

done_testing
