#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# "restore DOMAIN" of disks in Ceph: a clone of Glance's image, or its data; the old
# image is kept under another name. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/rbd.sh
. "$(dirname "$0")/../lib/rbd.sh"

# spoil [DISK]: the guest writes something else to its disk, $tmp/DISK-then.
spoil() {
    local disk=${1-vms/disk}

    head -c 1M /dev/urandom >"$tmp/${disk/\//-}-then"
    ceph as admin rm "$disk"
    ceph import "$tmp/${disk/\//-}-then" "$disk" 61
}

# imaged [OPTION…]: a guest whose image is in Glance, and its disk is another by now.
# $image is its id; $with are the lines of Ceph that it has besides.
imaged() {
    fake POST /_control "{\"config\": {\"keep\": \"$tmp/kept\"}}" >/dev/null
    mkdir -p "$tmp/kept"
    vg 0 snapshot guest one --json "$@"
    image=$(image "['id']")
    rm -rf "$tmp/state"
    spoil
    ceph show >"$tmp/before"
}

# restored [DISK]: the disk has the image's bytes, and the old one is kept.
restored() {
    local disk=${1-vms/disk}

    ceph export "$disk" | cmp - "$tmp/${disk/\//-}"
    ceph export "$disk.virt-glance-old-$job" | cmp - "$tmp/${disk/\//-}-then"
}
restore() {
    vg "$1" restore guest --json "${@:2}"
    [[ $1 != 0 ]] || job=$(show "j['job']")
}

from_clone() {
    imaged --store ceph
    restore 0 --dry-run
    [[ $(show "j['disks'][0]['parent']") == "images/$image@snap" ]]
    vg 0 restore guest --dry-run
    grep -q '^file: *rbd:vms/disk (the present one is kept)$' "$tmp/out"
    grep -q "^clone of: *images/$image@snap$" "$tmp/out"
    ceph_is
    fake POST /_control '{"forget": true}' >/dev/null
    restore 0
    restored
    is_quiet
    same "downloads" 0 "$(asked GET '/v2/images/.*/file')"
    ceph_is "vms/disk.virt-glance-old-$job 1048576"
    [[ $(show "j['disks'][0]['old']") == "rbd:vms/disk.virt-glance-old-$job" ]]
    same "the steps" "rbd-new undone, rbd-swap kept" "$(steps restore)"
    nothing_to_recover
    [[ $(ceph show) != *'<'* ]] || fail "it is a clone yet"
}

# [ceph] flatten = after: the guest may be started at once, whatever the size.
flattened_later() {
    imaged --store ceph
    new_config '[ceph]' 'flatten = after'
    fault 'rbd_flatten_object 2 hold'
    restore 0
    restored
    is_quiet
    [[ $(ceph show) == *"vms/disk 1048576 < images/$image@snap"* ]] || fail "it is no clone: $(ceph show)"
    wait_for held rbd_flatten_object
    # Another restore would take it from the flattening client.
    restore 1
    says "RBD image vms/disk can't be replaced: a client has it open for writing"
    no_fault
    job=$(journals "'$(uuid_of guest)' == j['uuid'] and j['state'] == 'done' and j['id'] or ''" | grep .)
    wait_for jobs_are 'flatten done, restore done, restore failed'
    restored
    ceph_is "vms/disk.virt-glance-old-$job 1048576"
    nothing_to_recover
}

# Where Glance shows no location, and has its store's cluster from the configuration.
from_config() {
    imaged --store ceph
    control "{'config': {'show_locations': false, 'stores': [
        {'id': 'cheap', 'type': 'file', 'default': true},
        {'id': 'ceph', 'type': 'rbd'}]}}"
    restore 0 --dry-run
    [[ $(show "j['disks'][0].get('parent')") == None ]]
    # In another cluster there may be an image of that name, too.
    new_config '[store:ceph]' "fsid = $other_fsid" 'rbd_store_pool = images'
    restore 0 --dry-run
    [[ $(show "j['disks'][0].get('parent')") == None ]]
    new_config '[store:ceph]' "fsid = $fsid" 'rbd_store_pool = images'
    restore 0
    restored
    [[ $(show "j['disks'][0]['parent']") == "images/$image@snap" ]]
}

from_data() {
    imaged --store cheap --format raw
    restore 0 --dry-run
    [[ $(show "j['disks'][0].get('parent')") == None ]]
    restore 0
    restored
    ceph_is "vms/disk.virt-glance-old-$job 1048576"
}

# An image in another format is converted in a file.
from_qcow2() {
    imaged --store cheap --format qcow2
    restore 0
    restored
    ceph_is "vms/disk.virt-glance-old-$job 1048576"
    [[ -z $(find "$tmp/scratch" -mindepth 1) ]] || fail "a file is left"
}

# The disk's user may not read Glance's pool: then Glance is asked for the data.
refused_clone() {
    imaged --store ceph
    cp "$tmp/vms-disk" "$tmp/kept/$image"
    ceph user nova "$key" 'vms=rw'
    restore 0
    warns "disk vda of domain guest is not cloned but downloaded: .*client.nova lacks permission"
    restored
    ceph_is "vms/disk.virt-glance-old-$job 1048576"
}

# Other bytes than Glance's hash says.
other_bytes() {
    imaged --store cheap --format raw
    control "{'rules': [{'method': 'GET', 'path': '/v2/images/.*/file', 'spoil': true}]}"
    restore 1
    says 'disk vda of domain guest: .*sha512 is'
    ceph_is
    nothing_to_recover
}

# Another image than Glance has is in the place.
other_size() {
    imaged --store ceph
    fake POST /_control "{\"changes\": {\"$image\": {\"size\": 4096}}}" >/dev/null
    restore 1
    says 'disk vda of domain guest: image .* has 4096 bytes in Glance, and images/.*@snap has 1048576'
    ceph_is
}

# Two disks, one in a file: all or none.
two_disks() {
    disk raw "$tmp/b.raw" 4M 3
    new_guest off vda=rbd:vms/disk "vdb=raw:$tmp/b.raw"
    cp "$tmp/b.raw" "$tmp/b1"
    vg 0 snapshot guest both --all-disks --json --store ceph
    rm -rf "$tmp/state"
    spoil
    ceph show >"$tmp/before"
    qemu-io -f raw -c 'write -q -P 9 0 64k' "$tmp/b.raw" >/dev/null
    cp "$tmp/b.raw" "$tmp/b2"
    fault 'rbd_rename 2 EIO'
    restore 1
    says "RBD image vms/disk.virt-glance-new-.* can't be renamed to vms/disk"
    no_fault
    ceph_is
    cmp "$tmp/b.raw" "$tmp/b2"
    nothing_to_recover
    restore 0
    restored
    qemu-img compare -q -f raw -F raw "$tmp/b.raw" "$tmp/b1"
    cmp "$tmp/b.raw.before-restore-$job" "$tmp/b2"
    rm "$tmp/b.raw"*
}

in_use() {
    imaged --store ceph
    watched vms/disk
    restore 1
    says "RBD image vms/disk can't be replaced: a client has it open for writing"
    unwatched
    ceph_is
    restore 0
    restored
}

unreachable() {
    imaged --store ceph
    fault 'rados_connect * ETIMEDOUT'
    restore 6
    says "disk vda of domain guest can't be restored: .*no monitor answered"
    no_fault
    ceph_is
}

bad_source() {
    imaged --store ceph
    sed -i "s|name='vms/disk'|name='vms/volume-$image'|" "$tmp/node.xml"
    restore 3
    says "vda .*: it is volume $image of Cinder"
    sed -i "s|name='vms/volume-$image'|name='vms/disk'|" "$tmp/node.xml"
    sed -i "s|name='vms/disk'|name='vms/disk@x'|" "$tmp/node.xml"
    restore 3
    says 'vda .*: it is a snapshot of an RBD image'
    sed -i "s|name='vms/disk@x'|name='vms/disk'|; s|type='raw'|type='qcow2'|" "$tmp/node.xml"
    restore 3
    says "vda .*: its format is 'qcow2' inside an RBD image"
}

discarded() {
    imaged --store ceph
    restore 0
    ceph as admin snap-create "vms/disk.virt-glance-old-$job@mine"
    cp "$tmp/vms-disk-then" "$tmp/file"
    ceph import "$tmp/file" vms/disk.virt-glance-old-notours 61
    vg 0 restore guest --discard-old --dry-run
    same "it would" "Would delete rbd:vms/disk.virt-glance-old-$job" "$(cat "$tmp/out")"
    ceph require-client 13
    ceph as admin clone "vms/disk.virt-glance-old-$job@mine" vms/child 2
    vg 0 restore guest --discard-old
    warns_once "rbd:vms/disk.virt-glance-old-$job stays: clones depend on it"
    ceph as admin rm vms/child
    watched "vms/disk.virt-glance-old-$job"
    vg 0 restore guest --discard-old
    warns_once "stays: a client has it open"
    unwatched
    vg 0 restore guest --discard-old --json
    [[ $(show "j['discarded']") == "['rbd:vms/disk.virt-glance-old-$job']" ]]
    ceph_is 'vms/disk.virt-glance-old-notours 1048576'
}

it "a clone of Glance's image" from_clone
it "a clone that is flattened later" flattened_later
it "a store that the configuration knows" from_config
it "an image that is not in Ceph" from_data
it "an image in another format" from_qcow2
it "a clone that Ceph refuses" refused_clone
it "other bytes" other_bytes
it "another size" other_size
it "a disk in Ceph and one in a file" two_disks
it "a disk that is in use" in_use
it "Ceph does not answer" unreachable
it "a source that is refused" bad_source
it "old disks" discarded

done_testing
