#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# "restore DOMAIN" of a disk in Ceph that is killed at each write of its journal, and
# in the middle of the exchange: the guest has its old disk or the new one, and after
# "recover" nothing else is left. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/rbd.sh
. "$(dirname "$0")/../lib/rbd.sh"

# imaged [STORE]: the guest's image is in Glance, in Ceph as well unless STORE isn't, and
# its disk is another now.
imaged() {
    fake POST /_control "{\"config\": {\"keep\": \"$tmp/kept\"}}" >/dev/null
    mkdir -p "$tmp/kept"
    vg 0 snapshot guest one --json --store "${1-ceph}" --format raw
    head -c 1M /dev/urandom >"$tmp/then"
    ceph as admin rm vms/disk
    ceph import "$tmp/then" vms/disk 61
    ceph show >"$tmp/before"
    again
}
again() { rm -rf "$tmp/state"; }

# which: "old" or "new", if the disk is that, and with the new one the old one has its
# name; and then the old one is the disk again.
which() {
    local kept is

    is=$(ceph show | grep '^vms/')
    kept=$(grep -oE 'vms/disk.virt-glance-old-[0-9a-f]{8}' <<<"$is") || :
    if [[ $is == 'vms/disk 1048576' ]] && ceph export vms/disk | cmp -s - "$tmp/then"; then
        echo old
    elif [[ $is == "vms/disk 1048576"$'\n'"$kept 1048576" ]] &&
        ceph export vms/disk | cmp -s - "$tmp/vms-disk" && ceph export "$kept" | cmp -s - "$tmp/then"; then
        ceph as admin rm vms/disk
        ceph as admin rename "$kept" vms/disk
        echo new
    else
        echo "a mix: $is"
    fi
}

# recovered: what is there after a "recover".
recovered() {
    local state is

    recover
    state=$(journal restore "j['state'] + ' ' + str(j.get('error_code'))")
    is=$(which)
    [[ $is == old || $is == new ]] || fail "$is"
    [[ $is == old || $state == "done None" ]] || fail "new, and the job is $state"
    [[ $is == new || $state != "done None" ]] || fail "old, and the job is $state"
    seen+=" $is"
    ceph_is
}

# each_write WHEN STORE [CONFIGURATION…]
each_write() {
    local n seen=

    imaged "$2"
    new_config "${@:3}"
    for ((n = 1; ; n++)); do
        again
        kill_at=$n-$1
        run restore guest
        kill_at=
        [[ $status != 0 ]] || break
        [[ $status == 137 ]] || fail "write $n: status $status"
        recovered || fail "$1 write $n"
    done
    [[ $seen == *old*new* ]] || fail "only these were seen: $seen"
    [[ $# == 2 ]] || wait_for jobs_are 'flatten done, restore done'
    ((n > 4)) || fail "the journal is written only $((n - 1)) times"
    same "the disk" new "$(which)"
}

# each_point POINT: killed there in the first or the second rename, or flattening.
each_point() {
    local seen="" point

    for point; do
        again
        fault "$point kill"
        run restore guest
        [[ $status == 137 ]] || fail "$point: status $status"
        recovered || fail "$point"
    done
    echo "$seen" >"$tmp/seen"
}
in_rename() {
    imaged
    each_point 'rbd_rename 1' 'rbd_rename_named 1' 'rbd_rename_moved 1' 'rbd_rename 2' \
        'rbd_rename_named 2' 'rbd_rename_moved 2'
    same "the disks" ' old old old old old new' "$(cat "$tmp/seen")"
}
in_stream() {
    imaged cheap
    each_point 'rbd_create 1' 'rbd_aio_write 1' 'rbd_flush 1'
    same "the disks" ' old old old' "$(cat "$tmp/seen")"
}
in_clone() {
    imaged
    each_point 'rbd_clone3_begun 1' 'rbd_clone3_made 1' 'rbd_flatten_object 3' 'rbd_flatten_detach 1'
    same "the disks" ' old old old old' "$(cat "$tmp/seen")"
}

# The guest would have run on a mix.
one_of_two() {
    cp "$tmp/vms-disk" "$tmp/then-b"
    ceph import "$tmp/then-b" vms/b 61
    new_guest off vda=rbd:vms/disk vdb=rbd:vms/b
    vg 0 snapshot guest both --all-disks --json --store ceph
    ceph show >"$tmp/before"
    again
    for fault in 'rbd_rename 3' 'rbd_rename_moved 3' 'rbd_rename 4' 'rbd_rename_named 4'; do
        again
        fault "$fault kill"
        run restore guest
        [[ $status == 137 ]] || fail "$fault: status $status"
        recover
        ceph_is
        [[ $(journal restore "j['state']") == failed ]] || fail "$fault: the job is $(journal restore "j['state']")"
    done
    again
    fault 'rbd_rename_moved 4 kill'
    run restore guest
    recover
    [[ $(journal restore "j['state']") == "done" ]]
    job=$(journal restore "j['id']")
    ceph_is "vms/disk.virt-glance-old-$job 1048576" "vms/b.virt-glance-old-$job 1048576"
}

# Nobody can tell whether the exchange is done: nothing is undone.
unreachable() {
    imaged
    fault 'rbd_rename_moved 2 kill'
    run restore guest
    fault 'rados_connect * ETIMEDOUT'
    vg 6 recover
    says 'no monitor answered'
    fault 'rbd_get_id 3 ETIMEDOUT'
    vg 6 recover
    says 'did not answer in time'
    no_fault
    recovered
    same "the disk" ' new' "$seen"
}
seen=

# The guest was started with the new disk, though the job had died before its end.
started() {
    imaged
    fault 'rbd_rename 2 kill'
    run restore guest
    ceph import "$tmp/then" vms/disk 61
    watched vms/disk
    no_fault
    vg 1 recover
    says 'RBD image vms/disk can.t be replaced: a client has it open'
    unwatched
}

# A damaged journal.
damaged() {
    imaged
    fault 'rbd_flatten_object 3 kill'
    run restore guest
    no_fault
    ceph import "$tmp/then" vms/mine 61
    sed -i -E 's|vms/disk.virt-glance-new-[0-9a-f]{8}|vms/mine|' "$tmp"/state/jobs/*.json
    vg 1 recover
    says 'names the RBD image vms/mine, which is not one of job'
    [[ $(ceph show) == *vms/mine* ]]
}

it "killed before each write of the journal" each_write before ceph
it "killed after each write of the journal" each_write after ceph
it "killed before each write, with the data downloaded" each_write before cheap
it "killed after each write, with the data downloaded" each_write after cheap
it "killed before each write, and flattened later" each_write before ceph '[ceph]' 'flatten = after'
it "killed after each write, and flattened later" each_write after ceph '[ceph]' 'flatten = after'
it "two disks, killed when one is exchanged" one_of_two
it "killed while the data are written" in_stream
it "killed while images are renamed" in_rename
it "killed while the clone is made" in_clone
it "Ceph does not answer" unreachable
it "a guest that was started" started
it "a damaged journal" damaged

done_testing
