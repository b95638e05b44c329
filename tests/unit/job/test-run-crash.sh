#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A snapshot that is killed or interrupted whenever it writes its journal, and
# recovered; and the rotation of backups. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config
disk qcow2 "$tmp/a.qcow2" 8M
disk raw "$tmp/b.raw" 8M
guests "$(guest_xml guest 5 \
    "$(disk_xml vda qcow2 "$tmp/a.qcow2")$(disk_xml vdb raw "$tmp/b.raw")" "$(made_from)")"

# killed SIGNAL ARGUMENT…: for each write of the journal, and before and after it:
# a run that gets the signal then. Stops when a run has no such write.
killed() {
    local signal=$1 n when
    shift
    for n in {1..40}; do
        for when in before after; do
            glance
            rm -rf "$tmp/state"
            kill_at=$n-$when-$signal
            run snapshot guest one "$@"
            kill_at=
            [[ $status != 0 ]] || return 0
            "after_$signal" "$n-$when: $*"
        done
    done
    result "it comes to an end" "40 journals are not enough"
}

# kept: the number of images that the last job is known to have kept.
kept() {
    journals "sum(s['state'] == 'kept' and s['step'] == 'image' for s in j['steps'])" |
        grep . || echo 0
}

# SIGKILL: what is left is undone by "recover", unless the images are kept.
after_9() {
    local killed=$status recovered before
    before=$(images | wc -l)
    age_jobs
    run recover
    recovered=$status
    run recover
    result "killed at $1" "$(
        same "the status of the killed one" 137 "$killed"
        same "the status of recover" 0 "$recovered"
        same "a second recover" "Nothing to recover" "$(cat "$tmp/out")"
        same "images" "$(kept)" "$(images | wc -l)"
        ((before >= $(images | wc -l))) || echo "recover made images"
        nothing_left | grep -v "^image left"
    )"
}
killed 9
killed 9 --all-disks --protected

# SIGINT and SIGTERM: it undoes by itself. (After its images are kept it is too late
# for that, and it succeeds.)
after_2() {
    result "interrupted at $1" "$(expect 130; says 'interrupted'; nothing_left)"
}
after_15() {
    result "terminated at $1" "$(expect 143; says 'interrupted'; nothing_left)"
}
killed 2
killed 15 --all-disks

# What died is listed, and recovered by its id.
glance
rm -rf "$tmp/state"
kill_at=2-after
run snapshot guest one
kill_at=
run jobs --json
job=$(show "j[0]['id']")
result "jobs lists what is to be recovered" "$(
    expect 0
    json "[(j['state'], j['steps'][0]['state']) for j in j] == [('to recover', 'begun')]"
)"
run recover 00000000
result "recover of an unknown job" "$(expect 1; says '00000000')"
rules '[{"method": "DELETE", "path": "/v2/images/.*", "times": 0, "status": 403, "json": {}}]'
run recover "$job"
result "recover, and Glance refuses" "$(expect 5; says "403")"
glance
age_jobs
run recover "$job" --json
result "recover by its id" "$(expect 0; json "j['recovered'] == 1"; nothing_left)"

## A rollback that Glance refuses

glance '{"rules": [{"method": "PUT", "path": ".*/file", "times": 0, "status": 413, "json": {}},
  {"method": "DELETE", "path": "/v2/images/.*", "times": 0, "status": 409, "json": {}}]}'
rm -rf "$tmp/state"
run snapshot guest stuck
result "an image that can't be deleted" "$(
    expect 8
    says '413.*409.*recover'
    same images 1 "$(images | wc -l)"
)"

## Backups

# backups STATUS NAME EXPRESSION WANTED ARGUMENT…
glance
rm -rf "$tmp/state"
for n in 1 2 3; do
    run backup guest "daily$n" --type daily --rotation 2 --json
    result "backup $n of which two are kept" "$(
        expect 0
        json "len(j['deleted']) == $((n > 2))"
        same "the backups" "$(((n > 2) + 1)) $n" \
            "$(images "i['name'][-1]" | sort | sed -n '1p;$p' | xargs | sed 's/^1$/1 1/')"
    )"
done
result "a backup's properties" "$(same properties "backup daily" \
    "$(images "i['image_type'], i['backup_type']" | sort -u)")"
run backup guest weekly --type weekly --rotation 1 --json
result "another type is counted for itself" "$(
    expect 0
    json "j['deleted'] == []"
    same images 3 "$(images | wc -l)"
)"
rules '[{"method": "DELETE", "path": "/v2/images/.*", "status": 403, "json": {}}]'
run backup guest daily4 --type daily --rotation 1 --json
result "a backup that can't be deleted" "$(
    ((status != 0)) || echo "it succeeded"
    grep -q '^warning: backup .*403' "$tmp/err" || echo "no warning: $(<"$tmp/err")"
    json "len(j['deleted']) == 1 and j['images'][0]['name'] == 'daily4'"
)"
before=$(images | sort)
run backup guest none --type daily --rotation 0
result "rotation 0 by itself" "$(
    expect 2
    says '^virt-glance: --rotation 0 would delete all backups of this type and make none'
    same "its backups" "$before" "$(images | sort)"
)"
run backup guest none --type daily --rotation 0 --delete-all
result "rotation 0 makes none, and deletes all" "$(
    expect 0
    same "daily backups" "" "$(images "i['name'] if i['backup_type'] == 'daily' else ''" | xargs)"
    [[ $before != "$(images | sort)" ]] || echo "nothing was deleted"
)"
run backup guest x --type daily
result "--type without --rotation, and no policy" "$(expect 2; says 'no policy for backups of type .daily')"
run backup guest x
result "neither, and no policy" "$(expect 2; says 'policy')"

done_testing
