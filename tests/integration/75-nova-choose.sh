#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a tenant gets from Nova itself with virt-glance choose behind a proxy in front
# of Glance: each snapshot and backup in the store that it belongs in, a refusal that
# can be read, and the default store where nobody answers.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/proxies.sh
. "$VG_SRCDIR/tests/cloud/proxies.sh"
requires_nova
requires haproxy nginx socat
server='' # by server_boot

# (Images are looked at as their owner, of whom Nova asks for them.)
export VG_TEST_AS=demo
images_snapshot
cleanup_fn images_delete_new

cleanup_fn glance_is_at "$VG_TEST_GLANCE_URL"

# made NAME [METADATA]: by createImage; prints its id.
made() {
  local id
  id=$(server_image "$server" "$@")
  server_image_wait "$server" "$id"
  echo "$id"
}

# refused: Nova removes its image, the server goes on, and its owner reads why.
refused() {
  local id
  id=$(server_image "$server" refused '{"image_service:store_id": "nope"}')
  wait_until 300 image_is_gone "$id" || fail "Nova leaves the image $id: $(image_get "$id")"
  server_wait "$server" ACTIVE
  server_error "$server" createImage >"$tmp/why"
  grep -q 'nope.* was not found' "$tmp/why" || fail "the tenant reads: $(cat "$tmp/why")"
}

proxies_start
server_boot vgtest-nova-choose files

echo "without a proxy"
in_store reliable "$(made before)"
backup=$(server_backup "$server" before-backup daily 1)
server_image_wait "$server" "$backup"
in_store reliable "$backup"
images_delete_new

for proxy in haproxy nginx; do
  echo "with $proxy"
  url=${proxy}_url
  chooser_start
  glance_is_at "${!url}"
  in_store fast "$(made plain)"
  in_store cheap "$(made chosen '{"image_service:store_id": "cheap"}')"
  refused
  images_delete_new
  for n in 1 2; do
    next_second
    backup=$(server_backup "$server" backup-$n daily 1)
    server_image_wait "$server" "$backup"
    in_store fast "$backup"
  done
  assert_equal "$backup" "$(images_new)" "what is left after the rotation"
  chooser_start 'store = cheap'
  in_store cheap "$(made configured)"
  proxies_end chooser
  in_store reliable "$(made away)"
  away=$("${proxy}_count_away")
  [ "$away" = 1 ] || fail "$proxy counts $away uploads without an answer"
  images_delete_new
done
assert_equal "" "$(nginx_temporary_files)" "nginx's temporary files"
assert_no_secrets "$tmp"/*.out "$tmp"/*.err "$tmp/ng"/*.log
