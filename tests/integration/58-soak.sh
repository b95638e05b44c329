#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Many orders of all kinds: snapshots and backups of a guest that runs, of one that is
# shut off and of one in Ceph; libvirt's own snapshots, and a guest that is stopped
# again and again. Some are cancelled, and now and then the agent, Glance or libvirtd is
# killed: each order is done once, nothing is left, and an agent that has done many has
# no more descriptors and memory than before. VG_TEST_ORDERS: how many (120; 1000 takes
# about an hour).
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"

orders=${VG_TEST_ORDERS:-120}
run=vgtest-soak-run off=vgtest-soak-off ceph=vgtest-soak-ceph stopped=vgtest-soak-stop
spool=$tmp/vg/state/spool
images_snapshot
cleanup_fn images_delete_new
a_small_rbd_guest $ceph
a_small_guest $off
a_small_guest $stopped --no-agent
a_guest $run --idle
guest_boot $run
in_ceph=$(rbd_state)

vg_config '[agent]' 'workers = 3' \
  "libvirt_snapshot_directory = $VG_TEST_LIBVIRT/lib/qemu/snapshot"
set_policy $stopped "<on event='stopped' store='cheap' reasons='destroyed'/>" --config
set_policy $run "<on event='snapshot' store='cheap'/>" --config
set_policy $run "<on event='snapshot' store='cheap'/>" --live
hook_install

declare -A uuid
guests=("$run" "$off" "$ceph")
for guest in "${guests[@]}"; do
  uuid[$guest]=$(virsh -q domuuid "$guest")
done

# order NUMBER: for each guest in turn; the fourth of each is a backup, the others are
# snapshots called soak-NUMBER. $id is its name in the spool.
order() {
  local guest=${guests[$1 % 3]} wish="\"name\": \"soak-$1\", \"quiesce\": \"never\""
  (($1 / 3 % 4 != 3)) || wish='"backup_type": "daily", "rotation": 2, "quiesce": "never"'
  id=$(printf '%016d-%08x' $((1700000000000000 + $1)) "$1")
  printf '{"kind": "request", "uuid": "%s", "domain": "%s", "asked": 1700000000, "wish": {%s}}' \
    "${uuid[$guest]}" "$guest" "$wish" >"$tmp/order"
  mv "$tmp/order" "$spool/$id.json"
}

# stop_guest: an order by the hook; the guest does nothing, but is there for a moment.
stop_guest() {
  guest_pause $stopped
  virsh -q destroy $stopped
}

# save NUMBER: a snapshot by libvirt, on which the guest goes on; it is merged again
# when its image is there, so that the chain does not grow.
save() {
  local folder=$cloud_dir/guests/$run
  wait_until 900 spool_empty || fail "orders are left before the snapshot: $(orders_left)"
  forget_status $run
  virsh -q snapshot-create-as $run "s$1" --disk-only --diskspec "vda,file=$folder/s$1" >/dev/null
  await_status $run "done" 600
  assert_equal 1 "$(image_find "$run-s$1" | wc -l)" "the images of the snapshot s$1"
  wait_until 300 spool_empty || fail "orders are left after the snapshot: $(orders_left)"
  virsh -q blockcommit $run vda --base "$folder/disk" --active --pivot --wait >/dev/null
  virsh -q snapshot-delete $run "s$1" --metadata >/dev/null
  rm "$folder/s$1"
}

at_work() { virt_glance jobs --json | jq -e 'any(.[]; .state == "running")' >/dev/null; }

# trouble NUMBER: of one kind after the other, in the middle of a job if it can.
trouble() {
  wait_until 60 at_work || true
  case $(($1 % 3)) in
  0)
    agent_kill "$agent_pid"
    age_kill
    agent_start
    ;;
  1)
    glance_stop
    glance_start
    ;;
  2)
    libvirtd_stop
    libvirtd_start
    ;;
  esac
}

# quiet: the spool is empty, however long that takes, as long as there is progress.
quiet() {
  local left before=-1 since=$SECONDS
  until spool_empty; do
    left=$(orders_left | wc -l)
    ((left == before)) || { before=$left since=$SECONDS; }
    ((SECONDS < since + 600)) || fail "$left orders are left: $(tail -n 20 "$tmp/agent.log")"
    sleep 0.2
  done
}

# What the agent has: descriptors, and memory in KiB.
descriptors() { find "/proc/$agent_pid/fd" -mindepth 1 2>/dev/null | wc -l; }
no_more_descriptors() { (($(descriptors) <= descriptors)); }
memory() { awk '/^VmRSS/ { print $2 }' "/proc/$agent_pid/status"; }

agent_start
half=$((orders / 2)) cancelled=' ' stops=0 saves=0
for ((n = 0; n < half; n++)); do
  order "$n"
  case $((n % 20)) in
  4)
    cancelled+="$n "
    virt_glance cancel "$id" >/dev/null 2>&1 || true # it may be done already
    ;;
  9) trouble $((n / 20)) ;;
  14)
    wait_until 900 spool_empty || fail "orders are left: $(orders_left)"
    stop_guest
    stops=$((stops + 1))
    ;;
  19)
    save "$n"
    saves=$((saves + 1))
    ;;
  esac
done
quiet

for ((; n < half + half / 4; n++)); do order "$n"; done
quiet
descriptors=$(descriptors) memory=$(memory)
for ((; n < orders; n++)); do order "$n"; done
quiet
printf 'descriptors: %s, then %s; memory: %s KiB, then %s KiB\n' \
  "$descriptors" "$(descriptors)" "$memory" "$(memory)"
wait_until 60 no_more_descriptors || fail "from $descriptors descriptors there are $(descriptors)"
((orders < 500 || $(memory) < memory + memory / 4)) ||
  fail "the memory grew from $memory KiB to $(memory) KiB"
# (Ceph's libraries have the greater part of it.)
(($(memory) < 128 * 1024)) || fail "it has $(memory) KiB of memory"
agent_stop
expect 0 virt_glance recover

image_call GET "images?limit=1000" | jq -r '.images[] | .name + " " + .status' | sort >"$tmp/made"
for ((n = 0; n < orders; n++)); do
  ((n / 3 % 4 != 3)) || continue
  found=$(grep -cx "soak-$n active" "$tmp/made") || true
  [[ $cancelled != *" $n "* ]] || ((found > 1)) || continue
  assert_equal 1 "$found" "the number of images soak-$n"
done
assert_equal '' "$(grep '^soak-.* ' "$tmp/made" | grep -v ' active$')" "the incomplete images"
kept=$((orders < 24 ? 1 : 2)) # The first are orders 9 to 11, the next 21 to 23.
for guest in "${guests[@]}"; do
  assert_equal $kept "$(image_call GET "images?limit=1000&instance_uuid=${uuid[$guest]}&backup_type=daily" |
    jq '.images | length')" "the backups of $guest"
done
assert_equal "$stops" "$(grep -c "^$stopped-.* active$" "$tmp/made")" "the images of the guest that was stopped"
assert_equal "$saves" "$(grep -c "^$run-s[0-9]* active$" "$tmp/made")" "the images of libvirt's snapshots"
echo "$orders orders, $stops stops, $saves snapshots by libvirt; cancelled:$cancelled"

images_delete_new
assert_nothing_on_host $run
assert_nothing_on_host $off 'shut off'
assert_nothing_on_host $ceph 'shut off'
assert_equal "$in_ceph" "$(rbd_state)" "what is in Ceph"
