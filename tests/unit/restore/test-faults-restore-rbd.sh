#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# "restore DOMAIN" of a disk in Ceph, in which a call of libc fails, as in
# tests/unit/job/test-faults.sh, or a call to Ceph: after "recover" the disk is the new
# one, with the old one under its other name, or the old one, and nothing else is there.
# It is cloned, downloaded, or converted. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
: "${VG_TEST_FAULTS:=1}"
# shellcheck source=tests/unit/lib/rbd.sh
. "$(dirname "$0")/../lib/rbd.sh"
# shellcheck source=tests/unit/lib/faults.sh
. "$(dirname "$0")/../lib/faults.sh"

# imaged STORE FORMAT: the guest's image is in Glance, and its disk is another now.
imaged() {
    fresh
    fake POST /_control "{\"config\": {\"keep\": \"$tmp/kept\"}}" >/dev/null
    mkdir -p "$tmp/kept"
    run snapshot guest one --store "$1" --format "$2"
    [[ $status == 0 ]] || echo "no image"
    head -c 1M /dev/urandom >"$tmp/then"
    ceph as admin rm vms/disk
    ceph import "$tmp/then" vms/disk 61
    ceph show | sort >"$tmp/before"
    rm -rf "$tmp"/ceph.new
    cp -r "$VG_FAKE_CEPH" "$tmp/ceph.new"
    again
}
again() {
    rm -rf "$VG_FAKE_CEPH" "$tmp"/{state,run,scratch}
    cp -r "$tmp/ceph.new" "$VG_FAKE_CEPH"
    rm -f "$VG_FAKE_CEPH/log" "$fake/log"
}

# what: "old" or "new", as the disk is; or what is there.
what() {
    local is kept

    is=$(ceph show | sort)
    kept=$(grep -oE '^vms/disk.virt-glance-old-[0-9a-f]{8}' <<<"$is") || :
    if [[ -z $kept ]] && diff -q "$tmp/before" - <<<"$is" >/dev/null &&
        ceph export vms/disk | cmp -s - "$tmp/then"; then
        echo old
    elif [[ -n $kept ]] && grep -v "^$kept" <<<"$is" | diff -q "$tmp/before" - >/dev/null &&
        ceph export vms/disk | cmp -s - "$tmp/vms-disk" && ceph export "$kept" | cmp -s - "$tmp/then"; then
        echo new
    else
        echo "a mix: $is"
    fi
}
# (As faults.sh asks: whether it did what it was to do.)
fault_images() { [[ $(what) == old ]] || what; }

check() {
    local made=$status is job
    rm -f "$VG_FAKE_CEPH/faults"
    fault_status "$made"
    is=$(what)
    [[ $is == old || $is == new ]] || echo "$is"
    job=$(journals "j['state'] if j['kind'] == 'restore' else ''" | xargs)
    [[ $is != new || $job == "done" ]] || echo "new, and the job is $job"
    [[ $is != old || $job != "done" ]] || echo "old, and the job is $job"
    nothing_left | grep -v '^image left'
}

# What a call that changes something has done, though it fails, is undone as well.
changes='^(rbd_(clone3|create4?|flatten_with_progress|remove|rename|aio_write|flush)|rados_remove)$'
# These only ask: not in a sample.
asks='^(rados_(conf|get|cluster)|rbd_get|rbd_image_options)'

# with_ceph_faults COMMAND ARGUMENT…: the same with the calls to Ceph that it makes, which
# do nothing and fail, and of those that change something, which do it and fail.
with_ceph_faults() {
    local call n tries step at action problem

    again
    "$@"
    result "no fault of Ceph: $*" "$(expect 0)"
    cut -d ' ' -f 1 "$VG_FAKE_CEPH/log" | sort | uniq -c >"$tmp/ceph-calls"
    while read -r n call <&9; do
        tries=$VG_TEST_FAULTS
        [[ $tries != all ]] || tries=$n
        ((tries < n)) || tries=$n
        [[ $VG_TEST_FAULTS == all || ! $call =~ $asks ]] || continue
        for action in EIO after-EIO; do
            [[ $action == EIO || $call =~ $changes ]] || continue
            problem=
            for ((step = 0; step < tries; step++)); do
                at=$((1 + step * n / tries))
                ((tries > 1)) || at=$((1 + n / 2))
                again
                fault "$call $at $action"
                "$@"
                problem+=$(check | sed "s/^/$call $at of $n: $action: /")
                problem+=$'\n'
            done
            result "$call fails with $action ($tries of $n calls)" "$(grep . <<<"$problem")"
        done
    done 9<"$tmp/ceph-calls"
}

imaged cheap qcow2
with_faults check again run restore guest
[[ $VG_TEST_FAULTS == 1 ]] || with_ceph_faults run restore guest
imaged ceph raw
with_ceph_faults run restore guest
if [[ $VG_TEST_FAULTS != 1 ]]; then
    with_faults check again run restore guest
    imaged cheap raw
    with_faults check again run restore guest
    with_ceph_faults run restore guest
fi

done_testing
