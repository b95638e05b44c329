# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What is measured. Results go to $tmp/results, one JSON object a line, with
# the case's name. Expects functions.sh and run's settings.
# shellcheck source-path=SCRIPTDIR source=guests.sh
. "$here/guests.sh"
# shellcheck source-path=SCRIPTDIR source=compressed.sh
. "$here/compressed.sh"
# shellcheck source-path=SCRIPTDIR source=jobs.sh
. "$here/jobs.sh"
# shellcheck source-path=SCRIPTDIR source=proxies.sh
. "$here/proxies.sh"

# result CASE JQ-PROGRAM [JQ-OPTION…]
result() {
  local case=$1 program=$2
  shift 2
  jq -nc --arg case "$case" "$@" "{case: \$case} + $program" >>"$tmp/results"
}

package() { dpkg-query -W -f '${Version}' "$1"; }

bench_begin() {
  : >"$tmp/results"
  # Where QEMU's user writes, too.
  mkdir "$tmp/temporary"
  chmod 777 "$tmp/temporary"
  export VG_BENCH_CONFIG=$tmp/virt-glance.conf
  result machine '{machine: {command: $command, date: $date, cores: $cores | tonumber, cpu: $cpu, kernel: $kernel,
    "virt-glance": $vg, libvirt: $libvirt, qemu: $qemu, glance: $glance,
    virtnbdbackup: $vnb}}' \
    --arg command "$command" --arg date "$(date -I)" --arg cores "$(nproc)" --arg kernel "$(uname -r)" \
    --arg cpu "$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1)" \
    --arg vg "$(virt_glance --version | cut -d' ' -f2)" \
    --arg libvirt "$(package libvirt-daemon)" \
    --arg qemu "$(package qemu-system-x86)" \
    --arg glance "$(package glance-api)" --arg vnb "$(package virtnbdbackup)"
}

# contend CASE ROUND WAY GUEST [COMMAND…]: one contender, once. Round 0 warms up. The
# command measures what follows it, by default what that costs.
contend() {
  local case=$1 round=$2 way=$3 guest=$4 image=bench-$2-$3 \
    load measured sent frozen
  shift 4
  [ $# -gt 0 ] || set -- "$here/measure" --folder "$tmp/temporary" \
    --folder "$tmp/vg/snapshots" --guest "$guest"
  say "$case: round $round of $runs: $way ${guest#vgtest-}"
  # So that nobody pays for another's writes.
  sync -f "$cloud_dir"
  wire_mark
  rm -f "$tmp"/told*
  : >"$tmp/told"
  load=$(cut -d' ' -f1 /proc/loadavg)
  measured=$(libvirt_inside "$@" \
    "$here/contend" "$way" "$guest" "$image" "$tmp/temporary" "$tmp/told")
  sent=$(wire_log '.headers["content-length"] // "0"' | awk '{ n += $1 } END { print n + 0 }')
  frozen=$(cat "$tmp"/told* | jq -s 'map(.frozen_ms // empty) | max')
  discard "$image"
  [ "$round" = 0 ] || result "$case" \
    '{way: $way, guest: $guest, round: $round, load: $load, sent: $sent,
      frozen: $frozen} + $measured' \
    --arg way "$way" --arg guest "${guest#vgtest-}" --argjson round "$round" \
    --argjson load "$load" --argjson sent "$sent" --argjson frozen "$frozen" \
    --argjson measured "$measured"
}

flattened() { ! ceph_rbd info "$1" 2>/dev/null | grep -q parent:; }

# What a way made must be there, whole; and then must not. (Sees contend's way.)
discard() {
  local name
  case $way in
  by-hand)
    ceph_rbd snap unprotect "images/$1@snap"
    ceph_rbd snap purge --no-progress "images/$1"
    ceph_rbd rm --no-progress "images/$1"
    ;;
  download | restore) ;; # (They make none.)
  [1-9]-*) for name in $(seq -f "$1-%.0f" "${way%%-*}"); do discard_image "$name"; done ;;
  *) discard_image "$1" ;;
  esac
}

discard_image() {
  local id
  id=$(image_find "$1")
  wait_until 300 flattened "images/$id" || die "$1 is not flattened"
  assert_equal active "$(image_field "$id" status)" "the state of $1"
  image_delete "$id"
}

case_ways() {
  local round way
  say "ways: making a guest with $size MiB of data"
  make_guest "$size" --idle "${agent[@]}"
  for round in $(seq 0 "$runs"); do
    for way in limit "${ways[@]}"; do
      contend ways "$round" "$way" vgtest-bench
    done
  done
  guest_undefine vgtest-bench
  rm "$tmp"/*.qcow2
}

# What a guest that writes notices while each way's image is made: light, a line and
# a mark twenty times a second, each synced; heavy, 64 KiB after 64 KiB, past its
# page cache. virt-glance has the weight of its slice.
case_impact() {
  local writer round way options weight ours
  ours=$(sed -n 's/^CPUWeight=//p' "$VG_SRCDIR/systemd/virtglance.slice")
  for writer in light heavy; do
    say "impact: making a guest with $size MiB of data that writes, $writer"
    options=(--pause 0.05)
    [ $writer = light ] || options=(--load 256)
    make_guest "$size" "${options[@]}" "${agent[@]}"
    [ $writer = light ] || wait_until 120 guest_has_written 512
    for round in $(seq 0 "$runs"); do
      for way in limit "${ways[@]}"; do
        weight=100
        [ "$way" != virt-glance ] || weight=$ours
        contend "impact-$writer" "$round" "$way" vgtest-bench \
          "$here/impact" vgtest-bench 4 "$weight"
      done
    done
    guest_undefine vgtest-bench
    rm "$tmp"/*.qcow2
  done
}

# guest_has_written MIB: since it was started.
guest_has_written() {
  virsh domstats --block vgtest-bench |
    awk -F= -v mib="$1" '/block.0.wr.bytes/ { exit !($2 >= mib * 1048576) }'
}

case_inspect() {
  local xml=$VG_SRCDIR/tests/data/domain/nova-image-1.1.xml seconds
  say "inspect: 50 runs"
  seconds=$("$here/measure" --repeat 53 "$VG_BUILDDIR/virt-glance" \
    --config "$VG_BENCH_CONFIG" inspect --xml "$xml")
  result inspect '{seconds: $seconds[3:]}' --argjson seconds "$seconds"
}

# instructions COMMAND…: how many the command executes, by valgrind, whatever else the
# machine does. (Of a child that it forks, the fewer ones are told, too.)
instructions() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null |
    sed -n 's/^.*Collected : //p' | sort -n | tail -n 1
}

# What inspect and the hook cost, and what known programs do that begin alike: virsh
# loads libvirt and prints a domain's XML; xmllint parses such an XML.
case_instructions() {
  local xml=$VG_SRCDIR/tests/data/domain/nova-image-1.1.xml inspect virsh hook xmllint
  say "instructions: of inspect --xml and the hook"
  sed "s|</metadata>|<p:policy xmlns:p='urn:virt-glance:policy'><on event='stopped'/></p:policy>&|" \
    "$xml" >"$tmp/hook.xml"
  printf '[DEFAULT]\nstate_path = %s\n' "$tmp/hook-state" >"$tmp/hook.conf"
  inspect=$(instructions "$VG_BUILDDIR/virt-glance" \
    --config "$VG_BENCH_CONFIG" inspect --xml "$xml")
  virsh=$(instructions virsh -c test:///default dumpxml test)
  hook=$(instructions "$VG_BUILDDIR/virt-glance-hook" --config "$tmp/hook.conf" \
    guest release end - <"$tmp/hook.xml")
  xmllint=$(instructions xmllint --noout "$tmp/hook.xml")
  assert_equal 1 "$(find "$tmp/hook-state/spool" -name '*.json' | wc -l)" \
    "the number of orders"
  result instructions '{inspect: $inspect, virsh: $virsh, hook: $hook, xmllint: $xmllint}' \
    --argjson inspect "$inspect" --argjson virsh "$virsh" \
    --argjson hook "$hook" --argjson xmllint "$xmllint"
}

# cycles N: a guest is started and forced off so often; each one's seconds.
cycles() {
  "$here/measure" --repeat "$1" bash -ec \
    'virsh -q start --paused vgtest-cycle; virsh -q destroy vgtest-cycle'
}

# A guest with a policy by which each of its ends becomes an order; libvirt without
# the hook, and with it, which is also called by itself.
case_hook() {
  local without with calls
  say "hook: 200 starts and stops without it, and 200 with it"
  guest_define vgtest-cycle --idle
  cleanup_fn guest_undefine vgtest-cycle
  set_policy vgtest-cycle "<on event='stopped' reasons='destroyed'/>" --config
  virsh -q dumpxml vgtest-cycle >"$tmp/cycle.xml"
  cycles 3 >/dev/null
  without=$(cycles 200)
  hook_install
  cycles 3 >/dev/null
  with=$(cycles 200)
  assert_equal 203 "$(find "$tmp/vg/state/spool" -maxdepth 1 -name '*.json' | wc -l)" \
    "the number of orders"
  calls=$("$here/measure" --stdin "$tmp/cycle.xml" --repeat 203 \
    "$VG_TEST_LIBVIRT/etc/hooks/qemu.d/virt-glance" vgtest-cycle release end -)
  rm -r "$tmp/vg/state/spool"
  guest_undefine vgtest-cycle
  result hook '{without: $without, with: $with, calls: $calls[3:]}' \
    --argjson without "$without" --argjson with "$with" --argjson calls "$calls"
}

# Shut off and running, by turns.
case_sizes() {
  local round state guest
  say "sizes: making two guests with 1 GiB of data"
  make_sparse_guest vgtest-16GiB $((16 << 10))
  make_sparse_guest vgtest-16TiB $((16 << 20))
  for state in off running; do
    for round in $(seq 0 "$runs"); do
      for guest in vgtest-16GiB vgtest-16TiB; do
        [ $state = off ] || guest_is $guest running || guest_boot $guest
        contend "sizes-$state" "$round" virt-glance $guest
      done
    done
  done
  guest_undefine vgtest-16GiB
  guest_undefine vgtest-16TiB
  rm "$tmp"/*.qcow2
}

# Guests in Ceph with much data and with little: cloned, with the flattening
# after and before; and uploaded. Each against what Ceph's own tool takes.
case_ceph() {
  local round
  say "ceph: making guests with 300 and 3000 MiB of data"
  guest_upload_ceph_base
  make_ceph_guest vgtest-300 300
  make_ceph_guest vgtest-3000 3000
  cleanup_fn ceph_run osd set-require-min-compat-client luminous
  cleanup_fn ceph_run auth caps client.glance mon 'profile rbd' \
    osd 'profile rbd pool=images'
  ceph_run osd set-require-min-compat-client mimic 2>/dev/null
  ceph_run auth caps client.glance mon 'profile rbd' \
    osd 'profile rbd pool=images, profile rbd-read-only pool=vms' 2>/dev/null
  for round in $(seq 0 "$runs"); do
    vg_config '[ceph]' 'flatten = after'
    contend ceph-after "$round" clone vgtest-300
    contend ceph-after "$round" clone vgtest-3000
    vg_config
    contend ceph-before "$round" by-hand vgtest-3000
    contend ceph-before "$round" clone vgtest-3000
    contend ceph-stream "$round" export vgtest-3000
    contend ceph-stream "$round" stream vgtest-3000
  done
  guest_undefine vgtest-300
  guest_undefine vgtest-3000
}
