#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# libvirt's hook: a guest with a policy that shuts down becomes an image; one that
# was destroyed, crashed, saved or started again only if its policy says so; and
# whatever goes wrong, no guest is kept from starting, and none is killed when
# libvirtd is restarted.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-hook
vg_config '[agent]' "policy_directory = $tmp/policy.d"
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest --idle
hook_install
find_order() { [ -n "$(orders_left)" ]; }

# Without an agent it waits in the spool.
set_policy $guest "<on event='stopped' store='cheap'/>" --config
guest_boot $guest
assert_spool_empty
guest_stop $guest
wait_until 60 find_order || fail "the hook has written no order"
assert_equal '' "$(status_of $guest @state)" "the status before the agent"
agent_start
await_status $guest "done"
image=$(status_of $guest image/@id)
image_in_store "$image" cheap || fail "the image is not in the store cheap"
assert_image_boots "$image"
assert_spool_empty
images_delete_new

# With it, that takes seconds.
forget_status $guest
guest_boot $guest
began=$SECONDS
guest_stop $guest
await_status $guest "done"
echo "an image $((SECONDS - began)) s after 'virsh shutdown'"
assert_spool_empty
[ "$(virt_glance jobs --json | jq length)" = 2 ] || fail "not two jobs"
images_delete_new

# left_alone REASON COMMAND…: what it does to the running guest is left alone, for that
# reason.
left_alone() {
  local reason=$1
  shift
  forget_status $guest
  guest_boot $guest
  "$@" >/dev/null
  await_status $guest skipped
  [[ $(status_of $guest reason/@text) == *"$reason"* ]] ||
    fail "'$*' was skipped because: $(status_of $guest reason/@text)"
  assert_no_new_images
  assert_spool_empty
}
crash() { kill -KILL "$(cat "$VG_TEST_LIBVIRT/run/qemu/$guest.pid")"; }
left_alone destroyed virsh -q destroy $guest
left_alone crashed crash
left_alone saved virsh -q managedsave $guest
virsh -q managedsave-remove $guest

# By policy, these count; the host's own files do, too.
mkdir -p "$tmp/policy.d"
cat >"$tmp/policy.d/hook.conf" <<'CONF'
[this guest]
domain = vgtest-h?ok
flavor = m1.*
on = stopped
store = reliable
reasons = crashed destroyed
CONF
virsh -q metadata $guest urn:virt-glance:policy --config --remove >/dev/null
for how in crash 'virsh -q destroy vgtest-hook'; do
  forget_status $guest
  guest_start $guest
  $how
  await_status $guest "done"
  assert_equal reliable "$(status_of $guest image/@store)" "the store"
done
images_delete_new
left_alone shutdown guest_stop $guest

# A file that makes no sense is told where it counts.
echo 'colour = red' >>"$tmp/policy.d/hook.conf"
forget_status $guest
guest_start $guest
virsh -q destroy $guest
await_status $guest failed
[[ $(status_of $guest error/@text) == *"hook.conf: [this guest]: 'colour' is not known"* ]] ||
  fail "not told: $(status_of $guest error/@text)"
rm -r "$tmp/policy.d"

guest_boot $guest
pid=$(cat "$VG_TEST_LIBVIRT/run/qemu/$guest.pid")
still_runs() {
  assert_equal running "$(guest_state $guest)" "after $1, the guest"
  assert_equal "$pid" "$(cat "$VG_TEST_LIBVIRT/run/qemu/$guest.pid")" "its process"
}

# libvirtd comes and goes: no guest does, and the agent is there again.
for n in 1 2 3; do
  libvirtd_stop
  libvirtd_start
  still_runs "restart $n of libvirtd"
done
forget_status $guest
ask $guest "<snapshot name='again'/>"
await_status $guest "done" 240
images_delete_new

# The program behind the hook is missing, breaks, or can't write.
script=$VG_TEST_LIBVIRT/etc/hooks/qemu.d/virt-glance
cp "$script" "$tmp/script"
for broken in "/nonexistent/hook" "/bin/false" "kill -9 \$\$; true"; do
  sed "s|^release) .* \"\$@\"|release) $broken \"\$@\"|" "$tmp/script" >"$script"
  grep -qF "release) $broken" "$script" || fail "the hook is not broken"
  libvirtd_stop
  libvirtd_start
  still_runs "a restart with the hook '$broken'"
done
virsh -q destroy $guest
cp "$tmp/script" "$script"
set_policy $guest "<on event='stopped' reasons='destroyed'/>" --config

# On a full disk the guest stops and starts as ever; afterwards the hook works.
mkdir "$tmp/small"
mount -t tmpfs -o size=16k tmpfs "$tmp/small"
cleanup_fn umount "$tmp/small"
sed -i "s|^state_path = .*|state_path = $tmp/small|" "$tmp/virt-glance.conf"
dd if=/dev/zero of="$tmp/small/fill" bs=1k status=none 2>/dev/null || true
libvirtd_stop # (It sees the mounts of when it was started.)
libvirtd_start
guest_start $guest
virsh -q destroy $guest
guest_start $guest
libvirtd_stop
libvirtd_start
assert_equal running "$(guest_state $guest)" "the guest on a full disk"
virsh -q destroy $guest
[ -z "$(find "$tmp/small" -name '*.json')" ] || fail "an order on a full disk"
sed -i "s|^state_path = .*|state_path = $tmp/vg/state|" "$tmp/virt-glance.conf"
