#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# "restore DOMAIN" that is killed, interrupted or fails whenever it writes its journal:
# the guest has its old disks or the new ones, and after "recover" nothing else is
# left. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config
mkdir "$tmp/disks"
a=$tmp/disks/a.raw b=$tmp/disks/b.qcow2
disk raw "$a" 4M 1
disk qcow2 "$b" 4M 2
guests "$(guest_xml guest 5 "$(disk_xml vda raw "$a")$(disk_xml vdb qcow2 "$b")")"
glance
run snapshot guest set --all-disks --format qcow2
cp "$a" "$tmp/a-new"
cp "$b" "$tmp/b-new"
for file in "$a" "$b"; do
    qemu-io -f "${file##*.}" -c "write -q -P 9 3M 64k" "$file" >/dev/null
done
cp "$a" "$tmp/a-old"
cp "$b" "$tmp/b-old"

# old_disks: as they were before the run.
old_disks() {
    rm -rf "$tmp/state" "$tmp/disks"/* "$tmp/disks"/.[!.]*
    cp "$tmp/a-old" "$a"
    cp "$tmp/b-old" "$b"
}

# which: "old" or "new", if both disks are that, and no other file is there but, with
# the new ones, the old ones under their names.
which() {
    local kept
    kept=$(find "$tmp/disks" -mindepth 1 -printf '%f ' | tr ' ' '\n' | sort | sed -E 's/-[0-9a-f]{8}$/-JOB/' | xargs)
    if cmp -s "$a" "$tmp/a-old" && cmp -s "$b" "$tmp/b-old" && [[ $kept == "a.raw b.qcow2" ]]; then
        echo old
    elif cmp -s "$a" "$tmp/a-new" && qemu-img compare -q -f qcow2 -F qcow2 "$b" "$tmp/b-new" >/dev/null &&
        cmp -s "$a".before* "$tmp/a-old" && cmp -s "$b".before* "$tmp/b-old" &&
        [[ $kept == "a.raw a.raw.before-restore-JOB b.qcow2 b.qcow2.before-restore-JOB" ]]; then
        echo new
    else
        echo "a mix: $kept"
    fi
}

# of_job: what the journal says of the only job.
of_job() { journals "j['state']"; }

# killed SIGNAL: for each write of the journal, and before and after it: a run that
# gets the signal then. Stops when a run has no such write.
seen=
killed() {
    local signal=$1 n when
    for n in {1..20}; do
        for when in before after; do
            old_disks
            kill_at=$n-$when-$signal
            run restore guest
            kill_at=
            [[ $status != 0 ]] || return 0
            "after_$signal" "$n-$when"
        done
    done
    result "it comes to an end" "20 journals are not enough"
}

after_9() {
    local killed=$status between recovered
    between=$(cat "$a" "$b" | wc -c)
    run recover
    recovered=$status
    seen+=" $(which)"
    result "killed at $1" "$(
        same "the status of the killed one" 137 "$killed"
        same "the status of recover" 0 "$recovered"
        ((between > 0)) || echo "there was no disk"
        [[ $(which) == old || $(which) == new ]] || which
        [[ $(which) == old || $(of_job) == "done" ]] || echo "new disks, and the job is $(of_job)"
        [[ $(which) == new || $(of_job) != "done" ]] || echo "old disks, and the job is done"
        run recover
        same "a second recover" "Nothing to recover" "$(cat "$tmp/out")"
        nothing_left | grep -v '^image left'
    )"
}
killed 9
result "old and new ones were seen" "$([[ $seen == *old*new* ]] || echo "$seen")"

after_2() {
    result "interrupted at $1" "$(
        expect 130
        says "the restore of domain guest was interrupted"
        same "the disks" old "$(which)"
        nothing_left | grep -v '^image left'
    )"
}
killed 2

for n in {1..20}; do
    old_disks
    kill_at=$n-fail
    run restore guest
    kill_at=
    [[ $status != 0 ]] || break
    failed=$status
    run recover
    result "no space for the journal at $n" "$(
        [[ $failed == 1 || $failed == 8 ]] || echo "status $failed"
        [[ $(which) == old || $(which) == new ]] || which
        nothing_left | grep -v '^image left'
    )"
done

## The next command instead of recover

old_disks
kill_at=3-after
run restore guest
kill_at=
result "a restore is listed" "$(
    run jobs --json
    json "[(x['kind'], x['state']) for x in j] == [('restore', 'to recover')]"
    [[ $(find "$tmp/disks" -name '.*' | wc -l) != 0 ]] || echo "it was killed too late"
)"
run snapshot guest later
result "the next job undoes it" "$(expect 0; same "the disks" old "$(which)"; nothing_left | grep -v '^image left')"

# One that died between the exchanges of its two disks.
# between: makes that state, of a job with the id 0123abcd.
between() {
    local uuid
    uuid=$(uuid_of guest)
    old_disks
    mkdir -p "$tmp/state/jobs"
    ln "$a" "$a.before-restore-0123abcd"
    ln "$b" "$b.before-restore-0123abcd"
    cp "$tmp/a-new" "$tmp/disks/.a.raw.restore-0123abcd"
    cp "$tmp/b-new" "$tmp/disks/.b.qcow2.restore-0123abcd"
    mv -f "$tmp/disks/.a.raw.restore-0123abcd" "$a"
    cat >"$tmp/state/jobs/0123abcd.json" <<JSON
{"version": 1, "id": "0123abcd", "kind": "restore", "domain": "guest", "uuid": "$uuid",
 "uri": "test://$tmp/node.xml", "started": 1, "started_us": 1000000, "finished": 0,
 "state": "running", "images": [], "clusters": [], "not_contained": [], "steps": [
  {"step": "new-file", "object": "$tmp/disks/.a.raw.restore-0123abcd", "state": "begun"},
  {"step": "new-file", "object": "$tmp/disks/.b.qcow2.restore-0123abcd", "state": "begun"},
  {"step": "swap", "object": "$a", "state": "begun"},
  {"step": "swap", "object": "$b", "state": "begun"}]}
JSON
}
between
result "one disk is exchanged" "$([[ $(which) == "a mix"* ]] || which)"
run recover
result "then the old disks are back" "$(expect 0; same "the disks" old "$(which)"; nothing_left | grep -v '^image left')"
between
mv -f "$tmp/disks/.b.qcow2.restore-0123abcd" "$b"
run recover
result "all disks are exchanged" "$(
    expect 0
    same "the disks" new "$(which)"
    same "the job" "done" "$(of_job)"
    nothing_left | grep -v '^image left'
)"
between
rm "$b.before-restore-0123abcd" "$tmp/disks/.b.qcow2.restore-0123abcd"
run recover
result "and one of them is back already" "$(expect 0; same "the disks" old "$(which)")"

# A guest that was started on the mix.
between
qemu-nbd -t -f raw -k "$tmp/nbd" "$a" &
nbd=$!
wait_for test -S "$tmp/nbd"
run recover
result "a guest writes to the new disk" "$(expect 1; says "a running guest writes to it; shut the guest off")"
run restore guest --discard-old
result "then no old disk is deleted" "$(expect 8; says "old disks of domain guest stay, because job 0123abcd"
    [[ -e $a.before-restore-0123abcd ]] || echo "it is gone")"
kill "$nbd"
wait "$nbd" 2>/dev/null
run recover
result "and after its end" "$(expect 0; same "the disks" old "$(which)"; nothing_left | grep -v '^image left')"

# One that died while it overwrote a block device.
between
sed -i 's|{"step": "swap"|{"step": "overwrite", "object": "/dev/vg/disk", "state": "begun"}, &|' "$tmp/state/jobs/0123abcd.json"
half="/dev/vg/disk, a disk of domain guest, is not whole: job 0123abcd .*'virt-glance restore guest --overwrite'"
run recover
result "a device that is not whole" "$(expect 8; says "$half"; same "the files" old "$(which)")"
run snapshot guest never
result "then no snapshot is made" "$(expect 8; says "$half")"
run jobs --json
result "and it is listed" "$(json "[x['state'] for x in j if x['id'] == '0123abcd'] == ['to recover']")"
between
sed -i 's|{"step": "swap"|{"step": "overwrite", "object": "/dev/vg/disk", "state": "begun"}, &|' "$tmp/state/jobs/0123abcd.json"
mv -f "$tmp/disks/.b.qcow2.restore-0123abcd" "$b"
run recover
result "all disks have their new content" "$(expect 0; same "the disks" new "$(which)"; same "the job" "done" "$(of_job)")"

# A damaged journal.
between
sed -i 's|restore-0123abcd", "state"|x", "state"|' "$tmp/state/jobs/0123abcd.json"
touch "$tmp/disks/.a.raw.x"
run recover
result "a file of somebody else's" "$(expect 1; says "is not one of job 0123abcd"; [[ -e $tmp/disks/.a.raw.x ]] || echo "it is gone")"

done_testing
