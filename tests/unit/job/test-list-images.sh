#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# "images": what Glance has of one guest, of all guests of this host, and of one that
# is on no host any more. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config
disk raw "$tmp/a.raw" 4M 1
disk raw "$tmp/b.raw" 2M 2
disks=$(disk_xml vda raw "$tmp/a.raw"; disk_xml vdb raw "$tmp/b.raw")
guests "$(guest_xml guest 5 "$disks")" "$(guest_xml other 5 "$disks")"
uuid=$(uuid_of guest)
capacity=1099506450432 # that the test driver tells of each disk

glance
run images
result "none yet" "$(
    expect 0
    same "what is printed" 2 "$(wc -l <"$tmp/out")"
)"
run backup guest both --all-disks --type daily --rotation 2 --quiet --store cheap
run snapshot guest one --quiet --store fast
run snapshot other two --quiet --store fast

# table: the columns but the time and the size.
table() {
    tail -n +3 "$tmp/out" | sed -E 's/[0-9-]{10} [0-9:]{8}//; s/[0-9.]+ [KMG]iB//' | tidy - | xargs -n 8
}
run images
result "all guests of this host" "$(
    expect 0
    same "its head" "Time Domain Kind Type Disks Store Size Restore XML Images" \
        "$(head -n 1 "$tmp/out" | xargs)"
    same "lines" "guest backup daily vda,vdb cheap yes yes ID,ID
guest snapshot - vda fast yes no ID
other snapshot - vda fast yes no ID" "$(table)"
)"
run images guest
result "one guest" "$(
    expect 0
    same "lines" "guest backup daily vda,vdb cheap yes yes ID,ID
guest snapshot - vda fast yes no ID" "$(table)"
    same "what Glance is asked for" "instance_uuid=$uuid" \
        "$(wire "r['query'].split('&')[-1] if r['path'] == '/v2/images' and r['method'] == 'GET' else None" | tail -n 1)"
)"
run images guest --type daily --json
result "one type, as JSON" "$(
    expect 0
    json "[len(j), j[0]['kind'], j[0]['type'], j[0]['domain']] == [1, 'backup', 'daily', 'guest']"
    json "j[0]['uuid'] == '$uuid' and j[0]['host'] == '$(hostname)' and j[0]['restorable']"
    json "[[i['disk'], i['root'], i['capacity'], i['stores']] for i in j[0]['images']] ==
        [['vda', True, $capacity, ['cheap']], ['vdb', False, $capacity, ['cheap']]]"
    json "j[0]['definition']"
    json "j[0]['size'] == sum(i['size'] for i in j[0]['images'])"
    json "j[0]['images'][0]['version'] == '$("$program" --version | cut -d' ' -f2)'"
    same "ids" "$(images "i['id'] if i['name'].startswith('both') else ''" | xargs)" \
        "$(show "' '.join(i['id'] for i in j[0]['images'])")"
)"
run images guest --last 1 --json
result "the last one" "$(expect 0; json "[i['images'][0]['name'] for i in j] == ['one']")"

# The host of the guest is gone, or libvirt.
guests "$(guest_xml other 5 "$disks")"
run images guest
result "a guest that is not here" "$(expect 3; says "give its UUID")"
run images "${uuid^^}" --json
result "its UUID" "$(
    expect 0
    json "[(i['domain'], len(i['images'])) for i in j] == [('guest', 2), ('guest', 1)]"
)"
rm "$tmp/node.xml"
run images "$uuid" --json
result "without libvirt" "$(expect 0; json "len(j) == 2")"
fake POST /_control "{\"images\": [{\"name\": \"nova's\", \"status\": \"active\",
    \"image_type\": \"snapshot\", \"instance_uuid\": \"$uuid\"}]}" >/dev/null
run images "$uuid" --json
result "an image that says little" "$(
    expect 0
    json "[k for s in j for i in s['images'] if i['name'] == 'nova\\'s' for k in i if k == 'capacity'] == []"
    json "len(j) == 3"
)"
run images
result "all guests, without libvirt" "$(expect 1; says "can't connect to libvirt")"

rules '[{"method": "GET", "path": "/v2/images", "status": 403, "times": 0}]'
run images "$uuid"
result "Glance refuses" "$(
    expect 5
    says "list images"
    [[ ! -s $tmp/out ]] || echo "something on stdout"
)"
for wrong in "--last -1" "--last x" "a b"; do
    # shellcheck disable=SC2086 # words
    run images $wrong
    result "images $wrong" "$(expect 2)"
done

done_testing
