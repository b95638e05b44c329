#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Guests with several disks, in Ceph and elsewhere: all are of one instant, or
# there is no image. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/rbd.sh
. "$(dirname "$0")/../lib/rbd.sh"

# Two disks, in two pools.
two_pools() {
    ceph pool volumes
    ceph user nova "$key" 'vms=rw images=rw volumes=rw'
    new_disk volumes/data
    new_guest "$1" vda=rbd:vms/disk vdb=rbd:volumes/data
}

# ways_are WAY…: of all images of the result, in order.
ways_are() {
    same "the ways" "$*" "$(ways)"
}

both_cloned() {
    local a b

    ways_are clone clone
    same "the number of images" 2 "$(count_images)"
    a=$(image "['id']")
    b=$(show "j['images'][1]['id']")
    has "$a"
    has "$b" volumes-data
    ceph_is "images/$a 1048576" "images/$a@snap 1048576 protected" \
        "images/$b 1048576" "images/$b@snap 1048576 protected"
}

off() {
    two_pools off
    snapshot 0 --all-disks
    both_cloned
    same "the number of connections" 1 "$(ceph_calls rados_connect)"
}

# Frozen for the snapshots, and thawed.
frozen() {
    devices=$agent
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
    has "$(image "['id']")" volumes-data
    same "the number of snapshots" 1 "$(ceph_calls rbd_snap_create 'virt-glance-.*')"
}

# The second one can't be cloned.
second_streamed() {
    two_pools off
    fault 'rbd_clone3 2 EPERM'
    snapshot 0 --all-disks
    no_fault
    ways_are clone stream
    warns_once 'disk vdb is not cloned into store ceph but uploaded'
    same "the number of images" 2 "$(count_images)"
    cmp "$tmp/volumes-data" "$tmp"/kept/*
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
    ceph user nova "$key" 'vms=rw images=rw volumes=r'
    ceph user cinder "$other_key" 'volumes=rw images=rw'
    echo "$other_key" >"$secrets/cinder"
    rbd_auth2="<auth username='cinder'><secret type='ceph' usage='cinder'/></auth>"
    new_guest off vda=rbd:vms/disk vdb=rbd2:volumes/data
    snapshot 0 --all-disks
    both_cloned
    same "the number of connections" 2 "$(ceph_calls rados_connect)"
    ! grep -rF "$other_key" "$tmp/state" || fail "a key is written down"
}

## With a disk in a file, which qemu-nbd reads

with_file() {
    head -c 1M /dev/urandom >"$tmp/file.raw"
    new_guest "$1" vda=rbd:vms/disk "vdb=raw:$tmp/file.raw"
}

file_off() {
    with_file off
    snapshot 0 --all-disks --format raw
    ways_are clone read
    same "the number of images" 2 "$(count_images)"
    cmp "$tmp/file.raw" "$tmp"/kept/*
    has "$(image "['id']")"
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
    await 1
    says '^virt-glance: disk vdb of domain guest: '
    nothing
}

## Running, with disks that the hypervisor reads

# both_read: each image has what its disk had.
both_read() {
    ways_are read read
    cmp "$tmp/kept/$(image "['id']")" "$tmp/vms-disk"
    cmp "$tmp/kept/$(show "j['images'][1]['id']")" "$1"
    ceph_is
}

# The snapshot in Ceph and the backup job are made inside one freeze.
file_running() {
    devices=$agent
    with_file running
    snapshot 0 --all-disks --format raw
    ways_are clone read
    same "the calls" "freeze begin vdb thaw" "$(agent_calls)"
    cmp "$tmp/file.raw" "$tmp"/kept/*
    has "$(image "['id']")"
    [[ $(steps) == *'folder undone, folder undone, backup undone, rbd-snapshot undone, freeze undone, rbd-image kept'* ]] ||
        fail "the steps are $(steps)"
}

# No agent: only the hypervisor has both at one instant.
file_unfrozen() {
    with_file running
    snapshot 0 --all-disks --format raw
    both_read "$tmp/file.raw"
    same "the calls" "begin vda vdb" "$(agent_calls)"
    same "the number of snapshots" 0 "$(ceph_calls rbd_snap_create)"
}

# It was to be frozen, but can't be: that is found out when all is prepared.
not_frozen() {
    devices=$agent
    two_pools running
    printf '%s\n' "freeze * fail $unresponsive the agent hangs" >"$fake/faults"
    snapshot 0 --all-disks --format raw
    both_read "$tmp/volumes-data"
    warns 'not quiesced'
    same "the number of snapshots" 0 "$(ceph_calls rbd_snap_create 'virt-glance-.*')"
}

# The RBD snapshot fails: no backup job begins, and the guest is thawed.
thawed() {
    devices=$agent
    with_file running
    fault 'rbd_snap_create 1 EDQUOT'
    snapshot 1 --all-disks --format raw
    no_fault
    says '^virt-glance: .*quota'
    same "the calls" "freeze thaw" "$(agent_calls)"
    nothing
}

# The backup job fails: the RBD snapshot goes.
no_backup() {
    devices=$agent
    with_file running
    printf '%s\n' "begin * fail $internal no room" >"$fake/faults"
    snapshot 1 --all-disks --format raw
    says '^virt-glance: .*no room'
    same "the number of snapshots" 1 "$(ceph_calls rbd_snap_create 'virt-glance-.*')"
    nothing
}

# Without a key, the hypervisor reads what it has.
no_key() {
    rm "$secrets/$secret"
    new_guest running vda=rbd:vms/disk
    snapshot 0 --format raw
    same "the way" read "$(ways)"
    warns_once 'disk vda is read in full: .*no key for client.nova'
    cmp "$tmp/kept/$(image "['id']")" "$tmp/vms-disk"
}

# The guest stops while the file is read: all is of another instant then, the
# clone as well.
lost() {
    local clone

    devices=$agent
    with_file running
    echo 200000 >"$fake/cut"
    snapshot 0 --all-disks --format raw
    warns_once 'domain guest stopped (while disk vdb was read|meanwhile).*; '
    ways_are clone read
    clone=$(image "['id']")
    has "$clone"
    ceph_has "$clone"
    same "the number of clones" 2 "$(ceph_calls rbd_clone3)"
    same "the number of images" 2 "$(count_images)"
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
it "with a file, running and frozen" file_running
it "with a file, running and not frozen" file_unfrozen
it "two pools, running, and it can't be frozen" not_frozen
it "with a file, and no snapshot in Ceph" thawed
it "with a file, and no backup job" no_backup
it "running, without a key" no_key
it "with a file, and the instant is lost" lost
done_testing
