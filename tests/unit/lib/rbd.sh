# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the scripts about guests in Ceph share: a copy of the program whose Ceph
# is the fake of fake-rbd.h, libvirt's test driver, and the fake Glance. A script
# sources this, calls "it NAME FUNCTION" for each test, and ends with "finish".
# A test is a function in a subshell; its first command that fails ends it.
set -u
export LC_ALL=C.UTF-8

srcdir=$(cd "${VG_SRCDIR:-$(dirname "${BASH_SOURCE[0]}")/../../..}" && pwd)
builddir=${VG_BUILDDIR:-$srcdir/build}
program=$builddir/tests/unit/rbd/virt-glance
tmp=$(mktemp -d)

# shellcheck disable=SC2034 # for the scripts
other_fsid=ffffffff-1111-4222-8333-444455556666 \
    other_key=AQBvdGhlciBrZXkgaXMgaGVyZQAAAAAAAAA=
fsid=0a1b2c3d-1111-4222-8333-444455556666
key=AQBsbm92YSBpcyBoZXJlAAAAAAAAAAAAAAA=
secret=457eb676-33da-42ec-9a8c-9293d545c337
uuid=11111111-2222-4333-8444-000000000001

export VG_FAKE_CEPH=$tmp/ceph VG_FAKE_SECRETS=$tmp/secrets
for name in $(compgen -e | grep -E '^(OS_|LIBVIRT_|VIRSH_|CEPH_|G_MESSAGES)'); do
    unset "$name"
done
export HOME=$tmp G_DEBUG=fatal-criticals

## The fakes

mkfifo "$tmp/hold"
/usr/bin/python3 "$srcdir/tests/fake_glance.py" <"$tmp/hold" >"$tmp/url" &
glance_pid=$!
exec {hold}>"$tmp/hold"

stop() {
    exec {hold}>&-
    # shellcheck disable=SC2046 # words
    kill $(jobs -p) 2>/dev/null
    wait "$glance_pid" 2>/dev/null
    rm -rf "$tmp"
}
trap stop EXIT

# wait_for COMMAND…: until it succeeds, a minute at most.
wait_for() {
    local end=$((SECONDS + 60))

    until "$@"; do
        ((SECONDS < end)) || { echo "waited in vain for: $*"; return 1; }
        sleep 0.02
    done
}

wait_for test -s "$tmp/url" || exit 1
url=$(cat "$tmp/url")
export OS_AUTH_URL=$url/v3 OS_USERNAME=demo OS_PASSWORD=secret \
    OS_PROJECT_NAME=demo OS_USER_DOMAIN_NAME=Default \
    OS_PROJECT_DOMAIN_NAME=Default

# http METHOD PATH [BODY]: of the fake Glance; prints the answer's body.
http() {
    local socket host=${url#http://}

    exec {socket}<>"/dev/tcp/${host%:*}/${host#*:}"
    printf '%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s' \
        "$1" "$2" "$(printf %s "${3-}" | wc -c)" "${3-}" >&"$socket"
    sed '1,/^\r$/d' <&"$socket"
    exec {socket}>&-
}

# glance JSON: controls it. JSON is written with single quotes here.
glance() { http POST /_control "${1//\'/\"}" >/dev/null; }

# ceph COMMAND…: of the fake's tool, on the cluster ceph-a; see its head.
ceph() { "$builddir/tests/unit/lib/fake-rbd" ceph-a "$@"; }

# fault "FUNCTION NTH ACTION"…: from now on; see fake-rbd-fault.c.
fault() {
    printf '%s\n' "$@" >"$VG_FAKE_CEPH/faults.new"
    mv "$VG_FAKE_CEPH/faults.new" "$VG_FAKE_CEPH/faults"
}
no_fault() { rm -f "$VG_FAKE_CEPH/faults"; }

# calls FUNCTION [ARGUMENT]: how often it was called.
calls() { grep -cE "^$1${2:+ $2}( |\$)" "$VG_FAKE_CEPH/log" || :; }

# held FUNCTION: a call is at a "hold".
held() { grep -qx "held $1" "$VG_FAKE_CEPH/log" 2>/dev/null; }

## What there is at the beginning of a test

# new_node STATE [DISK…]: the guest's domain, "running" or "off"; a DISK is
# TARGET=rbd:POOL/IMAGE or TARGET=FORMAT:PATH. $rbd_auth (of "rbd2:", $rbd_auth2)
# and $rbd_host are what its RBD disks say of Ceph; with $agent=yes it has a guest agent.
new_node() {
    local state=$1 disk target source auth disks=

    shift
    for disk; do
        target=${disk%%=*} source=${disk#*=}
        if [[ $source == rbd* ]]; then
            auth=$rbd_auth
            [[ $source == rbd:* ]] || auth=$rbd_auth2
            disks+="<disk type='network' device='disk'>
                <driver name='qemu' type='raw'/>$auth
                <source protocol='rbd' name='${source#rbd*:}'>$rbd_host</source>
                <target dev='$target' bus='virtio'/></disk>"
        else
            disks+="<disk type='file' device='disk'>
                <driver name='qemu' type='${source%%:*}'/>
                <source file='${source#*:}'/>
                <target dev='$target' bus='virtio'/></disk>"
        fi
    done
    cat >"$tmp/node.xml" <<XML
<node>
  <cpu><mhz>1</mhz><model>i686</model><active>1</active><nodes>1</nodes>
  <sockets>1</sockets><cores>1</cores><threads>1</threads></cpu>
  <memory>1000000</memory>
  <domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
    <name>guest</name><uuid>$uuid</uuid><memory>8192</memory>
    <os><type>hvm</type></os>
    <devices>$disks$([[ $agent == yes ]] && echo "<channel type='unix'>
      <source mode='bind' path='/nonexistent/agent'/>
      <target type='virtio' name='org.qemu.guest_agent.0'/></channel>")</devices>
    <test:runstate>$([[ $state == running ]] && echo 1 || echo 5)</test:runstate>
  </domain>
</node>
XML
}

# new_conf [LINE…]: the configuration, with these lines besides.
new_conf() {
    {
        printf '%s\n' '[DEFAULT]' "state_path = $tmp/state" \
            "runtime_path = $tmp/run" '[libvirt]' \
            "snapshots_directory = $tmp/scratch" '[glance]' 'num_retries = 0'
        printf '%s\n' "$@"
    } >"$tmp/conf"
}

# new_disk POOL/IMAGE [FEATURES]: 16 objects, a third of them zero, in the file
# $tmp/POOL-IMAGE as well.
new_disk() {
    local file=$tmp/${1/\//-}

    head -c 1M /dev/urandom >"$file"
    dd if=/dev/zero of="$file" bs=64K seek=5 count=5 conv=notrunc status=none
    ceph import "$file" "$1" "${2-61}"
}

# Everything anew: a guest that is shut off, with its disk vms/disk in the
# cluster ceph-a; Glance has the stores "cheap" (the default) and "ceph", which
# is in the pool "images" there, and takes locations.
fresh() {
    rm -rf "$VG_FAKE_CEPH" "$VG_FAKE_SECRETS" "$tmp"/{state,run,scratch}
    mkdir -p "$VG_FAKE_CEPH" "$VG_FAKE_SECRETS"
    ceph new $fsid
    ceph pool vms
    ceph pool images
    ceph user nova $key 'vms=rw images=rw'
    ceph user glance $key 'images=rw'
    echo $key >"$VG_FAKE_SECRETS/$secret"
    new_disk vms/disk
    ceph show >"$tmp/before"
    agent=no
    rbd_auth="<auth username='nova'><secret type='ceph' uuid='$secret'/></auth>"
    rbd_host="<host name='ceph-a' port='6789'/>"
    new_node off vda=rbd:vms/disk
    new_conf ''
    glance "{'reset': true, 'config': {'show_locations': true,
        'ceph': ['$builddir/tests/unit/lib/fake-rbd', 'ceph-a', 'as', 'glance'],
        'stores': [{'id': 'cheap', 'type': 'file', 'default': true},
        {'id': 'ceph', 'type': 'rbd', 'fsid': '$fsid', 'pool': 'images'}]}}"
}

## Running the program

# vg STATUS ARGUMENT…: it must end so; what it prints is in $tmp/out and err.
vg() {
    local expected=$1 status=0

    shift
    "$program" -c "test:///$tmp/node.xml" --config "$tmp/conf" "$@" \
        >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
    [[ $status == "$expected" ]] ||
        fail "it ended with status $status: $(cat "$tmp/err")"
    ! grep -F "$key" "$tmp/out" "$tmp/err" || fail "it prints a key"
    ! grep -F 'fake of Ceph' "$tmp/err" || fail "Ceph prints something"
}

# snapshot STATUS [OPTION…]: of the guest, into the store "ceph" unless an option
# says otherwise.
snapshot() {
    local status=$1

    shift
    [[ " $* " == *' --store '* ]] || set -- --store ceph "$@"
    vg "$status" snapshot guest one --json "$@"
}

# start_snapshot [OPTION…]: the same in the background; its process is $pid.
start_snapshot() {
    [[ " $* " == *' --store '* ]] || set -- --store ceph "$@"
    "$program" -c "test:///$tmp/node.xml" --config "$tmp/conf" \
        snapshot guest one --json "$@" >"$tmp/out" 2>"$tmp/err" </dev/null &
    pid=$!
}

# ends STATUS: that process does.
ends() {
    local status=0

    wait "$pid" || status=$?
    [[ $status == "$1" ]] ||
        fail "it ended with status $status: $(cat "$tmp/err")"
}

# recover [ARGUMENT…]: it ends with 0, and has nothing to do a second time.
recover() {
    no_fault
    vg 0 recover "$@"
    vg 0 recover
    grep -q '^Nothing' "$tmp/out" || fail "recover left something"
}

## What became of it

fail() {
    echo "$*"
    exit 1
}

# same WHAT EXPECTED FOUND
same() { [[ $2 == "$3" ]] || fail "$1 is '$3', not '$2'"; }

# json FILE EXPRESSION: in Python; the file is "it".
json() {
    /usr/bin/python3 -c 'import json, sys
it = json.load(open(sys.argv[1]))
print(eval(sys.argv[2]))' "$1" "$2"
}

# image EXPRESSION: of the first image of the result.
image() { json "$tmp/out" "it['images'][0]$1"; }

# record EXPRESSION: of Glance's only image.
record() {
    http GET /_images >"$tmp/images"
    json "$tmp/images" "it['images'][0]$1"
}

images() {
    http GET /_images >"$tmp/images"
    json "$tmp/images" "len(it['images'])"
}

# asked METHOD REGEX: how often Glance was asked so.
asked() {
    http GET /_log >"$tmp/requests"
    /usr/bin/python3 -c 'import json, re, sys
print(sum(r["method"] == sys.argv[2] and bool(re.fullmatch(sys.argv[3], r["path"]))
          for r in json.load(open(sys.argv[1]))["requests"]))' "$tmp/requests" "$1" "$2"
}

# says REGEX: a line on stderr; warns REGEX: the only warning.
says() { grep -qE -- "$1" "$tmp/err" || fail "it says: $(cat "$tmp/err")"; }
warns() {
    says "^warning: $1"
    same "the number of warnings" 1 "$(grep -c '^warning: ' "$tmp/err")"
}
is_quiet() { ! grep '^warning: ' "$tmp/err"; }

# journal KIND: of the only job of that kind; its file.
journal() {
    local file found=

    for file in "$tmp"/state/jobs/*.json; do
        [[ $(json "$file" "it.get('kind', 'snapshot')") != "$1" ]] ||
            found+=$file
    done
    echo "$found"
}

# steps [KIND]: of that job (a snapshot), "STEP STATE" each.
steps() {
    json "$(journal "${1-snapshot}")" \
        "', '.join(s['step'] + ' ' + s['state'] for s in it['steps'])"
}

# jobs: "KIND STATE" of each, sorted.
jobs_are() {
    vg 0 jobs --json
    [[ $(json "$tmp/out" "', '.join(sorted(j['kind'] + ' ' + j['state'] for j in it))") == "$1" ]]
}

# ceph_is: as before, but for lines that begin with the arguments.
ceph_is() {
    { cat "$tmp/before"; printf '%s\n' "$@"; } | grep . | sort >"$tmp/expected"
    ceph show | sort | diff "$tmp/expected" - || fail "Ceph has something else"
}

# nothing: no image, nothing in Ceph, nothing to recover.
nothing() {
    same "the number of images" 0 "$(images)"
    ceph_is
    vg 0 recover
    grep -q '^Nothing' "$tmp/out" || fail "something is left"
    ! ls "$tmp"/run/* 2>/dev/null || fail "that is left"
}

# cloned [DISK]: the result's image is a clone that stands on its own, active,
# of the bytes of the file of DISK (vms-disk).
cloned() {
    local id

    id=$(image "['id']")
    same "the way" clone "$(image "['way']")"
    same "the status" active "$(record "['status']")"
    same "the size" "$(stat -c %s "$tmp/${1-vms-disk}")" "$(record "['size']")"
    same "the number of uploads" 0 "$(asked PUT '.*/file')"
    ceph export "images/$id" | cmp - "$tmp/${1-vms-disk}"
    ceph export "images/$id@snap" | cmp - "$tmp/${1-vms-disk}"
    ceph_is "images/$id 1048576" "images/$id@snap 1048576 protected"
}

# streamed [DISK]: it was uploaded, as it is; nothing is left in Ceph.
streamed() {
    same "the way" stream "$(image "['way']")"
    same "the status" active "$(record "['status']")"
    same "the hash" "$(sha512sum <"$tmp/${1-vms-disk}" | cut -d' ' -f1)" \
        "$(record "['os_hash_value']")"
    ceph_is
}

## Tests

tests=0
failures=0

# it NAME FUNCTION [ARGUMENT…]
it() {
    local name=$1

    shift
    tests=$((tests + 1))
    (
        set -eE
        trap 'echo "line $LINENO: $BASH_COMMAND"' ERR
        fresh
        "$@"
    ) >"$tmp/log" 2>&1
    # (Not in a condition: there nothing would end the subshell.)
    # shellcheck disable=SC2181
    if [[ $? == 0 ]]; then
        echo "ok $tests $name"
    else
        sed 's/^/# /' "$tmp/log"
        echo "not ok $tests $name"
        failures=$((failures + 1))
    fi
}

finish() {
    echo "1..$tests"
    [[ $failures == 0 ]]
}
