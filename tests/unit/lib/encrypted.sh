# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# For scripts about encrypted disks; they source it instead of live.sh. Afterwards
# there are
#   $tmp/plain      the content of all encrypted disks, raw
#   $secret         the UUID of libvirt's secret that opens them
#   $passphrase     its value
# shellcheck source=tests/unit/lib/live.sh
. "$(dirname "${BASH_SOURCE[0]}")/live.sh"

secret=$(uuid_of secret)
passphrase=correct-horse-battery-staple
printf %s "$passphrase" >"$tmp/passphrase"
disk raw "$tmp/plain" 8M

# $key: the passphrase, for QEMU's tools.
key=(--object "secret,id=key,file=$tmp/passphrase")

# Preloaded into a qemu-img that makes a LUKS header, which else takes seconds; see its
# head.
cpu_jumps=$builddir/tests/unit/lib/.libs/cpu-jumps.so

# encrypt FORMAT FILE [BASE]: makes an encrypted disk, qcow2 or raw; or one without
# data above that qcow2 file.
encrypt() {
    local prefix=encrypt. error
    local command=(convert -f raw -O qcow2 "$tmp/plain" "$2")

    [[ $1 == qcow2 ]] || prefix='' command[4]=luks
    (($# < 3)) || command=(create -f qcow2 -b "$3" -F qcow2 -u "$2" 8M)
    error=$(LD_PRELOAD=$cpu_jumps qemu-img "${command[0]}" -q "${key[@]}" \
        -o "${prefix:+encrypt.format=luks,}${prefix}key-secret=key,${prefix}iter-time=10,${prefix}hash-alg=sha512" \
        "${command[@]:1}" 2>&1) || { echo "Bail out! $error" && exit 1; }
}

# encryption [SECRET]: the element of a disk with that secret, an attribute.
encryption() {
    local name=${1:-"uuid='$secret'"}

    printf '%s' "<encryption format='luks'><secret type='passphrase' $name/>" \
        "</encryption>"
}

# encrypted TARGET FORMAT FILE [SECRET]: such a disk of a guest.
encrypted() { disk_xml "$1" "$2" "$3" "$(encryption "${4-}")"; }

# libvirt_with_key [ORDER…]: as libvirt, with the secret.
libvirt_with_key() {
    libvirt "$@"
    base64 -w 0 "$tmp/passphrase" >"$fake/secrets/$secret"
}

# untold: prints in which of the program's files and messages the passphrase is.
untold() {
    grep -rlF -e "$passphrase" -e "$(base64 -w 0 "$tmp/passphrase")" \
        "$tmp/state" "$tmp/out" "$tmp/err" | sed 's/^/the passphrase is in /'
}

# holds_plain NAME: prints what is wrong unless the image of that name has the
# content of the disks, and the program warned that this is not encrypted.
holds_plain() {
    holds_disk "$1" raw "$tmp/plain"
    warns "the image of the encrypted disk vd. is not encrypted"
    untold
}
