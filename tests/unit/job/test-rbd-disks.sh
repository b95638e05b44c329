#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Guests with several disks, in Ceph and elsewhere: all are of one instant, or
# there is no image. Prints TAP.
# shellcheck disable=SC2119,SC2120 # arguments that may be left out
# shellcheck source=tests/unit/lib/rbd.sh
. "$(dirname "$0")/../lib/rbd.sh"

# Two disks, in two pools.
two_pools() {
    ceph pool volumes
    ceph user nova $key 'vms=rw images=rw volumes=rw'
    new_disk volumes/data
    ceph show >"$tmp/before"
    new_node "$1" vda=rbd:vms/disk vdb=rbd:volumes/data
}

# ways_are WAY…: of all images of the result, in order.
ways_are() {
    same "the ways" "$*" "$(json "$tmp/out" "' '.join(i['way'] for i in it['images'])")"
}

both_cloned() {
    local a b

    ways_are clone clone
    same "the number of images" 2 "$(images)"
    a=$(image "['id']")
    b=$(json "$tmp/out" "it['images'][1]['id']")
    ceph export "images/$a@snap" | cmp - "$tmp/vms-disk"
    ceph export "images/$b@snap" | cmp - "$tmp/volumes-data"
    ceph_is "images/$a 1048576" "images/$a@snap 1048576 protected" \
        "images/$b 1048576" "images/$b@snap 1048576 protected"
}

off() {
    two_pools off
    snapshot 0 --all-disks
    both_cloned
    same "the number of connections" 1 "$(calls rados_connect)"
}

# Frozen for the snapshots, and thawed.
frozen() {
    agent=yes
    two_pools running
    snapshot 0 --all-disks --quiesce require
    both_cloned
        [[ $(steps) == *'freeze undone'* ]] || fail "it was not frozen: $(steps)"
}

# One disk of those: the other one is left alone.
one_of_them() {
    two_pools off
    snapshot 0 --disk vdb
    ways_are clone
    ceph export "images/$(image "['id']")" | cmp - "$tmp/volumes-data"
    same "the number of snapshots" 1 "$(calls rbd_snap_create 'virt-glance-.*')"
}

# The second one can't be cloned.
second_streamed() {
    two_pools off
    fault 'rbd_clone3 2 EPERM'
    snapshot 0 --all-disks
    no_fault
    ways_are clone stream
    warns 'disk vdb is not cloned into store ceph but uploaded'
    same "the number of images" 2 "$(images)"
    same "the hash" "$(sha512sum <"$tmp/volumes-data" | cut -d' ' -f1)" \
        "$(json "$tmp/images" "[i['os_hash_value'] for i in it['images'] if i['os_hash_value']][0]")"
}

# What was made for the first one is taken back, even if its image is active.
fails() {
    local status=$1 regex=$2

    shift 2
    two_pools off
    fault "$@"
    snapshot "$status" --all-disks
    no_fault
    says "^virt-glance: .*$regex"
    nothing
}

# Users differ, and so do connections; to undo, each tries.
two_users() {
    two_pools off
    ceph user nova $key 'vms=rw images=rw volumes=r'
    ceph user cinder $other_key 'volumes=rw images=rw'
    echo $other_key >"$VG_FAKE_SECRETS/cinder"
    rbd_auth2="<auth username='cinder'><secret type='ceph' usage='cinder'/></auth>"
    new_node off vda=rbd:vms/disk vdb=rbd2:volumes/data
    snapshot 0 --all-disks
    both_cloned
    same "the number of connections" 2 "$(calls rados_connect)"
    ! grep -rF "$other_key" "$tmp/state" || fail "a key is written down"
}

## With a disk in a file, which qemu-nbd reads

with_file() {
    head -c 1M /dev/urandom >"$tmp/file.raw"
    new_node "$1" vda=rbd:vms/disk "vdb=raw:$tmp/file.raw"
}

file_off() {
    with_file off
    snapshot 0 --all-disks --format raw
    ways_are clone read
    same "the number of images" 2 "$(images)"
    same "the hash" "$(sha512sum <"$tmp/file.raw" | cut -d' ' -f1)" \
        "$(json "$tmp/images" "[i['os_hash_value'] for i in it['images'] if i['os_hash_value']][0]")"
    ceph export "images/$(image "['id']")@snap" | cmp - "$tmp/vms-disk"
    same "the steps" \
        "image kept, image kept, folder undone, rbd-snapshot undone, rbd-image kept, location kept" \
        "$(steps)"
}

# The file is not there any more: the clone goes, too.
file_missing() {
    with_file off
    fault 'rbd_flatten_with_progress 1 hold'
    start_snapshot --all-disks --format raw
    wait_for held rbd_flatten_with_progress
    rm "$tmp/file.raw"
    no_fault
    ends 1
    says '^virt-glance: disk vdb of domain guest: '
    nothing
}

it "two pools, shut off" off
it "two pools, running and frozen" frozen
it "one disk of two" one_of_them
it "the second one can't be cloned" second_streamed
it "the second snapshot can't be made" fails 6 'disk vdb of domain guest: snapshot .*answer' \
    'rbd_snap_create 2 after-ETIMEDOUT'
it "the second clone does not answer" fails 6 'disk vdb of domain guest: .*answer' \
    'rbd_clone3 2 after-ETIMEDOUT'
it "the second one is flattened in vain" fails 1 'disk vdb of domain guest: .*quota' \
    'rbd_flatten_object 20 EDQUOT'
it "two users" two_users
it "with a file, shut off" file_off
it "with a file that goes" file_missing
finish
