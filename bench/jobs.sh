# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Cases that are about jobs and not about data: see cases.sh.

# As many guests at once, each with 256 MiB of its own.
case_many() {
  local round n i guest
  say "many: making eight guests with 256 MiB of data"
  for i in {1..8}; do
    guest=vgtest-many-$i
    make_base "$tmp/many-$i.qcow2" 4G
    fill "$tmp/many-$i.qcow2" 256 1024 40 random "$i"
    guest_define "$guest" --idle --base "$tmp/many-$i.qcow2"
    cleanup_fn guest_undefine "$guest"
    guest_boot "$guest"
  done
  for round in $(seq 0 "$runs"); do
    for n in 1 2 4 8; do
      contend many "$round" "$n-at-once" vgtest-many
    done
  done
  for i in {1..8}; do guest_undefine "vgtest-many-$i"; done
  rm "$tmp"/*.qcow2
}

# An image that becomes a disk again: of random bytes, and of zeroes for the rest of
# 8 GiB.
case_restore() {
  local round way
  make_base "$tmp/base.qcow2" 8G
  fill "$tmp/base.qcow2" "$size" 1024 $((7000 * 4 / size)) random 7
  VG_BENCH_IMAGE=$(image_add vgtest-restore qcow2 "$tmp/base.qcow2" fast)
  export VG_BENCH_IMAGE
  cleanup_fn image_delete "$VG_BENCH_IMAGE"
  for round in $(seq 0 "$runs"); do
    for way in download restore; do
      contend restore "$round" "$way" vgtest-none
    done
  done
  rm "$tmp"/*.qcow2
}

# A guest with 24 MiB, beside what the requests for such an image cost alone.
case_light() {
  local round way
  guest_define vgtest-light --idle
  cleanup_fn guest_undefine vgtest-light
  export VG_BENCH_FLAT=$tmp/flat.qcow2
  qemu-img convert -f qcow2 -O qcow2 "$cloud_dir/guests/vgtest-light/disk" "$VG_BENCH_FLAT"
  guest_boot vgtest-light
  for round in $(seq 0 "$((3 * runs))"); do
    for way in requests virt-glance; do
      contend light "$round" "$way" vgtest-light
    done
  done
  guest_undefine vgtest-light
  rm "$tmp"/*.qcow2
}
