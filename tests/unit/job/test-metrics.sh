#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The file of metrics: what jobs add to it, that counters never go down, and that
# nothing depends on it. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

rules=$srcdir/docs/virt-glance.rules.yml
mkdir "$tmp/collector"
prom=$tmp/collector/virt-glance.prom
configure() { config '[DEFAULT]' "metrics_file = $prom"; }
configure
disk raw "$tmp/a.raw" 4M 1
guests "$(guest_xml 'a"b\c' 5 "$(disk_xml vda raw "$tmp/a.raw")")"
guest='a"b\c'

# value SERIES: of the series without its prefix.
value() { sed -n "s/^virt_glance_$1 //p" "$prom"; }

# counts SERIES VALUE
counts() { same "$1" "$2" "$(value "$1")"; }

glance
run snapshot "$guest" one
result "a snapshot" "$(
    expect 0
    counts 'jobs_total{type="snapshot",result="done"}' 1
    counts 'jobs_total{type="snapshot",result="failed"}' ''
    counts 'uploaded_bytes_total{type="snapshot"}' "$(images "i['size']")"
    counts 'orders_waiting' 0
    counts 'leftover_jobs' 0
    last=$(sed -n 's/^virt_glance_last_success_timestamp_seconds{domain="a\\"b\\\\c",type="snapshot"} //p' "$prom")
    same "the last success" "$(journals "j['finished']")" "$last"
    same "the mode" 644 "$(stat -c %a "$prom")"
    same "files in the directory" virt-glance.prom "$(ls "$tmp/collector")"
    grep warning "$tmp/err"
)"

run backup "$guest" two --type daily --rotation 3
rules '[{"method": "PUT", "path": ".*/file", "status": 413, "times": 0}]'
last=$(grep last_success "$prom")
run backup "$guest" three --type daily --rotation 3
result "a backup, and one that fails" "$(
    [[ $status != 0 ]] || echo "it did not fail"
    counts 'jobs_total{type="daily",result="done"}' 1
    counts 'jobs_total{type="daily",result="failed"}' 1
    counts 'jobs_total{type="snapshot",result="done"}' 1
    same "the last successes" "$last" "$(grep last_success "$prom")"
)"

sums() { grep -E '_total' "$prom"; }
before=$(sums)
run recover
result "nothing is counted twice" "$(expect 0; same "the sums" "$before" "$(sums)")"

# Else what was counted would be forgotten, and counted again.
fail_at="none 0 0 $tmp/calls"
run recover
opens=$(sed -n 's/^open //p' "$tmp/calls")
result "nor is it when files can't be opened for a while" "$(
    ((opens > 5)) || echo "$opens files were opened"
    for ((n = 1; n <= opens; n++)); do
        fail_at="open $n 24 $tmp/calls"
        run recover
        fail_at=
        run recover
        same "the sums after call $n" "$before" "$(sums)"
    done
)"
fail_at=

mv "$tmp/state/jobs" "$tmp/jobs.old"
mkdir "$tmp/state/jobs"
run recover
result "nothing is lost with old journals" "$(expect 0; same "the sums" "$before" "$(sums)")"

rm "$prom"
echo nonsense >"$tmp/state/metrics.json"
glance
run snapshot "$guest" again
result "after damage they begin anew" "$(
    expect 0
    counts 'jobs_total{type="snapshot",result="done"}' 1
    counts 'jobs_total{type="daily",result="done"}' ''
)"

# Several at once: none is lost.
for i in 1 2 3; do
    start recover
    pids[i]=$pid
done
for i in 1 2 3; do wait "${pids[i]}" || echo "# recover failed"; done
result "at the same time" "$(counts 'jobs_total{type="snapshot",result="done"}' 1)"

python - "$tmp/state/metrics.json" <<'PY'
import json, sys
state = json.load(open(sys.argv[1]))
state["last_success_timestamp_seconds"]['domain="gone",type="daily"'] = 1000000000
json.dump(state, open(sys.argv[1], "w"))
PY
run recover
result "a domain that is long gone is forgotten" "$(
    expect 0
    same "it" "" "$(grep gone "$prom")"
    grep -q 'last_success.*type="snapshot"' "$prom" || echo "the other one is gone, too"
)"

ln -s "$tmp/elsewhere" "$prom.new"
run recover
result "what a killed process left, or another user put there" "$(
    expect 0
    same "files in the directory" virt-glance.prom "$(ls "$tmp/collector")"
    [[ ! -e $tmp/elsewhere ]] || echo "the link was followed"
    grep warning "$tmp/err"
)"

umask 077
run recover
umask 022
result "with any umask" "$(expect 0; same "the mode" 644 "$(stat -c %a "$prom")")"

# journal ID MEMBERS: of a job that is done, as it is on disk.
journal() {
    printf '%s' "{\"id\": \"$1\", \"domain\": \"other\", \"uuid\": \"$(uuid_of other)\",
        \"state\": \"done\", \"backup_type\": \"hourly\", \"started\": 1, $2}" \
        >"$tmp/state/jobs/$1.json"
}
now=$(date +%s)
journal 1 "\"finished\": $now, \"images\": [
    {\"id\": \"a\", \"name\": \"a\", \"disk\": \"vda\", \"way\": \"clone\", \"size\": 1000},
    {\"id\": \"b\", \"name\": \"b\", \"disk\": \"vdb\", \"way\": \"stream\", \"size\": 20}]"
run recover
result "a clone is no upload" "$(
    expect 0
    counts 'uploaded_bytes_total{type="hourly"}' 20
)"
journal 2 "\"finished\": $((now - 5)), \"images\": []"
run recover
result "a job that ended before the last one" "$(
    expect 0
    counts 'jobs_total{type="hourly",result="done"}' 2
    counts 'last_success_timestamp_seconds{domain="other",type="hourly"}' "$now"
)"
mv "$tmp/state/jobs/2.json" "$tmp/2.json"
echo '{' >"$tmp/state/jobs/2.json"
run recover
unread=$status
mv "$tmp/2.json" "$tmp/state/jobs"
run recover
result "a journal that can't be read for a while" "$(
    same "the exit statuses" "8 0" "$unread $status"
    counts 'jobs_total{type="hourly",result="done"}' 2
)"

glance '{"rules": [{"method": "PUT", "path": "/v2/images/.*/file", "hold": true}]}'
start snapshot "$guest" held
wait_for grep -q Uploading "$tmp/err"
set_command recover
"${command[@]}" >/dev/null 2>&1 8>&- 7>&- 6<&-
result "a job that runs left nothing" "$(counts leftover_jobs 0)"
fake POST /_control '{"release": true}' >/dev/null
finish
result "it ends" "$(expect 0)"

mkdir "$tmp/state/spool"
echo '{' >"$tmp/state/spool/x.json"
chmod 600 "$tmp/state/spool/x.json"
prom=$tmp/none/x.prom
configure
run snapshot "$guest" without
result "a file that can't be written is a warning" "$(
    expect 0
    warns "metrics can't be written to $tmp/none/x.prom: No such file"
)"
prom=$tmp/collector/virt-glance.prom
configure

# The example of rules speaks of metrics that there are, and is YAML.
result "the metrics of the rules" "$(
    run recover
    grep -oE 'virt_glance_[a-z_]+' "$rules" | sort -u | while read -r name; do
        grep -q "^# TYPE $name " "$prom" || echo "there is no $name"
    done
    if command -v promtool >/dev/null; then
        promtool check rules "$rules" >"$tmp/rules" 2>&1 || cat "$tmp/rules"
        promtool test rules "${rules%.yml}.test.yml" >"$tmp/rules" 2>&1 || cat "$tmp/rules"
        promtool check metrics <"$prom" 2>&1
    elif python -c 'import yaml' 2>/dev/null; then
        python - "$rules" <<'PY'
import sys, yaml
for rule in yaml.safe_load(open(sys.argv[1]))["groups"][0]["rules"]:
    if not {"alert", "expr", "labels", "annotations"} <= set(rule):
        print("incomplete:", rule)
PY
    fi
)"

# Units that let jobs end may write the file, and those that nobody watches tell of a
# failure.
result "the units" "$(
    for unit in "$srcdir"/systemd/*.service.in; do
        ! grep -qE '^ExecStart=.*/virt-glance (agent|backup|recover)' "$unit" ||
            grep -qxE 'ReadWritePaths=-/var/lib/prometheus/node-exporter|ProtectSystem=full' "$unit" ||
            echo "${unit##*/} can't write the metrics"
        ! grep -q '^ExecStart=.*/virt-glance backup' "$unit" ||
            grep -q '^OnFailure=virt-glance-failure@%n.service$' "$unit" ||
            echo "${unit##*/} fails silently"
    done
)"

# The real collector reads all of it, strange names, too.
if command -v prometheus-node-exporter >/dev/null; then
    prometheus-node-exporter --collector.disable-defaults --collector.textfile \
        --collector.textfile.directory="$tmp/collector" --web.listen-address=127.0.0.1:0 \
        >"$tmp/exporter" 2>&1 8>&- 7>&- 6<&- &
    exporter=$!
    wait_for grep -q 'Listening on' "$tmp/exporter"
    address=$(sed -n 's/.*Listening on.*address=\(127[0-9.:]*\).*/\1/p' "$tmp/exporter")
    python -c 'import sys, urllib.request as r
proxy = r.ProxyHandler({})
sys.stdout.buffer.write(r.build_opener(proxy).open(sys.argv[1]).read())' \
        "http://$address/metrics" >"$tmp/scraped"
    result "node_exporter" "$(
        same "errors" "node_textfile_scrape_error 0" "$(grep '^node_textfile_scrape_error' "$tmp/scraped")"
        same "files" "$prom" "$(sed -n 's/^node_textfile_mtime_seconds{file="\(.*\)"}.*/\1/p' "$tmp/scraped")"
        # (It writes numbers in its own way, and sorts labels, too.)
        same "the series" "$(sed -n 's/^\(virt_glance.*\) [^ ]*$/\1/p' "$prom" |
            sed -E 's/(type="[^"]*"),(result="[^"]*")/\2,\1/' | sort)" \
            "$(sed -n 's/^\(virt_glance.*\) [^ ]*$/\1/p' "$tmp/scraped" | sort)"
        grep -q 'domain="a\\"b\\\\c"' "$tmp/scraped" || echo "the name with a quotation mark is lost"
    )"
    kill "$exporter"
    wait "$exporter"
fi

done_testing
