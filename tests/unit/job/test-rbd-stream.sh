#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A disk in Ceph is read from its snapshot and uploaded, to a store elsewhere; the
# snapshot is removed whatever happens. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/rbd.sh
. "$(dirname "$0")/../lib/rbd.sh"

off() {
    snapshot 0 --store cheap
    streamed
    is_quiet
    same "the store" cheap "$(record "['stores']")"
    same "the format" qcow2 "$(record "['disk_format']")"
    same "the steps" "image kept, rbd-snapshot undone" "$(steps)"
}

# A third of the disk is zero, and not sent.
sparse() {
    snapshot 0 --store cheap
    same "the size" $(((16 - 5 + 5) * 65536)) "$(image "['size']")"
}

# Without the right to ask for stores' types: the store may be in Ceph.
unknown_type() {
    control "{'config': {'detail': false}}"
    snapshot 0 --store cheap
    streamed
    same "the format" raw "$(record "['disk_format']")"
}

running() {
    new_guest running vda=rbd:vms/disk
    snapshot 0 --store cheap
    streamed
}

frozen() {
    devices=$agent
    new_guest running vda=rbd:vms/disk
    snapshot 0 --store cheap --quiesce require
    streamed
    [[ $(steps) == *'freeze undone'* ]] || fail "it was not frozen: $(steps)"
}

# The guest is itself a clone.
of_clone() {
    ceph as admin snap-create vms/disk@base
    ceph as admin clone vms/disk@base vms/child 2
    cp "$tmp/vms-disk" "$tmp/vms-child"
    ceph show >"$tmp/before"
    new_guest off vda=rbd:vms/child
    snapshot 0 --store cheap
    streamed vms-child
}

# As another format; with --compress a sample is read first.
converted() {
    snapshot 0 --store cheap "${@:2}"
    streamed
    same "the format" "$1" "$(record "['disk_format']")"
}

## The snapshot is lost

# its_snapshot: the one that the job has made.
its_snapshot() { ceph show | sed -n 's|^\(vms/disk@virt-glance-[^ ]*\) .*|\1|p'; }

# Somebody removes it while it is read: it is taken again, and what was uploaded
# is no image.
removed() {
    local images

    fault 'rbd_poll_io_events 1 hold'
    start_snapshot --store cheap
    wait_for held rbd_poll_io_events
    images=$(record "['id']")
    ceph as admin snap-rm "$(its_snapshot)"
    no_fault
    await 0
    warns_once 'snapshot virt-glance-.* of RBD image vms/disk was removed .*; '
    streamed
    same "the number of images" 1 "$(count_images)"
    [[ $(record "['id']") != "$images" ]] || fail "the image is the spoiled one"
    same "the number of snapshots" 2 "$(ceph_calls rbd_snap_create)"
}

# The same each time.
always_removed() {
    local try

    for ((try = 1; try <= 5; try++)); do
        # (Each time the line is another one, so that who was held goes on.)
        fault "rbd_set_image_notification $(printf '%0*d' "$try" 1) hold"
        ((try > 1)) || start_snapshot --store cheap
        wait_for held rbd_set_image_notification "$try"
        ceph as admin snap-rm "$(its_snapshot)"
    done
    no_fault
    await 1
    says '^virt-glance: failed after 5 attempts: snapshot .* was removed'
    nothing
}

## Errors

# fails STATUS REGEX FAULT…
fails() {
    local status=$1 regex=$2

    shift 2
    fault "$@"
    snapshot "$status" --store cheap
    no_fault
    says "^virt-glance: .*$regex"
    nothing
}

# What may be repeated, such as an upload that is cut, reads it again.
upload_cut() {
    control "{'rules': [{'method': 'PUT', 'cut': 0.5}]}"
    config
    snapshot 0 --store cheap
    streamed
    same "the number of uploads" 2 "$(asked PUT)"
}

upload_refused() {
    control "{'rules': [{'method': 'PUT', 'status': 413}]}"
    snapshot 1 --store cheap
    nothing
}

interrupted() {
    fault 'rbd_poll_io_events 1 hold'
    start_snapshot --store cheap
    wait_for held rbd_poll_io_events
    kill -INT "$pid"
    wait_for grep -q 'interrupted; undoing' "$tmp/err"
    no_fault
    await 130
    says '^virt-glance: the snapshot of domain guest was interrupted'
    nothing
}

# While Ceph tells what of it is data.
interrupted_in_map() {
    fault 'rbd_diff_iterate2 1 hold'
    start_snapshot --store cheap
    wait_for held rbd_diff_iterate2
    kill -TERM "$pid"
    wait_for grep -q 'interrupted; undoing' "$tmp/err"
    no_fault
    await 143
    nothing
}

it "a guest that is shut off" off
it "its zeroes" sparse
it "the store's type is unknown" unknown_type
it "a guest that runs" running
it "a guest that is frozen" frozen
it "a guest that is a clone" of_clone
it "raw" converted raw --format raw
it "compressed" converted qcow2 --compress zlib
it "its snapshot is removed" removed
it "its snapshot is removed each time" always_removed
it "no snapshot: no right" fails 5 'disk vda of domain guest: .*lacks permission' \
    'rbd_snap_create 1 EROFS'
it "no snapshot: one is there" fails 1 'there is one already' 'rbd_snap_create 1 EEXIST'
it "no snapshot: full" fails 1 'quota' 'rbd_snap_create 1 EDQUOT'
it "no snapshot: the answer is lost" fails 6 'answer in time' 'rbd_snap_create 1 after-ETIMEDOUT'
it "it can't be opened" fails 6 'disk vda of domain guest: .*answer in time' 'rbd_snap_set 1 ETIMEDOUT'
it "no map" fails 1 'disk vda of domain guest: .*Input/output error' 'rbd_diff_iterate2 1 EIO'
it "it can't be read" fails 1 'disk vda of domain guest: .*at offset 0 .*Input/output error' \
    'rbd_aio_read_result * EIO'
it "it is read in part" fails 1 'Input/output error' 'rbd_aio_read_result 1 =10'
it "no answer to a read" fails 6 'answer in time' 'rbd_aio_read_result 1 ETIMEDOUT'
it "no events of reads" fails 1 'Invalid argument' 'rbd_set_image_notification 1 EINVAL'
it "an upload that is cut" upload_cut
it "an upload that is refused" upload_refused
it "interrupted" interrupted
it "interrupted while it is looked at" interrupted_in_map
done_testing
