#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Snapshots of guests in Ceph that are killed, or can't write their journal, at
# each of their steps: "recover" leaves nothing, or a whole image. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/rbd.sh
. "$(dirname "$0")/../lib/rbd.sh"

# whole ID: an image that was kept: flat, active, of the disk's bytes.
whole() {
    same "the status" active "$(record "['status']")"
    if [[ $(ceph show) == *"images/$1 "* ]]; then
        has "$1"
        ceph_has "$1"
    else
        holds "$(record "['disk_format']")" "$1" raw "$tmp/vms-disk"
        ceph_is
    fi
}

# settled: no program runs, in the background neither. (One that was just started
# there holds no lock yet; the pattern doesn't match itself.)
settled() { ! grep -qs "$tmp/con[f]" /proc/[0-9]*/cmdline; }

# recovered: what is there after a "recover" is nothing, or the image.
recovered() {
    wait_for settled
    recover
    if [[ $(count_images) == 0 ]]; then
        nothing
    else
        same "the number of images" 1 "$(count_images)"
        whole "$(record "['id']")"
        kept=$((kept + 1))
    fi
}

# each_write HOW [OPTION…]: the journal's writes, one after the other.
each_write() {
    local n how=$1 kept=0

    shift
    for ((n = 1; ; n++)); do
        "${start[@]}"
        kill_at=$n-$how
        start_snapshot "$@"
        finish
        kill_at=
        [[ $status != 0 ]] || break
        [[ $status == 137 ]] || fail "write $n: status $status"
        recovered || fail "$how write $n"
    done
    wait_for jobs_are "$end"
    whole "$(record "['id']")"
    ((n > 4)) || fail "the journal is written only $((n - 1)) times"
    ((kept >= 1 && kept <= 3)) || fail "$kept images were kept"
}

clone_before() {
    start=(fresh) end='snapshot done'
    each_write "$1"
}

after() {
    fresh
    ceph require-client 13
    ceph user glance "$key" 'images=rw vms=r'
    new_config '[ceph]' 'flatten = after'
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
    control "{'config': {'show_locations': false}}"
}
clone_refused() {
    start=(refused) end='snapshot done'
    each_write "$1"
}

# unwritten START JOBS: where the journal can't be written, it fails by itself; what
# could not be undone in it, "recover" does. JOBS are there once it can be written.
unwritten() {
    local n failed=0 kept=0

    for ((n = 1; ; n++)); do
        "$1"
        kill_at=$n-fail
        start_snapshot
        finish
        kill_at=
        [[ $status != 0 ]] || break
        [[ $status == 1 || $status == 8 ]] || fail "write $n: status $status"
        grep -q '^virt-glance: ' "$tmp/err" || fail "write $n: it says nothing"
        failed=$((failed + 1))
        recovered || fail "write $n"
    done
    wait_for jobs_are "$2"
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
        await 137
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
        control "{'rules': [{'method': 'PATCH', $cut}]}"
        start_snapshot
        wait_for patched
        kill -KILL "$pid"
        await 137
        recovered
    done
}
patched() { [[ $(asked PATCH) == 1 ]]; }

# Killed while it recovers, and again.
recover_killed() {
    local n kept=0

    fault 'rbd_snap_create 2 kill'
    start_snapshot
    await 137
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
it "the journal can't be written" unwritten fresh 'snapshot done'
it "the journal can't be written, and flattened later" \
    unwritten after 'flatten done, snapshot done'
it "killed in Ceph" in_clone
it "killed while it is flattened" in_flatten
it "killed while Glance is told" in_glance
it "killed while it recovers" recover_killed
done_testing
