#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Disks in Ceph, where Ceph or Glance don't let us: without the pool, the key,
# the rights, or Glance's leave. What can be had otherwise is, with a warning;
# else it says why in one sentence. Nothing is left either way.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"

# (A quota is not reached by an empty pool.)
guest_upload_ceph_base
images_snapshot
cleanup_fn images_delete_new

guest=vgtest-rbdfaults
a_small_rbd_guest $guest --volume
before=$(rbd_state)
mapfile -t store < <(ceph_store images)

# falls_back WAY REGEX [OPTION…]: the image is made all the same, that way, with
# such a warning and no other one.
falls_back() {
  local way=$1 regex=$2
  shift 2
  take $guest fallback "$@"
  sed 's/^/  /' "$tmp/err"
  assert_equal "$way" "$(job_image way)" "the way"
  assert_equal 1 "$(grep -c '^warning: ' "$tmp/err")" "the number of warnings"
  expect_error "^warning: $regex"
  assert_equal active "$(image_field "$image" status)" "the status"
  image_download "$image" "$tmp/image"
  cmp "$tmp/noise" "$tmp/image" || fail "the image differs"
  rm "$tmp/image"
  image_delete "$image"
  unchanged
}

# unchanged: all is as before; no job is left to be recovered.
unchanged() {
  assert_clean $guest "$(guest_state $guest)"
  assert_equal "$before" "$(rbd_state)" "what is in Ceph"
  assert_equal "" "$(virt_glance jobs --json |
    jq -r '.[].state | select(. != "done" and . != "failed")')" "the state of a job"
}

# says STATUS REGEX [OPTION…]: no image; and that is said.
says() {
  local status=$1 regex=$2
  shift 2
  refuses_snapshot "$status" "^virt-glance: $regex" $guest refused "$@"
  unchanged
}

echo '# The pool of the store is not what the configuration says.'
# (Glance tells administrators, and is believed; not others.)
admin=$(keystone_env admin)
eval "$(keystone_env demo)"
uploaded='disk vda is not cloned into store ceph but uploaded:'
mapfile -t wrong < <(ceph_store nope)
vg_config "${wrong[@]}"
falls_back stream "$uploaded .*nope" --store ceph
mapfile -t wrong < <(ceph_store vms)
vg_config "${wrong[@]}"
falls_back stream "$uploaded .*HTTP 400" --store ceph
eval "$admin"
# (Newer ones tell the cluster, too: then no more is needed.)
way=stream
if image_call GET info/stores/detail |
  jq -e '.stores[] | select(.id == "ceph").properties.fsid' >/dev/null; then
  way=clone
fi
ignores_for_glance() {
  take $guest apart "$@"
  assert_equal $way "$(job_image way)" "the way"
  expect_error '^warning: section .store:ceph. of the configuration is ignored: Glance has this store in pool images '
  image_delete "$image"
}
ignores_for_glance --store ceph
vg_config "${store[@]}"
take $guest fine --store ceph
assert_equal clone "$(job_image way)" "the way"
image_delete "$image"
unchanged

echo '# A user who may not write to the pool of the store.'
ceph_as reader $guest
falls_back stream "$uploaded .*client.reader lacks permission.*profile rbd" --store ceph

echo '# A wrong key.'
ceph_as nova $guest
secret_is_key_of reader
says 5 "disk vda of domain $guest can't be read: .*its key is not that of client.nova"
secret_is_key_of nova
guest_pause $guest
secret_is_key_of reader
falls_back read 'disk vda is read in full: .*its key is not that of client.nova'
vg_config "${store[@]}" '[ceph]' 'rbd_user = nova' "rbd_keyring = $VG_TEST_CEPH_KEYRING"
take $guest second --store ceph
assert_equal clone "$(job_image way)" "the way as the configured user"
[ ! -s "$tmp/err" ] || ! grep '^warning' "$tmp/err" || fail "it warns"
image_delete "$image"
vg_config "${store[@]}" '[ceph]' 'rbd_user = reader' "rbd_keyring = $VG_TEST_CEPH_READER_KEYRING"
falls_back stream "$uploaded .*client.reader lacks permission" --store ceph

echo '# The secret is not there.'
vg_config "${store[@]}"
virsh -q secret-undefine "$secret" >/dev/null
falls_back read "disk vda is read in full: .*$secret.*; .*client.nova"
virsh -q destroy $guest
says 5 "disk vda of domain $guest can't be read: .*$secret.*; .*client.nova"
vg_config "${store[@]}" '[ceph]' "rbd_secret_uuid = $VG_TEST_CEPH_SECRET" 'rbd_user = nova'
take $guest third --store ceph
assert_equal clone "$(job_image way)" "the way with the configured secret"
image_delete "$image"
unchanged

echo '# Nobody is called so.'
vg_config "${store[@]}"
ceph_as nobody $guest nova
says 5 "disk vda of domain $guest can't be read: .*client.nobody.*no such user"

echo '# Glance takes no locations.'
virsh -q define "$cloud_dir/guests/$guest/domain.xml" >/dev/null
restart() {
  glance_stop
  VG_TEST_LOCATIONS=$1 glance_start
}
cleanup_fn restart True
restart False
falls_back stream "$uploaded .*HTTP 403.*show_multiple_locations" --store ceph
restart True

echo '# The image is deleted before Glance is told where its data are.'
rbd_fragment $guest 24M
before=$(rbd_state)
vg_config "${store[@]}" '[ceph]' "rbd_ceph_conf = $tmp/slow.conf"
in_background "${virt_glance_args[@]}" snapshot $guest deleted --store ceph
wait_until 60 grep -q Flattening "$tmp/err" || fail "it does not flatten: $(cat "$tmp/err")"
kill -STOP $pid || fail "it was not slow enough"
image_delete "$(the_new_image)"
kill -CONT $pid
status=0
wait $pid || status=$?
tail -n 1 "$tmp/err"
[ $status = 1 ] || fail "it ended with status $status"
expect_error '^virt-glance: disk vda of domain .*HTTP 404'
unchanged

echo '# The pool of the store becomes full in the middle, and is full.'
quota() { ceph_run osd pool set-quota images max_bytes "$1" 2>/dev/null; }
is_full() { [[ $(ceph_run osd pool ls detail | grep "'images'") = *full_quota* ]]; }
is_not_full() { ! is_full; }
full_for_nobody() { quota 0 && wait_until 120 is_not_full; }
cleanup_fn full_for_nobody
# (Ceph notices it after some seconds; the job must not be over by then.)
in_background "${virt_glance_args[@]}" snapshot $guest refused --store ceph
wait_until 60 grep -q Flattening "$tmp/err" || fail "it does not flatten: $(cat "$tmp/err")"
kill -STOP $pid || fail "it was not slow enough"
quota 1000
wait_until 120 is_full || fail "the pool does not become full"
kill -CONT $pid
status=0
wait $pid || status=$?
[ $status = 1 ] || fail "it ended with status $status: $(cat "$tmp/err")"
expect_error '^virt-glance: disk vda of domain .*: .*(quota|full)'
unchanged
says 1 'disk vda of domain .*: .*(quota|full)' --store ceph
full_for_nobody
