#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Which backups go: --keep-daily and its like, what "backup --dry-run" says of it, and
# "prune", of a guest that is gone. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config '[agent]' "policy_directory = $tmp/policy.d"
disk raw "$tmp/a.raw" 1M 1
disk raw "$tmp/b.raw" 1M 2
guests "$(guest_xml guest 5 "$(
    disk_xml vda raw "$tmp/a.raw"
    disk_xml vdb raw "$tmp/b.raw"
)" "<p:policy xmlns:p='urn:virt-glance:policy'><on event='backup' type='daily'
    keep_daily='2' keep_monthly='2'/></p:policy>")"
uuid=$(uuid_of guest)

# old NAME TIME [MEMBERS]: a backup's record; its ID is made of the name.
id_of() { printf '2b6f1c0d-8e7a-4f59-b1c2-%012d' "$1"; }
old() {
    echo "{\"id\": \"$(id_of "$1")\", \"name\": \"$1\", \"image_type\": \"backup\",
        \"backup_type\": \"daily\", \"instance_uuid\": \"$uuid\", \"status\": \"active\",
        \"created_at\": \"$2\"${3-}}"
}
# olds MORE…: with a whole history, and those.
olds() {
    local IFS=,
    local all=("$(old 1 2026-01-05T02:00:00Z)" "$(old 2 2026-01-20T02:00:00Z)"
        "$(old 3 2026-02-10T02:00:00Z)" "$(old 4 2026-02-11T02:00:00Z)"
        "$(old 5 2026-02-11T03:00:00Z)" "$@")
    glance "{\"config\": {\"admin\": true}, \"images\": [${all[*]}]}"
}
# names: of all that are left but the base image, sorted; new ones are "new".
names() { images "i['name'] if len(i['name']) < 3 else 'new'" | sort | xargs; }

olds
before=$(images | sort)
run backup guest --dry-run
result "a dry run by the policy" "$(
    expect 0
    same "images" "$before" "$(images | sort)"
    same "what would go" "$(for n in 1 2 3 4; do
        echo "Would delete the old backup $(id_of $n)"
    done)" "$(grep '^Would' "$tmp/out" | sort)"
    grep -Eq '^ *store: +reliable' "$tmp/out" || cat "$tmp/out"
    same "jobs" "" "$(ls "$tmp/state/jobs" 2>/dev/null)"
)"
run backup guest --dry-run --json
result "in JSON, with the plan" "$(
    expect 0
    json "sorted(i[-1] for i in j['deleted']) == ['1', '2', '3', '4']"
    json "[d['store'] for d in j['disks']] == ['reliable']"
)"
run backup --all --type daily --dry-run --json
result "of all guests" "$(
    expect 0
    same "images" "$before" "$(images | sort)"
    json "[(g['domain'], g['result']) for g in j['guests']] == [('guest', 'planned')]"
    json "j['planned'] == 1 and j['done'] == 0 and len(j['guests'][0]['plan']['deleted']) == 4"
)"
run backup guest --dry-run --store nosuch
result "a dry run that fails" "$(expect 4; says nosuch)"
run backup guest --dry-run --type daily --rotation 0 --delete-all
result "a dry run of deleting all" "$(
    expect 0
    same "lines" 5 "$(grep -c '^Would' "$tmp/out")"
    same "images" "$before" "$(images | sort)"
)"

run backup guest
result "the same for real" "$(
    expect 0
    same "images" "5 new" "$(names)"
    same "told" 4 "$(grep -c '^Deleted the old backup' "$tmp/out")"
)"
olds
run backup guest --type daily --keep-weekly 1 --rotation 2
result "options stand alone" "$(expect 0; same "images" "5 new" "$(names)")"
olds
run backup --all --type daily --rotation 1
result "with --all, too" "$(expect 0; same "images" "new" "$(names)")"

# Images of one instant stay together, though midnight was between them.
group() { echo ", \"virt_glance_snapshot\": \"$1\"${2:+, \"virt_glance_disk\": \"$2\"}"; }
olds "$(old 21 2026-02-12T23:59:59Z "$(group g)")" \
    "$(old 22 2026-02-13T00:00:01Z "$(group g vdb)")" \
    "$(old 23 2026-02-13T02:00:00Z "$(group h)")" \
    "$(old 24 2026-02-13T02:00:01Z "$(group h vdb)")"
run prune --instance "$uuid" --keep-daily 2
result "disks of one instant stay together" "$(
    expect 0
    same "images" "21 22 23 24" "$(names)"
)"

## Prune, of a guest that is gone

guests ""
olds "$(old 31 2026-02-12T00:00:00Z ", \"owner\": \"elsewhere\"")" \
    "$(old 32 2026-02-13T00:00:00Z ", \"owner\": \"elsewhere\"")" \
    "{\"name\": \"33\", \"image_type\": \"backup\", \"backup_type\": \"weekly\",
        \"instance_uuid\": \"$uuid\", \"status\": \"active\"}" \
    "{\"name\": \"34\", \"image_type\": \"snapshot\", \"instance_uuid\": \"$uuid\", \"status\": \"active\"}" \
    "{\"name\": \"35\", \"image_type\": \"backup\", \"backup_type\": \"daily\",
        \"instance_uuid\": \"$(uuid_of other)\", \"status\": \"active\"}" \
    "{\"name\": \"36\", \"image_type\": \"snapshot\", \"virt_glance_backup_type\": \"daily\",
        \"virt_glance_disk\": \"vdb\", \"virt_glance_domain_uuid\": \"$(uuid_of other)\",
        \"instance_uuid\": \"$uuid\", \"status\": \"active\"}" # (inherited, by Nova)
run prune --instance "${uuid^^}" --type daily --rotation 2 --dry-run
result "a dry run deletes none" "$(
    expect 0
    same "images" "1 2 3 31 32 33 34 35 36 4 5" "$(names)"
    same "what would go" "1 2 3" "$(sed -n 's/^Would delete .*0\([0-9]*\)$/\1/p' "$tmp/out" | sort | xargs)"
)"
run prune --instance "$uuid" --type daily --rotation 2 --json
result "one type; each project's are counted by themselves" "$(
    expect 0
    same "images" "31 32 33 34 35 36 4 5" "$(names)"
    json "sorted(i[-1] for i in j['deleted']) == ['1', '2', '3']"
)"
run prune --instance "$uuid" --keep-monthly 1
result "all types" "$(expect 0; same "images" "32 33 34 35 36 5" "$(names)")"
run prune --instance "$uuid" --keep-monthly 1
result "nothing more" "$(
    expect 0
    same "told" "No backup exceeds what is to be kept" "$(<"$tmp/out")"
)"
run prune --instance "$uuid" --rotation 0
result "all by a typo" "$(expect 2; says "give --delete-all"; same "images" "32 33 34 35 36 5" "$(names)")"
run prune --instance "$uuid" --rotation 0 --delete-all
result "all of the instance's backups" "$(expect 0; same "images" "34 35 36" "$(names)")"
olds
rules "[{\"method\": \"DELETE\", \"path\": \"/v2/images/$(id_of 1)\", \"status\": 403,
    \"json\": {}}]"
run prune --instance "$uuid" --rotation 2
result "one that may not be deleted" "$(
    expect 1
    same "images" "1 4 5" "$(names)"
    same "told" "$(for n in 2 3; do
        echo "Deleted the backup $(id_of $n)"
    done)" "$(sort "$tmp/out")"
)"
rules '[{"method": "GET", "path": "/v2/images", "status": 403, "json": {}}]'
run prune --instance "$uuid" --rotation 1
result "a list that is refused" "$(expect 5; says "backups of instance $uuid can't be listed")"
run prune --rotation 1
result "no instance" "$(expect 2; says "--instance is missing")"
run prune --instance guest --rotation 1
result "a name" "$(expect 2; says "--instance is the UUID")"
run prune --instance "$uuid"
result "nothing to keep" "$(expect 2; says "--keep-monthly is missing")"

done_testing
