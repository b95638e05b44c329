#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Many orders of all kinds for the agent, some of which are cancelled, while the agent
# is killed now and then: each is done once, nothing is left, and an agent that has
# done many has no more descriptors and memory than before. VG_TEST_ORDERS: how many
# (48; by hand 1000). Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"

orders=${VG_TEST_ORDERS:-48}
kills=4
names=(run-a run-b off-a off-b)
spool=$tmp/state/spool

config '[agent]' 'workers = 3'
for name in "${names[@]}"; do
    disk qcow2 "$tmp/$name.qcow2" 1M
done
xml=()
for name in "${names[@]}"; do
    state=5
    [[ $name != run-* ]] || state=1
    xml+=("$(guest_xml "$name" $state "$(disk_xml vda qcow2 "$tmp/$name.qcow2")$agent" "$(made_from)")")
done
guests "${xml[@]}"
libvirt

# order NUMBER: puts it into the spool, for each guest in turn; the fourth of each is a
# backup, the others are snapshots called sNUMBER. $id is its name there.
order() {
    local name=${names[$1 % 4]} wish="\"name\": \"s$1\", \"store\": \"cheap\""

    (($1 / 4 % 4 != 3)) || wish='"backup_type": "daily", "rotation": 2'
    id=$(printf '%016d-%08x' $((1700000000000000 + $1)) "$1")
    printf '{"version": 1, "kind": "request", "uuid": "%s", "domain": "%s", "asked": 1700000000, "wish": {%s}}' \
        "$(uuid_of "$name")" "$name" "$wish" >"$tmp/order"
    mv "$tmp/order" "$spool/$id.json"
}

# begin: an agent. (What its predecessor asked of others nobody does any more.)
begin() {
    age_jobs
    start agent
    wait_for grep -qF 'connected to libvirt' "$tmp/err"
    cat "$tmp/err" >>"$tmp/log"
}
die() {
    kill -KILL "$pid"
    finish
    cat "$tmp/err" >>"$tmp/log"
}

# at_work: a job is.
at_work() { grep -qs '"state": "running"' "$tmp"/state/jobs/*.json; }

# cancel ID: what becomes of it depends on how far the order is.
cancel() {
    set_command cancel "$1"
    "${command[@]}" >/dev/null 2>&1 </dev/null 8>&- 7>&- 6<&-
}

is_idle() { ! compgen -G "$spool/*.json" >/dev/null; }
# idle: the spool is empty, however long that takes, as long as there is progress.
idle() {
    local left before=-1 since=$SECONDS

    until is_idle; do
        left=$(compgen -G "$spool/*.json" | wc -l)
        ((left == before)) || { before=$left since=$SECONDS; }
        ((SECONDS < since + 120)) || { echo "# $left orders are left" && return 1; }
        sleep 0.1
    done
}

# What the agent has: descriptors, and memory in KiB.
descriptors() { find "/proc/$pid/fd" -mindepth 1 2>/dev/null | wc -l; }
no_more_descriptors() { (($(descriptors) <= descriptors)); }
memory() { awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"; }

## The first half, with kills

mkdir -p "$spool"
: >"$tmp/log"
begin
cancelled=" "
half=$((orders / 2))
for ((n = 0; n < half; n++)); do
    order "$n"
    if ((n % 9 == 5)); then
        cancelled+="$n "
        cancel "$id"
    fi
    if ((n % (half / kills) == half / kills - 1)); then
        wait_for at_work
        die
        begin
    fi
done
result "all orders are done, though the agent was killed" "$(idle)"

## The second, with one agent

for ((; n < half + half / 4; n++)); do order "$n"; done
result "a quarter of the second half" "$(idle)"
descriptors=$(descriptors) memory=$(memory)
for ((; n < orders; n++)); do order "$n"; done
result "the rest" "$(idle)"
printf '# descriptors: %s, then %s; memory: %s KiB, then %s KiB\n' \
    "$descriptors" "$(descriptors)" "$memory" "$(memory)"
# (An order that is done is closed a moment later.)
result "descriptors" "$(wait_for no_more_descriptors)"
# (After some dozens of orders the heap is not yet what it will be.)
result "memory" "$(
    ((orders < 500 || $(memory) < memory + memory / 4)) || echo "it grew from $memory KiB to $(memory) KiB"
)"
kill -TERM "$pid"
finish
result "its end" "$(expect 0)"

## What there is

# made NUMBER: how many active images of that name.
images "i['name'] + ' ' + i['status']" | sort | uniq -c >"$tmp/made"
result "each snapshot exists once, unless it was cancelled" "$(
    for ((n = 0; n < orders; n++)); do
        ((n / 4 % 4 != 3)) || continue
        found=$(awk -v name="s$n" '$2 == name { n += $1 } END { print n + 0 }' "$tmp/made")
        [[ $cancelled != *" $n "* ]] || ((found > 1)) || continue
        ((found == 1)) || echo "there are $found images s$n"
    done
)"
result "no image is incomplete" "$(awk '$NF != "active"' "$tmp/made")"
result "backups are rotated" "$(
    for name in "${names[@]}"; do
        same "backups of $name" 2 "$(images "i['name'] if i.get('backup_type') and i.get('instance_uuid') == '$(uuid_of "$name")' else ''" | grep -c .)"
    done
)"
result "nothing else is left" "$(nothing_but_images)"

done_testing
