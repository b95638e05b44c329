# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what run.sh sets and uses
# For scripts in which each call of a kind fails in turn; they source run.sh or what
# includes it, then this. VG_TEST_FAULTS is how many calls of a kind are tried, evenly
# spread (default: 4); "all" tries each.

# The kinds of calls, each with an error that it has in practice.
fault_kinds=(
    open:24 read:5 write:28 fsync:5 ftruncate:28 rename:28 unlink:5 mkdir:28
    chmod:1 stat:5 statvfs:5 socket:24 connect:111 send:104 recv:104 pipe:24
    fork:11 lock:37 thread:11
)
fault_count=$tmp/fault-count

# count_calls KIND COMMAND ARGUMENT…: the number of such calls in a run without a
# fault.
count_calls() {
    fail_at="$1 0 0 $fault_count"
    "${@:2}"
    fail_at=
    cat "$fault_count"
}

# fault_status STATUS: prints what is wrong with a run that ended so: it succeeds and
# has an image, or says why it doesn't, and may leave what "recover" undoes.
fault_status() {
    case $1 in
    0) ;;
    [1-8]) says . ;;
    # GLib ends a process in which it can't make a thread of its own.
    133) grep -q 'GLib-ERROR.*creating thread' "$tmp/err" || echo "a trap" ;;
    *) echo "exit status $1: $(tail -c 500 "$tmp/err")" ;;
    esac
    if [[ $1 != 0 ]]; then
        age_jobs
        run recover
        expect 0
    fi
    case $1 in
    0) [[ -n $(images) ]] || echo "no image" ;;
    8 | 133) ;;
    *) [[ -z $(images) ]] || echo "status $1, but an image" ;;
    esac
}

# with_faults CHECK FRESH COMMAND ARGUMENT…: for each kind, as many runs of the command
# as VG_TEST_FAULTS says, each after FRESH and with one fault; then CHECK prints what
# is wrong. A result for each kind, and a table's line of it for people.
with_faults() {
    local check=$1 fresh=$2 row kind error calls tries step n problem
    shift 2

    for row in "${fault_kinds[@]}"; do
        kind=${row%:*} error=${row#*:}
        "$fresh"
        calls=$(count_calls "$kind" "$@")
        tries=${VG_TEST_FAULTS:-4}
        [[ $tries != all ]] || tries=$calls
        ((tries < calls)) || tries=$calls
        problem=
        for ((step = 0; step < tries; step++)); do
            n=$((1 + step * calls / tries))
            "$fresh"
            fail_at="$kind $n $error $fault_count"
            "$@"
            fail_at=
            problem+=$("$check" | sed "s/^/$kind $n of $calls: /")
            problem+=$'\n'
        done
        result "$kind fails ($tries of $calls calls)" "$(grep . <<<"$problem")"
    done
}
