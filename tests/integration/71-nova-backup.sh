#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Backups of all disks with a rotation, and Nova's own with one: neither of them
# takes the image of another disk for a backup of the server.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
requires_nova
server='' domain='' # by server_boot

images_snapshot
cleanup_fn images_delete_new
server_boot vgtest-nova-backup files '' 2

# left NAME…: of the images made since, these are there, and no others.
left() {
  assert_equal "$(printf '%s\n' "$@" | sort | xargs)" \
    "$(for id in $(images_new); do image_field "$id" name; done | sort | xargs)" "what is left"
}

# counted: what Nova takes for this server's backups of the type, by its own request.
counted() {
  image_call GET "images?image_type=backup&backup_type=daily&instance_uuid=$server&limit=200" |
    jq -r '.images[].name' | sort | xargs
}

for name in ours-1 ours-2; do
  next_second
  expect 0 virt_glance backup "$domain" $name --type daily --rotation 2 --disk vda --disk vdb
done
left ours-1 ours-1-vdb ours-2 ours-2-vdb
assert_equal 'ours-1 ours-2' "$(counted)" "what Nova counts"

# Nova's is the third: the oldest root disk goes, and no other disk's.
next_second
theirs=$(server_backup "$server" theirs-1 daily 2)
server_image_wait "$server" "$theirs"
left theirs-1 ours-2 ours-1-vdb ours-2-vdb

# Ours counts Nova's; the other disk's image goes with the root disk's.
next_second
expect 0 virt_glance backup "$domain" ours-3 --type daily --rotation 2 --disk vda --disk vdb
left theirs-1 ours-3 ours-3-vdb
