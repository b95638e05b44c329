#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest that is started or stopped while its disks are read: the instant is lost,
# and the snapshot begins anew on what the guest has become. Prints TAP.
# shellcheck disable=SC2119,SC2120 # optional arguments
# shellcheck source=tests/unit/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"

# (However busy the machine is, the watchdog thaws nothing.)
config '[libvirt]' 'quiesce_timeout = 300'
disk qcow2 "$tmp/a.qcow2" 8M
disk raw "$tmp/b.raw" 8M 3
a=$(disk_xml vda qcow2 "$tmp/a.qcow2")
b=$(disk_xml vdb raw "$tmp/b.raw")
guests "$(guest_xml guest 1 "$a$b$agent")" \
    "$(guest_xml made 1 "$a$agent" "$(made_from)")" "$(guest_xml off 5 "$a$b$agent")" \
    "$(guest_xml broken 5 "$(disk_xml vda qcow2 "$tmp/b.raw")")"

# attempts: how often an instant was taken, and of what: "running" or "shut off".
attempts() {
    sed -n 's/^Taking the snapshot of domain .* (\(.*\))$/\1/p' "$tmp/err" | paste -sd,
}

# again NAME ATTEMPTS CALLS: the last run made its images in those attempts.
again() {
    result "$1" "$(
        expect 0
        same "the attempts" "$2" "$(attempts)"
        same "the calls" "$3" "$(agent_calls)"
        warns "beginning again"
        same "images" "$(grep -c '"disk_format"' "$tmp/out")" "$(images | wc -l)"
        [[ $(images "i.get('virt_glance_disk', i['name'])") != *vdb* ]] ||
            holds_disk one-vdb raw "$tmp/b.raw"
        holds_disk one qcow2 "$tmp/a.qcow2"
        nothing_but_images
    )"
}

# failed NAME STATUS REGEX: it failed so, and left nothing.
failed() {
    result "$1" "$(
        expect "$2"
        says "$3"
        nothing_live
    )"
}

## A running guest

libvirt
echo 300000 >"$fake/cut"
run snapshot guest one --json
again "it powers off while its disk is read" "running,shut off" "freeze begin vda thaw"

glance
echo 300000 >"$fake/cut"
run snapshot made one --json
result "Glance is asked about stores and the base image only once" "$(
    expect 0
    same "the attempts" "running,shut off" "$(attempts)"
    same "requests" "POST /v3/auth/tokens
GET /v2/info/stores/detail
GET /v2/images/ID
POST /v2/images
PUT /v2/images/ID/file
DELETE /v2/images/ID
POST /v2/images
PUT /v2/images/ID/file
GET /v2/images/ID" "$(requests | cut -d' ' -f1,2)"
)"

# Of both disks the images are of the second instant.
libvirt "backup 3 die" "xml 2 run qemu-io -c 'write -P 77 0 1M' $tmp/a.qcow2"
run snapshot guest one --all-disks --json
again "it powers off between two disks" "running,shut off" "freeze begin vda vdb thaw"

libvirt "begin 1 destroy"
run snapshot guest one --json
again "it powers off when the job is to begin" "running,shut off" "freeze begin vda thaw"

# aborts: the shell command by which somebody aborts the backup job.
aborts="kill -9 \$(cat $fake/job-*/*.pid); rm -r $fake/job-*"
libvirt "backup 2 run $aborts" "$calm"
run snapshot guest one --json
again "its backup job is aborted" "running,running" "freeze begin vda thaw freeze begin vda thaw"
result "which is told as what it is" "$(
    warns "the backup job of domain guest has ended, but not by virt-glance, while disk vda was read; beginning again"
    grep -q "^Waiting until nobody else works on domain guest" "$tmp/err" ||
        echo "not told: $(<"$tmp/err")"
)"

libvirt "backup * run $aborts" "$calm"
run snapshot guest one
failed "always" 1 "failed after 5 attempts"
result "that is five times" "$(
    same "the attempts" "running,running,running,running,running" "$(attempts)"
    same "images that were begun" "PUT PUT PUT PUT PUT" \
        "$(requests | grep -o '^PUT' | xargs)"
)"

## Who ended the backup job, as libvirt tells it

# ended HOW [ORDER…]: a new libvirt, whose backup job ends so, by its number.
ended() {
    local how=$1

    libvirt "backup 2 run echo $how >$fake/ended-by; $aborts" "${@:2}"
}

# (A job in pull mode that is aborted is complete, says libvirt.)
for how in 3 5; do
    ended $how "$calm"
    run snapshot guest one --json
    failed "its backup job is ended by an order ($how)" 9 \
        "^virt-glance: the backup job of domain guest was ended by another program \(virsh domjobabort\?\)$"
    result "it doesn't begin again" "$(
        same "the attempts" running "$(attempts)"
        same "the calls" "freeze begin vda thaw" "$(agent_calls)"
        warns "has ended, but not by virt-glance, while disk vda was read; the snapshot ends too, unless .* within 10 s"
        json "j['error']['code'] == 'cancelled'"
    )"
done
run jobs --json
result "the job was cancelled" "$(
    expect 0
    json "j[-1]['state'] == 'cancelled' and 'domjobabort' in j[-1]['error']['message']"
)"

ended "4 no space left on device" "$calm"
run snapshot guest one --json
again "its backup job fails in QEMU" "running,running" "freeze begin vda thaw freeze begin vda thaw"
result "of which the reason is told" "$(
    warns "QEMU's part of the backup job of domain guest failed: no space left on device; beginning again"
)"

# (A guest that powers off ends the job a moment before libvirt sees that it is gone.)
ended 3 "xml 3 destroy"
run snapshot guest one --json
again "the domain stops after its backup job" "running,shut off" "freeze begin vda thaw"

# who_else NAME WHAT: somebody else, who aborted the backup job, does that from
# then on, and ends it at the fourth look at the XML, and once more at the seventh:
# only then the snapshot begins anew.
who_else() {
    ended 3 "backup 2 run touch $fake/$2" "xml 4 run rm $fake/$2" \
        "xml 6 run touch $fake/$2" "xml 8 run rm $fake/$2" "xml 9 skip 9" "xml 10 skip 2"
    run snapshot guest one --json
    again "$1" "running,running" "freeze begin vda thaw freeze begin vda thaw"
    result "who is waited for" "$(
        same "looks at the XML" 11 "$(calls xml | wc -w)"
        grep "^xml\|^begin" "$fake/log" | paste -sd, |
            grep -qx "xml,begin vda,\(xml,\)\{9\}xml,begin vda" ||
            grep "^xml\|^begin" "$fake/log" | paste -sd,
    )"
}
who_else "somebody else copies the disk then" mirror
who_else "somebody else undefines the domain then" undefined

libvirt "backup 2 run touch $fake/mirror; $aborts" "xml * skip 61"
run snapshot guest one
failed "somebody else doesn't end" 7 "still works on the domain after 5 minutes.*disk vda is being copied"
libvirt "backup 2 run $aborts" "persistent 2 fail $internal the daemon is ill"
run snapshot guest one
failed "libvirt can't tell" 1 "the daemon is ill"
# shellcheck disable=SC2016 # of another shell
libvirt "backup 2 run $aborts" 'xml 2 run kill -INT $PPID' "xml 3 run $undoing"
run snapshot guest one
failed "interrupted while somebody else is waited for" 130 "interrupted"

# A block job of somebody else, seen when ours is to begin.
libvirt "begin * fail $unsupported Operation not supported: disk 'vda' already in active block job"
run snapshot guest one
failed "a block job of its disk" 7 "vda. already in active block job"
libvirt "begin * fail $internal internal error: disk 'vda' has a blockjob assigned"
run snapshot guest one
failed "another word for it" 7 "vda. has a blockjob assigned"

libvirt "begin 1 destroy" "begin 1 run touch $fake/saved"
run snapshot guest one --json
again "it is saved when the job is to begin" "running,shut off" "freeze begin vda thaw"
result "which is told" "$(
    warns "guest is not shut down but saved"
    json "j['not_contained'] == ['memory'] and not j['quiesced']"
)"
libvirt "begin 1 destroy" "begin 1 run touch $fake/saved"
run snapshot guest one --quiesce require
failed "it is saved, and to be quiesced" 1 "guest is not shut down but saved"

## What libvirt doesn't see at once

libvirt "backup 5 run rm $fake/unnoticed"
echo 300000 >"$fake/cut"
touch "$fake/unnoticed"
run snapshot guest one --json
again "libvirt sees late that it powered off" "running,shut off" "freeze begin vda thaw"

libvirt "backup 5 skip 61"
echo 300000 >"$fake/cut"
touch "$fake/unnoticed"
run snapshot guest one --json
failed "an export that died though the job goes on" 1 "vda.*closed"

libvirt "backup 2 fail $internal busy just now"
run snapshot guest one --json
result "libvirt can't tell, and is asked again" "$(
    expect 0
    same "the attempts" running "$(attempts)"
    nothing_but_images
)"

## A guest that is shut off

libvirt "active $tmp/run/*/vda.sock start"
run snapshot off one --json
again "it is started while its disk is read" "shut off,running" "freeze begin vda thaw"

libvirt "active $tmp/run/*/vda.sock start" "active $tmp/run/*/vda.soc[k] destroy"
run snapshot off one --json
again "it is started and stopped meanwhile" "shut off,shut off" ""

libvirt "active $tmp/run/*/vdb.sock start"
run snapshot off one --all-disks --json
again "it is started while its second disk is read" "shut off,running" "freeze begin vda vdb thaw"

libvirt "active 2 start"
run snapshot off one --json
again "it is started before anything is read" "shut off,running" "freeze begin vda thaw"

libvirt "active 2 start" "active 2 destroy"
run snapshot off one --all-disks --json
again "it is started and stopped before two disks are read" "shut off,shut off" ""

# (Of an image that can't be read the cause is told if it isn't a start.)
libvirt
run snapshot broken one
failed "a damaged disk" 3 "vda.*qcow2"
libvirt "active 2 start"
run snapshot broken one
result "a damaged disk of a guest that is started meanwhile" "$(
    expect 1
    same "the attempts" "shut off,running" "$(attempts)"
    nothing_live
)"

## What it has become

# The agent of a guest that was started is waited for.
libvirt "active $tmp/run/*/vda.sock start" "xml 3 run rm $fake/no-agent"
touch "$fake/no-agent"
run snapshot off one --json
again "its agent connects later" "shut off,running" "freeze begin vda thaw"
result "and is waited for" "$(
    grep -q "^Waiting for the guest agent" "$tmp/err" || echo "not told: $(<"$tmp/err")"
    json "j['quiesced']"
)"
libvirt "active $tmp/run/*/vda.sock start" "xml 3 skip 61"
touch "$fake/no-agent"
run snapshot off one --json
again "its agent never connects" "shut off,running" "begin vda"
# shellcheck disable=SC2016 # of another shell
libvirt "active $tmp/run/*/vda.sock start" 'xml 3 run kill -INT $PPID' "xml 4 run $undoing"
touch "$fake/no-agent"
run snapshot off one
failed "interrupted while the agent is waited for" 130 "interrupted"

libvirt "backup 2 undefine" "backup 2 die"
run snapshot guest one
failed "the guest is gone" 3 "guest"

guest_xml guest 1 "$a$agent" >"$tmp/new.xml"
libvirt "backup 3 define $tmp/new.xml" "backup 3 die"
run snapshot guest one --all-disks
failed "its second disk is gone" 3 "vdb"

guest_xml guest 1 "$(disk_xml vda qcow2 "$tmp/a.qcow2" \
    "<encryption format='luks'/>")$agent" >"$tmp/new.xml"
libvirt "backup 2 define $tmp/new.xml" "backup 2 die"
run snapshot guest one
failed "its disk is encrypted now" 3 "vda.*encrypted"

## A libvirt that doesn't end the backup job at once

# It refuses while another request has the domain's lock, and while it begins a job.
libvirt "end 1 fail $unresponsive locked" "end 2 fail $invalid no job"
run snapshot guest one
result "the end of the backup job is refused twice" "$(
    expect 0
    same "requests to end it" "end end end" "$(calls end)"
    nothing_but_images
)"

# (It was accepted: another one could hit another job.)
libvirt "end 1 ignore" "backup 7 run cat $fake/job-*/*.pid | xargs kill; rm -r $fake/job-*"
run snapshot guest one
result "the backup job ends a while after the request" "$(
    expect 0
    same "requests to end it" end "$(calls end)"
    nothing_but_images
)"

libvirt "end * fail $unresponsive locked" "backup 7 skip 61"
run snapshot guest one
result "the backup job never ends" "$(
    expect 8
    says "job of domain guest doesn't end: it can't be aborted: locked; try 'virsh"
)"
rm "$fake/faults"
run recover
result "recover ends that backup job" "$(
    expect 0
    nothing_but_images
)"

## Images that are to be made anew

libvirt "backup 2 run $aborts" "$calm"
rules '[{"method": "DELETE", "path": "/v2/images/.*", "status": 403, "json": {}}]'
run snapshot guest one
failed "Glance doesn't delete the first one" 5 "403"
libvirt "backup 2 run $aborts" "$calm"
rules '[{"method": "POST", "path": "/v2/images", "skip": 1, "status": 403, "json": {}}]'
run snapshot guest one
failed "Glance makes no second one" 5 "403"

done_testing
