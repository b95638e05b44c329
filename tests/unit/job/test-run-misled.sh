#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Images whose length a sample of the data tells wrong, compressed or without zeroes:
# the bytes of the same instant are sent again, to a new image. And connections that
# break in the middle of such an image. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"

config
size=$((24 << 20))
head -c $size /dev/urandom >"$tmp/noise.raw"

# mislead N: the disk "misleading", with zeroes wherever the first N samples are read.
mislead() {
    cp "$tmp/noise.raw" "$tmp/misleading.raw"
    "$builddir/tests/unit/image/test-estimate" --places "$(stat -c %s "$tmp/noise.raw")" "$1" \
        >"$tmp/places"
    python - "$tmp/misleading.raw" "$tmp/places" <<'PLACES'
import sys
with open(sys.argv[1], "r+b") as disk, open(sys.argv[2]) as places:
    for place in places:
        disk.seek(int(place) << 16)
        disk.write(bytes(1 << 16))
PLACES
    guests "$(guest_xml guest 5 "$(disk_xml vda raw "$tmp/misleading.raw")" "$(made_from)")"
    libvirt
    rules '[]'
}

# count METHOD PATH: of requests.
count() { requests | grep -cE "^$1 $2 "; }

mislead 1
run snapshot guest one --compress zstd --json
id=$(show "j['images'][0]['id']")
result "a new image, of the same instant" "$(
    expect 0
    warns "disk vda is sent again, to a new image: the data compress less than a sample of them: after [0-9]+ % of them an image of [0-9]+ bytes is too short"
    same "its id" "$(images)" "$id"
    same "uploads" 2 "$(count PUT '.*/file')"
    same "images deleted" 1 "$(count DELETE '.*')"
    holds_disk one raw "$tmp/misleading.raw"
    nothing_but_images
)"

# Without compression, the same; the last try finds all zeroes first, and its image
# has none.
head -c $((64 << 20)) /dev/urandom >"$tmp/noise.raw"
for n in 1 2; do
    mislead $n
    run snapshot guest one --json
    id=$(show "j['images'][0]['id']")
    result "zeroes where $n samples are read" "$(
        expect 0
        warns "disk vda is sent again, to a new image: the data have fewer zeroes than a sample of them: after [0-9]+ % of them an image of [0-9]+ bytes is too short"
        same "its id" "$(images)" "$id"
        same "uploads" $((n + 1)) "$(count PUT '.*/file')"
        same "images deleted" "$n" "$(count DELETE '.*')"
        same "looks for zeroes" $((n - 1)) "$(grep -c '^Looking for zeroes' "$tmp/err")"
        holds_disk one raw "$tmp/misleading.raw"
        nothing_but_images
    )"
done

# All zeroes but the end, on a disk that does not tell: read once.
head -c $((28 << 20)) /dev/zero >"$tmp/noise.raw"
head -c $((4 << 20)) /dev/urandom >>"$tmp/noise.raw"
guests "$(guest_xml guest 5 "$(disk_xml vda raw "$tmp/noise.raw")" "$(made_from)")"
libvirt
rules '[]'
run snapshot guest one --json
result "zeroes in one pass" "$(
    expect 0
    ! grep -E '^(warning|Looking)' "$tmp/err" || echo "it was read twice"
    json "(4 << 20) < j['images'][0]['size'] < (7 << 20)"
    holds_disk one raw "$tmp/noise.raw"
    nothing_but_images
)"
for percent in 10 50 99; do
    libvirt
    rules "[{\"method\": \"PUT\", \"path\": \".*/file\", \"cut\": 0.$percent, \"times\": 1}]"
    run snapshot guest one
    result "zeroes: the connection breaks at $percent %" "$(
        expect 0
        same "uploads" 2 "$(count PUT '.*/file')"
        holds_disk one raw "$tmp/noise.raw"
        nothing_but_images
    )"
done

head -c $size /dev/urandom >"$tmp/noise.raw"
for percent in 10 50 99; do
    libvirt
    rules "[{\"method\": \"PUT\", \"path\": \".*/file\", \"cut\": 0.$percent, \"times\": 1}]"
    run snapshot guest one --compress zstd
    result "the connection breaks at $percent %" "$(
        expect 0
        same "uploads" 2 "$(count PUT '.*/file')"
        holds_disk one raw "$tmp/noise.raw"
        nothing_but_images
    )"
done

done_testing
