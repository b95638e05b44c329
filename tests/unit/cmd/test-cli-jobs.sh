#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the commands jobs, recover and cancel do about journals and orders that are
# there: past ones, unreadable ones, and waiting ones. Prints TAP.
# shellcheck source=tests/unit/lib/cli.sh
. "$(dirname "$0")/../lib/cli.sh"

# Jobs

rm -rf "$tmp/state"
works "no jobs" "Job " jobs
json "no jobs --json" "j == []" jobs
works "nothing to recover" "Nothing" recover
json "nothing to recover --json" "j == {'recovered': 0, 'version': 1}" recover

mkdir -p "$tmp/state/jobs" "$tmp/folder/3"
uuid=2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8
put state/jobs/1.json "{\"id\": \"1\", \"domain\": \"a\\u001b[31m\\u009bb\\n\",
\"uuid\": \"$uuid\", \"state\": \"done\", \"started\": 1700000000, \"images\":
[{\"id\": \"i\\u001b[31m\", \"name\": \"n\\u001b[31m\", \"disk\": \"vda\",
\"store\": \"s\\u001b[31m\\n\"}]}"
put state/jobs/2.json "{\"id\": \"2\", \"domain\": \"b\", \"uuid\": \"$uuid\",
\"state\": \"failed\", \"started\": 9000000000000000000,
\"error\": \"e\\u001b[31m\\n\"}"
put state/jobs/3.json "{\"id\": \"3\", \"domain\": \"c\", \"uuid\": \"$uuid\",
\"state\": \"running\", \"started\": 1700000001, \"steps\": [{\"step\":
\"folder\", \"object\": \"$tmp/folder/3\", \"state\": \"begun\"}]}"
works "jobs with controls" "2023-11-14 22:13:20" jobs
works "jobs with an odd time" "unknown" jobs
works "a job that died" "to recover" jobs
json "jobs --json" \
    "[(k['id'], k['state']) for k in j] == [('1', 'done'), ('3', 'to recover'), ('2', 'failed')]" \
    jobs
put state/jobs/4.json "{\"id\": \"4\", \"domain\": \"c\", \"uuid\": \"$uuid\",
\"state\": \"failed\", \"started\": 1700000001, \"steps\": [{\"step\":
\"folder\", \"object\": \"$tmp/folder/4\", \"state\": \"begun\"}]}"
json "a job that failed, and is not undone" \
    "[k['state'] for k in j if k['id'] == '4'] == ['to recover']" jobs
rm "$tmp/state/jobs/4.json"
run recover
problem=""
((status == 0)) || problem+="exit status $status"$'\n'
grep -q "Recovered jobs: 1" "$tmp/out" || problem+="$(cat "$tmp/out")"
[[ ! -e $tmp/folder/3 ]] || problem+="the directory still exists"
result "recover" "$problem"
works "recover once more" "Nothing" recover

# An unreadable directory is not taken for an empty one. (Root can read every
# directory; so a file takes its place here.)
sed "s|^state_path = .*|state_path = $tmp/closed|" "$tmp/conf" >"$tmp/closed-conf"
mkdir "$tmp/closed"
: >"$tmp/closed/jobs"
for command in jobs 'jobs --json' 'jobs --follow' recover 'recover 1' 'cancel 1'; do
    # shellcheck disable=SC2086 # words
    refused "$command where the jobs can't be read" 1 \
        "Not a directory; check state_path" \
        --config "$tmp/closed-conf" $command
done
rm "$tmp/closed/jobs"
: >"$tmp/closed/spool"
for command in jobs 'jobs --json' 'jobs --follow' 'cancel 1'; do
    # shellcheck disable=SC2086 # words
    refused "$command where the spool can't be read" 1 \
        "the spool can't be read: Error opening directory" \
        --config "$tmp/closed-conf" $command
done

# Journals that can't be read: listed, and named by recover, which leaves them
# alone; but not where another job is asked for.
put state/jobs/4.json "null"
put state/jobs/5.json "{\"version\": 2, \"id\": \"5\", \"domain\": \"d\",
\"uuid\": \"$uuid\", \"state\": \"running\", \"steps\": [{\"step\":
\"folder\", \"object\": \"/nowhere\", \"state\": \"begun\"}]}"
put state/jobs/6.json "{\"id\": \"6\", \"domain\": \"d\", \"uuid\": \"$uuid\",
\"state\": \"running\", \"steps\": [{\"step\": \"levitate\", \"object\": \"x\",
\"state\": \"begun\"}]}"
mkdir "$tmp/state/jobs/7.json"
kept=$(cd "$tmp/state/jobs" && cat 4.json 5.json 6.json)
json "unreadable jobs --json" \
    "[(k['id'], k['state']) for k in j[:4]] == [(str(n), 'unreadable')
        for n in range(4, 8)] and '4.json: not valid JSON' in j[0]['error']['message']
        and 'version 2' in j[1]['error']['message'] and len(j) == 7" jobs
works "unreadable jobs" "7.json is not the journal of a job: it is not a file" jobs
refused "recover a newer version's job" 8 \
    "5.json: a newer virt-glance wrote it (its format is version 2, and this one knows up to 1); run 'virt-glance recover' of that version" \
    recover 5
refused "recover a job with an unknown step" 8 \
    "6.json: a newer virt-glance wrote it (it has a step 'levitate', which this one doesn't know); run 'virt-glance recover' of that version" \
    recover 6
refused "recover a damaged journal" 8 \
    "a job's journal can't be read, so what the job may have left stays: $tmp/state/jobs/4.json: not valid JSON" \
    recover 4
refused "recover what is no file" 8 "jobs/7.json is not the journal of a job" recover 7
works "recover another job" "Nothing" recover 1
run recover
problem=""
((status == 8)) || problem+="exit status $status"$'\n'
for n in 4 5 6 7; do
    grep -q "jobs/$n.json" "$tmp/err" || problem+="$n.json is not named"$'\n'
done
[[ ! -s $tmp/out ]] || problem+="$(cat "$tmp/out")"
[[ $(cd "$tmp/state/jobs" && cat 4.json 5.json 6.json) == "$kept" ]] ||
    problem+="a journal was changed"
result "recover them all" "$problem"
rm -r "$tmp"/state/jobs/[4567].json

# Waiting orders

mkdir -p "$tmp/state/spool"
order="1700000000000000-0000002a"
put "state/spool/$order.json" "{\"kind\": \"request\", \"uuid\": \"$uuid\",
\"domain\": \"größe\", \"asked\": 1700000000, \"problem\": \"it makes no sense\"}"
json "an order that waits" "[(k['order'], k['domain'], k['state'], k['error']['message'])
    for k in j if 'order' in k] == [('$order', 'größe', 'waiting', 'it makes no sense')]" \
    jobs
run jobs
head=$(sed -n 's/Domain.*//p' "$tmp/out")
result "its columns" "$(
    sed -n '3,$p' "$tmp/out" | while IFS= read -r line; do
        [[ ${line:${#head}:1} != ' ' && ${line:${#head}-1:1} == ' ' &&
            ${line:${#head}+27:1} =~ [a-z] ]] || echo "askew: $line"
    done
    grep -qF "$order" "$tmp/out" || echo "there is no $order")"

done_testing
