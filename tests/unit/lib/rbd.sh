# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2119,SC2120
# For scripts about guests in Ceph: besides what live.sh has, Ceph is the fake of
# fake-rbd.h. A script calls "it NAME FUNCTION" for each test. A test begins with
# "fresh", in a subshell; its first command that fails ends it, and so does "fail";
# it passes if it prints nothing.
# shellcheck source=tests/unit/lib/live.sh
. "$(dirname "${BASH_SOURCE[0]}")/live.sh"

# shellcheck disable=SC2034 # for the scripts
other_fsid=ffffffff-1111-4222-8333-444455556666 \
    other_key=AQBvdGhlciBrZXkgaXMgaGVyZQAAAAAAAAA=
fsid=0a1b2c3d-1111-4222-8333-444455556666
key=AQBsbm92YSBpcyBoZXJlAAAAAAAAAAAAAAA=
secret=457eb676-33da-42ec-9a8c-9293d545c337

export VG_FAKE_CEPH=$tmp/ceph
environment+=("VG_FAKE_CEPH=$VG_FAKE_CEPH")

fail() {
    echo "$*"
    exit 1
}

# it NAME FUNCTION [ARGUMENT…]
it() {
    local name=$1

    shift
    result "$name" "$(
        set -eE
        trap 'echo "line $LINENO: $BASH_COMMAND"' ERR
        {
            fresh
            "$@"
        } 2>&1
    )"
}

## The fakes

# control JSON: of the fake Glance. JSON is written with single quotes here.
control() { fake POST /_control "${1//\'/\"}" >/dev/null; }

# ceph COMMAND…: of the fake's tool, on the cluster ceph-a; see its head.
ceph() { "$builddir/tests/unit/lib/fake-rbd" ceph-a "$@"; }

# fault "FUNCTION NTH ACTION"…: from now on; see fake-rbd-fault.c.
fault() {
    printf '%s\n' "$@" >"$VG_FAKE_CEPH/faults.new"
    mv "$VG_FAKE_CEPH/faults.new" "$VG_FAKE_CEPH/faults"
}
no_fault() { rm -f "$VG_FAKE_CEPH/faults"; }

# ceph_calls FUNCTION [ARGUMENT]: how often it was called.
ceph_calls() { grep -cE "^$1${2:+ $2}( |\$)" "$VG_FAKE_CEPH/log" || :; }

# watched POOL/IMAGE: a client has it open for writing, until unwatched or the test's end.
watched() {
    "$builddir/tests/unit/lib/fake-rbd" ceph-a watch "$1" "$tmp/watching" >/dev/null 2>&1 &
    watcher=$!
    wait_for test -e "$tmp/watching"
}
unwatched() {
    kill "$watcher"
    wait "$watcher" 2>/dev/null || :
    rm "$tmp/watching"
}

# held FUNCTION [N]: N calls came to a "hold".
held() {
    local n

    n=$(grep -cx "held $1" "$VG_FAKE_CEPH/log" 2>/dev/null) || :
    [[ $n == "${2-1}" ]]
}

## What there is at the beginning of a test

# new_guest STATE [DISK…]: the domain "guest", "running" or "off"; a DISK is
# TARGET=rbd:POOL/IMAGE or TARGET=FORMAT:PATH. $rbd_auth (of "rbd2:", $rbd_auth2)
# and $rbd_host are what its RBD disks say of Ceph; $devices are its other ones.
new_guest() {
    local state=5 disk target source auth xml=

    [[ $1 == off ]] || state=1
    shift
    for disk; do
        target=${disk%%=*} source=${disk#*=} auth=$rbd_auth
        [[ $source != rbd2:* ]] || auth=$rbd_auth2
        if [[ $source == rbd* ]]; then
            xml+="<disk type='network' device='disk'>
                <driver name='qemu' type='raw'/>$auth
                <source protocol='rbd' name='${source#*:}'>$rbd_host</source>
                <target dev='$target' bus='virtio'/></disk>"
        else
            xml+=$(disk_xml "$target" "${source%%:*}" "${source#*:}")
        fi
    done
    guests "$(guest_xml guest $state "$xml$devices")"
}

# new_config [LINE…]: the configuration; nothing is tried twice.
new_config() { retries=0 config "$@"; }

# new_disk POOL/IMAGE [FEATURES]: 16 objects, a third of them zero, in the file
# $tmp/POOL-IMAGE as well; and QEMU has it.
new_disk() {
    local file=$tmp/${1/\//-}

    head -c 1M /dev/urandom >"$file"
    dd if=/dev/zero of="$file" bs=64K seek=5 count=5 conv=notrunc status=none
    mkdir -p "$fake/network/${1%/*}"
    cp "$file" "$fake/network/$1"
    ceph import "$file" "$1" "${2-61}"
    ceph show >"$tmp/before"
}

# Everything anew: a guest that is shut off, with its disk vms/disk in the
# cluster ceph-a; Glance has the stores "cheap" (the default) and "ceph", which
# is in the pool "images" there, and takes locations. (Its disk and the cluster are
# made once; later they are copies of that.)
fresh() {
    libvirt
    rm -rf "$VG_FAKE_CEPH" "$tmp"/{run,scratch}
    [[ -e $made/before ]] || make_cluster
    cp -a "$made/." "$tmp"
    devices="" rbd_auth2=""
    rbd_auth="<auth username='nova'><secret type='ceph' uuid='$secret'/></auth>"
    rbd_host="<host name='ceph-a' port='6789'/>"
    new_guest off vda=rbd:vms/disk
    new_config
    offer_stores
}
secrets=$fake/secrets made=$tmp/made

# make_cluster: what "fresh" begins with, in the files that it is in.
make_cluster() {
    mkdir -p "$VG_FAKE_CEPH" "$made/${fake##*/}"
    ceph new $fsid
    ceph pool vms
    ceph pool images
    ceph user nova $key 'vms=rw images=rw'
    ceph user glance $key 'images=rw'
    ceph user admin $key '*=rw'
    echo $key >"$secrets/$secret"
    new_disk vms/disk
    cp -a "$fake/network" "$secrets" "$made/${fake##*/}"
    cp -a "$VG_FAKE_CEPH" "$tmp/vms-disk" "$tmp/before" "$made"
}
secrets=$fake/secrets

# offer_stores: what the fake Glance has for that.
offer_stores() {
    control "{'config': {'show_locations': true,
        'ceph': ['env', 'VG_FAKE_CEPH=$VG_FAKE_CEPH',
            '$builddir/tests/unit/lib/fake-rbd', 'ceph-a', 'as', 'glance'],
        'stores': [{'id': 'cheap', 'type': 'file', 'default': true},
        {'id': 'ceph', 'type': 'rbd', 'fsid': '$fsid', 'pool': 'images'}]}}"
}

## Running the program

# ended STATUS: what ran last did so, and printed no key.
ended() {
    [[ $status == "$1" ]] ||
        fail "it ended with status $status, not $1: $(cat "$tmp/err")"
    ! grep -F "$key" "$tmp/out" "$tmp/err" || fail "it prints a key"
    ! grep -F 'fake of Ceph' "$tmp/err" || fail "Ceph prints something"
}

# vg STATUS ARGUMENT…: runs it.
vg() {
    run "${@:2}"
    ended "$1"
}

# with_store [OPTION…]: $options is these, and the store "ceph" if none is named.
with_store() {
    options=("$@")
    [[ " $* " == *' --store '* ]] || options+=(--store ceph)
}

# snapshot STATUS [OPTION…]: of the guest; start_snapshot: in the background, and
# await STATUS: its end.
snapshot() {
    with_store "${@:2}"
    vg "$1" snapshot guest one --json "${options[@]}"
}
start_snapshot() {
    with_store "$@"
    start snapshot guest one --json "${options[@]}"
}
await() {
    finish
    ended "$1"
}

# recover: it ends with 0, and has nothing to do a second time. What was asked for
# is old by then.
recover() {
    no_fault
    age_jobs
    vg 0 recover
    nothing_to_recover
}
nothing_to_recover() {
    vg 0 recover
    grep -q '^Nothing' "$tmp/out" || fail "something is left to recover"
}

## What became of it

# image EXPRESSION: of the first image of the result; record: of Glance's only one.
image() { show "j['images'][0]$1"; }
record() { images "i$1"; }

# ways: of all images of the result.
ways() { show "' '.join(i['way'] for i in j['images'])"; }

count_images() { images | wc -l; }

# asked METHOD [PATH]: how often Glance was asked so.
asked() { requests | grep -cE "^$1 ${2-.*} " || :; }

# warns_once REGEX: that is the only warning; is_quiet: there is none.
warns_once() {
    warns "$1"
    same "the number of warnings" 1 "$(grep -c '^warning: ' "$tmp/err")"
}
is_quiet() { ! grep '^warning: ' "$tmp/err"; }

# journal KIND EXPRESSION: of the only job of that kind.
journal() { journals "'$1' == j.get('kind', 'snapshot') and $2 or ''" | grep .; }

# journal_file KIND: its file.
journal_file() { echo "$tmp/state/jobs/$(journal "$1" "j['id']").json"; }

# steps [KIND]: of that job (a snapshot), "STEP STATE" each.
steps() {
    journal "${1-snapshot}" \
        "', '.join(s['step'] + ' ' + s['state'] for s in j['steps'])"
}

# jobs_are TEXT: "KIND STATE" of each, sorted.
jobs_are() {
    vg 0 jobs --json
    [[ $(show "', '.join(sorted(i['kind'] + ' ' + i['state'] for i in j))") == "$1" ]]
}

# ceph_is [LINE…]: Ceph has what it had, and these.
ceph_is() {
    { cat "$tmp/before"; printf '%s\n' "$@"; } | grep . | sort >"$tmp/expected"
    ceph show | sort | diff "$tmp/expected" - || fail "Ceph has something else"
}

# ceph_has ID: Ceph has that image besides, flat.
ceph_has() { ceph_is "images/$1 1048576" "images/$1@snap 1048576 protected"; }

# nothing: no image, nothing in Ceph, nothing to recover.
nothing() {
    nothing_live
    ceph_is
    nothing_to_recover
}

# has ID [DISK]: that image in Ceph has the bytes of the file of DISK (vms-disk).
has() {
    ceph export "images/$1" | cmp - "$tmp/${2-vms-disk}"
    ceph export "images/$1@snap" | cmp - "$tmp/${2-vms-disk}"
}

# cloned: the result's image is a clone that stands on its own, active.
cloned() {
    local id

    id=$(image "['id']")
    same "the way" clone "$(ways)"
    same "the record" "active 1048576 ceph" \
        "$(images "i['status'], i['size'], i['stores']")"
    same "the number of uploads" 0 "$(asked PUT)"
    has "$id"
    ceph_has "$id"
}

# streamed [DISK]: it was uploaded; nothing is left in Ceph.
streamed() {
    same "the way" stream "$(ways)"
    same "the status" active "$(record "['status']")"
    holds "$(record "['disk_format']")" "$(record "['id']")" raw "$tmp/${1-vms-disk}"
    ceph_is
}
