# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what run.sh sets and uses
# For scripts in which each call of a kind fails in turn; they source run.sh or what
# includes it, then this. VG_TEST_FAULTS is how many calls of a kind are tried, evenly
# spread (default: 2; of 1, the one in the middle); "all" tries each.

# The kinds of calls, each with an error that it has in practice.
fault_kinds=(
    open:24 read:5 write:28 fsync:5 ftruncate:28 rename:28 link:28 unlink:5 mkdir:28
    chmod:1 stat:5 statvfs:5 socket:24 connect:111 send:104 recv:104 pipe:24
    fork:11 lock:37 thread:11
)
fault_count=$tmp/fault-count

# count_calls COMMAND ARGUMENT…: $calls has the number of each kind in a run without
# a fault.
declare -A calls
count_calls() {
    local kind n

    fail_at="none 0 0 $fault_count"
    "$@"
    fail_at=
    while read -r kind n; do
        calls[$kind]=$n
    done <"$fault_count"
}

# fault_images: the ids of the images that it made; a script may tell it better.
fault_images() { images; }

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
    0) [[ -n $(fault_images) ]] || echo "no image" ;;
    8 | 133) ;;
    *) [[ -z $(fault_images) ]] || echo "status $1, but an image" ;;
    esac
}

# fault_disk FILE SUM: likewise, of a run that reads that disk, a qcow2 file with that
# checksum: the disk is as it was, and an image that is kept has its content.
fault_disk() {
    local ids

    fault_status "$status"
    ids=$(images)
    [[ -z $ids ]] || holds qcow2 "$ids" qcow2 "$1"
    same "the guest's disk" "$2" "$(cksum <"$1")"
}

# with_faults CHECK FRESH COMMAND ARGUMENT…: for each kind, as many runs of the command
# as VG_TEST_FAULTS says, each after FRESH and with one fault; then CHECK prints what
# is wrong. A result for each kind, and a table's line of it for people.
with_faults() {
    local check=$1 fresh=$2 row kind error tries step n problem
    shift 2

    "$fresh"
    count_calls "$@"
    result "no fault: $*" "$(expect 0)"
    for row in "${fault_kinds[@]}"; do
        kind=${row%:*} error=${row#*:}
        n=${calls[$kind]}
        ((n > 0)) || continue
        tries=${VG_TEST_FAULTS:-2}
        [[ $tries != all ]] || tries=$n
        ((tries < n)) || tries=$n
        problem=
        for ((step = 0; step < tries; step++)); do
            n=$((1 + step * calls[$kind] / tries))
            ((tries > 1)) || n=$((1 + calls[$kind] / 2))
            "$fresh"
            fail_at="$kind $n $error $fault_count"
            "$@"
            fail_at=
            problem+=$("$check" | sed "s/^/$kind $n of ${calls[$kind]}: /")
            problem+=$'\n'
        done
        result "$kind fails ($tries of ${calls[$kind]} calls)" "$(grep . <<<"$problem")"
    done
}
