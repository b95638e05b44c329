#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# virt-glance choose: which store somebody else's image belongs in, by its record,
# or as a snapshot of a guest. Prints TAP.
# shellcheck disable=SC2119,SC2120 # optional arguments
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config
disk qcow2 "$tmp/a.qcow2" 1M 1
vda=$(disk_xml vda qcow2 "$tmp/a.qcow2")
image="type='image' uuid='$base'"
spec="<n:extraSpecs><n:extraSpec name='image_service:store_id'>cheap</n:extraSpec></n:extraSpecs>"
snapshot=11111111-2222-4333-8444-555555555555

guests \
    "$(guest_xml plain 5 "$vda" "$(nova "$image")")" \
    "$(guest_xml flavor 5 "$vda" "$(nova "$image" "$spec")")" \
    "$(guest_xml volume 5 "$vda" "$(nova "type='volume' uuid='$base'")")" \
    "$(guest_xml unknown 5 "$vda")"

# glance_with MEMBERS: with a queued image $snapshot that has those, too.
glance_with() {
    glance "{\"images\": [{\"id\": \"$snapshot\", \"name\": \"s\", \"status\":
        \"queued\", \"disk_format\": null, \"container_format\": null, $1}]}" >/dev/null
}

# chosen STORE RULE KIND ARGUMENT…: Python's words for the first two.
chosen() {
    local store=$1 rule=$2 kind=$3
    shift 3
    run choose "$@" --json
    result "$store by $rule: $*" "$(
        expect 0
        json "(j.get('store'), j['rule'], j['kind']) == ($store, '$rule', '$kind')"
        same "what changed" "" "$(requests | grep -vE '^(GET|POST /v3/auth)')"
    )"
}

glance_with "\"image_type\": \"snapshot\", \"base_image_ref\": \"$base\""
chosen "'fast'" base-image snapshot --image $snapshot
chosen "'fast'" base-image snapshot --image $snapshot --domain plain
chosen "'cheap'" config snapshot --image $snapshot --domain flavor
chosen None default snapshot --image $snapshot --domain volume
run choose --image $snapshot
result "as text" "$(expect 0
    same "the line" "store: fast (it holds the base image $base)" "$(<"$tmp/out")")"

glance_with '"image_type": "backup", "image_service:store_id": "cheap"'
chosen "'cheap'" user backup --image $snapshot
glance_with '"image_type": "snapshot", "image_service:store_id": "nope"'
run choose --image $snapshot
result "a store that is not there" "$(expect 4; says "the store 'nope' was not found")"
glance_with '"base_image_ref": "x"'
chosen None none other --image $snapshot
run choose --image $snapshot
result "what is left alone" "$(expect 0
    same "the line" "store: Glance's default (it is no snapshot, backup or upload of a volume)" \
        "$(<"$tmp/out")")"

# Of a guest, before there is an image.
glance >/dev/null
chosen "'fast'" base-image snapshot --domain plain
chosen "'cheap'" config snapshot --domain flavor
chosen None default snapshot --domain volume
chosen None default snapshot --domain unknown
run choose --domain nobody
result "no such guest" "$(expect 3; says "nobody")"
run choose --image $snapshot
result "no such image" "$(expect 1; says "$snapshot")"

done_testing
