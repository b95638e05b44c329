#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# "restore DOMAIN" of a guest with a block device (a loop device) beside a file: it is
# overwritten in place; and where the command is killed in the middle, nobody takes the
# disk for whole. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
confined=1
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"
[[ $EUID == 0 ]] || skip_all "only root makes a loop device"
command -v strace >/dev/null || skip_all "no strace"

config
chmod 755 "$tmp"
mkdir "$tmp/disks"
a=$tmp/disks/a.qcow2
disk qcow2 "$a" 8M 1
truncate -s 8M "$tmp/volume"
device=$(losetup --find --show "$tmp/volume") || skip_all "there is no loop device for us"
trap 'losetup --detach "$device"; cleanup' EXIT
qemu-io -f raw -c "write -q -P 5 1M 640k" "$device" >/dev/null
guests "$(guest_xml guest 5 "$(disk_xml vda qcow2 "$a")<disk type='block' device='disk'>
    <driver name='qemu' type='raw'/><source dev='$device'/><target dev='vdb' bus='virtio'/></disk>")"
glance
half="$device, a disk of domain guest, is not whole: job .* its old content can't be brought back"

for format in raw qcow2; do
    run snapshot guest "$format" --all-disks --format $format
    # (libvirt's test driver tells of each disk that it has a TiB.)
    for id in $(images); do
        fake POST /_control "{\"changes\": {\"$id\": {\"virt_glance_capacity\": \"8388608\"}}}" >/dev/null
    done
    sum=$(sha256sum <"$device")
    cp "$a" "$tmp/a1"
    dd if=/dev/urandom of="$device" bs=1M count=8 conv=fsync status=none
    qemu-io -f qcow2 -c "write -q -P 9 5M 64k" "$a" >/dev/null
    cp "$a" "$tmp/a2"

    run restore guest
    result "$format: not without being asked" "$(
        expect 3
        says "it is the block device $device, which is overwritten in place"
        cmp "$a" "$tmp/a2"
    )"
    run restore guest --overwrite --dry-run --json
    result "$format: a dry run" "$(
        expect 0
        json "[d['overwritten'] for d in j['disks']] == [False, True]"
    )"
    status=0
    set_command restore guest --overwrite
    {
        strace -f -qq -o "$tmp/trace" -P "$device" -e trace=fallocate,pwrite64 \
            -e 'inject=fallocate,pwrite64:signal=KILL:when=2' \
            "${command[@]}" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
    } 2>/dev/null
    result "$format: killed as it writes" "$(expect 137)"
    run recover
    result "$format: recover says so" "$(
        expect 8
        says "$half"
        cmp "$a" "$tmp/a2"
        find "$tmp/scratch" -mindepth 1
        find "$tmp/disks" -mindepth 1 ! -name a.qcow2
    )"
    run snapshot guest never
    result "$format: no snapshot is made of it" "$(expect 8; says "$half")"
    run restore guest --overwrite
    result "$format: restored again" "$(
        expect 0
        same "the device's sum" "$sum" "$(sha256sum <"$device")"
        qemu-img compare -q -f qcow2 -F qcow2 "$a" "$tmp/a1" || echo "vda has another content"
        grep -q "^Disk vdb has image .*; the old one is overwritten" "$tmp/out" || cat "$tmp/out"
        find "$tmp/scratch" -mindepth 1
    )"
    run recover
    run recover
    result "$format: nothing is left" "$(
        expect 0
        same "a second recover" "Nothing to recover" "$(cat "$tmp/out")"
    )"
    run restore guest --discard-old
done

losetup --detach "$device"
truncate -s 4M "$tmp/volume"
losetup "$device" "$tmp/volume"
sum=$(sha256sum <"$device")
run restore guest --overwrite
result "a device that is too small" "$(
    expect 3
    says "vdb .*its image has 8388608 bytes, and $device has 4194304"
    same "the device's sum" "$sum" "$(sha256sum <"$device")"
)"

done_testing
