#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# "virsh snapshot-create-as --disk-only" of a guest with a policy leads to an image
# of exactly that instant in the policy's store: at once, once, also after a crash
# of the agent, and if the snapshot was made while there was none.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-nightly
folder=$cloud_dir/guests/$guest
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest
notes=$VG_TEST_LIBVIRT/lib/qemu/snapshot

# agent_with [LINE…]: an agent with that at the end of its configuration.
agent_with() {
  vg_config '[agent]' "libvirt_snapshot_directory = $notes" "policy_directory = $tmp/policy.d" "$@"
  agent_start
  wait_until 60 test -e "$tmp/vg/state/seen/since.json" || fail "the agent does not look"
}

# save NAME: a snapshot; what the guest wrote up to then is in $tmp/NAME.
save() {
  local disk
  forget_status $guest
  disk=$(virsh -q domblklist $guest | awk '{ print $2 }')
  virsh -q snapshot-create-as $guest "$1" --disk-only --diskspec "vda,file=$folder/$1" >/dev/null
  qemu-img convert -U -f qcow2 -O raw "$disk" "$tmp/$1"
}

# exported NAME STORE: its only image is there, is that, and no order is left.
exported() {
  await_status $guest "done"
  image=$(status_of $guest image/@id)
  assert_equal "$guest-$1" "$(image_field "$image" name)" "the image's name"
  assert_equal "$image" "$(image_find "$guest-$1")" "the images of $1"
  image_in_store "$image" "$2" || fail "the image of $1 is not in the store $2"
  image_download "$image" "$tmp/image"
  qemu-img compare -q -f qcow2 -F raw "$tmp/image" "$tmp/$1" ||
    fail "the image $image is not as the snapshot $1"
  rm "$tmp/image" "$tmp/$1"
  assert_spool_empty
}
jobs_count() { virt_glance jobs --json | jq length; }
# is_uploading: into an image that was not seen before.
saving() { image_ids status=saving; }
is_uploading() { [ -n "$(saving | comm -13 "$tmp/saving" -)" ]; }
: >"$tmp/saving"

# What was there before an agent ever was is not new.
set_policy $guest "<on event='snapshot' store='cheap'/>" --config
save before
rm "$tmp/before"
sleep 1
guest_boot $guest
agent_with
began=$SECONDS
save nightly
exported nightly cheap
echo "an image $((SECONDS - began)) s after the snapshot"
assert_equal 1 "$(jobs_count)" "the number of jobs"

# Made while there was none; and it is killed in the middle of it, twice.
agent_stop
guest_exec $guest /bin/dd if=/dev/urandom of=/data/more bs=64k count=99 conv=fsync
save away
agent_with '[glance]' 'upload_rate = 2M'
for n in 1 2; do
  wait_until 120 is_uploading || fail "it does not upload ($n): $(cat "$tmp/agent.log")"
  saving >"$tmp/saving"
  agent_kill "$agent_pid"
  [ $n = 2 ] || agent_start
done
agent_with
exported away cheap
assert_equal 2 "$(images_new | wc -l)" "the number of images"
assert_equal 0 "$(virt_glance jobs --json | jq '[.[] | select(.state == "to recover")] | length')" \
  "the jobs to be recovered"

# One with memory is refused, and the reason told.
forget_status $guest
virsh -q snapshot-create-as $guest memory --live --diskspec "vda,file=$folder/memory" \
  --memspec "$folder/memory.state" >/dev/null
await_status $guest failed
[[ $(status_of $guest error/@text) == *'the memory of the running guest'* ]] ||
  fail "it is refused because: $(status_of $guest error/@text)"

# By request, as by hand; and an order for one that is gone.
forget_status $guest
ask $guest "<snapshot name='asked' from='nightly' store='fast'/>"
await_status $guest "done"
image_in_store "$(image_find asked)" fast || fail "what was asked for is not in the store fast"
forget_status $guest
cat >"$tmp/order" <<JSON
{ "kind": "snapshot", "uuid": "$(virsh -q domuuid $guest)", "domain": "$guest",
  "asked": $(date +%s), "created": 5, "wish": { "from": "nightly" } }
JSON
mv "$tmp/order" "$tmp/vg/state/spool/$(date +%s%6N)-test.json"
await_status $guest skipped
images_delete_new

# The host's policy; of these, which are backups, the last one is kept. The guest
# is shut off, and the snapshot inside its disk.
virsh -q metadata $guest urn:virt-glance:policy --config --remove >/dev/null
virsh -q metadata $guest urn:virt-glance:policy --live --remove >/dev/null 2>&1 || true
virsh -q destroy $guest
mkdir -p "$tmp/policy.d"
printf '%s\n' '[all]' 'on = snapshot' 'type = nightly' 'rotation = 1' 'store = reliable' \
  >"$tmp/policy.d/all.conf"
for name in one two; do
  next_second # (Glance tells ages in seconds.)
  forget_status $guest
  virsh -q snapshot-create-as $guest $name >/dev/null
  await_status $guest "done"
done
assert_equal "$guest-two" "$(image_field "$(the_new_image)" name)" "the backup that is kept"
assert_equal backup "$(image_field "$(the_new_image)" image_type)" "its type"

# All of them are known, to the next agent, too.
count=$(jobs_count)
agent_stop
agent_with
sleep 2
assert_equal "$count" "$(jobs_count)" "the number of jobs"
agent_stop
images_delete_new
assert_no_secrets "$tmp/agent.log" "$tmp/vg/state"
