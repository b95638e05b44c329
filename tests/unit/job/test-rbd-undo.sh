#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Snapshots of guests in Ceph that are interrupted, and what can't be taken back
# at once: it stays as long as others need it, and "recover" does it later. Prints
# TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/rbd.sh
. "$(dirname "$0")/../lib/rbd.sh"

## Interrupted

# at STATUS SIGNAL PLACE: held there, it gets the signal.
at() {
    fault "$3 hold"
    start_snapshot
    wait_for held "${3% *}"
    kill "-$2" "$pid"
    wait_for grep -q 'interrupted; undoing' "$tmp/err"
    no_fault
    await "$1"
    says '^virt-glance: the snapshot of domain guest was interrupted'
    nothing
}

# While Glance has not answered.
at_glance() {
    control "{'rules': [{'method': 'PATCH', 'stall': 1}]}"
    start_snapshot
    wait_for patched
    kill -INT "$pid"
    await 130
    nothing
}
patched() { [[ $(asked PATCH) == 1 ]]; }

# By the command "cancel".
cancelled() {
    local job

    fault 'rbd_flatten_object 3 hold'
    environment+=(G_MESSAGES_DEBUG=virt-glance)
    start_snapshot
    wait_for held rbd_flatten_object
    job=$(journal snapshot "j['id']")
    set_command cancel "$job"
    "${command[@]}" >"$tmp/cancel" 2>&1 8>&- 7>&- 6<&- &
    cancel=$!
    wait_for grep -q "job $job: cancelled" "$tmp/err"
    no_fault
    await 9
    wait "$cancel" || fail "cancel failed: $(cat "$tmp/cancel")"
    nothing
    same "the job" failed "$(journal snapshot "j['state']")"
}

# In the background nothing is interrupted with it.
cancelled_after() {
    ceph require-client 13
    ceph user glance "$key" 'images=rw vms=r'
    new_config '[ceph]' 'flatten = after'
    at 130 INT 'rbd_clone3_made 1'
    jobs_are 'snapshot cancelled'
}

## What can't be taken back at once

# leaves STATUS REGEX: so it ends; recover ends with 0 later.
leaves() {
    snapshot "$1"
    says "^virt-glance: .*$2"
    says "run 'virt-glance recover'"
}

# Somebody else made a clone of the job's snapshot; format 1, so it holds it.
with_children() {
    fault 'rbd_flatten_object 1 hold'
    start_snapshot
    wait_for held rbd_flatten_object
    snapshot=$(ceph show | sed -n 's|^\(vms/disk@virt-glance-[^ ]*\) .*|\1|p')
    ceph as admin clone "$snapshot" vms/other 1
    no_fault
    await 8
    says "^virt-glance: image .* is active, but .*${snapshot#*@} of RBD image vms/disk"
    same "the steps" "image kept, rbd-snapshot begun, rbd-image kept, location kept" "$(steps)"
    vg 1 recover
    says 'clones depend on it'
    [[ $(ceph show) == *"$snapshot 1048576 protected"* ]] || fail "the snapshot is spoiled"
    ceph as admin rm vms/other
    recover
    id=$(record "['id']")
    ceph_has "$id"
}

# Of format 2: it is out of the way, and goes with the clone.
with_children_2() {
    ceph require-client 13
    fault 'rbd_flatten_object 1 hold'
    start_snapshot
    wait_for held rbd_flatten_object
    snapshot=$(ceph show | sed -n 's|^\(vms/disk@virt-glance-[^ ]*\) .*|\1|p')
    ceph as admin clone "$snapshot" vms/other 2
    no_fault
    await 0
    id=$(record "['id']")
    ceph show | grep -qxF "${snapshot/@/@trash:} 1048576"
    ceph as admin rm vms/other
    ceph_has "$id"
}

# Glance does not delete the image: then its data must stay, and the snapshot.
undeleted() {
    control "{'config': {'ceph': []}, 'rules': [{'method': 'DELETE', 'times': 0, $1}]}"
    leaves 8 "$2"
    id=$(record "['id']")
    same "the status" active "$(record "['status']")"
    has "$id"
    same "the steps" "image begun, rbd-snapshot begun, rbd-image begun, location begun" "$(steps)"
    same "the number of removals" 0 "$(ceph_calls rbd_remove)"
    vg "$3" recover
    has "$id"
    control "{'reset': true, 'images': [{'id': '$id', 'name': 'one', 'status': 'active',
        'disk_format': 'raw', 'container_format': 'bare'}]}"
    recover
    same "the number of images" 0 "$(count_images)"
    ceph_is
}

# The image is in use: it has clones, which Glance's Ceph says.
undeleted_in_use() {
    control "{'rules': [{'method': 'PATCH', 'lost': true},
        {'method': 'GET', 'path': '/v2/images/.*', 'status': 500},
        {'method': 'DELETE', 'times': 2, 'status': 409}]}"
    leaves 8 'HTTP 409'
    id=$(record "['id']")
    ceph as admin clone "images/$id@snap" images/user 1
    vg 1 recover
    says 'HTTP 409.*in use'
    has "$id"
    same "the status" active "$(record "['status']")"
    ceph as admin rm images/user
    recover
    nothing
}

# Ceph does not answer any more: FAULT; what it left, recover takes.
unanswered() {
    local fault=$1 steps=$2

    fault 'rbd_snap_create 2 ETIMEDOUT' "$fault"
    leaves 8 'answer in time'
    same "the steps" "$steps" "$(steps)"
    recover
    nothing
}

# Somebody has the clone open.
watched() {
    fault 'rbd_snap_create 2 hold'
    start_snapshot
    wait_for held rbd_snap_create
    id=$(record "['id']")
    exec {watch}>>"$VG_FAKE_CEPH/ceph-a/pools/images/images/$id/watch"
    flock -s "$watch"
    kill -INT "$pid"
    wait_for grep -q 'interrupted; undoing' "$tmp/err"
    no_fault
    await 8
    says 'in use'
    vg 1 recover
    exec {watch}>&-
    recover
    nothing
}

# Not undone at the end, but the image is kept.
kept() {
    fault 'rbd_snap_remove 1 ETIMEDOUT'
    snapshot 8
    no_fault
    says '^virt-glance: image .* is active, but .*answer in time'
    id=$(record "['id']")
    recover
    ceph_has "$id"
}

it "SIGINT while it is cloned" at 130 INT 'rbd_clone3_made 1'
it "SIGTERM while it is flattened" at 143 TERM 'rbd_flatten_object 5'
it "SIGINT at the end of flattening" at 130 INT 'rbd_flatten_detach 1'
it "SIGHUP at the snapshot" at 143 HUP 'rbd_snap_create 1'
it "SIGINT while Glance is told" at_glance
it "cancelled" cancelled
it "SIGINT before it is flattened later" cancelled_after
it "the snapshot has clones" with_children
it "the snapshot has clones of format 2" with_children_2
it "Glance does not delete the image: 403" undeleted "'status': 403" 'HTTP 403' 5
it "Glance does not delete the image: 409" undeleted "'status': 409" 'HTTP 409' 1
it "Glance does not delete the image: 500" undeleted "'status': 500" 'HTTP 500' 6
it "Glance can't delete the image: it has clones" undeleted_in_use
it "the clone is not removed" unanswered 'rbd_remove 1 ETIMEDOUT' \
    'image undone, rbd-snapshot begun, rbd-image begun'
it "the clone is removed, but the answer is lost" unanswered 'rbd_remove 1 after-ETIMEDOUT' \
    'image undone, rbd-snapshot begun, rbd-image begun'
it "the snapshot is not removed" unanswered 'rbd_snap_remove 1 ETIMEDOUT' \
    'image undone, rbd-snapshot begun, rbd-image undone'
it "the snapshot is not unprotected" unanswered 'rbd_snap_unprotect 1 ETIMEDOUT' \
    'image undone, rbd-snapshot begun, rbd-image undone'
it "the clone is in use" watched
it "the snapshot stays, the image is kept" kept
done_testing
