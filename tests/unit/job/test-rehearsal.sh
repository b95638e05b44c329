#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A dry run and inspect look at a running guest and at this host as a job does before
# it makes anything, and make nothing. (test-run-refusals.sh tells so of disks.)
# Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
confined=1
# shellcheck source=tests/unit/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"

config
disk qcow2 "$tmp/a.qcow2" 8M
one=$(disk_xml vda qcow2 "$tmp/a.qcow2")
domains=("$(guest_xml guest 1 "$one$agent")" "$(guest_xml off 5 "$one")")
guests "${domains[@]}"

# words: the error and the warnings. (How much space is free, changes all the time.)
words() {
    grep -E '^(warning|virt-glance): ' "$tmp/err" | sed -E 's/only [^ ]+ [^ ]+ is free/only a bit is free/'
}

# same_end NAME STATUS REGEX PREPARE [ARGUMENT…]: a snapshot ends so, if "PREPARE" was
# done before, and a dry run and inspect with the same last line and warnings.
same_end() {
    local name=$1 wanted=$2 regex=$3 prepare=$4 words='' how
    shift 4
    for how in snapshot "snapshot --dry-run" inspect; do
        libvirt
        rm -rf "$tmp/run" "$tmp/scratch"
        $prepare
        # shellcheck disable=SC2086 # words
        run $how "${@:-guest}"
        [[ $how != snapshot ]] || words=$(words)
        result "$name: $how" "$(
            expect "$wanted"
            says "$regex"
            same "its words" "$words" "$(words)"
            [[ ! -s $tmp/out ]] || echo "something on stdout"
            same "images begun" "" "$(requests | grep 'POST /v2/images')"
            [[ $how == snapshot ]] ||
                find "$tmp"/{state/jobs,run,scratch} -maxdepth 0 -type d -printf '%p was made\n' 2>/dev/null
        )"
    done
}

no_agent() { touch "$fake/no-agent"; }
same_end "no agent" 1 "can't be quiesced" no_agent guest --quiesce require

block_job() { touch "$fake/block-job"; }
same_end "a block job" 7 "vda" block_job

another_job() { mkdir "$fake/job-$(uuid_of guest)" && echo '<domainbackup/>' >"$_/xml"; }
same_end "another backup job" 7 "another active job" another_job

saved() { touch "$fake/saved"; }
same_end "a managed save image" 1 "saved" saved off --quiesce require

no_place() { rm -rf "$tmp/scratch" && touch "$tmp/scratch"; }
same_end "no directory for scratch files" 1 "$tmp/scratch.*snapshots_directory" no_place
rm "$tmp/scratch"

config '[libvirt]' 'scratch_reserve = 1000T'
same_end "too little space" 1 "is free in $tmp/scratch" true
mkdir "$tmp/open"
chmod 777 "$tmp/open"
config '[libvirt]' 'scratch_reserve = 1000T' "snapshots_directory = $tmp/open/scratch"
same_end "a directory that others can change" 1 "is free in $tmp/open/scratch" true
result "and a warning of it" "$(warns "$tmp/open can be changed by every user")"
config

# (The lock's file has the job's id.)
locked() {
    mkdir -p "$tmp/state/locks"
    chmod 700 "$tmp/state" "$tmp/state/locks"
    echo -n 4711aaaa >"$tmp/state/locks/$(uuid_of guest)"
    exec 5<>"$tmp/state/locks/$(uuid_of guest)"
    python -c "
import fcntl, struct
fcntl.fcntl(5, 37, struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 0, 0))" # F_OFD_SETLK
}
same_end "another job's lock" 7 "domain guest: job 4711aaaa is working on the domain" locked
exec 5>&-

# They say nothing of what makes a job fail later, and make nothing.
libvirt
rm -rf "$tmp/run" "$tmp/scratch"
run inspect guest --json
result "nothing is wrong" "$(
    expect 0
    json "[d['disk'] for d in j['disks']] == ['vda']"
    same "warnings" "" "$(<"$tmp/err")"
    find "$tmp"/{state,run,scratch} -maxdepth 0 2>/dev/null | sed 's/$/ was made/'
    same "calls" "" "$(agent_calls)"
)"

done_testing
