# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2119,SC2120
# For scripts that run the built program on libvirt's test driver, the fake Glance
# and qemu-nbd; they source it, and print TAP. It needs bash, python3 and
# qemu-utils, no root and no service. Afterwards there are
#   $tmp            an empty directory, removed at the end
#   $program        the built program
#   result, run, expect, says, json, fake …   the functions below
set -u

srcdir=$(cd "${VG_SRCDIR:-$(dirname "${BASH_SOURCE[0]}")/../../..}" && pwd)
builddir=${VG_BUILDDIR:-$srcdir/build}
program=$builddir/virt-glance
tmp=$(mktemp -d)

# shellcheck source=tests/unit/lib/tap.sh
. "$srcdir/tests/unit/lib/tap.sh"

# (A function that is misspelt, or stands further down, would be an error that no result
# shows. In a subshell, too.)
command_not_found_handle() {
    echo "$1: no such command" | tee -a "$tmp/unknown" >&2
    return 127
}

# done_testing: the end of each script.
done_testing() {
    [[ ! -e $tmp/unknown ]] || result "each command is known" "$(cat "$tmp/unknown")"
    echo "1..$tests"
    exit $((failures > 0))
}

# skip_all REASON: where the script can't run.
skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}
command -v qemu-nbd >/dev/null || skip_all "no qemu-nbd (Debian: qemu-utils)"

python() { /usr/bin/python3 "$@"; }

## The fake Glance, and run.py

# Both end with their standard input, which this script holds open. (-ESs: without
# what a user or a distribution adds to Python, which takes longer to load than to run.)
base=4b1fe2c4-8a30-4a4e-b9e1-b8eb1a5d2f37
mkfifo "$tmp/hold" "$tmp/address" "$tmp/question" "$tmp/answer"
/usr/bin/python3 -ESs "$srcdir/tests/fake_glance.py" <"$tmp/hold" >"$tmp/address" &
fake_pid=$!
exec 8>"$tmp/hold"
read -r fake_url <"$tmp/address"
/usr/bin/python3 -ESs "$srcdir/tests/unit/lib/run.py" "$fake_url" "$tmp" "$base" \
    <"$tmp/question" >"$tmp/answer" 8>&- &
helper_pid=$!
exec 7>"$tmp/question" 6<"$tmp/answer"
cleanup() {
    local pid

    # What start has begun, and a script that ends too early did not wait for.
    for pid in $(jobs -pr); do
        [[ $pid == "$fake_pid" || $pid == "$helper_pid" ]] || kill -KILL "$pid"
    done
    exec 8>&- 7>&- 6<&-
    wait "$fake_pid" "$helper_pid" 2>/dev/null
    rm -rf "$tmp"
}
trap cleanup EXIT

# ask FUNCTION WORD…: prints what that function of run.py answers.
ask() {
    local answer
    printf '%s\0' $# "$@" >&7
    IFS= read -r -d '' -u 6 answer
    printf %s "$answer"
}

# fake METHOD PATH [JSON]: asks the fake Glance; prints its answer.
fake() { ask fake "$@"; }

# glance [JSON]: a new Glance with the stores fast, cheap and reliable (the
# default), the base image $base in fast, and those members of an order.
glance() { ask glance "${1:-"{}"}"; }

# rules JSON: what it does wrong from now on (an array), and nothing else.
rules() { fake POST /_control "{\"forget\": true, \"rules\": $1}" >/dev/null; }

# requests: "METHOD PATH STATUS" of each request since the reset; ids are ID, tokens
# left out.
requests() { ask requests; }

# wire EXPRESSION: of each request, what the expression of Python says of r, its
# entry in the log, if it says anything.
wire() { ask wire "$1"; }

# images [EXPRESSION]: of each image but the base one, what the expression of Python
# says of i, its record; by default its id.
images() { ask images "${1:-"i['id']"}"; }

# wait_for COMMAND…: until it succeeds, five minutes at most.
wait_for() {
    local end=$((SECONDS + 300))

    until "$@"; do
        ((SECONDS < end)) || { echo "# waited in vain for: $*" && return 1; }
        sleep 0.02
    done
}

## Guests

# disk FORMAT FILE SIZE [SEED [qemu-img OPTION…]]: makes an image with some data,
# of which the seed tells where and what.
disk() {
    local format=$1 file=$2 size=$3 seed=${4:-1}
    shift $(($# < 4 ? $# : 4))
    qemu-img create -q -f "$format" "$@" "$file" "$size"
    qemu-io -f "$format" -c "write -q -P $((seed + 16)) $((seed * 64))k 640k" \
        -c "write -q -P $((seed + 32)) 3M 64k" "$file" >/dev/null
}

# disk_xml TARGET FORMAT FILE [INSIDE]
disk_xml() {
    printf '%s' "<disk type='file' device='disk'><driver name='qemu' type='$2'/>" \
        "<source file='$3'/>${4-}<target dev='$1' bus='virtio'/></disk>"
}

# guests XML…: the domains that there are; see guest_xml.
guests() {
    printf '%s' "<node xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>" \
        "$@" "</node>" >"$tmp/node.xml"
}

# uuid_of NAME: a UUID that depends on the name. (Without another process: it is asked
# for each guest.)
uuid_of() {
    local sum=5381 i character
    for ((i = 0; i < ${#1}; i++)); do
        printf -v character %d "'${1:i:1}"
        sum=$(((sum * 33 + character) % 4294967296))
    done
    printf '2b6f1c0d-8e7a-4f59-b1c2-%012d' "$sum"
}

# guest_xml NAME STATE DISKS [METADATA]: a domain; STATE is 1 (running) or 5 (shut
# off).
guest_xml() {
    printf '%s' "<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>" \
        "<name>$1</name><uuid>$(uuid_of "$1")</uuid><metadata>${4-}</metadata>" \
        "<memory>8192</memory><os><type>hvm</type></os><devices>$3</devices>" \
        "<test:runstate>$2</test:runstate></domain>"
}

# made_from [UUID]: metadata of a guest that was made from that image.
made_from() {
    printf '%s' "<p:policy xmlns:p='urn:virt-glance:policy'>" \
        "<image uuid='${1:-$base}'/></p:policy>"
}

# nova ROOT [FLAVOR [PROJECT]]: metadata as Nova writes it: the attributes of its
# <root>, what is in its <flavor>, and the project that owns the instance.
nova() {
    printf '%s' "<n:instance xmlns:n='http://openstack.org/xmlns/libvirt/nova/1.1'>" \
        "<n:name>web</n:name><n:flavor name='m1'><n:disk>20</n:disk>${2-}</n:flavor>" \
        "<n:owner><n:user uuid='5e2d'>ann</n:user>" \
        "<n:project uuid='${3:-b7c5f3a1d2e84f6f9a0b1c2d3e4f5a6b}'>p</n:project></n:owner>" \
        "<n:root $1/></n:instance>"
}

## The program

# can_confine: whether root may make namespaces here. (An ordinary user may not
# everywhere; then QEMU's programs run as we do, by themselves.)
can_confine() {
    [[ $EUID != 0 ]] ||
        bwrap --unshare-pid --unshare-net --ro-bind / / true 2>/dev/null
}
# Scripts that have to do with those programs set confined=1 before they source this;
# the others spare a third of their time.
confine=false
[[ -z ${confined-} ]] || ! can_confine || confine=true

# config [LINE…]: its configuration; a line begins with a section in brackets, if
# it isn't [glance]'s.
config() {
    {
        printf '%s\n' '[DEFAULT]' "state_path = $tmp/state" \
            "runtime_path = $tmp/run" "confine_helpers = $confine" '[libvirt]' \
            "snapshots_directory = $tmp/scratch" 'scratch_reserve = 0' '[glance]' \
            "auth_url = $fake_url/v3" 'username = demo' 'password = secret' \
            'project_name = demo' 'user_domain_id = default' \
            'project_domain_id = default' "num_retries = ${retries-1}" 'timeout = 20'
        printf '%s\n' "$@"
    } >"$tmp/conf"
    chmod 600 "$tmp/conf"
}

# kill_at: see kill-at.c; or nothing.
kill_at=
# fail_at: see fail-at.c; or nothing.
fail_at=
# checker: a program to run it under, for tests/valgrind.
read -ra checker <<<"${VG_TEST_CHECKER-}"
# environment: what else is in the program's environment, NAME=VALUE each.
environment=()

# set_command ARGUMENT…: $command is what runs it.
set_command() {
    command=(env -i PATH="$PATH" HOME="$tmp" LC_ALL=C.UTF-8 TZ=UTC
        ${kill_at:+LD_PRELOAD="$builddir/tests/unit/lib/.libs/kill-at.so"}
        ${kill_at:+ASAN_OPTIONS=verify_asan_link_order=0}
        ${kill_at:+VG_TEST_KILL_AT="$kill_at"}
        ${fail_at:+LD_PRELOAD="$builddir/tests/unit/lib/.libs/fail-at.so"}
        ${fail_at:+ASAN_OPTIONS=verify_asan_link_order=0}
        ${fail_at:+VG_TEST_FAIL_AT="$fail_at"}
        ${TSAN_OPTIONS:+TSAN_OPTIONS="$TSAN_OPTIONS"}
        ${G_SLICE:+G_SLICE="$G_SLICE"}
        G_DEBUG=fatal-criticals "${environment[@]}"
        ${checker[0]+"${checker[@]}"}
        "$program" --config "$tmp/conf" -c "test://$tmp/node.xml" "$@")
}

# run ARGUMENT…: runs it; its status, and what it printed, in $status, $tmp/out and
# $tmp/err. One that hangs is ended: the time is long for anything here, on a machine
# that is busy, under a sanitizer.
run() {
    status=0
    set_command "$@"
    {
        timeout -s KILL 900 "${command[@]}" >"$tmp/out" 2>"$tmp/err" </dev/null \
            8>&- 7>&- 6<&-
    } 2>/dev/null || status=$? # (bash tells of killed processes)
}

# start ARGUMENT…: the same in the background, as the process $pid; finish waits
# for its end, and sets $status.
start() {
    set_command "$@"
    # Not what the last run said: who waits for words could find them at once.
    : >"$tmp/out"
    : >"$tmp/err"
    "${command[@]}" >"$tmp/out" 2>"$tmp/err" </dev/null 8>&- 7>&- 6<&- &
    pid=$!
}
finish() {
    status=0
    wait "$pid" 2>/dev/null || status=$?
}

# expect STATUS: prints what is wrong if it isn't that of the last run.
expect() {
    ((status == $1)) ||
        printf 'exit status %s, not %s: %s\n' "$status" "$1" "$(tail -c 2000 "$tmp/err")"
}

# says REGEX: likewise, of its last line on stderr, which is one sentence with the
# program's name.
says() {
    local lines line
    mapfile -t lines <"$tmp/err"
    line=${lines[-1]-}
    [[ $line == "virt-glance: "* ]] || echo "no sentence: $line"
    [[ $line =~ $1 ]] || printf 'no "%s" in: %s\n' "$1" "$line"
}

# warns REGEX: likewise, of its warnings.
warns() {
    grep -Eq "^warning: .*$1" "$tmp/err" ||
        echo "no warning '$1': $(<"$tmp/err")"
}

# json EXPRESSION: likewise, of j, the JSON on stdout, of which an expression of
# Python must be true.
json() { ask check "$1"; }

# show EXPRESSION: prints what the expression of Python says of that JSON.
show() { ask show "$1"; }

# journals EXPRESSION: of each journal, the oldest first, what the expression of
# Python says of j, its content.
journals() { ask journals "$1"; }

# age_jobs: what the jobs asked for, and was not answered, was an hour ago: nobody
# makes it any more. No job may run.
age_jobs() { ask age_jobs; }

# tidy FILE: prints it with ID, JOB, TIME, HASH and TMP for what is another one each time.
tidy() {
    sed -E -e "s|$tmp|TMP|g" -e 's/[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}/ID/g' \
        -e 's/[0-9]{8}T[0-9]{6}Z|[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}/TIME/g' \
        -e 's/(TIME  )[0-9]+:[0-9]{2}/\1N:NN/' \
        -e 's/("(checksum|os_hash_value)": ")[0-9a-f]+/\1HASH/' \
        -e 's/("(started|started_us|finished)": )[0-9]+/\1TIME/' \
        -e 's/("id": "|[ /]|^)[0-9a-f]{8}(["/ ]|$)/\1JOB\2/g' "$1"
}

# same WHAT WANTED IS
same() {
    [[ $2 == "$3" ]] || printf '%s is "%s", not "%s"\n' "$1" "$3" "$2"
}

# holds FORMAT ID REFERENCE-FORMAT REFERENCE: prints what is wrong unless the image
# that was uploaded has the content of that file.
holds() {
    qemu-img compare -q -f "$1" -F "$3" "$tmp/kept/$2" "$4" 2>&1 ||
        echo "image $2 has another content than $4"
    [[ $1 != qcow2 ]] || qemu-img check -q -f qcow2 "$tmp/kept/$2" 2>&1
}

# nothing_left: prints what the last run left: images, steps to be undone, files,
# processes.
nothing_left() { ask nothing_left; }
