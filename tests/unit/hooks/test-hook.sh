#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# libvirt's hook, and its program: it writes an order if the policy requests one,
# and does nothing otherwise. It succeeds and prints nothing for any input. Prints
# TAP.
set -u

srcdir=$(cd "${VG_SRCDIR:-$(dirname "$0")/../../..}" && pwd)
builddir=${VG_BUILDDIR:-$srcdir/build}
hook=$builddir/virt-glance-hook
tmp=$(mktemp -d)
trap 'hooks KILL; chmod -R u+w "$tmp"; rm -rf "$tmp"' EXIT

# hooks [SIGNAL]: signals the hooks of this test that are still at work. (The pattern
# doesn't match itself.)
hooks() {
    local file found=1

    while read -r file; do
        file=${file%/cmdline}
        kill "-${1-0}" "${file#/proc/}" 2>/dev/null && found=0
    done < <(grep -lsa -- "--config.[/]${tmp#/}/" /proc/[0-9]*/cmdline)
    return $found
}
no_hook() { ! hooks; }

# await WHAT COMMAND…: prints a problem if it doesn't succeed within a minute.
await() {
    local what=$1 end=$((SECONDS + 60))

    shift
    until "$@"; do
        ((SECONDS < end)) || { echo "waited in vain for $what" && return; }
        sleep 0.05
    done
}

# shellcheck source=tests/unit/lib/tap.sh
. "$srcdir/tests/unit/lib/tap.sh"

config() {
    printf '%s\n' '[DEFAULT]' "state_path = ${1:-$tmp/state}" '[agent]' \
        "policy_directory = $tmp/policy.d" >"$tmp/conf"
}
config

# xml INSIDE: a domain with that policy.
xml() {
    cat <<XML
<domain type='kvm'><name>guest</name>
<uuid>2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8</uuid>
<metadata><glance:policy xmlns:glance="urn:virt-glance:policy">$1</glance:policy>
</metadata></domain>
XML
}

# quiet ARGUMENT…: runs the hook with $tmp/in, which must succeed without output.
# Prints the problem.
quiet() {
    local status=0
    timeout -s KILL 300 "$hook" --config "$tmp/conf" "$@" \
        <"${input:-$tmp/in}" >"$tmp/out" 2>&1 || status=$?
    [[ $status == 0 ]] || echo "exit status $status"
    [[ ! -s $tmp/out ]] || head -c 500 "$tmp/out"
}

orders() { find "$tmp/state/spool" -name '*.json' 2>/dev/null | wc -l; }

# wants N NAME XML [OPERATION…]: the hook writes N orders.
wants() {
    local wanted=$1 name=$2 problem
    printf '%s' "$3" >"$tmp/in"
    shift 3
    [[ $# -gt 0 ]] || set -- release end -
    rm -rf "$tmp/state"
    problem=$(quiet guest "$@"; await "the end" no_hook)
    [[ $(orders) == "$wanted" ]] || problem+="orders: $(orders), not $wanted"
    result "$name" "$problem"
}

stopped="<on event='stopped' store='cheap' reasons='crashed'/>"
wants 1 "an order is written" "$(xml "$stopped")"
cat "$tmp"/state/spool/*.json >"$tmp/order" 2>&1
problem=
for text in '"kind": "stopped"' '"uuid": "2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8"' \
    '"domain": "guest"' '"store": "cheap"' '"crashed"'; do
    grep -qF -e "$text" "$tmp/order" || problem+="no $text"$'\n'
done
result "with what the policy says" "$problem"
wants 0 "no policy, no order" "$(xml '')"
for operation in prepare start started stopped migrate restore reconnect attach \
    dance ''; do
    wants 0 "nothing for the operation '$operation'" "$(xml "$stopped")" \
        "$operation" begin -
done

wants 1 "a malformed policy is an order, too" "$(xml "<on event='x'/>")"
result "that tells the problem" \
    "$(grep -qF -e "unknown event 'x'" "$tmp"/state/spool/*.json ||
        echo "it doesn't")"

mkdir "$tmp/policy.d"
printf '[all]\non = stopped\ndomain = gue*\n' >"$tmp/policy.d/a.conf"
wants 1 "the host's files count" "$(xml '')"
rm -r "$tmp/policy.d"

wants 0 "an empty input" ""
wants 0 "garbage" "$(head -c 3000 /dev/urandom | base64)"
wants 0 "a document type" "<!DOCTYPE x><domain/>"
wants 0 "a domain without a UUID" "<domain><name>x</name><metadata><policy
xmlns='urn:virt-glance:policy'>$stopped</policy></metadata></domain>"
input=/dev/zero wants 0 "an input without an end" ""

problem=$(quiet)
result "no arguments" "$problem"

printf '%s' "$(xml "$stopped")" >"$tmp/in"
config "$tmp/in"
result "a directory that can't be created" "$(quiet guest release end -)"
config /dev/full
result "a directory on no file system" "$(quiet guest release end -)"
echo nonsense >"$tmp/conf"
input=$tmp/empty
: >"$tmp/empty"
result "a broken configuration" "$(quiet guest release end -)"
printf '%s' "$(xml '')" >"$tmp/empty"
result "a broken configuration, and no policy" "$(quiet guest release end -)"
input=
config
printf '[glance]\npassword = x\n' >>"$tmp/conf"
chmod 644 "$tmp/conf"
wants 1 "a secret that everybody can read" "$(xml "$stopped")"
config

# The pipe is never closed.
mkfifo "$tmp/fifo"
sleep 30 >"$tmp/fifo" &
pid=$!
exec 3<"$tmp/fifo"
input=/dev/fd/3
problem=$(quiet guest release end -)
kill $pid
exec 3<&-
input=
result "an input that does not come" "$problem"

has_order() { [[ $(orders) == 1 ]]; }
# late NAME COMMAND…: the hook ends, without an order, and holds none of libvirt's
# pipes; the order is there after the command, although a shutdown asks processes to
# end meanwhile.
late() {
    local name=$1 problem

    shift
    rm -rf "$tmp/state"
    printf '%s' "$(xml "$stopped")" >"$tmp/in"
    problem=$(timeout -s KILL 300 "$hook" --config "$tmp/late" guest release end - \
        <"$tmp/in" 2>&1 | cat)
    [[ -z $problem ]] || problem="it says: $problem"
    hooks || problem+="nothing is at work"
    ! has_order || problem+="the order is there already"
    hooks TERM
    hooks HUP
    "$@"
    problem+=$(await "the order" has_order; await "the end" no_hook)
    result "$name" "$problem"
}

# A disk that does not answer: a pipe, instead of the configuration.
mkfifo "$tmp/late"
# shellcheck disable=SC2016,SC2317 # another shell's words, an indirect call
answer() { timeout 300 sh -c 'cat "$1" >"$2"' - "$tmp/conf" "$tmp/late"; }
late "a disk that is slow" answer

rm "$tmp/late"
cp "$tmp/conf" "$tmp/late"
touch "$tmp/full"
LD_PRELOAD=$builddir/tests/unit/lib/.libs/kill-at.so VG_TEST_FULL=$tmp/full \
    ASAN_OPTIONS=verify_asan_link_order=0 late "a disk that is full" rm "$tmp/full"

# The installed script must succeed even without the program.
script=$builddir/hooks/virt-glance
problem=$(bash -c '"$0" guest prepare begin - </dev/null' "$script" 2>&1) ||
    problem+="exit status $?"
result "the script" "$problem"
sed "s|'.*/virt-glance-hook'|/nonexistent/virt-glance-hook|" "$script" >"$tmp/script"
problem=$(sh "$tmp/script" guest release end - </dev/null 2>&1) ||
    problem+="exit status $?"
result "the script without the program" "$problem"

echo "1..$tests"
[[ $failures == 0 ]]
