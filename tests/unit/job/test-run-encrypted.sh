#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Snapshots of shut-off guests with encrypted disks: their content, or their
# ciphertext. Prints TAP.
# shellcheck disable=SC2119,SC2120 # optional arguments
confined=1
# shellcheck source=tests/unit/lib/encrypted.sh
. "$(dirname "$0")/../lib/encrypted.sh"

config
encrypt qcow2 "$tmp/a.qcow2"
encrypt raw "$tmp/b.raw"
a=$(encrypted vda qcow2 "$tmp/a.qcow2")

# Above it a layer with another passphrase.
other=$(uuid_of other)
key=(--object "secret,id=key,data=other-$passphrase")
encrypt qcow2 "$tmp/top.qcow2" "$tmp/a.qcow2"
top=$(disk_xml vda qcow2 "$tmp/top.qcow2" "$(encryption "uuid='$other'")\
<backingStore type='file'><format type='qcow2'/><source file='$tmp/a.qcow2'>\
$(encryption)</source><backingStore/></backingStore>")

# take DISK WAY: a snapshot of a guest with that disk.
take() {
    guests "$(guest_xml guest 5 "$1" "$(made_from)")"
    run --debug snapshot guest one --json --encrypted "$2"
}

## Its content

# decrypts NAME DISK
decrypts() {
    libvirt_with_key
    printf %s "other-$passphrase" | base64 -w 0 >"$fake/secrets/$other"
    take "$2" decrypt
    result "$1" "$(
        expect 0
        holds_plain one
        nothing_but_images
    )"
}
decrypts "the content of a qcow2 file" "$a"
decrypts "the content of a raw file" "$(encrypted vda raw "$tmp/b.raw")"
decrypts "the content of two layers" "$top"

## Its ciphertext

# keeps NAME FORMAT FILE
keeps() {
    libvirt
    take "$(encrypted vda "$2" "$3")" keep
    result "$1" "$(
        expect 0
        cmp "$3" "$tmp/kept/$(images)" 2>&1
        same "the record" "$2 luks $secret" "$(images \
            "' '.join(i[k] for k in ('disk_format', 'hw_ephemeral_encryption_format',
                                     'hw_ephemeral_encryption_secret_uuid'))")"
        same "secrets that were read" "" "$(calls secret)"
        nothing_but_images
    )"
}
keeps "the ciphertext in a qcow2 file" qcow2 "$tmp/a.qcow2"
keeps "the ciphertext in a raw file" raw "$tmp/b.raw"

## Failures

# fails NAME STATUS REGEX: the last run did, and left nothing.
fails() {
    result "$1" "$(
        expect "$2"
        says "$3"
        untold
        nothing_live
    )"
}

libvirt
take "$top" keep
fails "the ciphertext of one layer" 3 "it is encrypted and has a backing file.*--encrypted decrypt"
libvirt
take "$(encrypted vda qcow2 "$tmp/top.qcow2")" keep
fails "the ciphertext above a layer that libvirt doesn't name" 3 \
    "$tmp/top.qcow2 is encrypted and has a backing file"
libvirt
take "$a" decrypt
fails "no such secret" 3 "secret $secret can't be read: .*no secret"
libvirt_with_key "secret 1 fail $private secret is private"
take "$a" decrypt
fails "a private secret" 5 "secret $secret can't be read: .*private"
libvirt
base64 -w 0 "$tmp/passphrase" >"$fake/secrets/$other"
take "$top" decrypt
fails "the second layer's secret" 3 "secret $secret can't be read: .*no secret"
libvirt
printf %s wrong | base64 >"$fake/secrets/$secret"
take "$a" decrypt
fails "another passphrase" 3 "disk vda .*can't be opened: Invalid password"
libvirt_with_key
take "$(disk_xml vda qcow2 "$tmp/a.qcow2" "<encryption format='luks'/>")" decrypt
fails "no secret named" 3 "names no secret for LUKS"

done_testing
