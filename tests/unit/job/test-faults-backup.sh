#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A backup with rotation, and an image of a libvirt snapshot, in which a call of libc
# fails: as in test-faults.sh; besides, an old backup is not deleted before there is
# a new one. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"
# shellcheck source=tests/unit/lib/faults.sh
. "$(dirname "$0")/../lib/faults.sh"

config
disk qcow2 "$tmp/base" 8M
sum=$(cksum <"$tmp/base")

fresh() {
    glance "${old-"{}"}"
    rm -rf "$tmp/state" "$tmp/run" "$tmp/scratch"
}

# check_all: an image that is kept has the content of the disk, which is as it was.
check_all() {
    local ids
    fault_status "$1"
    ids=$(fault_images)
    [[ -z $ids ]] || holds qcow2 "$ids" qcow2 "$tmp/base"
    same "the disk" "$sum" "$(cksum <"$tmp/base")"
    nothing_left | grep -v "^image left"
}

## A backup

guests "$(guest_xml guest 5 "$(disk_xml vda qcow2 "$tmp/base")")"
old="{\"images\": [{\"name\": \"old\", \"disk_format\": \"raw\", \"status\": \"active\",
    \"created_at\": \"2020-01-01T00:00:00Z\", \"image_type\": \"backup\",
    \"backup_type\": \"daily\", \"instance_uuid\": \"$(uuid_of guest)\"}]}"
fault_images() { images "i['id'] if i['name'] != 'old' else ''" | grep .; }

check() {
    local made=$status names
    check_all "$made"
    names=$(images "i['name']")
    if [[ $names != *old* ]]; then
        [[ -n $(fault_images) ]] || echo "no backup is left"
    elif [[ $made == 0 ]]; then
        echo "the old backup is left"
    fi
}

with_faults check fresh run backup guest new --type daily --rotation 1

## An image of a snapshot

unset old
fault_images() { images; }
qemu-img create -q -f qcow2 -b "$tmp/base" -F qcow2 "$tmp/overlay"
below=$(guest_xml guest 5 "$(disk_xml vda qcow2 "$tmp/base")" |
    sed 's/<test:runstate>.*<.test:runstate>//')
saved="<test:domainsnapshot><name>ext</name><state>shutoff</state>
    <creationTime>$(date +%s)</creationTime><memory snapshot='no'/><disks>
    <disk name='vda' snapshot='external'><driver type='qcow2'/>
    <source file='$tmp/overlay'/></disk></disks>$below<active>1</active>
    </test:domainsnapshot>"
guest=$(guest_xml guest 5 "$(disk_xml vda qcow2 "$tmp/overlay")" "$(made_from)")
guests "${guest/<test:runstate>/$saved<test:runstate>}"

check() { check_all "$status"; }
with_faults check fresh run snapshot guest one --from ext

done_testing
