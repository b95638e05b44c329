#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# "backup --all": the guests whose policy wants a type, wherever it stands; those that
# Glance has a newer backup of are skipped; a failing guest stops no other. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config '[agent]' "policy_directory = $tmp/policy.d"
mkdir "$tmp/policy.d"
for name in a b c d; do
    disk raw "$tmp/$name.raw" 1M 1
done

# guest NAME [ON…]: with a policy of those elements, or with none.
guest() {
    local name=$1
    shift
    guest_xml "$name" 5 "$(disk_xml vda raw "$tmp/$name.raw")" \
        "${1:+<p:policy xmlns:p='urn:virt-glance:policy'>$*</p:policy>}"
}
# on TYPE ROTATION [ATTRIBUTES]
on() { echo "<on event='backup' type='$1' rotation='$2' ${3-}/>"; }

# The policies of a and d are their own, b's is in a file, c has none.
four() {
    guests "$(guest a "$(on daily 2 "store='cheap'")" "$(on weekly 4 "store='fast'")")" \
        "$(guest b)" "$(guest c)" "$(guest d "$(on weekly 1)")"
}
printf '%s\n' '[nightly]' 'on = backup' 'domain = [ab]' 'type = hourly' 'rotation = 1' \
    '[b]' 'on = backup' 'domain = b' 'type = daily' 'rotation = 1' 'store = reliable' \
    '[all of b]' 'on = backup' 'domain = b*' 'type = daily' 'rotation = 9' \
    >"$tmp/policy.d/a.conf"
four

# made: the guest, type and store of each image.
made() {
    images "i['name'].split('-')[0].split(' ')[0], i['backup_type'], i['stores']" | sort
}
# results: of each guest, sorted.
results() { show "sorted((g['domain'], g['result']) for g in j['guests'])"; }
# sums DONE SKIPPED FAILED: prints what is wrong with them.
sums() { json "(j['done'], j['skipped'], j['failed']) == ($1, $2, $3)"; }
tokens() { requests | grep -c 'POST /v3/auth/tokens'; }

glance
run backup --all --type daily --json
result "those whose policy wants it" "$(
    expect 0
    same "results" "[('a', 'done'), ('b', 'done')]" "$(results)"
    sums 2 0 0
    json "j['type'] == 'daily' and j['without_policy'] == 2"
    json "all(g['job']['state'] == 'done' and g['uuid'] == g['job']['uuid'] for g in j['guests'])"
    same "images" "a daily cheap
b daily reliable" "$(made)"
    same "tokens" 1 "$(tokens)"
)"

run backup --all --type weekly -q
result "another type, in plain text" "$(
    expect 0
    same "images" "a daily cheap
a weekly fast
b daily reliable
d weekly reliable" "$(made)"
    same "lines" "Backups of type weekly: 2 done, 0 skipped, 0 failed; guests without a policy for it: 2
done     a                    image ID in store fast
done     d                    image ID in store reliable" \
        "$(tidy "$tmp/out" | sort)"
    same "messages" "" "$(<"$tmp/err")"
)"

before=$(images | sort)
run backup --all --type daily --unless-newer 20h --json
result "none that has a newer one" "$(
    expect 0
    same "results" "[('a', 'skipped'), ('b', 'skipped')]" "$(results)"
    sums 0 2 0
    same "images" "$before" "$(images | sort)"
    json "all(g['image'] in g['reason'] for g in j['guests'])"
)"
run backup --all --type daily --unless-newer 20h
result "that is told" "$(
    expect 0
    grep -Eq '^skipped  a  +Glance has image [0-9a-f-]{36} of 20[0-9-]+ [0-9:]+ UTC$' "$tmp/out" ||
        cat "$tmp/out"
)"

# elsewhere GUEST AGE TYPE [MEMBERS]: a backup that another host has made so many
# seconds ago.
elsewhere() {
    local time
    time=$(date -u -d "@$(($(date +%s) - $2))" +%Y-%m-%dT%H:%M:%SZ)
    echo "{\"name\": \"$1 elsewhere\", \"image_type\": \"backup\", \"backup_type\": \"$3\",
        \"instance_uuid\": \"$(uuid_of "$1")\", \"status\": \"active\",
        \"created_at\": \"$time\", \"stores\": \"fast\"${4-}}"
}
# saving HOST: members of one that this host makes.
saving() { echo ", \"status\": \"saving\", \"virt_glance_host\": \"$1\""; }
for case in "3600 daily|skipped" "73000 daily|done" "3600 weekly|done" \
    "3600 daily|done|, \"owner\": \"somebody\"" "3600 daily|done|, \"status\": \"queued\"" \
    "60 daily|done|$(saving "$(uname -n)")" "3700 daily|done|$(saving other)" \
    "60 weekly|done|$(saving other)"; do
    IFS='|' read -r words wanted members <<<"$case"
    read -r age type <<<"$words"
    glance "{\"config\": {\"admin\": true}, \"images\": [$(elsewhere a "$age" "$type" "$members")]}"
    run backup --all --type daily --unless-newer 20h --json
    result "another host's: $case" "$(
        expect 0
        same "results" "[('a', '$wanted'), ('b', 'done')]" "$(results)"
    )"
done

# One that another host is still making is waited for, when the others are done: it is
# made, or it is not.
waits() { [[ $(grep -c "Waiting: domain a: host other is making its backup" "$tmp/err") = 1 ]]; }
b_is_made() { images "i['name'], i['status']" | grep -q '^b.* active'; }
for end in made failed; do
    glance "{\"images\": [$(elsewhere a 60 daily "$(saving other)")]}"
    start backup --all --type daily --unless-newer 20h --json
    wait_for waits
    wait_for b_is_made
    if [[ $end == made ]]; then
        glance "{\"images\": [$(elsewhere a 60 daily)]}"
    else
        glance
    fi
    finish
    result "another host's that is being made: $end" "$(
        expect 0
        waits || echo "it does not say once that it waits: $(<"$tmp/err")"
        case $end in
        made) same "results" "[('a', 'skipped'), ('b', 'done')]" "$(results)" ;;
        failed) same "results" "[('a', 'done'), ('b', 'done')]" "$(results)" ;;
        esac
    )"
done
glance "{\"images\": [$(elsewhere a 60 daily "$(saving other)")]}"
run backup --all --type daily --unless-newer 20h --json --dry-run
result "a rehearsal does not wait" "$(expect 0; ! waits || cat "$tmp/err")"
start backup --all --type daily --unless-newer 20h --json
wait_for waits
kill -INT "$pid"
finish
result "the wait can be interrupted" "$(expect 130; json "j['not_reached'] >= 1")"
# The requests to Glance and Keystone for a guest that is skipped.
glance "{\"images\": [$(elsewhere a 60 daily), $(elsewhere b 60 daily)]}"
run backup --all --type daily --unless-newer 20h --json
result "a skipped guest costs one request" "$(
    expect 0
    sums 0 2 0
    same "tokens" 1 "$(tokens)"
    same "lists" 2 "$(requests | grep -c '/v2/images?')"
    same "others" 0 "$(requests | grep -vcE '/v2/images\?|/v3/auth/tokens|GET /( |$)')"
)"

## Failures

glance
mv "$tmp/a.raw" "$tmp/hidden"
run backup --all --type daily --json
result "one that fails, and another that doesn't" "$(
    expect 3
    same "results" "[('a', 'failed'), ('b', 'done')]" "$(results)"
    sums 1 0 1
    json "[g['status'] for g in j['guests'] if g['domain'] == 'a'] == [3]"
    json "'a.raw' in [g['error']['message'] for g in j['guests'] if g['domain'] == 'a'][0]"
)"
guests "$(guest a "$(on daily 2)")" "$(guest b "$(on daily 1 "store='nosuch'")")"
run backup --all --type daily
result "different failures" "$(
    expect 1
    grep -q '^failed   a .*a.raw' "$tmp/out" || cat "$tmp/out"
    grep -q '^failed   b .*nosuch' "$tmp/out" || cat "$tmp/out"
)"
mv "$tmp/hidden" "$tmp/a.raw"
guests "$(guest a "$(on daily 2)")" "$(guest d "$(on daily 1)$(on daily 2)")"
run backup --all --type daily --json
result "a policy with one type twice" "$(
    expect 1
    same "results" "[('a', 'done'), ('d', 'failed')]" "$(results)"
    json "'there are two <on> elements for backups of the type \'daily\'' in str(j)"
    same "failed jobs of d" failed "$(journals "j['state'] if (j['domain'], j['state']) == ('d', 'failed') else ''" | xargs)"
)"
guests "$(guest c)"
run backup --all --type daily
result "no guest wants it" "$(
    expect 0
    same "line" "Backups of type daily: 0 done, 0 skipped, 0 failed; guests without a policy for it: 1" \
        "$(<"$tmp/out")"
)"

four
glance
environment=(OS_AUTH_URL="$fake_url/v3" OS_USERNAME=demo OS_PASSWORD=wrong
    OS_PROJECT_NAME=demo OS_USER_DOMAIN_ID=default OS_PROJECT_DOMAIN_ID=default)
run backup --all --type daily
result "a wrong password is tried once" "$(
    expect 5
    same "tokens" 1 "$(tokens)"
)"
environment=()

## Its end

# begin: a run whose first upload Glance holds, in the background.
begin() {
    glance "{\"rules\": [{\"method\": \"PUT\", \"path\": \"/v2/images/.*/file\",
        \"hold\": true}]}"
    rm -rf "$tmp/state"
    start backup --all --type daily --json
    wait_for grep -q Uploading "$tmp/err"
}

begin
kill -INT "$pid"
finish
result "interrupted" "$(
    expect 130
    sums 0 0 1
    json "j['not_reached'] in (1, 2, 3) and 'interrupted' in j['error']['message']"
    says "the run over all guests was interrupted"
    same "images" "" "$(made)"
    nothing_left
)"

begin
job=$(basename "$tmp"/state/jobs/*.json .json) # the one that there is
set_command cancel "$job"
"${command[@]}" >/dev/null 2>&1 8>&- 7>&- 6<&- &
canceller=$!
finish
wait "$canceller"
result "the job of one guest is cancelled" "$(
    expect 9
    sums 1 0 1
    json "j['error']['code'] == 'cancelled' and j['guests'][0]['job']['state'] == 'cancelled'"
)"

# Another job on a guest, as of another type: it ends, and then it is the guest's turn.
glance
rm -rf "$tmp/state"
mkdir -p "$tmp/state/locks"
hold_lock() {
    exec /usr/bin/python3 -c 'import fcntl, signal, struct, sys
f = open(sys.argv[1], "w")
f.write("0badc0de"), f.flush()
fcntl.fcntl(f, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
print("held", flush=True)
signal.pause()' "$1"
}
mkfifo "$tmp/told"
hold_lock "$tmp/state/locks/$(uuid_of a)" >"$tmp/told" 8>&- 7>&- 6<&- &
holder=$!
read -r _ <"$tmp/told"
start backup --all --type daily --json
wait_for b_is_made
kill "$holder"
finish
result "a guest that is busy is waited for" "$(
    expect 0
    same "order" "['b', 'a']" "$(show "[g['domain'] for g in j['guests']]")"
    sums 2 0 0
    same "jobs" "done done" "$(journals "j['state']" | xargs)"
)"

glance
hold_lock "$tmp/state/locks/$(uuid_of a)" >"$tmp/told" 8>&- 7>&- 6<&- &
holder=$!
read -r _ <"$tmp/told"
start --debug backup --all --type daily --json
# All have been visited, in whatever order, and b's backup is over: its old backups are
# deleted when its job is done and its lock free.
only_a_is_left() {
    local name

    for name in a b c d; do
        grep -q "domain $name: dumpxml" "$tmp/err" || return 1
    done
    grep -q 'domain b: job .* is done$' "$tmp/err"
}
wait_for only_a_is_left
kill -INT "$pid"
finish
kill "$holder"
result "interrupted while it waits" "$(expect 130; json "j['not_reached'] == 1")"

done_testing
