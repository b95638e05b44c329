#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Snapshots of guests in Ceph that are killed, or can't write their journal, at
# each of their steps: "recover" leaves nothing, or a whole image. Prints TAP.
# shellcheck disable=SC2119,SC2120 # arguments that may be left out
# shellcheck source=tests/unit/lib/rbd.sh
. "$(dirname "$0")/../lib/rbd.sh"

# whole ID: an image that was kept: flat, active, of the disk's bytes.
whole() {
    same "the status" active "$(record "['status']")"
    if [[ $(ceph show) == *"images/$1 "* ]]; then
        ceph export "images/$1@snap" | cmp - "$tmp/vms-disk"
        ceph_is "images/$1 1048576" "images/$1@snap 1048576 protected"
    else
        same "the hash" "$(sha512sum <"$tmp/vms-disk" | cut -d' ' -f1)" \
            "$(record "['os_hash_value']")"
        ceph_is
    fi
}

# settled: no job runs, nor one that flattens.
settled() {
    vg 0 jobs --json
    ! grep -q '"running"' "$tmp/out"
}

# recovered: what is there after a "recover" is nothing, or the image.
recovered() {
    wait_for settled
    recover
    if [[ $(images) == 0 ]]; then
        nothing
    else
        same "the number of images" 1 "$(images)"
        whole "$(record "['id']")"
        kept=$((kept + 1))
    fi
}

# each_write HOW [OPTION…]: the journal's writes, one after the other.
each_write() {
    local n status how=$1 kept=0

    shift
    for ((n = 1; ; n++)); do
        "${start[@]}"
        VG_KILL_AT="$how $n" start_snapshot "$@"
        status=0
        wait "$pid" 2>/dev/null || status=$?
        [[ $status != 0 ]] || break
        [[ $status == 137 ]] || fail "write $n: status $status"
        recovered || fail "$how write $n"
    done
    wait_for jobs_are "$end"
    whole "$(record "['id']")"
    echo "killed $how $((n - 1)) writes; $kept images were kept"
    ((n > 5)) || fail "the journal is written only $((n - 1)) times"
    ((kept >= 1 && kept <= 3)) || fail "$kept images were kept"
}

clone_before() {
    start=(fresh) end='snapshot done'
    each_write "$1"
}

after() {
    fresh
    ceph require-client 13
    ceph user glance $key 'images=rw vms=r'
    new_conf '[ceph]' 'flatten = after'
}
clone_after() {
    start=(after) end='flatten done, snapshot done'
    each_write "$1"
}

stream() {
    start=(fresh) end='snapshot done'
    each_write "$1" --store cheap
}

refused() {
    fresh
    glance "{'config': {'show_locations': false}}"
}
clone_refused() {
    start=(refused) end='snapshot done'
    each_write "$1"
}

# Where the journal can't be written, it fails by itself; what could not be undone
# in it, "recover" does.
unwritten() {
    local n status failed=0

    for ((n = 1; ; n++)); do
        "$1"
        VG_KILL_AT="fail $n" start_snapshot
        status=0
        wait "$pid" || status=$?
        [[ $status != 0 ]] || break
        [[ $status == 1 || $status == 8 ]] || fail "write $n: status $status"
        grep -q '^virt-glance: ' "$tmp/err" || fail "write $n: it says nothing"
        failed=$((failed + 1))
        kept=0
        recovered || fail "write $n"
    done
    wait_for settled
    whole "$(record "['id']")"
    ((failed > 4)) || fail "it failed only $failed times"
}

# Killed in the middle of what Ceph does: PLACE is a line of a fault.
in_ceph() {
    local place kept=0

    for place; do
        "${start[@]}"
        fault "$place"
        start_snapshot
        ends 137
        recovered || fail "$place"
    done
}

before_or_after() {
    local name=$1 nth=$2

    echo "$name $nth kill"
    echo "$name $nth kill-after"
}

places() {
    before_or_after rbd_snap_create 1
    before_or_after rbd_snap_protect 1
    before_or_after rbd_clone3 1
    echo 'rbd_clone3_begun 1 kill'
    echo 'rbd_clone3_made 1 kill'
    before_or_after rbd_snap_create 2
    before_or_after rbd_snap_protect 2
    before_or_after rbd_snap_unprotect 1
    before_or_after rbd_snap_remove 1
}

in_clone() {
    local list

    start=(fresh)
    mapfile -t list < <(places)
    in_ceph "${list[@]}"
}

in_flatten() {
    start=(fresh)
    in_ceph 'rbd_flatten_object 1 kill' 'rbd_flatten_object 3 kill' \
        'rbd_flatten_object 16 kill' 'rbd_flatten_detach 1 kill' \
        'rbd_flatten_with_progress 1 kill-after'
}

# While Glance is told.
in_glance() {
    local cut kept=0

    for cut in "'stall': 0" "'stall': 1"; do
        fresh
        glance "{'rules': [{'method': 'PATCH', $cut}]}"
        start_snapshot
        wait_for asked_patch
        kill -KILL "$pid"
        ends 137
        recovered
    done
}
asked_patch() { [[ $(asked PATCH '.*') == 1 ]]; }

# Killed while it recovers, and again.
recover_killed() {
    local n kept=0

    fault 'rbd_snap_create 2 kill'
    start_snapshot
    ends 137
    for place in 'rbd_remove 1 kill' 'rbd_remove 1 kill-after' 'rbd_snap_unprotect 1 kill' \
        'rbd_snap_unprotect 1 kill-after' 'rbd_snap_remove 1 kill' 'rbd_snap_remove 1 kill-after'; do
        fault "$place"
        vg 137 recover
    done
    recovered
    same "images that were kept" 0 "$kept"
}

for how in before after; do
    it "killed $how each write: cloned" clone_before $how
    it "killed $how each write: cloned, and flattened later" clone_after $how
    it "killed $how each write: streamed" stream $how
    it "killed $how each write: refused, so streamed" clone_refused $how
done
it "the journal can't be written" unwritten fresh
it "the journal can't be written, and flattened later" unwritten after
it "killed in Ceph" in_clone
it "killed while it is flattened" in_flatten
it "killed while Glance is told" in_glance
it "killed while it recovers" recover_killed
finish
