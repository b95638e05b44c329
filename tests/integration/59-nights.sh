#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The nights of two hosts with one Glance: twelve guests that migrate between them for
# real, while both hosts' timers fire; Glance goes away in the middle, and a host dies.
# Each guest has exactly one new backup a night, whatever the order. By hand, as it takes
# minutes:
#   VG_TEST_NIGHTS  which of the nights below, by name (all)
#   VG_TEST_AWAY    for how many seconds Glance is away (20)
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/hosts.sh
. "$VG_SRCDIR/tests/cloud/hosts.sh"

guests=()
for number in {01..12}; do
  guests+=("vgtest-night-$number")
done
running=("${guests[@]:0:7}")
hosts=(a b)
declare -A pids statuses
away=${VG_TEST_AWAY:-20}

# tiny_guest NAME OPTION…: one without a system, whose firmware waits.
tiny_guest() {
  local xml=$cloud_dir/guests/$1/domain.xml
  guest_define "$@" --no-agent
  sed -i -e '/<kernel>/d' -e '/<initrd>/d' -e '/<cmdline>/d' -e 's/>192</>24</' "$xml"
  virsh -q define "$xml" >/dev/null
}

# where GUEST: the hosts that it is defined on.
where() {
  local host
  for host in "${hosts[@]}"; do
    ! on "$host" virsh -q domuuid "$1" >/dev/null 2>&1 || echo "$host"
  done
}

# forget GUEST: on whichever host it is, and its files.
forget() {
  local host hosts_of
  hosts_of=$(where "$1")
  for host in ${hosts_of:-a}; do
    on "$host" guest_undefine "$1"
  done
}

# move GUEST [OPTION…]: to the other host; a line of it in $tmp/moves.
move() {
  local from to=a how=--live said
  from=$(where "$1")
  [ "$from" != a ] || to=b
  ! on "$from" guest_is "$1" 'shut off' || how=--offline
  if said=$(migrate "$1" "$from" "$to" "$how"); then
    echo "moved $1 $how from $from to $to" >>"$tmp/moves"
  else
    echo "refused $1 $how from $from to $to: $said" >>"$tmp/moves"
  fi
}

# movers_start, movers_stop: meanwhile guests move, two at a time.
movers_start() {
  : >"$tmp/moving"
  movers=()
  keep_moving "${running[@]}" &
  movers+=($!)
  keep_moving "${guests[@]:${#running[@]}}" &
  movers+=($!)
}
movers_stop() {
  rm -f "$tmp/moving"
  wait "${movers[@]}"
}
keep_moving() {
  local guest
  while [ -e "$tmp/moving" ]; do
    for guest in $(shuf -e "$@"); do
      [ ! -e "$tmp/moving" ] || move "$guest"
      sleep 0.5
    done
  done
}

# fire HOST TYPE [AGE]: what the service of the host's timer runs. (Not quiet: what it
# waits for is to be seen.)
fire() {
  local command
  host_glance "$1"
  "${command[@]}" backup --all --type "$2" --unless-newer "${3:-20h}" --json \
    >"$tmp/$1.out" 2>"$tmp/$1.err" &
  pids[$1]=$!
}

# report HOST: what its last run says of our guests.
report() {
  jq -r '.guests[] | [.domain, .result, .reason // .error.message // ""] | join(" ")' \
    "$tmp/$1.out" | sed -n '/^vgtest-night/p'
}

# finished: both hosts' runs, with their reports; sets statuses.
finished() {
  local host
  for host in "${hosts[@]}"; do
    statuses[$host]=0
    wait "${pids[$host]}" || statuses[$host]=$?
    echo "$host ended with status ${statuses[$host]}"
    [ ! -s "$tmp/$host.out" ] || report "$host" | sed "s/^/  $host: /"
    assert_no_secrets "$tmp/$host.out" "$tmp/$host.err"
  done
}

# both TYPE [AGE]: both timers fire, and their runs come to their end.
both() {
  local host
  for host in "${hosts[@]}"; do
    fire "$host" "$@"
  done
  finished
}

# done_well: the last runs of both hosts.
done_well() {
  assert_equal 00 "${statuses[a]}${statuses[b]}" "the exit statuses"
}

# made: "GUEST STATUS" of the new images of that type.
made() {
  image_call GET 'images?limit=1000' | jq -r --arg t "$1" --rawfile old "$tmp/images" \
    '($old | split("\n")) as $old | .images[] | select(.backup_type == $t) |
      select(.id | IN($old[]) | not) | .virt_glance_domain + " " + .status' | sort
}

# one_each TYPE: each guest has one new backup, and nothing is left of others.
one_each() {
  assert_equal "$(printf '%s active\n' "${guests[@]}")" "$(made "$1")" "the new backups"
  assert_equal "$(images_new)" "$(image_ids "status=active" | comm -13 "$tmp/images" -)" \
    "the new images that are active"
}

# nothing_left: on either host.
nothing_left() {
  local left host jobs
  left=$(find "$tmp"/vg/{run,snapshots} "$(host_dir b)"/vg/{run,snapshots} -mindepth 1)
  [ -z "$left" ] || fail "files were left: $left"
  for host in "${hosts[@]}"; do
    host_glance "$host"
    jobs=$("${command[@]}" jobs --json | jq -c '.[] | select(.state == "to recover" or .state == "running")')
    [ -z "$jobs" ] || fail "jobs of host $host were left: $jobs"
  done
}

# another_night NAME: what was made is a day older; what comes is new.
another_night() {
  echo "== $1"
  /usr/bin/python3 - "$cloud_dir/glance/glance.db" <<'PY'
import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=60) as base:
    base.execute("update images set created_at = datetime(created_at, '-1 day') "
                 "where name like 'vgtest-night%'")
PY
  images_snapshot
}

# made_at_least N: so many of the night's are there.
made_at_least() { [ "$(made daily | grep -c active)" -ge "$1" ]; }

vg_config '[glance]' 'upload_rate = 8M'
host_config b '[glance]' 'upload_rate = 8M'
hosts_share
host_add b
head -c 4M /dev/urandom >"$tmp/base.raw"
qemu-img convert -f raw -O qcow2 "$tmp/base.raw" "$tmp/base.qcow2"
guest_upload_ceph_base
images_snapshot
cp "$tmp/images" "$tmp/images.before"
cleanup_fn images_delete_new
cleanup_fn cp "$tmp/images.before" "$tmp/images"
for guest in "${guests[@]}"; do
  cleanup_fn forget "$guest"
  tiny_guest "$guest" --base "$tmp/base.qcow2"
  set_policy "$guest" "<on event='backup' type='daily' rotation='2' store='cheap'/>
    <on event='backup' type='weekly' rotation='1'/>" --config
done
for guest in "${running[@]}"; do
  guest_start "$guest"
done

# night_moving: guests move while the timers fire, as often as they do in a night; and at
# last in peace, for those that were between two hosts.
night_moving() {
  another_night "guests migrate"
  movers_start
  both daily
  both daily
  movers_stop
  both daily
  done_well
  cat "$tmp/moves"
  [ "$(grep -c '^moved .*--live' "$tmp/moves")" -ge 2 ] || fail "hardly a guest moved"
  one_each daily
  nothing_left
  both weekly 6d
  done_well
  one_each weekly
}

# (Half of them are on each.)
spread() {
  local i wanted
  for i in "${!guests[@]}"; do
    wanted=${hosts[i % 2]}
    [ "$(where "${guests[i]}")" = "$wanted" ] || move "${guests[i]}"
  done
}

# night_without_glance: it dies in the middle, and is away for a while.
night_without_glance() {
  local host pid
  another_night "Glance is away"
  spread
  for host in "${hosts[@]}"; do
    fire "$host" daily
  done
  wait_until 120 made_at_least 2 || fail "nothing is made"
  pid=$(daemon_pid glance)
  kill -KILL -- "-$pid"
  wait_until 60 daemon_gone glance || fail "Glance is still there"
  sleep "$away"
  glance_serve glance "$cloud_dir/glance" "$VG_TEST_GLANCE_PORT"
  finished
  done_well
  one_each daily
  nothing_left
}

# uploading HOST: it has an upload under way.
uploading() {
  [ "$(image_call GET 'images?status=saving' |
    jq --arg h "host-$1" '[.images[] | select(.virt_glance_host == $h)] | length')" != 0 ]
}

# night_host_dies: with its libvirtd and its guests, in the middle of an upload; then it boots.
night_host_dies() {
  local journal
  another_night "a host dies"
  spread
  fire a daily
  fire b daily
  wait_until 120 uploading b || fail "host b uploads nothing"
  kill -KILL "${pids[b]}"
  host_kill b
  wait "${pids[a]}" || fail "host a's run failed: $(cat "$tmp/a.err")"
  report a
  host_boot b
  for journal in "$(host_dir b)"/vg/state/jobs/*.json; do
    age_journal "$journal"
  done
  host_glance b
  expect 0 "${command[@]}" recover
  cat "$tmp/out" "$tmp/err"
  both daily
  done_well
  one_each daily
  nothing_left
}

# night_backed_up: a guest whose backup runs does not migrate, unless that is cancelled.
night_backed_up() {
  local guest=${guests[0]}
  another_night "a guest is to migrate while it is backed up"
  [ "$(where "$guest")" = a ] || move "$guest"
  guest_is "$guest" running || guest_start "$guest"
  in_background "${virt_glance_args[@]}" backup "$guest" --type hourly --rotation 1 --limit-rate 64k
  wait_until 60 grep -q Uploading "$tmp/err" || fail "nothing is uploaded: $(cat "$tmp/err")"
  move "$guest"
  tail -n 1 "$tmp/moves"
  [[ $(tail -n 1 "$tmp/moves") = refused* ]] || fail "it migrates during its backup"
  virt_glance cancel --domain "$guest"
  status=0
  wait $pid || status=$?
  assert_equal 9 $status "the backup's exit status"
  move "$guest"
  tail -n 1 "$tmp/moves"
  assert_equal b "$(where "$guest")" "the guest's host"
  assert_equal '' "$(made hourly)" "what the cancelled backup made"
  nothing_left
}

# night_in_ceph: a guest migrates while a snapshot of its disk in Ceph is uploaded, which
# libvirt knows nothing of. The host where it is then waits for the one where it was.
night_in_ceph() {
  local guest=vgtest-night-ceph
  another_night "a guest with a disk in Ceph migrates while it is backed up"
  on b libvirt_secret
  cleanup_fn forget $guest
  tiny_guest $guest --rbd
  set_policy $guest "<on event='backup' type='hourly' rotation='2'/>" --config
  guest_start $guest
  "${virt_glance_args[@]}" backup $guest --type hourly --store cheap --format qcow2 \
    --limit-rate 1M >"$tmp/ceph" 2>&1 &
  pid=$!
  wait_until 60 grep -q Uploading "$tmp/ceph" || fail "nothing is uploaded: $(cat "$tmp/ceph")"
  move $guest
  tail -n 1 "$tmp/moves"
  assert_equal b "$(where $guest)" "the guest's host"
  kill -0 $pid || fail "the upload was too quick for this"
  both hourly 50m
  done_well
  wait $pid || fail "the backup failed: $(cat "$tmp/ceph")"
  grep -q "Waiting: domain $guest: host $(uname -n) is making its backup" "$tmp/b.err" ||
    fail "host b doesn't wait: $(cat "$tmp/b.err")"
  assert_equal "$guest active" "$(made hourly)" "the new backups"
  nothing_left
}

for night in ${VG_TEST_NIGHTS:-moving without_glance host_dies backed_up in_ceph}; do
  "night_$night"
done
