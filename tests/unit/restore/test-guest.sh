#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# "restore DOMAIN": the disks of a shut-off guest get what Glance has of them, all or
# none, and the old ones are kept. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
confined=1
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config
mkdir "$tmp/disks"
a=$tmp/disks/a.raw b=$tmp/disks/b.qcow2
disk raw "$a" 8M 1
disk qcow2 "$b" 8M 2
guests "$(guest_xml guest 5 "$(disk_xml vda raw "$a")$(disk_xml vdb qcow2 "$b")")" \
    "$(guest_xml other 5 "$(disk_xml vda raw "$tmp/disks/other.raw")")"
glance
cp "$a" "$tmp/a1"
cp "$b" "$tmp/b1"

# overwrite N: the guest writes something else to its disks.
overwrite() {
    qemu-io -f raw -c "write -q -P $1 5M 64k" "$a" >/dev/null
    qemu-io -f qcow2 -c "write -q -P $1 5M 64k" "$b" >/dev/null
}
# has N WHAT: the disks have the content that was kept as a$N and b$N.
has() {
    qemu-img compare -q -f raw -F raw "$a" "$tmp/a$1" >/dev/null || echo "vda has not content $1"
    qemu-img compare -q -f qcow2 -F qcow2 "$b" "$tmp/b$1" >/dev/null || echo "vdb has not content $1"
}
keep() { cp "$a" "$tmp/a$1" && cp "$b" "$tmp/b$1"; }
# only NAME…: no other files are beside the disks.
only() { same "files" "$*" "$(find "$tmp/disks" -mindepth 1 -printf '%f\n' | sort | xargs)"; }
# redate TIME ID…: the images were made then.
redate() {
    local id time=$1
    shift
    for id; do
        fake POST /_control "{\"changes\": {\"$id\": {\"created_at\": \"$time\"}}}" >/dev/null
    done
}

run snapshot guest first --all-disks --json
read -ra first <<<"$(show "' '.join(i['id'] for i in j['images'])")"
overwrite 7
keep 2
run backup guest second --all-disks --type daily --rotation 3 --json
read -ra second <<<"$(show "' '.join(i['id'] for i in j['images'])")"
overwrite 8
keep 3
redate 2026-11-28T20:00:00Z "${first[@]}"
redate 2026-11-29T20:00:00Z "${second[@]}"

## The plan

run restore guest --dry-run --json
result "a dry run" "$(
    expect 0
    has 3
    only a.raw b.qcow2
    json "[(d['disk'], d['image'], d['file'], d['format']) for d in j['disks']]
        == [('vda', '${second[0]}', '$a', 'raw'), ('vdb', '${second[1]}', '$b', 'qcow2')]"
    json "(j['domain'], j['type'], 'job' in j) == ('guest', 'daily', False)"
    json "all(d['capacity_before'] == 8 << 20 for d in j['disks'])"
    same "jobs" 2 "$(journals "j['id']" | wc -l)"
)"
run restore guest --dry-run
result "the same for people" "$(
    expect 0
    grep -q '^from: *the daily backup of 20' "$tmp/out" || cat "$tmp/out"
    grep -q "^file: *$b (the present one is kept)" "$tmp/out" || cat "$tmp/out"
)"

## The newest set

run restore guest --json
job=$(show "j['job']")
result "all disks of the newest set" "$(
    expect 0
    has 2
    only a.raw "a.raw.before-restore-$job" b.qcow2 "b.qcow2.before-restore-$job"
    json "[d['old'] for d in j['disks']]
        == ['$a.before-restore-$job', '$b.before-restore-$job']"
    cmp "$a.before-restore-$job" "$tmp/a3"
    cmp "$b.before-restore-$job" "$tmp/b3"
    nothing_left | grep -v '^image left'
)"
run jobs --json
result "the job" "$(
    expect 0
    json "[(x['kind'], x['state'], [i['disk'] for i in x['images']]) for x in j if x['id'] == '$job']
        == [('restore', 'done', ['vda', 'vdb'])]"
    json "[(s['step'], s['state']) for x in j if x['id'] == '$job' for s in x['steps'] if s['step'] == 'swap']
        == [('swap', 'kept')] * 2"
)"
run jobs
result "the job for people" "$(grep -q "restoring vda from second" "$tmp/out" || cat "$tmp/out")"

## Old disks

run restore guest --discard-old --dry-run
result "what would be deleted" "$(
    expect 0
    same "it" "Would delete $a.before-restore-$job Would delete $b.before-restore-$job" "$(xargs <"$tmp/out")"
    only a.raw "a.raw.before-restore-$job" b.qcow2 "b.qcow2.before-restore-$job"
)"
# A dead restore may need them, of which nothing is known.
broken=$tmp/state/jobs/01234567.json
echo '{' >"$broken"
run restore guest --discard-old
result "a journal that can't be read: the old disks stay" "$(
    expect 8
    says "old disks of domain guest stay.*$broken"
    only a.raw "a.raw.before-restore-$job" b.qcow2 "b.qcow2.before-restore-$job"
)"
rm "$broken"
touch "$a.before-restore-mine"
run restore guest --discard-old --json
result "old disks are deleted, and nothing else" "$(
    expect 0
    only a.raw a.raw.before-restore-mine b.qcow2
    json "j['discarded'] == ['$a.before-restore-$job', '$b.before-restore-$job']"
    has 2
)"
rm "$a.before-restore-mine"
run restore guest --discard-old
result "without old disks" "$(expect 0; grep -q 'has no old disks' "$tmp/out" || cat "$tmp/out")"
# Somebody went back to the old disk by the domain's definition.
cp "$tmp/a3" "$a.before-restore-01234567"
guests "$(guest_xml guest 5 "$(disk_xml vda raw "$a")$(disk_xml vdb qcow2 "$b")")" \
    "$(guest_xml other 5 "$(disk_xml vda raw "$a.before-restore-01234567")")"
run restore guest --discard-old
result "an old disk that is in use" "$(
    expect 0
    warns "before-restore-01234567 stays: a domain"
    only a.raw a.raw.before-restore-01234567 b.qcow2
)"
rm "$a.before-restore-01234567"
guests "$(guest_xml guest 5 "$(disk_xml vda raw "$a")$(disk_xml vdb qcow2 "$b")")" \
    "$(guest_xml other 5 "$(disk_xml vda raw "$tmp/disks/other.raw")")"

## Which one

# restored WHAT DISKS OF-A OF-B ARGUMENT…: to which contents, from 3.
restored() {
    local what=$1 wanted_a=$2 wanted_b=$3
    shift 3
    cp "$tmp/a3" "$a"
    cp "$tmp/b3" "$b"
    run restore guest --quiet "$@"
    result "$what" "$(
        expect 0
        qemu-img compare -q -f raw -F raw "$a" "$tmp/a$wanted_a" || echo "vda: not $wanted_a"
        qemu-img compare -q -f qcow2 -F qcow2 "$b" "$tmp/b$wanted_b" || echo "vdb: not $wanted_b"
    )"
    rm -f "$a".before* "$b".before*
    cp "$tmp/a3" "$a"
    cp "$tmp/b3" "$b"
}
restored "one disk" 3 2 --disk vdb
restored "one disk by its path" 2 3 --disk "$a"
restored "the other one by its path" 3 2 --disk "$b"
restored "an image, and its disk alone" 3 1 --image "${first[1]}"
restored "an image of the root disk" 1 3 --image "${first[0]}" --disk vda
restored "a type" 2 2 --type daily
restored "before a day" 1 1 --before 2026-11-29
restored "before a time" 1 1 --before '2026-11-29 20:00:00'
restored "and after that" 2 2 --before 2026-11-29T20:00:01Z

run restore guest --type weekly
result "a type that it has not" "$(expect 1; says "Glance has no weekly backup of domain guest"; has 3)"
run restore guest --before 2020-01-01
result "before all of them" "$(expect 1; says "from before that time"; has 3)"
run restore guest --before yesterday
result "no time" "$(expect 2; says "^virt-glance: --before is a time like"; has 3)"
run restore guest --image "${first[1]}" --disk vda
result "an image of another disk" "$(expect 3; says "vda .*: the image is of another disk"; has 3)"
run restore other --image "${first[0]}"
result "another guest's image" "$(expect 1; says "is not of domain other"; has 3)"
run restore guest --disk vdx
result "no such disk" "$(expect 3; says "vdx"; has 3)"
run restore guest --to x --disk vda
result "a file and a guest" "$(expect 2; says "--to makes a file of one image"; has 3)"
run restore guest --format raw
result "--format without a file" "$(expect 2; says "--format needs --to FILE"; has 3)"
run restore guest --discard-old --overwrite
result "--discard-old takes nothing" "$(expect 2; says "takes no image, type"; has 3)"
run restore nobody
result "neither image nor domain" "$(expect 3; says "needs --to FILE for an image, or a domain"; has 3)"

## Guests and disks that are refused

cp "$a" "$tmp/disks/other.raw"
# refused WHAT STATUS WORDS [STATE [DISKS [METADATA]]]: a guest like that.
refused() {
    local default
    default=$(disk_xml vda raw "$a"; disk_xml vdb qcow2 "$b")
    guests "$(guest_xml guest "${4:-5}" "${5:-$default}" "${6-}")"
    run restore guest --dry-run
    result "$1" "$(expect "$2"; says "$3"; has 3)"
    run restore guest --quiet
    result "$1, and no dry run" "$(expect "$2"; says "$3"; has 3; only a.raw b.qcow2 other.raw)"
}
refused "a running guest" 7 "can't be restored while it is running; .*virsh shutdown guest" 1
refused "Nova's guest" 3 "instance of Nova.*openstack server rebuild --image IMAGE $(uuid_of guest)" 5 "" "$(nova "type='image' uuid='$base'")"
refused "a cdrom" 3 "it is a cdrom" 5 \
    "<disk type='file' device='cdrom'><source file='$a'/><target dev='vda' bus='sata'/></disk>$(disk_xml vdb qcow2 "$b")"
refused "a shareable disk" 3 "it is shareable" 5 "$(disk_xml vda raw "$a" "<shareable/>")$(disk_xml vdb qcow2 "$b")"
refused "a read-only disk" 3 "it is read-only" 5 "$(disk_xml vda raw "$a" "<readonly/>")$(disk_xml vdb qcow2 "$b")"
refused "another format" 3 "its format is 'vdi'" 5 "$(disk_xml vda vdi "$a")$(disk_xml vdb qcow2 "$b")"
refused "a disk that is no file" 3 "it is neither a file nor a block device" 5 \
    "<disk type='network' device='disk'><driver name='qemu' type='raw'/><source protocol='nbd' name='x'><host name='localhost'/></source><target dev='vda' bus='virtio'/></disk>$(disk_xml vdb qcow2 "$b")"
refused "a file that is gone" 3 "can't be found: No such file" 5 "$(disk_xml vda raw "$tmp/disks/gone")$(disk_xml vdb qcow2 "$b")"
refused "a disk that it has no more" 3 "vdb of domain guest can't be restored: the domain has no such disk any more" 5 "$(disk_xml vda raw "$a")"
refused "an encrypted disk" 3 "it is encrypted, and image .* has not its ciphertext" 5 \
    "$(disk_xml vda raw "$a" "<encryption format='luks'><secret type='passphrase' uuid='$(uuid_of key)'/></encryption>")$(disk_xml vdb qcow2 "$b")"
guests "$(guest_xml guest 5 "$(disk_xml vda raw "$a")$(disk_xml vdb qcow2 "$b" "<backingStore/>")")"
run restore guest --dry-run
result "a chain that ends at once" "$(expect 0)"

qemu-nbd -t -f raw -k "$tmp/nbd" "$a" &
nbd=$!
wait_for test -S "$tmp/nbd"
run restore guest
result "a disk that a hypervisor writes to" "$(expect 1; says "has it open for writing"; only a.raw b.qcow2 other.raw)"
kill "$nbd"
wait "$nbd" 2>/dev/null

# A link, and a file of another owner and mode.
mkdir "$tmp/links"
ln -s "$a" "$tmp/links/a"
chmod 640 "$a"
guests "$(guest_xml guest 5 "$(disk_xml vda raw "$tmp/links/a")$(disk_xml vdb qcow2 "$b")")"
run restore guest --quiet --disk vda
result "through a link" "$(
    expect 0
    qemu-img compare -q -f raw -F raw "$a" "$tmp/a2"
    same "its mode" 640 "$(stat -c %a "$a")"
    same "links" a "$(ls "$tmp/links")"
)"
rm -f "$a".before*

# A disk that has another size by now.
truncate -s 10M "$a"
run restore guest --disk vda
result "another size" "$(
    expect 0
    warns "disk vda of domain guest has a size of 8.0 MiB, and had 10.0 MiB"
    qemu-img compare -q -f raw -F raw "$a" "$tmp/a2"
)"
rm -f "$a".before*
cp "$tmp/a3" "$a"

# Other bytes, and an image with a backing file: neither becomes a disk.
file_rule='"method": "GET", "path": "/v2/images/.*/file"'
rules "[{$file_rule, \"skip\": 1, \"spoil\": true}]"
run restore guest
result "other bytes of the second disk" "$(expect 1; says "disk vdb of domain guest: .*sha512 is"; has 3; only a.raw b.qcow2 other.raw)"
rules '[]'
qemu-img create -q -f qcow2 -F raw -b "$a" "$tmp/chained" 8M
fake POST /_control "{\"images\": [{\"id\": \"chained\", \"name\": \"chained\", \"size\": $(stat -c %s "$tmp/chained"),
    \"status\": \"active\", \"disk_format\": \"qcow2\", \"container_format\": \"bare\", \"image_location\": \"snapshot\",
    \"instance_uuid\": \"$(uuid_of guest)\"}]}" >/dev/null
cp "$tmp/chained" "$tmp/kept/chained"
run restore guest --image chained --disk vdb
result "an image with a backing file" "$(expect 1; says "disk vdb of domain guest: the image has a backing file"; has 3; only a.raw b.qcow2 other.raw)"

done_testing
