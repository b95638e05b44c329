#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# [ceph] flatten = after: an image is active while it is still a clone, and a job
# of its own makes it stand alone, whatever happens meanwhile. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/rbd.sh
. "$(dirname "$0")/../lib/rbd.sh"

# Ceph and Glance allow it.
after() {
    ceph require-client 13
    ceph user glance "$key" 'images=rw vms=r'
    new_config '[ceph]' 'flatten = after'
}

id() { record "['id']"; }

# flattened: the image is whole, and nothing is left.
flattened() {
    local id

    id=$(id)
    wait_for jobs_are 'flatten done, snapshot done'
    has "$id"
    ceph_has "$id"
    nothing_to_recover
}

# flattening: the image is active, and its flattening is held at that object.
flattening() {
    after
    fault "rbd_flatten_object ${1-2} hold"
    snapshot 0
    wait_for held rbd_flatten_object
    flattener=$(process "$(journal flatten "j['id']")")
}

# process WORD: the number of the one that has it among its arguments. (The pattern
# doesn't match itself.)
process() {
    local file

    file=$(grep -lsxzE "${1%?}[${1: -1}]" /proc/[0-9]*/cmdline) || : # (some end meanwhile)
    file=${file%/*}
    echo "${file##*/}"
}

by_itself() {
    flattening
    same "the status" active "$(record "['status']")"
    same "the way" clone "$(ways)"
    is_quiet
    wait_for jobs_are 'flatten running, snapshot done'
    same "the steps of the snapshot" \
        'image kept, rbd-snapshot undone, rbd-image kept, location kept' "$(steps)"
    same "the steps of the flattening" 'rbd-snapshot begun, flatten begun' "$(steps flatten)"
    ceph show | grep -qE '^vms/disk@trash:virt-glance-'
    # Somebody who recovers leaves it alone.
    nothing_to_recover
    no_fault
    flattened
    same "the steps of the flattening" 'rbd-snapshot undone, flatten undone' "$(steps flatten)"
    # Its object maps, and its snapshot's, were left out until then.
    same "the number of maps" 2 "$(ceph_calls rbd_rebuild_object_map)"
    ! grep -rF "$key" "$tmp/state" || fail "a key is written down"
}

# The journal of the flattening has what tells of the image.
described() {
    flattening
    same "it" "guest $(id) ceph raw 1048576" "$(journal flatten \
        "' '.join([j['domain'], j['uuid'], j['images'][0]['store'],
        j['images'][0]['disk_format'], str(j['images'][0]['size'])])")"
    no_fault
    flattened
}

two_disks() {
    ceph pool volumes
    ceph user nova "$key" '*=rw'
    new_disk volumes/data
    new_guest off vda=rbd:vms/disk vdb=rbd:volumes/data
    after
    ceph user glance "$key" 'images=rw vms=r volumes=r'
    snapshot 0 --all-disks
    wait_for jobs_are 'flatten done, flatten done, snapshot done'
    same "the number of images" 2 "$(count_images)"
    ! ceph show | grep '<' || fail "there are clones"
    ! ceph show | grep trash || fail "there are snapshots"
}

## Where there is no "after"

format_1() {
    after
    ceph require-client 12
    snapshot 3
    says '^virt-glance: disk vda of domain guest: .*flatten = after.*format 2'
    nothing
}

# Its snapshots would stay clones.
no_deep_flatten() {
    new_disk vms/disk 29
    after
    snapshot 0
    cloned
    warns_once '.*flatten = after.*deep-flatten'
    jobs_are 'snapshot done'
}

# Glance may not read what it is a clone of.
glance_may_not() {
    after
    ceph user glance "$key" 'images=rw'
    snapshot 0
    cloned
    warns_once "image .* is flattened before it is active.*Glance's user in Ceph.*vms/disk.*HTTP 500"
    same "the number of PATCHes" 2 "$(asked PATCH)"
    wait_for jobs_are 'flatten done, snapshot done'
}

# … and flattening it before fails, too.
glance_may_not_in_vain() {
    after
    ceph user glance "$key" 'images=rw'
    fault 'rbd_flatten_object 2 EDQUOT'
    snapshot 1
    no_fault
    says '^virt-glance: disk vda of domain guest: .*quota'
    nothing
}

## In the middle

killed() {
    flattening "$1"
    kill -KILL "$flattener"
    no_fault
    wait_for jobs_are 'flatten to recover, snapshot done'
    vg 0 recover "$(journal flatten "j['id']")"
    flattened
}

# At each object, one after the other.
killed_often() {
    local object

    flattening 1
    kill -KILL "$flattener"
    for ((object = 1; object <= 17; object += 4)); do
        fault "rbd_flatten_object $object kill" 'rbd_flatten_detach 1 kill'
        vg 137 recover
    done
    no_fault
    vg 0 recover
    flattened
}

# Others work on it: it is tried again.
busy() {
    after
    fault "rbd_flatten_with_progress 1 $1"
    snapshot 0
    flattened
    same "the number of tries" 2 "$(ceph_calls rbd_flatten_with_progress)"
}

# It fails: that can be read, and is done later.
fails() {
    after
    fault "rbd_flatten_with_progress * $1"
    snapshot 0
    wait_for jobs_are 'flatten to recover, snapshot done'
    wait_for told
    vg "$2" recover
    says "^virt-glance: .*$3"
    vg 0 jobs --json
    show "[i['error']['message'] for i in j if i['kind'] == 'flatten'][0]" | grep -qE "$3"
    no_fault
    vg 0 recover
    flattened
}
told() { grep -q '"error"' "$(journal_file flatten)"; }

# Deleted before it is flattened: then there is nothing to do.
deleted() {
    local id

    flattening
    id=$(id)
    kill -KILL "$flattener"
    wait_for jobs_are 'flatten to recover, snapshot done'
    no_fault
    ceph as glance delete "images/$id"
    vg 0 recover
    wait_for jobs_are 'flatten done, snapshot done'
    ceph_is
}

# Glance can't delete it as long as it is worked on.
deleted_meanwhile() {
    local id status=0

    flattening
    id=$(id)
    ceph as glance delete "images/$id" || status=$?
    same "what Ceph says" 16 "$status"
    no_fault
    wait_for jobs_are 'flatten done, snapshot done'
    ceph as glance delete "images/$id" || [[ $? == 2 ]]
    ceph as glance rm "images/$id" || [[ $? == 2 ]]
    ceph_is
}

# The guest's disk is moved to the trash.
guest_deleted() {
    local id

    flattening
    id=$(id)
    ceph trash vms/disk
    no_fault
    wait_for jobs_are 'flatten done, snapshot done'
    has "$id"
    echo >"$tmp/before"
    ceph_has "$id"
}

# The process that was to do it can't be started.
not_started() {
    local folder=$tmp/copy

    after
    rm -rf "$folder"
    mkdir -p "$folder/.libs"
    cp "$builddir"/tests/unit/program/virt-glance "$folder"
    cp "$builddir"/tests/unit/program/.libs/*.so "$folder/.libs"
    program=$folder/virt-glance
    fault 'rbd_clone3 1 hold'
    start_snapshot
    wait_for held rbd_clone3
    chmod a-x "$program"
    no_fault
    await 0
    chmod a+x "$program"
    warns_once "image .* can't be flattened in the background: .*recover"
    jobs_are 'flatten to recover, snapshot done'
    vg 0 recover
    flattened
}

# What keeps the images fails: there is nothing to be flattened.
not_kept() {
    after
    control "{'rules': [{'method': 'PATCH', 'skip': 1, 'status': 403}]}"
    snapshot 5 --protected
    nothing
    jobs_are 'snapshot failed'
}

it "active at once, flattened by itself" by_itself
it "its journal" described
it "two disks" two_disks
it "clones of format 1" format_1
it "without deep-flatten: before" no_deep_flatten
it "Glance may not read the guests' pool: before" glance_may_not
it "Glance may not, and it can't be flattened" glance_may_not_in_vain
it "killed at the first object" killed 1
it "killed in the middle" killed 7
it "killed often" killed_often
it "somebody took its lock" busy =0
it "somebody looks at it" busy ENOENT
it "full" fails EDQUOT 1 'quota'
it "no answer" fails ETIMEDOUT 6 'answer in time'
it "deleted" deleted
it "to be deleted meanwhile" deleted_meanwhile
it "the guest is deleted meanwhile" guest_deleted
it "not started" not_started
it "not kept" not_kept
done_testing
