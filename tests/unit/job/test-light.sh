#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a snapshot costs beside its data, counted: files that are flushed, processes,
# connections; and what goes on side by side. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"

config '[libvirt]' 'quiesce_timeout = 300'
disk qcow2 "$tmp/a.qcow2" 8M
disk raw "$tmp/b.raw" 8M 3
a=$(disk_xml vda qcow2 "$tmp/a.qcow2")
b=$(disk_xml vdb raw "$tmp/b.raw")
guests "$(guest_xml guest 1 "$a$b$agent" "$(made_from)")" \
    "$(guest_xml off 5 "$a$b" "$(made_from)")"

## Counts

# count KIND: how many such calls the last run with counts made.
count() { sed -n "s/^$1 //p" "$tmp/calls"; }

# counted ARGUMENT…: a run whose calls are counted, and which is done.
counted() {
    libvirt
    fail_at="none 0 0 $tmp/calls"
    run snapshot "$@" --json
    fail_at=
    expect 0
}

# A journal is flushed, and its directory: the images; the directories; the backup job
# with the freeze; the images that are kept; the end.
counted guest one >"$tmp/wrong"
result "a running guest: the journal is written five times" "$(
    cat "$tmp/wrong"
    same "files that are flushed" $((2 * 5)) "$(count fsync)"
)"
counted guest one --all-disks >"$tmp/wrong"
result "two disks: no more often" "$(
    cat "$tmp/wrong"
    same "files that are flushed" $((2 * 5)) "$(count fsync)"
)"
counted off one >"$tmp/wrong"
result "a guest that is shut off: four times" "$(
    cat "$tmp/wrong"
    same "files that are flushed" $((2 * 4)) "$(count fsync)"
)"

# Compressed, a sample is read first, by connections that the data are read by, too.
connections() {
    counted guest one "$@" >"$tmp/wrong"
    count connect
}
plain=$(connections)
cat "$tmp/wrong"
result "a sample's connection is the data's" "$(
    same "connections with a sample" "$plain" "$(connections --compress zstd)"
    cat "$tmp/wrong"
)"

## Side by side

# held METHOD PATH: Glance holds such a request back.
held() { rules "[{\"method\": \"$1\", \"path\": \"$2\", \"hold\": true}]"; }
release() { fake POST /_control '{"release": true}' >/dev/null; }

# (An old file among the journals is what is tidied up there.)
libvirt
held POST /v3/auth/tokens
mkdir -p "$tmp/state/jobs"
touch -d '2 hours ago' "$tmp/state/jobs/old"
gone() { [[ ! -e $tmp/state/jobs/old ]]; }
start snapshot guest one --json
tidied=$(wait_for gone)
wait_for grep -qs '^persistent' "$fake/log"
wait_for grep -qs '^watchdog-lookup' "$fake/log"
result "the guest is looked at while Keystone signs in" "$(
    echo -n "$tidied"
    same "the calls" "" "$(agent_calls)"
    same "journals" "" "$(journals "j['id']")"
)"
release
finish
result "and nothing is made before Glance has told its stores" "$(
    expect 0
    same "the calls" "freeze begin vda thaw" "$(agent_calls)"
    same "tokens" 1 "$(requests | grep -c 'POST.*/v3/auth/tokens')"
    same "lists of stores" 1 "$(requests | grep -c /v2/info/stores)"
    nothing_but_images
)"

libvirt
run snapshot guest one --quiesce never
result "no watchdog for a guest that is not to be frozen" "$(
    expect 0
    same "its calls" "" "$(grep ^watchdog "$fake/log")"
)"

# (Nobody lets Keystone go on, and there is no time after which it is given up.)
libvirt
sed -i 's/^timeout = 20$/timeout = 0/' "$tmp/conf"
held POST /v3/auth/tokens
run snapshot nobody one
result "a guest that isn't there, while Keystone doesn't answer" "$(
    ((status != 0)) || echo "it succeeded"
    says "no domain 'nobody'"
    nothing_live
)"
release
sed -i 's/^timeout = 0$/timeout = 20/' "$tmp/conf"

libvirt
held POST /v2/images
start snapshot guest one --json
wait_for grep -qs '^ping' "$fake/log"
result "the instant is prepared while Glance creates the image" "$(
    same "the calls" "" "$(agent_calls)"
    compgen -G "$tmp/scratch/*/vda.scratch" >/dev/null || echo "no scratch file"
    same "steps" "image begun folder begun folder begun" \
        "$(journals "' '.join(s['step'] + ' ' + s['state'] for s in j['steps'])")"
)"
release
finish
result "and is taken when that is done" "$(
    expect 0
    same "the calls" "freeze begin vda thaw" "$(agent_calls)"
    holds qcow2 "$(images)" qcow2 "$tmp/a.qcow2"
    nothing_but_images
)"

for quiesce in auto never; do
    libvirt
    rules '[{"method": "POST", "path": "/v2/images", "times": 0, "status": 413, "json": {}}]'
    run snapshot guest one --quiesce $quiesce --all-disks
    result "an image that Glance refuses: nothing is frozen or taken ($quiesce)" "$(
        ((status != 0)) || echo "it succeeded"
        says "disk vda of domain guest: .*413"
        same "the calls" "" "$(agent_calls)"
        same "requests about the other disk" "" "$(requests | grep DELETE | sed 1d)"
        nothing_live
    )"
done

libvirt
rules '[{"method": "POST", "path": "/v2/images", "skip": 1, "times": 0, "status": 413, "json": {}}]'
run snapshot guest one --all-disks
result "the second image that Glance refuses" "$(
    ((status != 0)) || echo "it succeeded"
    says "disk vdb of domain guest: .*413"
    same "the calls" "" "$(agent_calls)"
    nothing_live
)"

# Both fail: what Glance says comes first, and is waited for.
libvirt
config '[libvirt]' 'scratch_reserve = 1000T'
config_wrong=$?
run snapshot guest one
result "no space, before anything is begun" "$(
    same "configured" 0 "$config_wrong"
    expect 1
    same "requests that create" "" "$(requests | grep 'POST /v2/images')"
    nothing_live
)"
config '[libvirt]' 'quiesce_timeout = 300'

# Killed while the one is asked for and the other prepared: all of it is undone.
libvirt
held POST /v2/images
start snapshot guest one --all-disks
wait_for grep -qs '^ping' "$fake/log"
kill -KILL "$pid"
finish
release
age_jobs
run recover
result "killed meanwhile" "$(expect 0; nothing_live)"

# Interrupted: the request may be carried out, as long as nobody has answered it.
libvirt
held POST /v2/images
start snapshot guest one
wait_for grep -qs '^ping' "$fake/log"
kill -INT "$pid"
wait_for grep -q interrupted "$tmp/err"
release
finish
result "interrupted meanwhile" "$(
    same "the calls" "" "$(agent_calls)"
    nothing_live
)"

done_testing
