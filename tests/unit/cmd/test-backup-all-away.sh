#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# "backup --all" while Glance, Keystone or libvirt is away: the run waits and goes on, each
# guest gets one backup, and what failed for a reason of its own is not repeated. Prints
# TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"

config
sed -i -e "s|^\\[DEFAULT\\]|&\\ndrain_file = $tmp/drain|" \
    -e 's/^num_retries.*/num_retries = 0/' "$tmp/conf"
for name in a b c; do
    disk raw "$tmp/$name.raw" 1M 1
done
guest() {
    guest_xml "$1" 5 "$(disk_xml vda raw "$tmp/$1.raw")" \
        "<p:policy xmlns:p='urn:virt-glance:policy'><on event='backup' type='daily' rotation='3'/></p:policy>"
}
guests "$(guest a)" "$(guest b)" "$(guest c)"

# all [OPTION…]: the words of the run.
all() { printf '%s\n' backup --all --type daily --unless-newer 20h --json "$@"; }
results() { show "sorted((g['domain'], g['result']) for g in j['guests'])"; }
waits() { grep -q "warning: .*$1.*all backups wait" "$tmp/err"; }
goes_on() { grep -c "virt-glance: the service is back after" "$tmp/err"; }
made() { images "i['name'][0], i['status']" | sort | xargs; }
every="[('a', 'done'), ('b', 'done'), ('c', 'done')]"
refuse='{"times": 0, "path": "/v2/.*", "status": 503}'
# From the second guest's upload on.
away="{\"rules\": [{\"method\": \"PUT\", \"path\": \".*/file\", \"skip\": 1, \"times\": 0,
    \"status\": 503}, {\"method\": \"DELETE\", \"path\": \"/v2/.*\", \"status\": 503, \"times\": 0},
    {\"path\": \"/v2/images\", \"method\": \"GET\", \"skip\": 3, \"times\": 0, \"status\": 503}]}"

mapfile -t words < <(all)
mkdir "$fake"
glance "$away"
start "${words[@]}"
wait_for waits 503
rules '[]'
finish
result "Glance is away in the middle of an upload" "$(
    expect 0
    same "results" "$every" "$(results)"
    same "images" "a active b active c active" "$(made)"
    same "how often it goes on" 1 "$(goes_on)"
    same "how often it waits" 1 "$(grep -c 'all backups wait' "$tmp/err")"
    json "[(w['seconds'] >= 0, w['since'] > 0, '503' in w['reason']) for w in j['waits']] == [(True, True, True)]"
    nothing_left | grep -v '^image left'
)"

glance "{\"rules\": [{\"method\": \"POST\", \"path\": \"/v3/auth/tokens\", \"times\": 0, \"status\": 503}]}"
rm -rf "$tmp/state"
start "${words[@]}" --progress json
begins() { grep -q 'Keystone.*all backups wait.*"event": *"warning"' "$tmp/err"; }
wait_for begins
rules '[]'
finish
result "Keystone is away when the run begins" "$(
    expect 0
    same "results" "$every" "$(results)"
    grep -q 'the service is back after.*"event": *"message"' "$tmp/err" || cat "$tmp/err"
)"

libvirt
touch "$fake/away"
start "${words[@]}"
wait_for waits "can't connect to libvirt"
rm "$fake/away"
finish
result "libvirt is away when the run begins" "$(
    expect 0
    same "results" "$every" "$(results)"
    same "how often it goes on" 1 "$(goes_on)"
)"
# (The first guest has been visited then.)
libvirt "xml $tmp/state/jobs/*.json run touch $fake/away"
start "${words[@]}"
wait_for waits "can't connect to libvirt"
rm "$fake/away"
finish
result "libvirt is away in the middle: there is a new connection" "$(
    expect 0
    same "results" "$every" "$(results)"
    same "images" "a active b active c active" "$(made)"
    json "len(j['waits']) == 1"
    nothing_but_images
)"
libvirt

# When the first guest's image is there, and old ones are to be deleted.
glance "{\"rules\": [{\"path\": \"/v2/images\", \"method\": \"GET\", \"skip\": 1, \"times\": 0, \"status\": 503}]}"
rm -rf "$tmp/state"
start "${words[@]}"
wait_for waits 503
rules '[]'
finish
result "a rotation is done after the wait, and the backup not again" "$(
    expect 0
    same "results" "$every" "$(results)"
    same "images" "a active b active c active" "$(made)"
)"

# The upload of one guest fails, while Glance answers.
glance "{\"rules\": [{\"method\": \"PUT\", \"path\": \".*/file\", \"times\": 1, \"status\": 503}]}"
rm -rf "$tmp/state"
run "${words[@]}"
result "a short one: the guest is tried once more" "$(
    expect 0
    same "results" "$every" "$(results)"
    same "images" "a active b active c active" "$(made)"
    same "waits" "" "$(grep 'all backups wait' "$tmp/err")"
    json "'waits' not in j"
)"
glance "{\"rules\": [{\"method\": \"PUT\", \"path\": \".*/file\", \"times\": 0, \"status\": 503}]}"
rm -rf "$tmp/state"
run "${words[@]}"
result "and no more than once" "$(
    expect 6
    json "j['done'] == 0 and j['failed'] == 3"
    same "uploads" 6 "$(requests | grep -c 'PUT .*/file')"
)"
for code in 403 413; do
    glance "{\"rules\": [{\"method\": \"POST\", \"path\": \"/v2/images\", \"times\": 0, \"status\": $code}]}"
    rm -rf "$tmp/state"
    run "${words[@]}"
    result "a reason of its own, $code: not repeated" "$(
        json "j['failed'] == 3"
        same "requests" 3 "$(requests | grep -c 'POST /v2/images ')"
    )"
done

# Signals end the wait.
for end in INT TERM; do
    glance "$away"
    rm -rf "$tmp/state"
    start "${words[@]}"
    wait_for waits 503
    kill -"$end" "$pid"
    finish
    result "SIG$end ends the wait" "$(
        expect $((128 + $(kill -l "$end")))
        json "j['not_reached'] >= 1 and 'interrupted' in j['error']['message']"
        same "how often it goes on" 0 "$(goes_on)"
    )"
done
glance "$away"
rm -rf "$tmp/state"
start "${words[@]}"
wait_for waits 503
touch "$tmp/drain"
finish
rm "$tmp/drain"
result "a drain ends the wait" "$(
    expect 7
    json "j['error']['code'] == 'drained' and j['not_reached'] >= 1"
)"
glance "{\"rules\": [$refuse]}"
rm -rf "$tmp/state"
run "${words[@]}" --wait 0
result "no wait: each guest fails" "$(
    expect 6
    json "j['failed'] == 3 and 'waits' not in j"
)"
run "${words[@]}" --wait 1s
result "the wait has its bound" "$(
    expect 6
    json "j['error']['code'] == 'unavailable' and j['not_reached'] == 2 and j['failed'] == 1"
    json "'in the time that --wait permits' in j['error']['message'] and len(j['waits']) == 1"
)"

# The timer's service: with what stands in it, as systemd would expand that.
service=$srcdir/systemd/virt-glance-backups@.service.in
# shellcheck disable=SC2034 # used in eval
WAIT='' UNLESS_NEWER='' WINDOW=''
eval "$(sed -n 's/^Environment=//p' "$service")"
eval "words=($(sed -n 's|^ExecStart=@bindir@/virt-glance ||p' "$service" |
    sed -e 's/\${\([A-Z_]*\)}/"${\1}"/g' -e 's/%I/daily/'))"
start "${words[@]}"
wait_for waits 503
rules '[]'
finish
result "a night's service waits an hour at most" "$(
    expect 0
    grep -q "all backups wait .*, for 60 min at most" "$tmp/err" || cat "$tmp/err"
    same "images" "a active b active c active" "$(made)"
)"

glance "{\"rules\": [$refuse]}"
run "${words[@]}" --dry-run
result "a rehearsal does not wait" "$(! grep 'all backups wait' "$tmp/err")"

done_testing
