# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Guests with a known amount of data on their disk. Expects functions.sh.

## Data

# random MIB SEED: what can't be compressed; the same for the same SEED.
random() {
  head -c "$1M" /dev/zero |
    openssl enc -aes-128-ctr -nosalt -K "$(printf '%032x' "$2")" \
      -iv "$(printf '%032x' 0)"
}

# digits MIB SEED: hexadecimal ones, which can be compressed by one half.
digits() {
  head -c "$(($1 / 2))M" /dev/zero |
    openssl enc -aes-128-ctr -nosalt -K "$(printf '%032x' "$2")" \
      -iv "$(printf '%032x' 0)" |
    perl -e 'print unpack "H*", $_ while read STDIN, $_, 1 << 20'
}

# system MIB: programs and libraries of this machine.
system() {
  # (tar dies of its reader's end.)
  (set +o pipefail && tar -C / --sort=name -cf - usr/lib/x86_64-linux-gnu usr/bin \
    2>/dev/null | head -c "$1M")
}

# fill FILE MIB FIRST STEP DATA [SEED]: writes MIB MiB of one of these into a qcow2,
# 4 MiB every STEP MiB from FIRST on.
fill() {
  local file=$1 mib=$(($2 / 4 * 4)) first=$3 step=$4 part offset
  shift 4
  mkdir "$tmp/parts"
  "$1" "$mib" "${@:2}" | split -b 4M -a 4 -d - "$tmp/parts/"
  [ "$(du -sm --apparent-size "$tmp/parts" | cut -f1)" -ge "$mib" ] ||
    die "this machine has less than $mib MiB of data '$1'"
  offset=$first
  for part in "$tmp"/parts/*; do
    echo "write -q -s $part ${offset}M 4M"
    offset=$((offset + step))
  done >"$tmp/commands"
  qemu-io -f qcow2 "$file" <"$tmp/commands" >"$tmp/commands.log"
  rm -r "$tmp/parts"
  ! grep -v '^\(qemu-io> \)*$' "$tmp/commands.log" >&2 || die "$file can't be filled"
}

## Guests

# make_base FILE SIZE: the test guest's disk, as large as that.
make_base() {
  cp "$VG_TEST_BASE_FILE" "$1"
  qemu-img resize -q "$1" "$2"
}

# make_guest MIB [OPTION…]: the guest of "ways", with these options of guest_define's
# (--idle): 8 GiB, seven twelfths of the data in the base file and the rest in the
# overlay. It runs. $VG_BENCH_FLAT is an image with the same content.
make_guest() {
  local base=$tmp/base.qcow2 mib=$1 step=$((7000 * 4 * 12 / 7 / $1))
  shift
  make_base "$base" 8G
  fill "$base" $((mib * 7 / 12)) 1024 $step random 1
  guest_define vgtest-bench --base "$base" "$@"
  cleanup_fn guest_undefine vgtest-bench
  export VG_BENCH_DISK=$cloud_dir/guests/vgtest-bench/disk
  fill "$VG_BENCH_DISK" $((mib * 5 / 12)) $((1024 + step / 2)) $step random 2
  export VG_BENCH_FLAT=$tmp/flat.qcow2
  qemu-img convert -f qcow2 -O qcow2 "$VG_BENCH_DISK" "$VG_BENCH_FLAT"
  guest_boot vgtest-bench
}

# make_guest_of DATA MIB: running and idle, its disk of 8 GiB with so much of that data
# in the base file. $VG_BENCH_FLAT is an image with the same content.
make_guest_of() {
  local base=$tmp/base.qcow2
  make_base "$base" 8G
  fill "$base" "$2" 1024 $((7000 * 4 / $2)) "$1" 5
  guest_define vgtest-bench --idle --base "$base"
  cleanup_fn guest_undefine vgtest-bench
  export VG_BENCH_DISK=$cloud_dir/guests/vgtest-bench/disk
  export VG_BENCH_FLAT=$tmp/flat.qcow2
  qemu-img convert -f qcow2 -O qcow2 "$VG_BENCH_DISK" "$VG_BENCH_FLAT"
  guest_boot vgtest-bench
}

# make_device_guest NAME BASE: running and idle; its disk is a block device with the
# content of that qcow2.
make_device_guest() {
  local device dir=$cloud_dir/guests/$1
  guest_define "$1" --idle --disk-format raw --base "$2"
  cleanup_fn guest_undefine "$1"
  device=$(losetup --find --show "$dir/disk")
  cleanup_fn losetup --detach "$device"
  sed -i -e 's,<disk type="file",<disk type="block",' \
    -e "s,<source file=\"$dir/disk\"/>,<source dev=\"$device\"/>," "$dir/domain.xml"
  virsh -q define "$dir/domain.xml" >/dev/null
  guest_boot "$1"
}

# make_ceph_guest NAME MIB: running and idle, its disk of 4 GiB in Ceph with so
# much data.
make_ceph_guest() {
  local base=$tmp/$1.qcow2
  make_base "$base" 4G
  fill "$base" "$2" 600 4 random 4
  guest_define "$1" --idle --rbd --image "$VG_TEST_CEPH_BASE_IMAGE" --base "$base" \
    --base-format qcow2
  cleanup_fn guest_undefine "$1"
  rm "$base"
  guest_boot "$1"
}

# make_sparse_guest NAME SIZE-MIB: shut off, 1 GiB of data spread evenly.
make_sparse_guest() {
  local base=$tmp/$1.qcow2
  make_base "$base" "$2M"
  fill "$base" 1024 1024 $((($2 - 1024) / 256)) random 3
  guest_define "$1" --idle --base "$base"
  cleanup_fn guest_undefine "$1"
}
