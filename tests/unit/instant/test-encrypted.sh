#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Snapshots of running guests with encrypted disks: the scratch files, which are
# made before the backup job begins, encrypted as their disks. Prints TAP.
# shellcheck disable=SC2119,SC2120 # optional arguments
confined=1
# shellcheck source=tests/unit/lib/encrypted.sh
. "$(dirname "$0")/../lib/encrypted.sh"

# (However busy the machine is, the watchdog thaws nothing.)
config '[libvirt]' 'quiesce_timeout = 300'
encrypt qcow2 "$tmp/a.qcow2"
encrypt raw "$tmp/b.raw"
disk raw "$tmp/c.raw" 8M 3
a=$(encrypted vda qcow2 "$tmp/a.qcow2")
b=$(encrypted vdb raw "$tmp/b.raw")
c=$(disk_xml vdc raw "$tmp/c.raw")

# keep: an order that keeps the scratch files as the backup job finds them, in
# $tmp/found.
keep="begin 1 run mkdir $tmp/found; cp -p $tmp/scratch/*/* $tmp/found"

# take [ARGUMENT…]: a snapshot of the guest.
take() {
    rm -rf "$tmp/found"
    run --debug snapshot guest one --json --encrypted decrypt "$@"
}

# is_encrypted TARGET WANTED: prints what is wrong with the scratch file that was
# kept; WANTED is true or false.
is_encrypted() {
    local file=$tmp/found/$1.scratch info

    info=$(qemu-img info -f qcow2 --output=json "$file" | python -c '
import json, sys
info = json.load(sys.stdin)
print(str(info.get("encrypted", False)).lower(), info["virtual-size"])')
    same "encryption and size of $1.scratch" "$2 8388608" "$info"
    same "the mode of $1.scratch" 600 "$(stat -c %a "$file")"
}

# opens TARGET: prints what is wrong unless the passphrase opens the scratch file.
opens() {
    qemu-io "${key[@]}" -c "write -q 0 64k" --image-opts \
        "driver=qcow2,encrypt.key-secret=key,file.filename=$tmp/found/$1.scratch" 2>&1
}

## qemu-img on PATH

# qemu_img LINE…: it does this where the program makes an encrypted file. All else
# goes to "real", the real one.
mkdir "$tmp/bin"
qemu_img() {
    {
        printf '#!/bin/bash\n%s\n' "real() { exec $(command -v qemu-img) \"\$@\"; }"
        # shellcheck disable=SC2016 # its own
        printf '%s\n' '[[ $* == "create "*iter-time* ]] || real "$@"' "$@"
    } >"$tmp/bin/qemu-img"
    chmod +x "$tmp/bin/qemu-img"
}
# $plain: makes the file without encryption, which takes no time.
# shellcheck disable=SC2016
plain='(real create -q -f qcow2 "${@: -2}") || exit'
environment+=("PATH=$tmp/bin:$PATH")
# $quick: makes it as it is to be, but is not to measure the CPU for seconds.
# (test-scratch-file makes one by qemu-img alone.)
# shellcheck disable=SC2016
quick='LD_PRELOAD='$cpu_jumps' real "$@"'

## All disks

guests "$(guest_xml guest 1 "$a$b$c$agent" "$(made_from)")"
libvirt_with_key "$keep"
qemu_img "$quick"
take --all-disks
result "all disks" "$(
    expect 0
    holds_plain one
    holds_plain one-vdb
    holds_disk one-vdc raw "$tmp/c.raw"
    is_encrypted vda true
    is_encrypted vdb true
    is_encrypted vdc false
    opens vda
    opens vdb
    same "the calls" "freeze begin vda vdb vdc thaw" "$(agent_calls)"
    nothing_but_images
)"

# The others' keys are not needed for that.
libvirt_with_key "$keep"
take --disk vdc
result "a disk beside encrypted ones" "$(
    expect 0
    holds_disk one raw "$tmp/c.raw"
    same "scratch files" vdc.scratch "$(ls "$tmp/found")"
    is_encrypted vdc false
    same "secrets that were read" "" "$(calls secret)"
    nothing_but_images
)"

## By another qemu-img

guests "$(guest_xml guest 1 "$(encrypted vda qcow2 "$tmp/a.qcow2" "usage='/disks/a'")$agent")"
libvirt
mkdir "$fake/secrets/disks"
base64 -w 0 "$tmp/passphrase" >"$fake/secrets/disks/a"
qemu_img "cat /dev/fd/3 >$tmp/key" "$plain"
take
result "a secret by its usage" "$(
    expect 0
    holds_plain one
    same "the key of the scratch file" "$passphrase" "$(base64 -d "$tmp/key")"
    nothing_but_images
)"

# libvirt keeps the second key to itself, before the job begins and in it: it makes
# the files of all disks, and finds none.
guests "$(guest_xml guest 1 "$a$b$agent")"
qemu_img "$plain"
libvirt_with_key "$keep" "secret 2 fail $private secret is private" \
    "secret 4 fail $private secret is private"
take --all-disks
result "a private secret" "$(
    expect 0
    holds_plain one
    holds_plain one-vdb
    same "scratch files of ours" "" "$(ls "$tmp/found")"
    nothing_but_images
)"

## Failures

# fails NAME STATUS REGEX: the last run did, and left nothing.
fails() {
    result "$1" "$(
        expect "$2"
        says "$3"
        untold
        same "the calls" "" "$(calls freeze begin)"
        nothing_live
    )"
}
first="$tmp/scratch/*/vda.scratch" second="$tmp/scratch/*/vdb.scratch"

libvirt
take --all-disks
fails "no such secret" 3 "libvirt's secret $secret can't be read: .*no secret"
libvirt_with_key "blockinfo $second fail $internal no size"
take --all-disks
fails "the size of the second disk is unknown" 1 "no size"
libvirt_with_key "blockinfo $first run for i in $tmp/scratch/*; do touch \$i/vdb.scratch; done"
take --all-disks
fails "somebody made the second file" 1 \
    "scratch file $tmp/scratch/.*/vdb.scratch can't be created: File exists"
libvirt_with_key "blockinfo $second run rm -r $tmp/scratch/*"
take --all-disks
fails "the directory is gone" 1 "scratch file .*/vdb.scratch can't be created: No such file"

qemu_img 'echo "qemu-img: /dev/fd/9: No space left on device" >&2; exit 1'
libvirt_with_key
take --all-disks
fails "the disk is full" 1 "vda.scratch can't be created: .*No space left on device"

# It ends when the program kills it.
# shellcheck disable=SC2016
qemu_img 'kill -INT $PPID' 'exec sleep infinity'
libvirt_with_key
take --all-disks
fails "interrupted meanwhile" 130 "interrupted"

# The directory is the hypervisor's user's, and he may replace a file by a link.
echo precious >"$tmp/victim"
chmod 640 "$tmp/victim"
qemu_img "$plain" "ln -sf $tmp/victim $first"
libvirt_with_key
take --all-disks
result "a link in place of a file" "$(
    expect 1
    says "vda.scratch is no qcow2 file"
    same "what it led to" "640 precious" "$(stat -c %a "$tmp/victim") $(<"$tmp/victim")"
    nothing_live
)"

done_testing
