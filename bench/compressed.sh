# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Cases that are about what the data are: see cases.sh.

# contend_with CASE DATA WAY…: a running, idle guest with $size MiB of these data.
contend_with() {
  local case=$1 data=$2 round way
  shift 2
  say "$case: making a guest with $size MiB of data"
  make_guest_of "$data" "$size"
  for round in $(seq 0 "$runs"); do
    for way in "$@"; do
      contend "$case" "$round" "$way" vgtest-bench
    done
  done
  guest_undefine vgtest-bench
  rm "$tmp"/*.qcow2
}

case_compressed() { contend_with compressed digits limit virt-glance zstd two-passes; }

case_system() { contend_with system system limit zstd; }

case_incompressible() { contend_with incompressible random limit zstd; }

case_slow() { contend_with slow digits slow-limit slow-zstd; }

# A block device does not report its zeroes, so all of it is read: a device with 1 GiB of
# data and 7 GiB of zeroes, beside a qcow2 file with the same data.
case_zeroes() {
  local round guest
  say "zeroes: making two guests with 1 GiB of data"
  make_base "$tmp/base.qcow2" 8G
  fill "$tmp/base.qcow2" 1024 1024 28 random 6
  guest_define vgtest-file --idle --base "$tmp/base.qcow2"
  cleanup_fn guest_undefine vgtest-file
  guest_boot vgtest-file
  make_device_guest vgtest-device "$tmp/base.qcow2"
  for round in $(seq 0 "$runs"); do
    for guest in vgtest-file vgtest-device; do
      contend zeroes "$round" virt-glance $guest
    done
  done
  guest_undefine vgtest-file
  guest_undefine vgtest-device
  rm "$tmp"/*.qcow2
}
