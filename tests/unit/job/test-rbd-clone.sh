#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A disk in Ceph is cloned into the store of the same cluster, and Glance is told
# where the image is; what Ceph or Glance refuse is uploaded instead, and other
# errors leave nothing. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/rbd.sh
. "$(dirname "$0")/../lib/rbd.sh"

all_steps='image kept, rbd-snapshot undone, rbd-image kept, location kept'

off() {
    snapshot 0
    cloned
    is_quiet
    same "the number of PATCHes" 1 "$(asked PATCH)"
    same "the address" "rbd://$fsid/images/$(image "['id']")/snap" \
        "$(record "['_locations'][0]['url']")"
    same "the steps" "$all_steps" "$(steps)"
    # Clones are of format 1: their parent is protected.
    same "the number of protections" 1 "$(ceph_calls rbd_snap_protect virt-glance-.*)"
}

running() {
    new_guest running vda=rbd:vms/disk
    snapshot 0
    cloned
    same "the steps" "$all_steps" "$(steps)"
}

format_2() {
    ceph require-client 13
    snapshot 0
    cloned
    same "the number of protections" 0 "$(ceph_calls rbd_snap_protect virt-glance-.*)"
}

# Glance's new API: an image's location is POSTed, and a task looks at it.
new_api() {
    control "{'config': {'api_minor': 17, 'service': true, 'show_locations': false,
        'location_polls': $1}}"
    snapshot 0
    cloned
    same "the number of POSTs" 1 "$(asked POST '.*/locations')"
    same "the number of PATCHes" 0 "$(asked PATCH)"
}

# A store that only the configuration says more of.
configured() {
    control "{'config': {'detail': false}}"
    new_config '[store:ceph]' "fsid = ${fsid^^}" 'rbd_store_pool = images'
    snapshot 0
    cloned
}

# The pool's name is escaped in the address.
odd_pool() {
    ceph pool 'our images'
    ceph user nova "$key" '*=rw'
    ceph user glance "$key" '*=rw'
    control "{'config': {'stores': [{'id': 'cheap', 'type': 'file', 'default': true},
        {'id': 'ceph', 'type': 'rbd', 'fsid': '$fsid', 'pool': 'our%20images'}]}}"
    new_config '[store:ceph]' "fsid = $fsid" 'rbd_store_pool = our images'
    control "{'config': {'detail': false}}"
    snapshot 0
    same "the way" clone "$(ways)"
    same "the address" "rbd://$fsid/our%20images/$(image "['id']")/snap" \
        "$(record "['_locations'][0]['url']")"
}

# The plan says it, and does nothing.
inspected() {
    vg 0 snapshot guest one --dry-run --json --store ceph
    same "the way" clone "$(show "j['disks'][0]['way']")"
    vg 0 inspect guest --json --store ceph
    same "the way" clone "$(show "j['disks'][0]['way']")"
    nothing
    same "the number of snapshots" 0 "$(ceph_calls rbd_snap_create)"
}

## Refused: uploaded instead, from the same snapshot

refused_by_glance() {
    control "{'config': {'show_locations': false}}"
    snapshot 0
    streamed
    warns_once 'disk vda is not cloned into store ceph but uploaded: .*HTTP 403.*show_multiple_locations'
    same "the steps" "image kept, rbd-snapshot undone, rbd-image undone, location undone" \
        "$(steps)"
    same "the number of DELETEs" 0 "$(asked DELETE)"
}

# By the new API: the task says no.
refused_by_task() {
    ceph pool other
    ceph user nova "$key" '*=rw'
    control "{'config': {'api_minor': 17, 'service': true, 'detail': false}}"
    new_config '[store:ceph]' "fsid = $fsid" 'rbd_store_pool = other'
    snapshot 0
    streamed
    warns_once 'disk vda is not cloned into store ceph but uploaded: .*Invalid location'
}

refused_by_new_api() {
    control "{'config': {'api_minor': 17, 'service': false, 'show_locations': false}}"
    snapshot 0
    streamed
    warns_once 'disk vda is not cloned into store ceph but uploaded: .*HTTP 403'
}

# Glance knows no store in that pool.
other_pool() {
    ceph pool other
    ceph user nova "$key" '*=rw'
    control "{'config': {'detail': false}}"
    new_config '[store:ceph]' "fsid = $fsid" 'rbd_store_pool = other'
    snapshot 0
    streamed
    warns_once 'disk vda is not cloned into store ceph but uploaded: .*HTTP 400'
}

# refused_by_ceph REGEX FAULT…
refused_by_ceph() {
    local regex=$1

    shift
    (($# == 0)) || fault "$@"
    snapshot 0
    no_fault
    streamed
    warns_once "disk vda is not cloned into store ceph but uploaded: .*$regex"
    same "the steps" "image kept, rbd-snapshot undone, rbd-image undone" "$(steps)"
}

no_rights() {
    ceph user nova "$key" 'vms=rw images=r'
    refused_by_ceph "images/.*client.nova lacks permission.*profile rbd"
}

# Not even to look whether there is anything.
no_caps() {
    ceph user nova "$key" 'vms=rw'
    refused_by_ceph "images/.*client.nova lacks permission.*profile rbd"
}

no_pool() {
    control "{'config': {'detail': false}}"
    new_config '[store:ceph]' "fsid = $fsid" 'rbd_store_pool = nope'
    refused_by_ceph "pool nope of the Ceph cluster $fsid"
}

# What is known beforehand is no refusal: the plan says it.
planned_stream() {
    snapshot 0 "$@"
    is_quiet
    same "the number of clones" 0 "$(ceph_calls rbd_clone3)"
    ceph_is
    same "the way" stream "$(ways)"
}

no_layering() {
    new_disk vms/disk 60
    planned_stream
    streamed
}

other_cluster() {
    control "{'config': {'stores': [{'id': 'cheap', 'type': 'file', 'default': true},
        {'id': 'ceph', 'type': 'rbd', 'fsid': '$other_fsid', 'pool': 'images'}]}}"
    planned_stream
    streamed
}

## Other errors: nothing is left

# fails STATUS REGEX [FAULT…]
fails() {
    local status=$1 regex=$2

    shift 2
    (($# == 0)) || fault "$@"
    snapshot "$status"
    no_fault
    says "^virt-glance: .*$regex"
    nothing
}

# Glance has another size than the clone.
wrong_size() {
    control "{'config': {'ceph': []}}"
    ceph user glance "$key" '*=rw'
    fails 1 'disk vda of domain guest: image .* has 4096 bytes in Glance, but the clone has 1048576'
}

# Two stores are in that pool, and Glance takes the first.
wrong_store() {
    control "{'config': {'detail': false,
        'stores': [{'id': 'first', 'type': 'rbd', 'fsid': '$fsid', 'pool': 'images', 'default': true},
        {'id': 'ceph', 'type': 'rbd', 'fsid': '$fsid', 'pool': 'other'}]}}"
    new_config '[store:ceph]' "fsid = $fsid" 'rbd_store_pool = images'
    fails 4 'Glance takes pool images .* for another store than ceph; see \[store:ceph\]'
}

# By the new API: what Glance took back, it may have deleted.
taken_back() {
    control "{'config': {'api_minor': 17, 'service': true,
        'location_fail': 'it is cursed'}}"
    fails 1 'it is cursed; it may have deleted the data'
}

# The image is deleted before Glance is told.
deleted() {
    control "{'rules': [{'method': 'PATCH', 'status': 404, 'leave': 'deleted'}]}"
    fails 1 'disk vda of domain guest: '
}

# Glance is broken: the clone was flat, so that is not why.
broken() {
    control "{'rules': [{'method': 'PATCH', 'status': 500}]}"
    fails 6 'disk vda of domain guest: '
    same "the number of flattenings" 1 "$(ceph_calls rbd_flatten_with_progress)"
}

# What Glance answered is lost: it has the image.
lost() {
    control "{'rules': [{'method': 'PATCH', 'lost': true}]}"
    snapshot 0
    cloned
}

it "a guest that is shut off" off
it "a guest that runs" running
it "clones of format 2" format_2
it "Glance's new API" new_api 1
it "Glance's new API, slowly" new_api 2
it "a store by the configuration" configured
it "a pool with a blank" odd_pool
it "only looked at" inspected
it "Glance takes no locations: uploaded" refused_by_glance
it "Glance's task takes it not: uploaded" refused_by_task
it "Glance's new API is not for us: uploaded" refused_by_new_api
it "no store of Glance's: uploaded" other_pool
it "no right to the pool: uploaded" no_rights
it "no caps for the pool: uploaded" no_caps
it "no such pool: uploaded" no_pool
it "Ceph can't clone: uploaded" refused_by_ceph 'Invalid argument' 'rbd_clone3 1 EINVAL'
it "Ceph can't say its format: uploaded" refused_by_ceph \
    'not say which clients' 'rados_get_min_compatible_client 2 EIO'
it "no protection: uploaded" refused_by_ceph "can't be protected" 'rbd_snap_protect 1 EPERM'
it "the clone says nothing: uploaded" refused_by_ceph \
    'not say what it is like' 'rbd_get_size 2 EIO'
it "half a clone: uploaded" refused_by_ceph 'Input/output error' 'rbd_clone3_begun 1 EIO'
it "without layering: planned so" no_layering
it "another cluster: planned so" other_cluster
it "qcow2: planned so" planned_stream --format qcow2
it "Ceph does not answer" fails 6 'did not answer in time' 'rbd_clone3 1 ETIMEDOUT'
it "Ceph's answer is lost" fails 6 'did not answer in time' 'rbd_clone3 1 after-ETIMEDOUT'
it "the pool is full" fails 1 'quota of its pool' 'rbd_clone3 1 EDQUOT'
it "full while it is flattened" fails 1 'is full' 'rbd_flatten_object 3 ENOSPC'
it "no answer while it is flattened" fails 6 'answer in time' 'rbd_flatten_object 16 ETIMEDOUT'
it "its snapshot can't be made" fails 6 'snapshot snap .*answer in time' \
    'rbd_snap_create 2 after-ETIMEDOUT'
it "its snapshot can't be protected" fails 6 'snapshot snap .*answer in time' \
    'rbd_snap_protect 2 ETIMEDOUT'
it "another size in Glance" wrong_size
it "another store in Glance" wrong_store
it "taken back by Glance" taken_back
it "deleted in the middle" deleted
it "Glance is broken" broken
it "Glance's answer is lost" lost
done_testing
