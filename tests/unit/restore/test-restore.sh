#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# "restore": an image from Glance to a file, whole or not at all. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
confined=1
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config
disk raw "$tmp/a.raw" 8M 1
guests "$(guest_xml guest 5 "$(disk_xml vda raw "$tmp/a.raw")")"
glance
run snapshot guest plain --format raw --quiet --json
plain=$(show "j['images'][0]['id']")
run snapshot guest packed --format qcow2 --quiet --json
packed=$(show "j['images'][0]['id']")
out=$tmp/to
mkdir "$out"

# only NAME…: no other files are in the directory.
only() { same "files" "$*" "$(find "$out" -mindepth 1 -printf '%f\n' | sort | xargs)"; }

## To a file

run restore "$packed" --to "$out/own" --json
result "in its own format" "$(
    expect 0
    cmp "$tmp/kept/$packed" "$out/own"
    json "(j['image'], j['name'], j['format'], j['converted'], j['hash_algo'])
        == ('$packed', 'packed', 'qcow2', False, 'sha512')"
    json "j['file'] == '$out/own' and j['size'] == $(stat -c %s "$out/own")"
    same "its mode" 600 "$(stat -c %a "$out/own")"
    only own
)"
run restore "$plain" --to "$out/sparse"
result "sparse" "$(
    expect 0
    cmp "$tmp/a.raw" "$out/sparse"
    grep -q "^Image $plain is restored to $out/sparse: 8.0 MiB of raw" "$tmp/out" || cat "$tmp/out"
    grep -q '^Compared with Glance: sha512' "$tmp/out" || cat "$tmp/out"
    grep -q "^Downloading image $plain: 8.0 MiB of raw" "$tmp/err" || cat "$tmp/err"
    (($(stat -c %b "$out/sparse") * 512 < 1500000)) || echo "$(stat -c %b "$out/sparse") blocks"
)"
rm "$out"/*

for format in raw vmdk vdi vhdx vhd; do
    qemu=${format/vhd/vpc}
    qemu=${qemu/vpcx/vhdx}
    run restore "$packed" --to "$out/other" --format $format --overwrite --json
    result "converted to $format" "$(
        expect 0
        json "(j['disk_format'], j['format'], j['converted']) == ('qcow2', '$format', True)"
        qemu-img compare -q -f "$qemu" -F raw "$out/other" "$tmp/a.raw" 2>&1 || echo "other content"
        same "whose it is" "$(id -u):$(id -g) 600" "$(stat -c '%u:%g %a' "$out/other")"
        only other
    )"
done
(cd "$out" && run restore "$plain" --to here --format qcow2 --quiet; echo "$status" >"$tmp/status")
result "beside us, and quiet" "$(
    same status 0 "$(<"$tmp/status")"
    [[ ! -s $tmp/err ]] || cat "$tmp/err"
    qemu-img compare -q -f qcow2 -F raw "$out/here" "$tmp/a.raw" || echo "other content"
)"
rm "$out"/*

confined_here=$confine
confine=false
config
run restore "$packed" --to "$out/x" --format raw
result "converted without confinement" "$(expect 0; cmp "$tmp/a.raw" "$out/x"; only x)"
rm "$out"/*
confine=$confined_here
config

run restore "$packed" --to "$out/x" --format raw --dry-run --json
result "a dry run" "$(
    expect 0
    only
    json "(j['file'], j['converted'], j['overwritten']) == ('$out/x', True, False)"
    json "j['space'] > 0 and j['size'] == $(stat -c %s "$tmp/kept/$packed")"
    same "downloads" "" "$(requests | tail -n 1 | grep '/file')"
)"
run restore "$packed" --to "$out/x" --format raw --dry-run
result "the same for people" "$(
    expect 0
    grep -q '^file format: *raw (converted by qemu-img)' "$tmp/out" || cat "$tmp/out"
)"

## What is there already

echo precious >"$out/old"
ln -s old "$out/link"
run restore "$plain" --to "$out/old"
result "a file is not replaced" "$(
    expect 1
    says "$out/old exists already; .*--overwrite"
    same content precious "$(<"$out/old")"
    only link old
)"
run restore "$plain" --to "$out/link" --overwrite
result "nor a link, whatever is said" "$(expect 1; says "is a symbolic link"; only link old)"
run restore "$plain" --to "$out/old" --overwrite --quiet
result "unless it is asked for" "$(expect 0; cmp "$tmp/a.raw" "$out/old"; only link old)"
run restore "$plain" --to "$out/none/x"
result "no such directory" "$(expect 1; says "the directory $out/none does not exist")"
qemu-nbd -t -f raw -k "$tmp/nbd" "$out/old" &
nbd=$!
wait_for test -S "$tmp/nbd"
run restore "$plain" --to "$out/old" --overwrite
result "a disk that a hypervisor writes to" "$(expect 1; says "is the disk of a running guest"; only link old)"
kill "$nbd"
wait "$nbd" 2>/dev/null
rm "$out"/*

## What can't be restored

# image ID SIZE STATUS [FORMAT]
image() {
    fake POST /_control "{\"images\": [{\"id\": \"$1\", \"name\": \"$1\", \"size\": $2,
        \"status\": \"$3\", \"disk_format\": \"${4:-qcow2}\", \"container_format\": \"bare\"}]}" >/dev/null
}
run restore 11111111-2222-4333-8444-555555555555 --to "$out/x"
result "no such image" "$(expect 1; says "read image 11111111.*404"; only)"
image queued null queued
run restore queued --to "$out/x"
result "a queued one" "$(expect 1; says "is in the state 'queued'"; only)"
image empty 0 active
run restore empty --to "$out/x"
result "an empty one" "$(expect 1; says "has no data"; only)"
run restore "$plain" --to "$out/x" --format qed
result "an unknown format" "$(expect 2; says "'qed'; it is raw, qcow2"; only)"
run restore "$plain" --to "$out/x" --format iso
result "a format that is only read" "$(expect 2; says "'iso'; it is raw, qcow2"; only)"
run restore "$plain"
result "no file" "$(expect 3; says "needs --to FILE"; only)"
image own 5 active weird
printf hello >"$tmp/kept/own"
run restore own --to "$out/x" --format raw
result "from an unknown format" "$(expect 2; says "'weird', from which"; only)"
run restore own --to "$out/x"
result "as it is, and without a hash" "$(
    expect 0
    warns "has no hash of image own"
    same content hello "$(<"$out/x")"
)"
rm "$out"/*

# A header that names another file.
qemu-img create -q -f qcow2 -F raw -b "$tmp/a.raw" "$tmp/kept/chained" 8M
image chained "$(stat -c %s "$tmp/kept/chained")" active
run restore chained --to "$out/x" --format raw
result "an image with a backing file" "$(expect 1; says "has a backing file"; only)"
run restore chained --to "$out/x" --quiet
result "it can be had as it is" "$(expect 0; cmp "$tmp/kept/chained" "$out/x")"
rm "$out"/*
head -c 100000 /dev/urandom >"$tmp/kept/broken"
image broken 100000 active
run restore broken --to "$out/x" --format raw
result "no image at all" "$(
    expect 1
    says "can't be converted from qcow2 to raw: qemu-img can't read the image"
    only
)"

## On the way

file_rule="\"method\": \"GET\", \"path\": \"/v2/images/.*/file\""
rules "[{$file_rule, \"spoil\": true}]"
run restore "$packed" --to "$out/x" --format raw
result "other bytes" "$(expect 1; says "sha512 is .*, but should be"; only)"
rules "[{$file_rule, \"drop\": 0.5}]"
run restore "$plain" --to "$out/x"
result "cut" "$(
    expect 0
    cmp "$tmp/a.raw" "$out/x"
    same "the ranges" "None bytes=4194304-" \
        "$(wire "r['headers'].get('range') if r['path'].endswith('/file') and r['method'] == 'GET' else None" | tail -n 1 | sed 's/^/None /')"
)"
rm "$out"/*
rules "[{$file_rule, \"drop\": 0, \"times\": 0}]"
run restore "$plain" --to "$out/x"
result "cut each time" "$(expect 6; says "can't download image $plain"; only)"

gets() { wire "1 if r['path'].endswith('/file') and r['method'] == 'GET' else None" | wc -l; }
more_gets() { (($(gets) > before)); }
before=$(gets)
rules "[{$file_rule, \"hang\": 0.5}]"
start restore "$plain" --to "$out/x"
wait_for more_gets
kill -INT "$pid"
finish
result "interrupted" "$(
    expect 130
    says "the restore of image $plain was interrupted"
    only
)"
rules '[]'

# A guest that begins to use the file meanwhile.
echo precious >"$out/x"
rules "[{$file_rule, \"hold\": true}]"
start restore "$plain" --to "$out/x" --overwrite
wait_for grep -q '^Downloading' "$tmp/err"
qemu-nbd -t -f raw -k "$tmp/nbd2" "$out/x" &
nbd=$!
wait_for test -S "$tmp/nbd2"
fake POST /_control '{"release": true}' >/dev/null
finish
kill "$nbd"
wait "$nbd" 2>/dev/null
result "the disk of a guest that was started meanwhile" "$(
    expect 1
    says "is the disk of a running guest"
    same content precious "$(<"$out/x")"
    only x
)"
rm "$out"/*
rules '[]'

# qemu-img hangs after its first word; others see its files until then.
mkdir "$tmp/bin"
cat >"$tmp/bin/qemu-img" <<'QEMU'
#!/bin/sh
[ "$1" = convert ] || exec /usr/bin/qemu-img "$@"
printf '    (1.00/100%%)\r'
exec sleep 1000
QEMU
chmod 755 "$tmp/bin/qemu-img" "$tmp"
PATH=$tmp/bin:$PATH
start restore "$packed" --to "$out/x" --format raw
one_left() {
    [[ $(find "$out" -mindepth 1 | wc -l) == 1 && $(tail -n 1 "$tmp/err") == Conv* ]]
}
wait_for one_left
kill -INT "$pid"
finish
result "interrupted while it is converted" "$(
    expect 130
    says "was interrupted"
    only
)"
sed -i "s|^printf.*|echo \"qemu-img: error while writing: No space left on device\" >\&2; exit 1|" "$tmp/bin/qemu-img"
run restore "$packed" --to "$out/x" --format raw
result "no space for the converted one" "$(expect 1; says "there is no space left"; only)"
rm "$tmp/bin/qemu-img"

done_testing
