#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# With which images the domain's definition is kept. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config
disk raw "$tmp/a.raw" 4M 1
disk raw "$tmp/b.raw" 4M 2
disks=$(disk_xml vda raw "$tmp/a.raw"; disk_xml vdb raw "$tmp/b.raw")
guests "$(guest_xml guest 5 "$disks" "$(made_from)")" "$(guest_xml novas 5 "$disks" \
    "$(nova "type='image' uuid='$base'")")" \
    "$(guest_xml large 5 "$disks" "<x:x xmlns:x='urn:x'>$(head -c 20000 /dev/urandom | base64 -w 0)</x:x>")"

# kept: the names of the images that have one.
kept() { images "i['name'] if i.get('virt_glance_definition') else ''" | sort | xargs; }

# keeps WANTED COMMAND ARGUMENT…
keeps() {
    local wanted=$1
    shift
    glance
    run "$@" --quiet
    result "$*" "$(expect 0; same "the images with a definition" "$wanted" "$(kept)")"
}

daily=(--type daily --rotation 3)
keeps one backup guest one "${daily[@]}"
keeps one backup guest one "${daily[@]}" --all-disks
keeps one backup guest one "${daily[@]}" --disk vdb
keeps "" backup guest one "${daily[@]}" --visibility shared
keeps "" snapshot guest one
keeps "" backup novas one "${daily[@]}"

run inspect guest --json
result "a plan of a snapshot" "$(expect 0; json "'virt_glance_definition' not in j['disks'][0]['image']")"

# read: the definition that was kept.
read_kept() {
    images "i.get('virt_glance_definition') or ''" | sed 's/^1://' | base64 -d |
        python -c 'import sys, zlib; sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read()))'
}
glance
run backup guest one "${daily[@]}" --quiet
result "what is kept" "$(
    read_kept >"$tmp/kept.xml"
    for part in '<name>guest</name>' "<uuid>$(uuid_of guest)</uuid>" "$tmp/a.raw" \
        'urn:virt-glance:policy'; do
        grep -q "$part" "$tmp/kept.xml" || echo "no $part: $(<"$tmp/kept.xml")"
    done
)"

glance
run backup large one "${daily[@]}"
result "one that is too long" "$(
    expect 0
    warns "definition of domain large isn't kept with the image: it is longer than 16384 bytes"
    same "images" "" "$(kept)"
    same "the image" one "$(images "i['name']")"
)"

config '[libvirt]' 'keep_definition = always'
keeps one snapshot guest one
config '[libvirt]' 'keep_definition = never'
keeps "" backup guest one "${daily[@]}"
config '[libvirt]' 'keep_definition = yes'
run backup guest one "${daily[@]}"
result "another word" "$(expect 2; says "keep_definition = yes: expected backups, always or never")"

done_testing
