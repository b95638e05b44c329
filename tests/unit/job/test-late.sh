#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a job asked for without an answer, and somebody else does after the job has
# gone: a QEMU's snapshot, Glance's image, libvirt's backup job. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/rbd.sh
. "$(dirname "$0")/../lib/rbd.sh"

## A snapshot of an RBD image, which the guest's QEMU makes

# killed: a snapshot that is killed while it asks for that; $late is its name.
killed() {
    fault 'rbd_snap_create 1 kill'
    start_snapshot
    await 137
    no_fault
    late=vms/disk@virt-glance-$(journal snapshot "j['id']")
}

# comes_late: QEMU makes it now.
comes_late() { ceph as admin snap-create "$late"; }

# recovering: recover waits; recovered: that came to an end.
recovering() {
    start recover
    wait_for grep -q "^Waiting for job .*$1.* may still appear until [0-9:]*:" "$tmp/err"
}
recovered() {
    await 0
    nothing
}

during_recover() {
    killed
    recovering "${late##*/}"
    comes_late
    recovered
}

# Nothing comes; then there is nothing to wait for.
never() {
    killed
    recovering "${late##*/}"
    age_jobs
    recovered
}

# The domain is free meanwhile, and another job has a snapshot of its own. It is
# at work for longer than recover takes from look to look.
beside() {
    killed
    recovering "${late##*/}"
    control "{'rules': [{'method': 'POST', 'path': '/v2/images', 'delay': 5}]}"
    mv "$tmp/out" "$tmp/recover.out"
    mv "$tmp/err" "$tmp/recover.err"
    snapshot 0
    comes_late
    await 0
    cp "$tmp/recover.err" "$tmp/err"
    same "jobs" 'snapshot done, snapshot failed' \
        "$(vg 0 jobs --json; show "', '.join(sorted(i['kind'] + ' ' + i['state'] for i in j))")"
    ceph_has "$(record "['id']")"
}

interrupted() {
    killed
    recovering "${late##*/}"
    kill -INT "$pid"
    await 8
    says "^virt-glance: job .*: the rbd-snapshot .*${late##*/} may still appear until"
    same "the steps" "image undone, rbd-snapshot begun" "$(steps)"
    comes_late
    recover
    nothing
}

# It was there when recover looked first: that was all.
found() {
    killed
    comes_late
    vg 0 recover
    nothing
}

# A clock that was set back, by a year: it counts from now on.
clock_back() {
    killed
    sed -i -E 's/"asked":( ?)[0-9]+/"asked":\199999999999/' "$(journal_file snapshot)"
    recovering "${late##*/}"
    (($(journal snapshot "j['steps'][-1]['asked']") <= $(date +%s))) ||
        fail "it waits for the year 5138"
    age_jobs
    recovered
}

# A journal of an older version has no times: that of its file counts.
without_times() {
    python -c "
import json, sys
job = json.load(open(sys.argv[1]))
for step in job['steps']:
    step.pop('asked', None)
json.dump(job, open(sys.argv[1], 'w'))
" "$(journal_file snapshot)"
}
older() {
    killed
    without_times
    recovering "${late##*/}"
    comes_late
    recovered
}
much_older() {
    killed
    without_times
    touch -d '1 hour ago' "$(journal_file snapshot)"
    vg 0 recover
    nothing
}

# The job lives, but Ceph does not answer in time.
timed_out() {
    fault 'rbd_snap_create 1 ETIMEDOUT'
    snapshot 8
    says "answer in time; in addition, the rollback is incomplete .*may still appear until"
    same "the steps" "image undone, rbd-snapshot begun" "$(steps)"
    late=vms/disk@virt-glance-$(journal snapshot "j['id']")
    recovering "${late##*/}"
    comes_late
    recovered
}

# A refusal is an answer.
refused() {
    fault 'rbd_snap_create 1 EDQUOT'
    snapshot 1
    nothing
}

# A step whose request was not sent is not waited for.
unasked() {
    fault 'rbd_snap_create 1 EDQUOT'
    ceph import "$tmp/vms-disk" vms/data 61
    ceph show >"$tmp/before"
    new_guest off vda=rbd:vms/disk vdb=rbd:vms/data
    snapshot 1 --all-disks
    nothing
}

## Later than that, too

# The next job of that image takes it away.
swept() {
    killed
    recover
    comes_late
    snapshot 0
    warns_once "snapshot ${late##*@} of RBD image vms/disk appeared after its job"
    ceph_has "$(image "['id']")"
}

# Nobody else's: another host's, one with another name, or that of another image.
not_swept() {
    local other

    killed
    recover
    for other in virt-glance-00c0ffee "${late##*@}x" mine; do
        ceph as admin snap-create "vms/disk@$other"
    done
    ceph show >"$tmp/before"
    snapshot 0
    is_quiet
    ceph_has "$(image "['id']")"
}

# Not that of a job that is not undone.
not_at_work() {
    killed
    comes_late
    sed -i "s|\"domain\": *\"guest\"|\"domain\":\"other\"|; s|\"uuid\": *\"$(uuid_of guest)\"|\"uuid\":\"$(uuid_of other)\"|" \
        "$(journal_file snapshot)"
    snapshot 0
    is_quiet
    [[ $(ceph show) == *"$late"* ]] || fail "the snapshot of a job to be recovered is gone"
}

# Nor any while a journal can't be read: it might be that job's.
not_unread() {
    killed
    recover
    comes_late
    echo '{' >"$tmp/state/jobs/00000000.json"
    ceph show >"$tmp/before"
    snapshot 0
    ceph_has "$(image "['id']")"
}

## Glance's image

# killed_post: a snapshot that is killed while Glance has not answered; $late is the
# image's id.
killed_post() {
    control "{'rules': [{'method': 'POST', 'path': '/v2/images', 'stall': 1}]}"
    start_snapshot
    wait_for posted
    kill -KILL "$pid"
    await 137
    late=$(journal snapshot "j['steps'][0]['object']")
}
posted() { [[ $(asked POST /v2/images) == 1 ]]; }
created_late() { control "{'images': [{'id': '$late', 'name': 'one'}]}"; }

post_during_recover() {
    killed_post
    recovering "the image $late"
    created_late
    recovered
}

# Glance's gateway answers for it.
post_gateway() {
    control "{'rules': [{'method': 'POST', 'path': '/v2/images', 'status': $1}]}"
    snapshot 8
    says "HTTP $1.*the image .* may still appear until"
    late=$(journal snapshot "j['steps'][0]['object']")
    recovering "the image $late"
    created_late
    recovered
}

# Glance itself answers: that is all.
post_refused() {
    control "{'rules': [{'method': 'POST', 'path': '/v2/images', 'status': $1}]}"
    snapshot "$2"
    nothing
}

# It is protected after the protection was taken away, so it can't be deleted: then
# recover begins there again.
protected_late() {
    control "{'rules': [{'method': 'PATCH', 'path': '/v2/images/.*', 'stall': 1}]}"
    start_snapshot --store cheap --protected
    wait_for patched
    kill -KILL "$pid"
    await 137
    control "{'rules': [{'method': 'DELETE', 'status': 403}]}"
    vg 5 recover
    same "the steps" "image begun, rbd-snapshot undone, protect begun" "$(steps)"
    id=$(record "['id']")
    control "{'rules': []}"
    fake PATCH "/v2/images/$id" >/dev/null
    vg 0 recover
    nothing
}
patched() { [[ $(asked PATCH) == 1 ]]; }

## libvirt's backup job

# live: a running guest with a file as its disk.
live() {
    disk qcow2 "$tmp/live.qcow2" 8M
    new_guest running "vda=qcow2:$tmp/live.qcow2"
}

# begins_late: libvirt begins the job that it was asked for.
begins_late() {
    local job
    job=$fake/job-$(uuid_of guest)
    mkdir -p "$job"
    printf '%s' "<domainbackup mode='pull'><server transport='unix' socket='$late'/>" \
        "</domainbackup>" >"$job/xml.new"
    mv "$job/xml.new" "$job/xml"
}

killed_begin() {
    live
    # shellcheck disable=SC2016 # for another shell
    echo 'begin 1 run kill -9 $PPID' >"$fake/faults"
    start_snapshot --store cheap
    await 137
    rm "$fake/faults"
    late=$(journal snapshot "j['steps'][-1]['object']")
}

begin_during_recover() {
    killed_begin
    recovering "the backup $late"
    # Without its directories, libvirt couldn't begin it.
    [[ ! -e ${late%/*} ]] || fail "the directory of the backup job is left"
    begins_late
    recovered
    ! compgen -G "$fake/job-*" || fail "the backup job is left"
}

# The connection to libvirt is lost, with the answer.
begin_unanswered() {
    live
    echo "begin 1 fail $rpc lost" >"$fake/faults"
    snapshot 8 --store cheap
    says 'may still appear until'
    rm "$fake/faults"
    age_jobs
    vg 0 recover
    nothing
}

begin_refused() {
    live
    echo "begin 1 fail $internal no" >"$fake/faults"
    snapshot 1 --store cheap
    nothing
}

# One that is shut off, too.
guest_off() {
    killed_begin
    new_guest off "vda=qcow2:$tmp/live.qcow2"
    vg 0 recover
    nothing
}

# A guest that is gone begins none.
guest_gone() {
    killed_begin
    guests
    vg 0 recover
    nothing_to_recover
}

it "QEMU makes the snapshot while recover waits" during_recover
it "the snapshot never comes" never
it "another job meanwhile" beside
it "recover is interrupted while it waits" interrupted
it "QEMU made the snapshot before recover" found
it "the clock was set back" clock_back
it "a journal without times" older
it "an old journal without times" much_older
it "Ceph does not answer in time" timed_out
it "Ceph refuses the snapshot" refused
it "a snapshot that is not asked for" unasked
it "the next job sweeps a late snapshot" swept
it "the next job leaves others' snapshots" not_swept
it "the next job leaves the snapshot of a job to recover" not_at_work
it "no sweep with a journal that can't be read" not_unread
it "Glance makes the image while recover waits" post_during_recover
it "Glance's gateway does not wait: 504" post_gateway 504
it "Glance's gateway does not wait: 502" post_gateway 502
it "Glance refuses the image: 413" post_refused 413 1
it "Glance refuses the image: 500" post_refused 500 6
it "the image is protected late" protected_late
it "libvirt begins the backup job while recover waits" begin_during_recover
it "libvirt is lost while it begins the backup job" begin_unanswered
it "libvirt refuses the backup job" begin_refused
it "the guest of the backup job is gone" guest_gone
it "the guest of the backup job is shut off" guest_off
done_testing
