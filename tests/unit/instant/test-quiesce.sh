#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Freezing a running guest around the instant: when it is done, what it does where
# the agent fails, and that the guest is thawed whatever happens. Prints TAP.
# shellcheck disable=SC2119,SC2120 # optional arguments
# shellcheck source=tests/unit/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"

config
disk qcow2 "$tmp/a.qcow2" 4M
a=$(disk_xml vda qcow2 "$tmp/a.qcow2")
guests "$(guest_xml guest 1 "$a$agent")" "$(guest_xml mute 1 "$a")" \
    "$(guest_xml paused 3 "$a$agent")" \
    "$(guest_xml strict 1 "$a$agent" "$(made_from 11111111-2222-4333-8444-000000000001)")" \
    "$(guest_xml strict-mute 1 "$a" "$(made_from 11111111-2222-4333-8444-000000000001)")"

# made NAME QUIESCED CALLS REASON [WARNING]: the last run made an image of the disk;
# REASON is a regular expression for why the guest was not quiesced.
made() {
    result "$1" "$(
        expect 0
        json "j['quiesced'] == $2"
        grep -Eq "$4" <(python -c "import json
print(json.load(open('$tmp/out')).get('unquiesced_reason') or '-')") ||
            echo "the reason is not '$4': $(grep unquiesced_reason "$tmp/out")"
        same "the calls" "$3" "$(agent_calls)"
        holds qcow2 "$(images)" qcow2 "$tmp/a.qcow2"
        if [[ -n ${5-} ]]; then
            warns "not quiesced: .*$5"
        else
            ! grep '^warning' "$tmp/err"
        fi
        nothing_but_images
    )"
}

# refused NAME STATUS REGEX CALLS: the last run failed so, and left nothing.
refused() {
    result "$1" "$(
        expect "$2"
        says "$3"
        same "the calls" "$4" "$(agent_calls)"
        nothing_live
    )"
}

## Whether to freeze

libvirt
run snapshot guest --quiesce never --json
made "never" False "begin vda" "."
same_limit=$(calls ping limit)
result "never: the agent is left alone" "$(same "the calls" "" "$same_limit")"
libvirt
run snapshot guest --quiesce require --json
made "require" True "freeze begin vda thaw" -

# while_frozen: what libvirt was asked from the freeze to the thaw, one line.
while_frozen() { sed -n '/^freeze/,/^thaw/{s/ .*//;p}' "$fake/log" | xargs; }
result "a frozen guest waits for the backup job alone" "$(
    same "the calls" "freeze begin thaw" "$(while_frozen)"
    same "the agent's limits" "limit 5 ping limit -2 limit 5 freeze thaw limit -2" \
        "$(calls limit ping freeze thaw | sed 's/^limit 5 ping limit -2 //')"
)"

# From here on the watchdog thaws nothing, however busy the machine is.
config '[libvirt]' 'quiesce_timeout = 300'
libvirt
run snapshot mute --json
made "no channel for an agent" False "begin vda" "no channel"
libvirt
touch "$fake/no-agent"
run snapshot guest --json
made "an agent that is not connected" False "begin vda" "not running"
for guest in mute guest; do
    libvirt
    touch "$fake/no-agent"
    run snapshot "$guest" --quiesce require
    refused "required of $guest, without an agent" 1 "$guest.*quiesce.*agent" ""
    result "and nothing was asked of Glance" "$(! requests | grep 'POST /v2')"
done

strict() {
    libvirt
    fake POST /_control '{"images": [{"id": "11111111-2222-4333-8444-000000000001",
        "status": "active", "stores": "fast", "disk_format": "raw",
        "container_format": "bare", "os_require_quiesce": "yes"}]}' >/dev/null
}
strict
run snapshot strict-mute
result "required by the base image" "$(expect 1; says "os_require_quiesce")"
strict
run snapshot strict-mute --quiesce auto --json
result "required by it, but auto was asked for" "$(
    expect 0
    json "not j['quiesced']"
)"
strict
run snapshot strict --json
result "required by it, and done" "$(
    expect 0
    json "j['quiesced']"
    same "the calls" "freeze begin vda thaw" "$(agent_calls)"
)"

## An agent that doesn't answer

libvirt "ping * fail $unresponsive no reply"
run snapshot guest --json
made "it hangs" False "begin vda" "doesn't answer" "doesn't answer"
libvirt "ping * fail $unresponsive no reply"
run snapshot guest --quiesce require
refused "it hangs, and is required" 1 "doesn't answer within 5 s" ""
result "the agent is asked for five seconds, before anything is made" "$(
    same "the calls" "limit 5 ping limit -2" "$(calls ping limit)"
    ! requests | grep 'POST /v2'
)"
libvirt "ping 2 fail $unresponsive no reply"
run snapshot guest --quiesce require
refused "it hangs later" 1 "doesn't answer" ""
libvirt "ping * fail $denied not allowed"
run snapshot guest --quiesce require --json
made "it may not tell the time, but answers" True "freeze begin vda thaw" -
libvirt
run snapshot paused --json
made "a paused guest" False "begin vda" "paused" "paused"
libvirt
run snapshot paused --quiesce require
refused "a paused guest, required" 1 "paused" ""

## A freeze that fails

for code in $unresponsive $internal; do
    libvirt "freeze 1 fail $code freeze broke" "freeze 1 run touch $fake/frozen"
    run snapshot guest --json
    made "a freeze fails with $code" False "freeze thaw begin vda" "freeze broke" "freeze broke"
    libvirt "freeze 1 fail $code freeze broke" "freeze 1 run touch $fake/frozen"
    run snapshot guest --quiesce require
    refused "a freeze fails with $code, required" 1 "freeze broke" "freeze thaw"
done
libvirt "freeze 1 fail $denied no right"
run snapshot guest --json
made "a freeze that we may not do is not thawed" False "freeze begin vda" "no right" "no right"
libvirt "freeze 1 fail $denied no right"
run snapshot guest --quiesce require
refused "a freeze that we may not do, required" 5 "no right" "freeze"
libvirt
echo "" >"$fake/file-systems"
run snapshot guest --json
made "nothing to freeze" False "freeze thaw begin vda" "no file system" "no file system"
libvirt
echo "" >"$fake/file-systems"
run snapshot guest --quiesce require
refused "nothing to freeze, required" 1 "no file system" "freeze thaw"

## A guest that somebody else has frozen

# beside NAME CALLS: it stays frozen, and the image is quiesced.
beside() {
    result "$1" "$(
        expect 0
        json "j['quiesced'] and j['frozen_elsewhere'] and 'file_systems' not in j"
        same "the calls" "$2" "$(agent_calls)"
        warns "somebody else had frozen .* stay frozen"
        [[ -e $fake/frozen ]] || echo "it is thawed"
        rm -f "$fake/frozen"
        nothing_but_images
    )"
}
for quiesce in auto require; do
    libvirt
    touch "$fake/frozen"
    run snapshot guest --quiesce "$quiesce" --json
    beside "it is frozen already, $quiesce" "begin vda"
done
libvirt "freeze 1 run touch $fake/frozen"
run snapshot guest --json
beside "it is frozen just before" "freeze begin vda"
libvirt
touch "$fake/frozen"
run snapshot guest
result "the same for people" "$(
    expect 0
    grep -qx "Quiesced: somebody else had frozen the file systems" "$tmp/out" || cat "$tmp/out"
)"
libvirt "begin 1 run rm $fake/frozen"
touch "$fake/frozen"
run snapshot guest --json
made "it is thawed meanwhile" False "begin vda" "not known whether" "not known whether"
libvirt "begin 1 run rm $fake/frozen"
touch "$fake/frozen"
run snapshot guest --quiesce require
refused "it is thawed meanwhile, required" 1 "not known whether" "begin vda"

## Some file systems

libvirt
run snapshot guest --mountpoint /boot --mountpoint / --json
made "named file systems" True "freeze /boot / begin vda thaw" -
libvirt
run snapshot guest --mountpoint / --mountpoint /nope --json
made "one that isn't there" False "freeze / /nope thaw begin vda" "of the 2 file systems|1 of 2" \
    "of the 2 file systems|1 of 2"
libvirt
run snapshot guest --mountpoint /nope --quiesce require
refused "none that is there, required" 1 "mountpoint" "freeze /nope thaw"

## A backup job that doesn't begin on a frozen guest

libvirt "begin 1 fail $internal no job today"
run snapshot guest
refused "the guest is thawed if the job can't begin" 1 "no job today" "freeze begin vda thaw"

## A thaw that reports an error

# thawed_anyway NAME CALLS: the guest was thawed, and the image is good.
thawed_anyway() {
    result "$1" "$(
        expect 0
        json "j['quiesced'] and j['file_systems'] == 2"
        json "[s['state'] for s in j['steps'] if s['step'] == 'freeze'] == ['undone']"
        same "the calls" "$2" "$(calls freeze begin thaw status watchdog-thaw)"
        warns "are thawed, although .*the hook broke"
        same "warnings" 1 "$(grep -c ^warning "$tmp/err")"
        nothing_but_images
    )"
}
for quiesce in auto require; do
    libvirt "thaw * fail $internal the hook broke"
    touch "$fake/thaw-hook"
    run snapshot guest --quiesce "$quiesce" --json
    thawed_anyway "a hook fails after the thaw, $quiesce" "freeze begin vda thaw status"
done
libvirt "thaw * fail $unresponsive the hook broke"
touch "$fake/thaw-hook"
run snapshot guest --json
thawed_anyway "a hook takes long after the thaw" "freeze begin vda thaw status"
libvirt "freeze 1 fail $internal freeze broke" "thaw * fail $internal the hook broke"
run snapshot guest --json
result "neither a freeze nor a thaw" "$(
    expect 0
    json "not j['quiesced'] and 'freeze broke' in j['unquiesced_reason']"
    same "the calls" "freeze thaw status begin vda" "$(calls freeze begin thaw status)"
    warns "are thawed, although .*the hook broke"
    nothing_but_images
)"
libvirt "thaw * fail $internal the hook broke" "status * fail $invalid no such command"
touch "$fake/thaw-hook"
run snapshot guest --json
result "an agent that doesn't tell its state" "$(
    expect 8
    says "can't be thawed.*the hook broke"
)"
# shellcheck disable=SC2016 # of another shell
libvirt 'begin 1 run kill -9 $PPID' "watchdog-thaw * fail $internal the hook broke"
touch "$fake/thaw-hook"
run snapshot guest
result "the watchdog's thaw, and a hook that fails" "$(
    expect 137
    wait_for test ! -e "$fake/frozen"
    wait_for grep -q watchdog-status "$fake/log"
)"
printf '%s\n' "thaw * fail $internal the hook broke" >"$fake/faults"
age_jobs
run recover
result "and recover doesn't run the hook again" "$(
    expect 0
    same "the calls" "freeze begin vda watchdog-thaw watchdog-status status" \
        "$(calls freeze begin thaw status watchdog-thaw watchdog-status)"
    nothing_live
)"

## A thaw that fails: the watchdog does it

for quiesce in auto require; do
    libvirt "thaw 1 fail $unresponsive thaw broke"
    run snapshot guest --quiesce "$quiesce" --json
    result "a thaw fails after the snapshot was taken, $quiesce" "$(
        expect 0
        json "j['quiesced']"
        warns "thaw broke"
        ! grep 'not quiesced' "$tmp/err"
        same "the calls" "freeze begin vda thaw watchdog-thaw" "$(agent_calls)"
        nothing_but_images
    )"
done
libvirt "thaw 1 fail $unresponsive thaw broke" \
    "watchdog-thaw 1 fail $unresponsive not yet" "watchdog-thaw 2 fail $rpc away"
run snapshot guest
result "the watchdog tries again" "$(
    expect 0
    same "the calls" "freeze begin vda thaw $(printf 'watchdog-thaw %.0s' 1 2 3)" \
        "$(agent_calls) "
    nothing_but_images
)"
libvirt "thaw * fail $unresponsive thaw broke" "watchdog-thaw * fail $unresponsive no"
run snapshot guest --json
result "nobody can thaw it" "$(
    expect 8
    json "[i['disk'] for i in j['images']] == ['vda'] and j['state'] == 'done'"
    json "[s['state'] for s in j['steps'] if s['step'] == 'freeze'] == ['begun']"
    says "domfsthaw guest.*thaw broke.*recover"
    same "thaws" 2 "$(grep -c ^thaw "$fake/log")"
    same "the watchdog's thaws" 10 "$(grep -c ^watchdog-thaw "$fake/log")"
    same images 1 "$(images | wc -l)"
)"
run recover
result "and recover can't" "$(expect 1; says "thaw broke")"
rm "$fake/faults"
run recover
result "until it can" "$(expect 0; nothing_but_images)"

libvirt
run backup guest first --type daily --rotation 1
printf '%s\n' "thaw * fail $unresponsive thaw broke" \
    "watchdog-thaw * fail $unresponsive no" >"$fake/faults"
run backup guest second --type daily --rotation 1
result "a backup with something left is printed, and rotates" "$(
    expect 8
    says "image .*active.*thaw broke.*recover"
    grep -q '^Image second ' "$tmp/out" || echo "no image in: $(<"$tmp/out")"
    grep -q '^Deleted the old backup ' "$tmp/out" || echo "no rotation in: $(<"$tmp/out")"
    same images second "$(images "i['name']")"
)"
rules '[{"method": "DELETE", "path": "/v2/images/.*", "times": 0, "status": 403, "json": {}}]'
rm -f "$fake/frozen"
run backup guest third --type daily --rotation 1 --json
result "and tells of both failures" "$(
    expect 8
    says "1 old backups could not be deleted.*in addition, .*thaw broke"
    json "j['deleted'] == [] and j['images'][0]['name'] == 'third'"
)"

## A freeze that takes too long

config '[libvirt]' 'quiesce_timeout = 1'
# waits: the shell command that waits until the watchdog has thawed the guest.
waits="while [ -e $fake/frozen ]; do sleep 0.02; done"
libvirt "begin 1 run $waits"
run snapshot guest --json
made "thawed before the job has begun" False "freeze begin vda watchdog-thaw thaw" \
    "thawed after 1 s" "thawed after 1 s"
libvirt "begin 1 run $waits"
run snapshot guest --quiesce require
refused "thawed before the job has begun, required" 1 "thawed after 1 s" \
    "freeze begin vda watchdog-thaw thaw"
result "the agent gets a second to freeze" "$(
    same "the limits" "limit 5 limit -2 limit 5 limit -2 limit 1 limit 5 limit -2" \
        "$(calls limit | cut -d' ' -f1-14)"
)"
config '[libvirt]' 'quiesce_timeout = 300'

## The program dies

# thawed: waits until the watchdog has done so.
thawed() {
    local end=$((SECONDS + 60))

    while [[ -e $fake/frozen ]]; do
        ((SECONDS < end)) || { echo "the guest is still frozen"; return; }
        sleep 0.02
    done
}
# shellcheck disable=SC2016 # of another shell
libvirt 'begin 1 run kill -9 $PPID'
run snapshot guest
result "killed while the guest is frozen" "$(
    expect 137
    thawed
    same "the calls" "freeze begin vda watchdog-thaw" "$(agent_calls | sed 's/ *$//')"
)"
rm -f "$fake/faults"
age_jobs
run recover
result "and recovered" "$(expect 0; nothing_live)"
# shellcheck disable=SC2016
libvirt 'begin 1 run kill -INT $PPID' "begin 1 run $undoing"
run snapshot guest
refused "interrupted while the guest is frozen" 130 "interrupted" "freeze begin vda thaw"

done_testing
