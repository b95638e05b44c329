#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The whole way of a snapshot of a shut-off guest: what is asked of Glance, what
# arrives there, what is printed and what is left. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
confined=1
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

glance
config
disk qcow2 "$tmp/base.qcow2" 8M 1
disk qcow2 "$tmp/top.qcow2" 8M 9 -F qcow2 -b "$tmp/base.qcow2"
disk raw "$tmp/data.raw" 8M 3
vda=$(disk_xml vda qcow2 "$tmp/top.qcow2" "<backingStore type='file'>
  <format type='qcow2'/><source file='$tmp/base.qcow2'/><backingStore/></backingStore>")
vdb=$(disk_xml vdb raw "$tmp/data.raw")
cdrom="<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><target dev='hdc' bus='ide'/></disk>"
guest=$(guest_xml guest 5 "$vda$vdb$cdrom" "$(made_from)")
guests "$guest" "$(guest_xml alone 5 "$vdb")"

## One disk

run snapshot guest one --json
id=$(images)
result "one disk" "$(
    expect 0
    json "j['state'] == 'done' and j['domain'] == 'guest' and 'error' not in j"
    json "[i['id'] for i in j['images']] == ['$id']"
    json "(lambda i: (i['name'], i['disk'], i['disk_format'], i['store'], i['rule'])
           == ('one', 'vda', 'qcow2', 'fast', 'base-image'))(j['images'][0])"
    json "j['images'][0]['size'] == $(stat -c %s "$tmp/kept/$id")"
    json "[(s['step'], s['state']) for s in j['steps']]
          == [('image', 'kept'), ('folder', 'undone')]"
    holds qcow2 "$id" qcow2 "$tmp/top.qcow2"
    nothing_left | grep -v "image left: $id"
)"
result "what Glance is asked, in order" "$(same requests \
    "POST /v3/auth/tokens 201
GET /v2/info/stores/detail 200
GET /v2/images/ID 200
POST /v2/images 201
PUT /v2/images/ID/file 204
GET /v2/images/ID 200" "$(requests)")"
result "the headers of rule 3" "$(same headers "fast $base True" \
    "$(wire "'%s %s %s' % (r['headers']['x-image-meta-store'],
        r['headers']['x-openstack-base-image-ref'],
        int(r['headers']['content-length']) == r['bytes'])
        if r['method'] == 'PUT' else None")")"
# (libvirt's test driver says that each disk has 1 TiB.)
result "the image's record" "$(same "the record" \
    "one private qcow2 bare 1024 64 snapshot $(uuid_of guest) $base virtio" \
    "$(images "i['name'], i['visibility'], i['disk_format'], i['container_format'],
              i['min_disk'], i['min_ram'], i['image_type'], i['instance_uuid'],
              i['base_image_ref'], i['hw_disk_bus']")")"

# store NAME ARGUMENT…: a new Glance, and a snapshot into that store by that rule.
store() {
    local wanted=$1 rule=$2
    shift 2
    glance
    run snapshot "$@" --json
    result "store $wanted by rule $rule: $*" "$(
        expect 0
        json "(j['images'][0]['store'], j['images'][0]['rule']) == ('$wanted', '$rule')"
        same "its store in Glance" "$wanted" "$(images "i['stores']")"
    )"
}
store cheap user guest --store cheap
store reliable default alone
config 'store = cheap'
store cheap config guest
store fast user guest --store fast
config 'store = cheap' 'allow_user_store = false'
run snapshot guest --store fast
result "a store that users may not name" "$(expect 4; says 'allow_user_store')"
config

run snapshot guest --store nowhere
result "a store that there isn't" "$(
    expect 4
    says ".nowhere. was not found.*fast, cheap, reliable \(default\)"
    same "images" "" "$(images "i['name'] != 'x' and ''" | tr -d '\n')"
)"

## Formats

# as FORMAT ARGUMENT…: a snapshot in that format has the disk's content.
as() {
    local format=$1 id
    shift
    glance
    run snapshot guest "$@" --json
    id=$(images)
    result "format: $*" "$(
        expect 0
        json "j['images'][0]['disk_format'] == '$format'"
        holds "$format" "$id" qcow2 "$tmp/top.qcow2"
        same "the sum" "$(sha512sum "$tmp/kept/$id" | cut -d' ' -f1)" \
            "$(images "i['os_hash_value']")"
    )"
}
as raw --format raw
as qcow2 --format qcow2
as qcow2 --compress zlib
as qcow2 --compress zstd
config '[libvirt]' 'snapshot_image_format = raw'
as raw
config '[libvirt]' 'snapshot_compression = zstd'
as qcow2
config

# A raw disk that is full, of zeroes for the most part.
head -c 8M /dev/zero >"$tmp/full.raw"
qemu-io -f raw -c "write -q -P 7 1M 64k" "$tmp/full.raw" >/dev/null
guests "$(guest_xml guest 5 "$(disk_xml vda raw "$tmp/full.raw")")"
# full SIZE ARGUMENT…: an image of it is smaller than SIZE bytes.
full() {
    local size=$1
    shift
    glance
    run snapshot guest "$@" --json
    result "a disk full of zeroes: $*" "$(
        expect 0
        json "j['images'][0]['size'] <= $size"
        holds "$(show "j['images'][0]['disk_format']")" "$(images)" raw "$tmp/full.raw"
        nothing_left | grep -v "^image left"
    )"
}
full $((512 * 1024))
result "what it does first" "$(grep -q '^Looking for zeroes on disk vda: 8.0 MiB$' "$tmp/err" || cat "$tmp/err")"
full $((512 * 1024)) --compress zlib
full $((8 * 1024 * 1024)) --format raw
result "a raw image has all bytes" "$(cmp "$tmp/full.raw" "$tmp/kept/$(images)" 2>&1)"

# Other formats with as many zeroes as data, in a file that says nothing of them.
while read -r format options; do
    read -ra words <<<"$options"
    rm -f "$tmp/full.disk"
    qemu-img convert -f raw -O "$format" -S 0 "${words[@]}" "$tmp/full.raw" "$tmp/full.disk"
    guests "$(guest_xml guest 5 "$(disk_xml vda "$format" "$tmp/full.disk")")"
    full $((512 * 1024))
done <<'FORMATS'
qcow2
qcow2 -o preallocation=full
qed
vdi
vpc -o subformat=fixed,force_size=on
FORMATS

# Above a full disk of zeroes, a layer that has other ones, and says so. (With a
# length that is chosen by a sample, and with so few that all are read.)
for size in 32M 8M; do
    head -c $size /dev/zero >"$tmp/full.raw"
    qemu-io -f raw -c "write -q -P 7 1M 64k" "$tmp/full.raw" >/dev/null
    rm -f "$tmp/above.qcow2"
    qemu-img create -q -f qcow2 -F raw -b "$tmp/full.raw" "$tmp/above.qcow2" 64M
    qemu-io -c "write -q -P 8 3M 64k" -c "write -q -z 2M 512k" "$tmp/above.qcow2" >/dev/null
    qemu-img convert -O raw "$tmp/above.qcow2" "$tmp/full.raw.all"
    guests "$(guest_xml guest 5 "$(disk_xml vda qcow2 "$tmp/above.qcow2")")"
    glance
    run snapshot guest --json
    result "a layer above $size of zeroes" "$(
        expect 0
        json "j['images'][0]['size'] <= 1024 * 1024"
        holds qcow2 "$(images)" raw "$tmp/full.raw.all"
        nothing_left | grep -v "^image left"
    )"
done

# A few zeroes are not worth a look at all data.
qemu-img create -q -f qcow2 "$tmp/few.qcow2" 64M
qemu-io -c "write -q -P 5 0 32M" -c "write -q -P 0 256k 64k" "$tmp/few.qcow2" >/dev/null
guests "$(guest_xml guest 5 "$(disk_xml vda qcow2 "$tmp/few.qcow2")")"
glance
run snapshot guest --json
result "a disk with few zeroes" "$(
    expect 0
    ! grep -q 'Looking for zeroes' "$tmp/err" || echo "it was read twice"
    holds qcow2 "$(images)" qcow2 "$tmp/few.qcow2"
)"

# Disks of odd and of no size.
truncate -s 1049088 "$tmp/odd.raw"
qemu-io -f raw -c "write -q -P 9 1048576 512" "$tmp/odd.raw" >/dev/null
: >"$tmp/empty.raw"
guests "$(guest_xml guest 5 "$(disk_xml vda raw "$tmp/odd.raw")$(disk_xml vdb raw "$tmp/empty.raw")")"
for format in raw qcow2; do
    for disk in odd:vda empty:vdb; do
        glance
        run snapshot guest --disk "${disk#*:}" --format $format --json
        result "${disk%:*} size as $format" "$(
            expect 0
            holds $format "$(images)" raw "$tmp/${disk%:*}.raw"
        )"
    done
done
guests "$guest"

## Several disks

glance
run snapshot guest both --all-disks --json
result "all disks" "$(
    expect 0
    json "[(i['name'], i['disk'], i['store']) for i in j['images']]
          == [('both', 'vda', 'fast'), ('both-vdb', 'vdb', 'fast')]"
    holds qcow2 "$(images "i['id'] if i['name'] == 'both' else ''" | grep .)" qcow2 "$tmp/top.qcow2"
    holds qcow2 "$(images "i['id'] if i['name'] != 'both' else ''" | grep .)" raw "$tmp/data.raw"
    same "groups of images" 1 "$(images "i['virt_glance_snapshot']" | sort -u | wc -l)"
    same "their disks" "- vdb" "$(images "i.get('virt_glance_disk', '-')" | sort | xargs)"
)"
glance
run snapshot guest other --disk vdb --json
result "another disk" "$(
    expect 0
    json "[(i['disk'], i['rule']) for i in j['images']] == [('vdb', 'base-image')]"
    holds qcow2 "$(images)" raw "$tmp/data.raw"
)"

## What the image is like

glance
run snapshot guest dressed --property a=b --property c=d=e --tag x --tag y \
    --visibility community --protected --json
id=$(images)
result "property, tag, visibility, protected" "$(
    expect 0
    same "the record" "b d=e x,y community True" "$(images "i['a'], i['c'],
        ','.join(i['tags']), i['visibility'], i['protected']")"
    json "[(s['step'], s['state']) for s in j['steps']]
          == [('image', 'kept'), ('folder', 'undone'), ('protect', 'kept')]"
    same "PATCH requests" "PATCH /v2/images/ID 200" "$(requests | grep PATCH)"
)"

glance
run snapshot guest --dry-run --json
result "a dry run asks and changes nothing" "$(
    expect 0
    json "j['disks'][0]['store'] == 'fast' and j['disks'][0]['rule'] == 'base-image'"
    same requests "GET GET POST" "$(requests | cut -d' ' -f1 | sort | xargs)"
    nothing_left
)"

config 'copy_to_base_stores = true'
glance "{\"config\": {\"admin\": true}, \"images\": [{\"id\": \"11111111-2222-4333-8444-555555555555\",
  \"status\": \"active\", \"stores\": \"fast,cheap\", \"disk_format\": \"raw\", \"container_format\": \"bare\"}]}"
guests "$(guest_xml guest 5 "$vda" "$(made_from 11111111-2222-4333-8444-555555555555)")"
run snapshot guest copied --json
result "copies to the other stores of the base image" "$(
    expect 0
    json "j['images'][0]['copies'] == ['cheap']"
    same stores cheap,fast "$(images "i['stores'] if i.get('name') == 'copied' else ''" |
        grep . | tr , '\n' | sort | paste -sd,)"
)"

glance
guests "$guest"
run --debug snapshot guest looked
result "each layer that the XML names is opened once beforehand" "$(
    expect 0
    same "layers" "$tmp/top.qcow2 $tmp/base.qcow2" \
        "$(sed -n 's/.*qemu-img info.*"filename":"\([^"]*\)".*/\1/p' "$tmp/err" | xargs)"
)"

done_testing
