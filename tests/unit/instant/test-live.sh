#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Snapshots of running guests: what is in the images, and when it was taken.
# Prints TAP.
# shellcheck disable=SC2119,SC2120 # optional arguments
# shellcheck source=tests/unit/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"

# (However busy the machine is, the watchdog thaws nothing.)
config '[libvirt]' 'quiesce_timeout = 300'
disk qcow2 "$tmp/base.qcow2" 8M 5
disk qcow2 "$tmp/a.qcow2" 8M 1 -b "$tmp/base.qcow2" -F qcow2
disk raw "$tmp/b.raw" 8M 3
a=$(disk_xml vda qcow2 "$tmp/a.qcow2")
b=$(disk_xml vdb raw "$tmp/b.raw")
guests "$(guest_xml guest 1 "$a$b$agent" "$(made_from)")"

## One disk

# one FORMAT ARGUMENT…: a snapshot in that format has the root disk's content.
one() {
    local format=$1

    shift
    libvirt
    run snapshot guest one --json "$@"
    result "the root disk: $*" "$(
        expect 0
        json "[(i['disk'], i['store'], i['rule'], i['way'], i['disk_format'])
               for i in j['images']]
              == [('vda', 'fast', 'base-image', 'read', '$format')]"
        json "[(s['step'], s['state']) for s in j['steps']] == [('image', 'kept')]
              + [(s, 'undone') for s in ('folder', 'folder', 'backup', 'freeze')]"
        json "j['quiesced'] and j['file_systems'] == 2 and j['frozen_ms'] > 0"
        holds "$format" "$(images)" qcow2 "$tmp/a.qcow2"
        same "the calls" "freeze begin vda thaw" "$(agent_calls)"
        same "jobs that were ended" end "$(calls end)"
        nothing_but_images
    )"
}
one qcow2
one raw --format raw
one qcow2 --compress zlib
one qcow2 --compress zstd

## Several

libvirt
run snapshot guest other --disk vdb --json
result "another disk" "$(
    expect 0
    json "[(i['disk'], i['store'], i['rule']) for i in j['images']]
          == [('vdb', 'fast', 'base-image')]"
    holds_disk other raw "$tmp/b.raw"
    same "the calls" "freeze begin vdb thaw" "$(agent_calls)"
    nothing_but_images
)"

# The guest writes to both as soon as it can; what it wrote is in no image.
cp "$tmp/a.qcow2" "$tmp/a.then"
cp "$tmp/b.raw" "$tmp/b.then"
libvirt "thaw 1 run qemu-io -c 'write -P 99 0 2M' $tmp/a.qcow2" \
    "thaw 1 run qemu-io -f raw -c 'write -P 98 0 2M' $tmp/b.raw"
run snapshot guest both --all-disks --json
result "all disks, of one instant" "$(
    expect 0
    json "[(i['name'], i['disk']) for i in j['images']]
          == [('both', 'vda'), ('both-vdb', 'vdb')]"
    holds_disk both qcow2 "$tmp/a.then"
    holds_disk both-vdb raw "$tmp/b.then"
    ! cmp -s "$tmp/b.raw" "$tmp/b.then" || echo "nothing was written"
    same "the calls" "freeze begin vda vdb thaw" "$(agent_calls)"
    same "jobs that were ended" end "$(calls end)"
    nothing_but_images
)"

## Scratch files

libvirt "freeze 1 run cp $tmp/scratch/*/vda.scratch $tmp/found"
run snapshot guest one
result "it is made before the guest is frozen" "$(
    expect 0
    same "its format and size" "qcow2 8388608" "$(qemu-img info --output=json "$tmp/found" |
        python -c '
import json, sys
info = json.load(sys.stdin)
print(info["format"], info["virtual-size"])')"
    nothing_but_images
)"
# Where we can't (after the plan has asked for both sizes), libvirt makes it: there is none
# when the job begins.
libvirt "blockinfo 3 fail $internal not now" "begin 1 run ls $tmp/scratch/* >$tmp/found"
run snapshot guest one
result "it can't be made before" "$(
    expect 0
    same "scratch files of ours" "" "$(<"$tmp/found")"
    same "the calls" "freeze begin vda thaw" "$(agent_calls)"
    nothing_but_images
)"

## A block job

libvirt
touch "$fake/block-job"
run snapshot guest copied --all-disks
result "a disk that is being copied is refused before anything is made" "$(
    expect 7
    says ": disk vda of domain guest has an active blockcopy"
    same "images begun" "" "$(requests | grep 'POST /v2/images')"
    nothing_live
)"

## Zeroes

# A qcow2 file takes all of a raw data file for data, if it is larger itself than
# its tables.
qemu-img create -q -f qcow2 -o "data_file=$tmp/data.raw,data_file_raw=on" "$tmp/data.qcow2" 16M
qemu-io -f qcow2 -c "write -q -P 7 1M 192k" "$tmp/data.qcow2" >/dev/null
tr '\0' x </dev/zero | head -c 1M >>"$tmp/data.qcow2"
guests "$(guest_xml guest 1 "$(disk_xml vda qcow2 "$tmp/data.qcow2")")"
libvirt
run snapshot guest one --json
result "a sparse data file" "$(
    expect 0
    json "j['images'][0]['size'] <= 1024 * 1024"
    holds_disk one qcow2 "$tmp/data.qcow2"
    nothing_but_images
)"
guests "$(guest_xml guest 1 "$a$b$agent" "$(made_from)")"

## A directory for scratch files that others can change

mkdir "$tmp/open"
chmod 777 "$tmp/open"
config '[libvirt]' 'quiesce_timeout = 300' "snapshots_directory = $tmp/open/scratch"
libvirt
run snapshot guest warned
result "scratch files where others may be: a warning" "$(
    expect 0
    warns "scratch files .*$tmp/open can be changed by every user; set snapshots_directory"
    nothing_but_images
)"
rm -r "$tmp/open/scratch"
mkdir "$tmp/elsewhere"
ln -s "$tmp/elsewhere" "$tmp/open/scratch"
libvirt
run snapshot guest refused
result "a link that others could have placed is refused before anything is made" "$(
    expect 1
    says "$tmp/open/scratch is a symbolic link.*snapshots_directory"
    same "images begun" "" "$(requests | grep 'POST /v2/images')"
    nothing_live
)"
chmod 755 "$tmp/open"
libvirt
run snapshot guest linked
result "another link is followed" "$(
    expect 0
    ! grep -q '^warning: scratch' "$tmp/err" || echo "a warning"
    nothing_but_images
)"

done_testing
