#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Whatever Glance, the disk or the host refuse: one sentence, the exit status that
# tells what to do, and nothing left. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
confined=1
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

glance
config
disk qcow2 "$tmp/a.qcow2" 8M
disk raw "$tmp/b.raw" 1M
plain=$(guest_xml guest 5 "$(disk_xml vda qcow2 "$tmp/a.qcow2")" "$(made_from)")
guests "$plain"

# refused NAME STATUS REGEX [ARGUMENT…]: a snapshot fails so, and leaves nothing.
refused() {
    local name=$1 wanted=$2 regex=$3
    shift 3
    run snapshot "${@:-guest}"
    result "$name" "$(
        expect "$wanted"
        says "$regex"
        nothing_left
        [[ ! -s $tmp/out ]] || echo "something on stdout"
    )"
}

last_line() { tail -n 1 "$tmp/err" | tidy /dev/stdin | sed 's/ after [0-9]* ms//'; }

# rehearsed NAME [ARGUMENT…]: so do a dry run and inspect, in the same words, and make
# nothing.
rehearsed() {
    local name=$1 wanted=$status words how
    shift
    words=$(last_line)
    for how in "snapshot --dry-run" inspect; do
        rm -rf "$tmp/state" "$tmp/run" "$tmp/scratch"
        # shellcheck disable=SC2086 # words
        run $how "${@:-guest}"
        result "$name: $how" "$(
            expect "$wanted"
            same "its last line" "$words" "$(last_line)"
            [[ ! -s $tmp/out ]] || echo "something on stdout"
            find "$tmp"/{state,run,scratch} -maxdepth 0 2>/dev/null | sed 's/$/ was made/'
        )"
    done
}

# answers NAME STATUS REGEX RULE: Glance does that, whenever it is asked.
answers() {
    glance "{\"rules\": [{$4, \"times\": 0}]}"
    refused "$1" "$2" "$3"
}

# shellcheck disable=SC2034 # by name, below
token='"method": "POST", "path": "/v3/auth/tokens"'
# shellcheck disable=SC2034
stores='"method": "GET", "path": "/v2/info/stores.*"'
read_base="\"method\": \"GET\", \"path\": \"/v2/images/$base\""
create='"method": "POST", "path": "/v2/images"'
upload='"method": "PUT", "path": "/v2/images/.*/file"'

# Each request, with what may be answered to it; and the exit status.
while read -r name status code; do
    rule=${!name}
    answers "$name: HTTP $code" "$status" "HTTP $code" "$rule, \"status\": $code, \"json\": {\"message\": \"no\"}"
done <<'CASES'
token 5 401
token 5 403
token 6 503
stores 5 403
stores 6 500
stores 6 503
read_base 6 503
create 1 400
create 5 401
create 5 403
create 1 413
create 6 429
create 6 500
create 6 503
upload 1 400
upload 5 403
upload 4 410
upload 1 413
upload 1 415
upload 6 500
upload 6 503
CASES

# The advice if Glance rejects the content that the guest wrote to its disk.
rejected="{\"rules\": [{$upload, \"status\": 415, \"json\": {\"message\": \"Multiple formats\"}, \"times\": 0}]}"
glance "$rejected"
refused "a raw image is rejected" 1 'HTTP 415.*another format may work: --format qcow2' guest --format raw
glance "$rejected"
refused "a qcow2 image is rejected" 1 'HTTP 415.*another format may work$' guest --format qcow2

for place in token stores upload; do
    answers "$place: the connection is cut" 6 'reset|closed|[Ee]mpty reply|aborted' "${!place}, \"cut\": 0"
done
for place in token stores create; do
    answers "$place: HTML" 1 'URL|from' "${!place}, \"status\": 200, \"type\": \"text/html\", \"body\": \"<p>login\""
done
answers "upload: HTML" 6 'still queued' "$upload, \"status\": 200, \"type\": \"text/html\", \"body\": \"<p>login\""
answers "upload: cut in the middle" 6 'reset|closed' "$upload, \"cut\": 0.5"
answers "a record of another size" 1 'but should be' "$upload, \"record\": {\"size\": 17}"
answers "a record of another hash" 1 'but should be' "$upload, \"record\": {\"os_hash_value\": \"ab\"}"

# Neither is the protection taken back, but the image is deleted with it.
glance '{"rules": [{"method": "PATCH", "path": "/v2/images/.*", "times": 0,
    "status": 403, "json": {"message": "no"}}]}'
refused "--protected: HTTP 403" 5 'HTTP 403' guest --protected

# How often: [glance] num_retries = 1 is one retry.
glance "{\"rules\": [{$upload, \"status\": 503, \"json\": {}}]}"
run snapshot guest again --json
result "a retry after 503" "$(
    expect 0
    same "PUT requests" "503 204" "$(requests | grep PUT | cut -d' ' -f3 | xargs)"
)"
glance "{\"rules\": [{$create, \"lost\": true}]}"
run snapshot guest lost --json
result "a lost answer to POST makes no second image" "$(
    expect 0
    same "images" lost "$(images "i['name']")"
)"
glance "{\"rules\": [{$read_base, \"times\": 0, \"status\": 404, \"json\": {}}]}"
run snapshot guest gone --json
result "a base image that is gone: the default store, and a warning" "$(
    expect 0
    json "j['images'][0]['rule'] == 'default'"
    grep -q "^warning: the base image $base was deleted or is not visible" "$tmp/err" ||
        echo "no warning"
)"
glance '{"config": {"stores": []}}'
refused "a Glance without stores, and --store" 4 'enabled_backends' guest --store fast
run snapshot guest plain --json
result "a Glance without stores" "$(expect 0; json "'store' not in j['images'][0]")"

## Domains and disks

glance
refused "no such domain" 3 "no domain 'nobody'" nobody
refused "no such disk" 3 "has no disk 'vdx'" guest --disk vdx
refused "--disk beside --all-disks" 2 'exclude' guest --disk vda --all-disks
refused "a format that there isn't" 2 "raw or qcow2" guest --format vmdk
refused "a property without a value" 2 "KEY=VALUE" guest --property x

# disk_refused NAME STATUS REGEX DISK [ARGUMENT…]: a shut-off guest with that disk
# is refused before anything is made in Glance.
disk_refused() {
    local name=$1 status=$2 regex=$3 xml=$4
    shift 4
    glance
    guests "$(guest_xml guest "${state:-5}" "$xml")"
    refused "$name" "$status" "$regex" guest "$@"
    result "$name: no image was begun" "$(
        same requests "" "$(requests | grep 'POST /v2/images')"
    )"
    rehearsed "$name" guest "$@"
}
# known_xml TARGET FORMAT FILE BASE-FORMAT BASE: a disk whose base the XML names.
known_xml() {
    disk_xml "$1" "$2" "$3" \
        "<backingStore type='file'><format type='$4'/><source file='$5'/><backingStore/></backingStore>"
}
good=$(disk_xml vda qcow2 "$tmp/a.qcow2")
missing="can't be opened: .*No such file"
vdb="disk vdb of domain guest"

disk_refused "a shareable disk" 3 'shareable' "$(disk_xml vda raw "$tmp/b.raw" '<shareable/>')"
disk_refused "an encrypted disk" 3 '--encrypted keep' \
    "$(disk_xml vda raw "$tmp/b.raw" "<encryption format='luks'><secret type='passphrase' uuid='$base'/></encryption>")"
disk_refused "a missing file" 3 "disk vda of domain guest: $tmp/none $missing" "$(disk_xml vda raw "$tmp/none")"
disk_refused "a missing file of the second disk" 3 "$vdb: $tmp/none $missing" \
    "$good$(disk_xml vdb raw "$tmp/none")" --all-disks
disk_refused "a file of another format" 3 "$tmp/b.raw" "$(disk_xml vda qcow2 "$tmp/b.raw")"
mkfifo "$tmp/fifo"
disk_refused "a FIFO" 3 "disk vda of domain guest: $tmp/fifo is a FIFO" "$(disk_xml vda raw "$tmp/fifo")"
qemu-img create -q -f qcow2 -u -F raw -b "$tmp/fifo" "$tmp/top.qcow2" 8M
disk_refused "a FIFO as a backing file" 3 "the header of $tmp/top.qcow2 names the backing file $tmp/fifo" \
    "$(disk_xml vda qcow2 "$tmp/top.qcow2")"
# (AES: making a LUKS header measures the CPU, which fails on some machines.)
for file in "$tmp/locked.qcow2" "$tmp/over.qcow2"; do
    qemu-img create -q --object secret,id=s,data=key -f qcow2 \
        -o encrypt.format=aes,encrypt.key-secret=s "$tmp/locked.qcow2" 8M 2>/dev/null
    qemu-img create -q -f qcow2 -u -F qcow2 -b "$tmp/locked.qcow2" "$tmp/over.qcow2" 8M
    disk_refused "an encrypted layer without a key: ${file##*/}" 3 "$vdb: .*key-secret" \
        "$good$(disk_xml vdb qcow2 "$file")" --all-disks
done
disk_refused "only a CD-ROM" 3 'removable' \
    "<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>"
disk_refused "a slice" 3 "$vdb: the disk is a slice of" \
    "$good<disk type='file' device='disk'><driver type='raw'/><source file='$tmp/b.raw'><slices><slice type='storage' offset='0' size='65536'/></slices></source><target dev='vdb' bus='virtio'/></disk>" --all-disks
disk_refused "a pool that is not there" 3 "$vdb: volume v of storage pool nowhere" \
    "$good<disk type='volume' device='disk'><driver type='raw'/><source pool='nowhere' volume='v'/><target dev='vdb' bus='virtio'/></disk>" --all-disks
disk_refused "a disk in the network" 3 "$vdb: .*only while the domain is running" \
    "$good<disk type='network' device='disk'><driver type='raw'/><source protocol='nbd' name='x'><host name='h'/></source><target dev='vdb' bus='virtio'/></disk>" --all-disks
state=1 disk_refused "a transient disk of a running guest" 3 "$vdb .*is transient" \
    "$good$(disk_xml vdb raw "$tmp/b.raw" '<transient/>')" --all-disks

# What the kernel makes up is no disk: its own secrets would be in the image. (By
# format: a raw one needs no header.)
disk_refused "a file in procfs" 3 "disk vda of domain guest: /proc/self/environ is in procfs" \
    "$(disk_xml vda raw /proc/self/environ)"
disk_refused "a file in sysfs" 3 "disk vda of domain guest: /sys/kernel/uevent_seqnum is in sysfs" \
    "$(disk_xml vda raw /sys/kernel/uevent_seqnum)"
ln -s /proc/self/environ "$tmp/environ"
disk_refused "a link into procfs" 3 "$vdb: $tmp/environ is in procfs" \
    "$good$(disk_xml vdb raw "$tmp/environ")" --all-disks
for file in /proc/self/environ "$tmp/environ"; do
    qemu-img create -q -f qcow2 -u -F raw -b "$file" "$tmp/top.qcow2" 8M
    disk_refused "a header that names $file" 3 \
        "the header of $tmp/top.qcow2 names the backing file $file, which is in procfs" \
        "$(disk_xml vda qcow2 "$tmp/top.qcow2")"
done
disk_refused "a layer in procfs that the XML names" 3 "$vdb: /proc/self/environ is in procfs" \
    "$good$(known_xml vdb qcow2 "$tmp/top.qcow2" raw /proc/self/environ)" --all-disks

# A chain: what is wrong below the first layer.
qemu-img create -q -f qcow2 -u -F qcow2 -b "$tmp/nobase" "$tmp/top.qcow2" 8M
disk_refused "a missing backing file" 3 "$tmp/nobase $missing" "$(disk_xml vda qcow2 "$tmp/top.qcow2")"
qemu-img create -q -f qcow2 -F qcow2 -b "$tmp/a.qcow2" "$tmp/middle.qcow2"
qemu-img create -q -f qcow2 -F qcow2 -b "$tmp/middle.qcow2" "$tmp/top.qcow2"
top=$(disk_xml vdb qcow2 "$tmp/top.qcow2")
mv "$tmp/a.qcow2" "$tmp/away.qcow2"
disk_refused "a missing file at the end of a chain" 3 "$vdb: $tmp/a.qcow2 $missing" \
    "$(disk_xml vda raw "$tmp/b.raw")$top" --all-disks
mv "$tmp/away.qcow2" "$tmp/a.qcow2"
# The header's extension becomes one that nobody knows.
python - "$tmp/middle.qcow2" <<'END'
import sys
with open(sys.argv[1], 'r+b') as f:
    head = f.read(65536)
    f.seek(head.index(b'\xe2\x79\x2a\xca'))
    f.write(b'\x12\x34\x56\x78')
END
disk_refused "a header without a format below" 3 "$vdb: $tmp/middle.qcow2 doesn't state the format" "$good$top" --all-disks
head -c 1M /dev/zero >"$tmp/middle.qcow2"
disk_refused "a header that can't be read below" 3 "$vdb: $tmp/middle.qcow2 can't be opened" "$good$top" --all-disks
qemu-img create -q -f raw "$tmp/base.raw" 8M
for format in qcow2 vdi; do
    disk_refused "a layer that the XML names is no $format" 3 "$vdb: $tmp/base.raw can't be opened" \
        "$good$(known_xml vdb qcow2 "$tmp/top.qcow2" $format "$tmp/base.raw")" --all-disks
done
disk_refused "a layer that the XML names is missing" 3 "$vdb: $tmp/none $missing" \
    "$good$(known_xml vdb qcow2 "$tmp/top.qcow2" raw "$tmp/none")" --all-disks
rm "$tmp/middle.qcow2"
qemu-img create -q -f qcow2 -o data_file="$tmp/data.raw" "$tmp/middle.qcow2" 8M
disk_refused "an external data file below" 3 "$vdb: $tmp/middle.qcow2 has an external data file" "$good$top" --all-disks

# Somebody writes to the second disk.
cp "$tmp/a.qcow2" "$tmp/busy.qcow2"
mkfifo "$tmp/writer"
(cd "$tmp" && exec qemu-io -f qcow2 busy.qcow2) <"$tmp/writer" >"$tmp/writing" 8>&- 7>&- 6<&- &
writer=$!
exec 5>"$tmp/writer"
echo 'write 0 64k' >&5
wait_for grep -q wrote "$tmp/writing"
disk_refused "a writer" 3 "$vdb: $tmp/busy.qcow2 is in use by another process" \
    "$good$(disk_xml vdb qcow2 "$tmp/busy.qcow2")" --all-disks
exec 5>&-
wait $writer
glance
guests "$plain"

## The host

# blocked NAME STATUS REGEX LINE…: with that configuration.
blocked() {
    local name=$1 status=$2 regex=$3
    shift 3
    config "$@"
    refused "$name" "$status" "$regex"
    rehearsed "$name"
    config
}
touch "$tmp/file"
blocked "a state path below a file" 1 "$tmp/file.*state_path" '[DEFAULT]' "state_path = $tmp/file/state"
blocked "a runtime path below a file" 1 "$tmp/file.*runtime_path" '[DEFAULT]' "runtime_path = $tmp/file/run"
mkdir "$tmp/open"
chmod 777 "$tmp/open"
blocked "a state path that others can change" 1 "$tmp/open can be changed by every user.*state_path" \
    '[DEFAULT]' "state_path = $tmp/open/state"
blocked "a runtime path that others can change" 1 "$tmp/open can be changed by every user.*runtime_path" \
    '[DEFAULT]' "runtime_path = $tmp/open/run"
blocked "Glance away" 6 'refused|connect' 'auth_url = http://127.0.0.1:1/v3'
blocked "a wrong password" 5 '401' 'password = wrong'

# The journal's directory is taken by a file.
mkdir -p "$tmp/other"
touch "$tmp/other/jobs"
blocked "a journal that can't be written" 1 "other/jobs can't be made.*state_path" '[DEFAULT]' "state_path = $tmp/other"

# A domain that another job works on.
glance "{\"rules\": [{$upload, \"stall\": 1}]}"
( run snapshot guest first; echo "$status" >"$tmp/first" ) &
first=$!
for _ in {1..600}; do
    requests | grep -q PUT && break
    sleep 0.1
done
run snapshot guest second
result "a domain that another job works on" "$(expect 7; says 'job [0-9a-f]+ is working on')"
words=$(<"$tmp/err")
run inspect guest
result "a domain that another job works on: inspect" "$(
    expect 7
    same "its words" "$words" "$(<"$tmp/err")"
)"
run jobs --json
job=$(show "[i['id'] for i in j if i['state'] == 'running'][0]")
run cancel "$job"
wait $first
result "cancel" "$(
    expect 0
    same "the job's exit status" 9 "$(<"$tmp/first")"
    nothing_left
)"

done_testing
