#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Images of libvirt snapshots of a shut-off guest: external ones, in a file below the
# guest's, and internal ones; and those that can't be read, or not any more. Prints
# TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config

# fresh: the disk $tmp/base of the snapshot "ext", below the guest's file
# $tmp/overlay, to which the guest has written since; and $tmp/b, of a disk that was
# not in that snapshot, with an internal snapshot "in,side".
fresh() {
    glance
    rm -rf "$tmp/state" "$tmp"/{base,other,overlay,b}
    # Data enough that an upload which is held can't be at its end.
    qemu-img create -q -f qcow2 "$tmp/base" 64M
    qemu-io -f qcow2 -c 'write -q -P 5 0 40M' "$tmp/base" >/dev/null
    cp "$tmp/base" "$tmp/other"
    qemu-img create -q -f qcow2 -b "$tmp/base" -F qcow2 "$tmp/overlay"
    qemu-io -f qcow2 -c 'write -q -P 9 1M 1M' "$tmp/overlay" >/dev/null
    disk qcow2 "$tmp/b" 8M 3
    qemu-img snapshot -c 'in,side' "$tmp/b"
    cp "$tmp/b" "$tmp/inside"
    qemu-io -f qcow2 -c 'write -q -P 7 4M 1M' "$tmp/b" >/dev/null
    now=$(date +%s) # of the snapshots: no file is modified later
    from "$tmp/overlay"
}

# from FILE: the guest's first disk is that.
from() {
    local guest
    guest=$(guest_xml guest 5 "$(disk_xml vda qcow2 "$1")$(disk_xml vdb qcow2 "$tmp/b")" \
        "$(made_from)")
    guests "${guest/<test:runstate>/$(saved ext external no)$(saved in,side no internal)<test:runstate>}"
}

# saved NAME VDA VDB: a libvirt snapshot; how each disk is in it.
saved() {
    printf '%s' "<test:domainsnapshot><name>$1</name><state>shutoff</state>" \
        "<creationTime>$now</creationTime><memory snapshot='no'/><disks>" \
        "<disk name='vda' snapshot='$2'>$([[ $2 != external ]] ||
            printf '%s' "<driver type='qcow2'/><source file='$tmp/overlay'/>")</disk>" \
        "<disk name='vdb' snapshot='$3'/></disks>" \
        "$(guest_xml guest 5 "$(disk_xml vda qcow2 "$tmp/base")$(disk_xml vdb qcow2 "$tmp/b")" |
            sed 's/<test:runstate>.*<.test:runstate>//')" \
        "<active>$([[ $1 == ext ]] && echo 1 || echo 0)</active></test:domainsnapshot>"
}

# refused NAME REGEX [ARGUMENT…]: nothing is made.
refused() {
    local name=$1 regex=$2

    shift 2
    run snapshot guest no --from "${@:-ext}"
    result "$name" "$(expect 3; says "$regex"; nothing_left)"
}

# spoiled NAME REGEX COMMAND…: that happens while it is read.
spoiled() {
    local name=$1 regex=$2

    shift 2
    fresh
    rules '[{"method": "PUT", "hold": true}]'
    start snapshot guest one --from ext --format raw
    wait_for grep -q Uploading "$tmp/err"
    "$@" >/dev/null
    fake POST /_control '{"release": true}' >/dev/null
    finish
    result "$name" "$(expect 1; says "$regex"; nothing_left)"
}

fresh
run snapshot guest one --from ext --json
result "an external snapshot" "$(
    expect 0
    holds qcow2 "$(images)" qcow2 "$tmp/base"
    json "j['images'][0]['way'] == 'saved'"
    json "[(s['step'], s['state']) for s in j['steps']] == [('image', 'kept'), ('folder', 'undone')]"
)"
glance
run snapshot guest --from in,side --disk vdb --json
result "an internal snapshot" "$(
    expect 0
    holds qcow2 "$(images)" qcow2 "$tmp/inside"
    json "j['images'][0]['name'] == 'guest-in,side'"
)"
glance
run snapshot guest x --from ext --dry-run
result "a plan" "$(
    expect 0
    grep -q '^snapshot: *ext$' "$tmp/out" || cat "$tmp/out"
    nothing_left
)"
refused "no such snapshot" "has no snapshot 'none'" none
refused "a disk that is not in it" 'no state of disk vdb' ext --disk vdb
refused "no such disk" 'no disk' ext --disk vdz
touch -d "@$((now + 100000))" "$tmp/base"
refused "written to later" 'modified later, at .* by an aborted blockcommit'

fresh
from "$tmp/base"
refused "merged: the overlay is gone" "no longer in the disk's chain"
fresh
qemu-img rebase -u -f qcow2 -F qcow2 -b "$tmp/other" "$tmp/overlay"
refused "merged: the base is gone" 'no longer the backing file of'
fresh
qemu-img rebase -u -f qcow2 -b '' "$tmp/overlay"
refused "merged: no base at all" 'no longer the backing file of'
fresh
rm "$tmp/base"
run snapshot guest no --from ext
result "the file is missing" "$(expect 3; says "disk vda of domain guest: $tmp/base can.t be opened: No such file"; nothing_left)"

fresh
qemu-img snapshot -d in,side "$tmp/b"
refused "the internal snapshot is missing" "disk vdb of domain guest: $tmp/b has no internal snapshot 'in,side'" \
    in,side --disk vdb
result "no image was begun" "$(same requests "" "$(requests | grep 'POST /v2/images')")"

replace() {
    mv "$tmp/base" "$tmp/old"
    cp "$tmp/old" "$tmp/base"
}
spoiled "merged while it is read" 'no longer those of the snapshot' \
    qemu-img rebase -u -f qcow2 -F qcow2 -b "$tmp/other" "$tmp/overlay"
spoiled "replaced while it is read" 'changed while it was read' replace
spoiled "written to while it is read" 'no longer those of the snapshot.*modified later' \
    touch -d "@$((now + 100000))" "$tmp/base"
spoiled "written to by a block job" 'base changed while it was read: a block job' \
    touch -d "@$((now - 5))" "$tmp/base"
spoiled "removed while it is read" 'no longer those of the snapshot' \
    rm "$tmp/overlay"

done_testing
