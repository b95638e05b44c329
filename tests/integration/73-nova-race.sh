#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Nova's createImage in the middle of a snapshot of ours, of the same disk: both
# end well. Nova ends whatever job there is and begins its own: the tenant's goes
# first, ours begins again.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
requires_nova
server='' domain='' # by server_boot

images_snapshot
cleanup_fn images_delete_new
server_boot vgtest-nova-race files

ours_id() { image_find ours | sed -n 1p; }
persistent() { [[ $(virsh -q dominfo "$domain") =~ Persistent:' '+yes ]]; }
uploading() { [ "$(image_field "$(ours_id)" status)" = saving ]; }

for n in 1 2; do
  echo "round $n"
  in_background "${virt_glance_args[@]}" snapshot "$domain" ours --limit-rate 3M
  wait_until 300 uploading || fail "ours does not begin: $(cat "$tmp/err")"
  theirs=$(server_image "$server" theirs)
  server_wait "$server" ACTIVE
  assert_equal active "$(image_field "$theirs" status)" "the status of the tenant's image"
  wait "$pid" || fail "ours failed: $(cat "$tmp/err")"
  assert_equal 'active' "$(image_field "$(ours_id)" status)" "the status of ours"
  wait_until 60 persistent || fail "the domain is not persistent"
  assert_qemu_idle "$domain"
  image_delete "$(ours_id)"
  image_delete "$theirs"
done
