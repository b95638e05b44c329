# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# For scripts about the built program's command line, which need neither libvirt nor
# Glance; they source it, and print TAP. Afterwards there are
#   $tmp            an empty directory, removed at the end
#   $program        the built program
#   works, refused, json, full, result, run, put …   the functions below
set -u

srcdir=$(cd "${VG_SRCDIR:-$(dirname "${BASH_SOURCE[0]}")/../../..}" && pwd)
program=${VG_BUILDDIR:-$srcdir/build}/virt-glance
# shellcheck disable=SC2034 # for the scripts
data=$srcdir/tests/data/domain
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck disable=SC2034 # for the scripts
esc=$'\e'
input=/dev/null
locale=C.UTF-8
uri=
sanitized=$(grep -lF __asan_init "$program")

cat >"$tmp/conf" <<EOF
[DEFAULT]
state_path = $tmp/state
runtime_path = $tmp/run
[glance]
num_retries = 0
EOF

# shellcheck source=tests/unit/lib/tap.sh
. "$srcdir/tests/unit/lib/tap.sh"

# Independent of the caller's clouds, libvirt and locale. A memory limit, except
# with sanitizers.
run() {
    (
        [[ -n $sanitized ]] || ulimit -v 4000000
        exec env -i PATH="$PATH" HOME="$tmp" LC_ALL="$locale" TZ=UTC \
            ${uri:+LIBVIRT_DEFAULT_URI="$uri"} \
            G_DEBUG=fatal-criticals timeout 300 \
            "$program" --config "$tmp/conf" "$@" \
            >"$tmp/out" 2>"$tmp/err" <"$input"
    )
    status=$?
}

# No control characters except line breaks.
controls() {
    LC_ALL=C.UTF-8 grep -qP \
        '[\x00-\x09\x0b-\x1f\x7f-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}]' \
        "$1" && echo "controls in $1"
    LC_ALL=C.UTF-8 iconv -f UTF-8 -t UTF-8 "$1" >/dev/null 2>&1 ||
        echo "$1 is not UTF-8"
}

# refused NAME STATUS TEXT ARGUMENT…: fails with STATUS, one line on stderr that
# contains TEXT, and nothing on stdout; with --json the error.
refused() {
    local name=$1 wanted=$2 text=$3 problem=""

    shift 3
    run "$@"
    ((status == wanted)) || problem+="exit status $status, not $wanted"$'\n'
    [[ $(wc -l <"$tmp/err") == 1 ]] || problem+="not one line of stderr"$'\n'
    [[ $(<"$tmp/err") == "virt-glance: "* ]] || problem+="no name in front"$'\n'
    grep -qF -e "$text" "$tmp/err" || problem+="no '$text' in it"$'\n'
    if [[ " $* " == *" --json "* ]]; then
        problem+=$(is_json "list(j['error']) == ['code', 'message', 'hint'] and len(j) == 2")
    elif [[ -s $tmp/out ]]; then
        problem+="something on stdout"$'\n'
    fi
    problem+=$(controls "$tmp/err")
    [[ -z $problem ]] || problem+=$'\n'$(head -c 2000 "$tmp/err")
    result "$name" "$problem"
}

# works NAME TEXT ARGUMENT…: succeeds, with TEXT on stdout, and nothing on
# stderr.
works() {
    local name=$1 text=$2 problem=""

    shift 2
    run "$@"
    ((status == 0)) || problem+="exit status $status"$'\n'
    [[ ! -s $tmp/err ]] || problem+="on stderr: $(head -c 500 "$tmp/err")"$'\n'
    grep -qF -e "$text" "$tmp/out" || problem+="no '$text' in it"$'\n'
    problem+=$(controls "$tmp/out")
    [[ -z $problem ]] || problem+=$'\n'$(head -c 2000 "$tmp/out")
    result "$name" "$problem"
}

# is_json EXPRESSION: stdout is JSON, and the Python expression is true for j.
is_json() {
    /usr/bin/python3 -c "
import json, sys
j = json.loads(open('$tmp/out', 'rb').read())
sys.exit(not ($1))" 2>&1 || echo "not so in the JSON: $1"
}

# json NAME EXPRESSION ARGUMENT…
json() {
    local name=$1 expression=$2 problem=""

    shift 2
    run --json "$@"
    ((status == 0)) || problem+="exit status $status"$'\n'
    [[ ! -s $tmp/err ]] || problem+="on stderr: $(head -c 500 "$tmp/err")"$'\n'
    problem+=$(is_json "$expression")
    result "$name" "$problem"
}

# full NAME ARGUMENT…: with a full standard output, fails with one line of text.
full() {
    local name=$1 problem=""

    shift
    ln -sf /dev/full "$tmp/out"
    run "$@"
    rm "$tmp/out"
    ((status == 1)) || problem+="exit status $status"$'\n'
    [[ $(grep -v ^warning: "$tmp/err") == "virt-glance: the result can't be \
written to standard output: No space left on device" ]] ||
        problem+="on stderr: $(cat "$tmp/err")"
    result "$name > /dev/full" "$problem"
}

put() {
    printf '%s' "$2" >"$tmp/$1"
}

# done_testing: the end of each script.
done_testing() {
    echo "1..$tests"
    exit $((failures > 0))
}
