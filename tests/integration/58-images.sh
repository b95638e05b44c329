#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What Glance has of a guest, by "images", and the way back to a file: the bytes are
# Glance's and the disk's, whatever store they come from; a download that is cut goes
# on where it was; a full disk leaves nothing.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/relay.sh
. "$VG_SRCDIR/tests/cloud/relay.sh"

guest=vgtest-images
other=vgtest-images-other
images_snapshot
cleanup_fn images_delete_new
for name in $guest $other; do
  cleanup_fn guest_undefine "$name"
  guest_define "$name" --idle --data-disk 16M
done
uuid=$(virsh -q domuuid $guest | xargs)
to=$tmp/to
mkdir "$to"

## images

expect 0 virt_glance backup $guest both --all-disks --type daily --rotation 2 --json --store cheap
mapfile -t both < <(jq -r '.images[].id' "$tmp/out")
next_second
expect 0 virt_glance snapshot $guest one --format raw --json --store fast
raw=$(jq -r '.images[].id' "$tmp/out")
next_second
expect 0 virt_glance snapshot $other two --json
two=$(jq -r '.images[].id' "$tmp/out")

expect 0 virt_glance images $guest --json
assert_equal "[\"backup daily cheap ${both[0]} ${both[1]}\",\"snapshot null fast $raw\"]" \
  "$(jq -c '[.[] | "\(.kind) \(.type) \(.images[0].stores[0]) \([.images[].id] | join(" "))"]' "$tmp/out")" \
  "the guest's images"
for image in "${both[@]}" "$raw"; do
  assert_equal "$(image_field "$image" size) $(image_field "$image" name)" \
    "$(jq -r --arg id "$image" '.[].images[] | select(.id == $id) | "\(.size) \(.name)"' "$tmp/out")" \
    "size and name of $image"
done
assert_equal "$guest $uuid $(hostname) true" \
  "$(jq -r '.[0] | "\(.domain) \(.uuid) \(.host) \(.restorable)"' "$tmp/out")" "whose they are"
expect 0 virt_glance images --last 1 --json
assert_equal "$two" "$(jq -r '.[].images[].id' "$tmp/out")" "the last of this host"
expect 0 virt_glance images $guest --type daily
assert_equal "${both[0]},${both[1]}" "$(tail -n +3 "$tmp/out" | awk '{ print $NF }')" "the backups"
guest_undefine $other
expect 3 virt_glance images $other
expect_error 'give its UUID'
expect 0 virt_glance images "$(image_field "$two" instance_uuid)" --json
assert_equal "$other $two" "$(jq -r '.[] | "\(.domain) \(.images[].id)"' "$tmp/out")" "of a guest that is gone"

## restore

# is_the_disk FORMAT FILE
is_the_disk() {
  qemu-img compare -q -f "$1" -F qcow2 "$2" "$(virsh -q domblklist $guest | awk '$1 == "vda" { print $2 }')" ||
    fail "$2 is not the guest's disk"
}

expect 0 virt_glance restore "${both[0]}" --to "$to/own" --json
assert_equal "$(image_field "${both[0]}" os_hash_value)" "$(sha512sum <"$to/own" | cut -d' ' -f1)" "the file's sum"
is_the_disk "$(jq -r .format "$tmp/out")" "$to/own"
for format in raw vmdk; do
  expect 0 virt_glance restore "${both[0]}" --to "$to/$format" --format $format --quiet
  is_the_disk $format "$to/$format"
done
expect 0 virt_glance restore "$raw" --to "$to/qcow2" --format qcow2 --quiet
is_the_disk qcow2 "$to/qcow2"
expect 1 virt_glance restore "$raw" --to "$to/own"
expect_error "$to/own exists already"
rm "$to"/*

# Cut in the middle: the second request is for the rest.
relay_start "$VG_TEST_GLANCE_PORT"
half=$(($(image_field "$raw" size) / 2))
relay back $half reset >/dev/null
wire_mark
expect 0 env "OS_IMAGE_ENDPOINT_OVERRIDE=http://127.0.0.1:$relay_port" "${virt_glance_args[@]}" \
  restore "$raw" --to "$to/cut"
assert_equal "$(image_field "$raw" os_hash_value)" "$(sha512sum <"$to/cut" | cut -d' ' -f1)" "the sum after a cut"
wire_log 'select(.path | endswith("/file")) | "\(.status) \(.headers.range)"' >"$tmp/gets"
grep -qx '206 bytes=[1-9][0-9]*-' "$tmp/gets" || fail "it did not go on where it was: $(cat "$tmp/gets")"
rm "$to/cut"

# An image may name a backing file of the host: what Glance knows by its location it
# does not inspect, nor does an older one inspect anything.
echo secret >"$tmp/secret"
qemu-img create -q -f qcow2 -F raw -b "$tmp/secret" "$tmp/chained" 1M
chained=$(image_add_web vgtest-images-chained raw "$tmp/chained")
expect 0 virt_glance restore "$chained" --to "$to/chained" --format raw
cmp "$tmp/chained" "$to/chained" || fail "a raw image was taken for another one"
rm "$to/chained"

# No space: for the image, or for the converted one.
cleanup_fn umount "$to"
for size in 1M "$(($(image_field "${both[0]}" size) / 1024 + 2048))k"; do
  mount -t tmpfs -o "size=$size" none "$to"
  expect 1 virt_glance restore "${both[0]}" --to "$to/full" --format vhd
  grep -Eq 'No space left|no space left' "$tmp/err" || fail "what is said of a full disk: $(cat "$tmp/err")"
  assert_equal '' "$(ls -A "$to")" "what is left on a full disk"
  umount "$to"
done
mount -t tmpfs none "$to"
