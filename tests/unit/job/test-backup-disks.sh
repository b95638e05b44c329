#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Backups of all disks, and Nova's own beside them: Nova counts and deletes each
# image that has its marks of a backup, so only root disks' images may have them.
# Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config
disk raw "$tmp/a.raw" 4M 1
disk raw "$tmp/b.raw" 4M 2
guests "$(guest_xml guest 5 "$(disk_xml vda raw "$tmp/a.raw"
    disk_xml vdb raw "$tmp/b.raw")")"
uuid=$(uuid_of guest)

# nova_list: the ids and names of what Nova takes for backups of the guest, newest
# first.
nova_list() {
    fake POST /_control '{"config": {"auth": false}}' >/dev/null
    fake GET "/v2/images?image_type=backup&backup_type=daily&instance_uuid=$uuid" |
        python -c 'import json, sys
for i in json.load(sys.stdin)["images"]: print(i["id"], i["name"])'
}

# nova_backup NAME ROTATION: what Nova's createBackup does in Glance.
nova_backup() {
    local id

    fake POST /_control "{\"images\": [{\"name\": \"$1\", \"disk_format\": \"raw\",
        \"container_format\": \"bare\", \"image_type\": \"backup\",
        \"backup_type\": \"daily\", \"instance_uuid\": \"$uuid\",
        \"status\": \"active\"}]}" >/dev/null
    nova_list | tail -n "+$(($2 + 1))" | while read -r id _; do
        fake DELETE "/v2/images/$id" >/dev/null
    done
}

# names: of all images but the base one, sorted.
names() { images "i['name']" | sort | xargs; }

glance
for n in 1 2; do
    run backup guest "ours-$n" --all-disks --type daily --rotation 2 --quiet
done
result "two backups of both disks" "$(
    expect 0
    same "images" "ours-1 ours-1-vdb ours-2 ours-2-vdb" "$(names)"
    same "what Nova counts" "ours-2 ours-1" "$(nova_list | cut -d' ' -f2 | xargs)"
)"

nova_backup nova-1 2
result "Nova's rotation takes the root disks' alone" "$(
    same "images" "nova-1 ours-1-vdb ours-2 ours-2-vdb" "$(names)"
)"

run backup guest ours-3 --all-disks --type daily --rotation 2
# (Of the other disk there are fewer; ours-2's goes with its root disk's.)
result "our rotation counts Nova's, and deletes what belongs together" "$(
    expect 0
    same "images" "nova-1 ours-3 ours-3-vdb" "$(names)"
)"

done_testing
