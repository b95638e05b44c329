#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Commands in which a call of libc fails: restore, prune, backup --all, cancel, images,
# jobs and check, and the file of metrics. What succeeds has done all of it, what fails
# says why, and leaves nothing. Prints TAP. See tests/unit/lib/faults.sh.
# shellcheck disable=SC2119,SC2120,SC2218,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"
# shellcheck source=tests/unit/lib/faults.sh
. "$(dirname "$0")/../lib/faults.sh"
VG_TEST_FAULTS=${VG_TEST_FAULTS:-1}

config
disk raw "$tmp/a.raw" 4M 1
disk raw "$tmp/b.raw" 1M 2
policy="<p:policy xmlns:p='urn:virt-glance:policy'><on event='backup' type='daily' rotation='1'/></p:policy>"
guests "$(guest_xml a 5 "$(disk_xml vda raw "$tmp/a.raw")" "$policy")" \
    "$(guest_xml b 5 "$(disk_xml vda raw "$tmp/b.raw")" "$policy")"

# told: prints what is wrong with the end of a run that failed: it ends by itself, and
# says why in one sentence.
told() {
    case $status in
    [1-8]) says . ;;
    # GLib ends a process in which it can't make a thread of its own.
    133) grep -q 'GLib-ERROR.*creating thread' "$tmp/err" || echo "a trap" ;;
    *) echo "exit status $status: $(tail -c 500 "$tmp/err")" ;;
    esac
}

## To a file

glance
run snapshot a plain --format qcow2 --quiet --json
image=$(show "j['images'][0]['id']")
cp "$tmp/kept/$image" "$tmp/image"
to=$tmp/to
mkdir "$to"
glance_with_image() {
    glance "{\"images\": [{\"id\": \"$image\", \"name\": \"plain\", \"status\": \"active\",
        \"disk_format\": \"qcow2\", \"container_format\": \"bare\",
        \"size\": $(stat -c %s "$tmp/image"), \"os_hash_algo\": \"sha512\",
        \"os_hash_value\": \"$(sha512sum <"$tmp/image" | cut -d' ' -f1)\"}]}"
    cp "$tmp/image" "$tmp/kept/$image"
}
fresh() {
    rm -rf "${to:?}"/* "$to"/.[!.]*
    [[ -z ${old-} ]] || echo "$old" >"$to/file"
}

# restored FORMAT REFERENCE: the file is there as a whole, or is what it was. Another
# one, if it can't be removed, is told.
restored() {
    local files
    sed -n "s/^warning: \(.*\) stays, because it can't be removed: .*/\1/p" "$tmp/err" | xargs rm -f
    files=$(find "$to" -mindepth 1 -printf '%f\n' | xargs)
    if [[ $status == 0 ]]; then
        same "the files" file "$files"
        qemu-img compare -q -f "$1" -F "$1" "$to/file" "$2" 2>&1 || echo "other content"
        return
    fi
    told
    same "the files" "${old:+file}" "$files"
    [[ -z ${old-} ]] || same "the old file" "$old" "$(head -c 99 "$to/file" | tr -d '\000')"
}

glance_with_image
restore() { run restore "$image" --to "$to/file"; }
check() { restored qcow2 "$tmp/image"; }
with_faults check fresh restore
fresh
fail_at="fsync 1 5 $fault_count"
restore
fail_at=
result "its data don't reach the disk" "$(
    expect 1
    says "$to/file can't be written: Input/output error"
    check
)"

old=precious
restore_converted() { run restore "$image" --to "$to/file" --format raw --overwrite; }
check() { restored raw "$tmp/a.raw"; }
with_faults check fresh restore_converted

# (qemu-img tells 0 % before it opens the files, and it may take its time.)
mkdir "$tmp/bin"
cat >"$tmp/bin/qemu-img" <<'QEMU'
#!/bin/sh
[ "$1" != convert ] || yes '    (0.00/100%)' | head -c 200000 | tr '\n' '\r'
exec /usr/bin/qemu-img "$@"
QEMU
chmod +x "$tmp/bin/qemu-img"
fresh
PATH=$tmp/bin:$PATH restore_converted
result "qemu-img is slow to open its files" "$(expect 0; check)"
unset old

## Lists

fresh() { :; }
# (A journal that can't be read is listed as such, or warned of.)
check() {
    if [[ $status != 0 ]]; then
        told
    elif ! grep -q '"state": "unreadable"' "$tmp/out" && ! grep -q ^warning: "$tmp/err"; then
        cmp "$tmp/good" "$tmp/out" 2>&1
    fi
}
for list in images jobs; do
    run "$list" --json
    cp "$tmp/out" "$tmp/good"
    with_faults check fresh run "$list" --json
done

## What is looked at

# What can't be looked at is a problem, and so is the exit status.
check() {
    if [[ ! -s $tmp/out ]]; then
        told
        return
    fi
    ((status < 9)) || told
    json "'error' in j or all(i['text'] for i in j['checks'])"
    json "('error' in j or any(i['state'] == 'problem' for i in j['checks'])) == ($status != 0)"
}
with_faults check fresh run check --json

## Old backups go

old() {
    echo "{\"name\": \"$1\", \"disk_format\": \"raw\", \"status\": \"active\",
        \"created_at\": \"2020-01-0$1T00:00:00Z\", \"image_type\": \"backup\",
        \"backup_type\": \"daily\", \"instance_uuid\": \"$(uuid_of a)\"}"
}
fresh() {
    glance "{\"images\": [$(old 1), $(old 2), $(old 3),
        {\"name\": \"4\", \"status\": \"active\", \"instance_uuid\": \"$(uuid_of a)\"}]}"
    rm -rf "$tmp/state" "$tmp/run" "$tmp/scratch"
}
names() { images "i['name']" | sort | xargs; }

# The oldest goes first.
check() {
    case "$status $(names)" in
    "0 3 4" | [1-8]\ "1 2 3 4" | [1-8]\ "2 3 4" | [1-8]\ "3 4" | 133\ *"3 4") ;;
    *) echo "status $status with $(names)" ;;
    esac
    [[ $status == 0 ]] || told
}
prune() { run prune --instance "$(uuid_of a)" --rotation 1; }
with_faults check fresh prune

## All guests

# fault_images: those that are new.
new_of() { images "i['id'] if i['instance_uuid'] == '$(uuid_of "$1")' and len(i['name']) > 1 else ''" | grep .; }
check() {
    local name made=0 ids
    for name in a b; do
        ids=$(new_of "$name")
        [[ -n $ids ]] || continue
        made=$((made + 1))
        [[ $(wc -l <<<"$ids") == 1 ]] || echo "images of $name: $ids"
        for id in $ids; do
            holds qcow2 "$id" raw "$tmp/$name.raw"
        done
    done
    if [[ $status == 0 ]]; then
        same "images made" 2 "$made"
        same "the old ones of a" 4 "$(names | tr ' ' '\n' | grep -x . | xargs)"
    elif [[ $(new_of a) == "" ]]; then
        same "the old ones of a" "1 2 3 4" "$(names | tr ' ' '\n' | grep -x . | xargs)"
    fi
    if [[ -s $tmp/out ]]; then
        ((status < 9)) || told
        json "'error' in j or j['done'] + j['failed'] + j['skipped'] == len(j['guests'])"
        [[ $status == 0 ]] || json "'error' in j or j['failed'] > 0 or j['done'] == $made"
    elif [[ $status != 0 ]]; then
        told
    else
        echo "it printed nothing"
    fi
    age_jobs
    fail_at=
    run recover
    expect 0
    nothing_left | grep -v "^image left"
}
backup_all() { run backup --all --type daily --json; }
with_faults check fresh backup_all

## An order that is called off

spool=$tmp/state/spool
fresh() {
    rm -rf "$tmp/state" "$tmp/run"
    mkdir -p "$spool"
    chmod 700 "$tmp/state" "$spool"
    for n in 1 2; do
        cat >"$spool/170000000000000$n-0000000$n.json" <<JSON
{"kind": "request", "domain": "a", "uuid": "$(uuid_of a)", "asked": 1700000000,
 "wish": {"name": "one", "format": "raw"}}
JSON
    done
}
glance
check() {
    local left
    left=$(find "$spool" -type f | wc -l)
    if [[ $status != 0 ]]; then
        told
    else
        same "orders left" 0 "$left"
    fi
    same "files that are no orders" "" "$(find "$spool" -type f ! -name '*-0000000[12].json')"
}
with_faults check fresh run cancel --domain a

## Metrics

prom=$tmp/collector/virt-glance.prom
config '[DEFAULT]' "metrics_file = $prom"
fresh() {
    glance
    rm -rf "$tmp/state" "$tmp/run" "$tmp/scratch" "$tmp/collector"
    mkdir "$tmp/collector"
    echo before >"$prom"
}
# The file is the old one or a whole new one, and nothing depends on it.
check() {
    local first=$status counted
    same "files" virt-glance.prom "$(ls "$tmp/collector")"
    [[ $(<"$prom") == before ]] || tail -n 1 "$prom" | grep -qx 'virt_glance_leftover_jobs [01]' ||
        echo "the file ends so: $(tail -n 2 "$prom")"
    fault_status "$first"
    nothing_left | grep -v "^image left"
    # What could not be written was told. What could not be read is not yet counted.
    # Either way the next command does it.
    if [[ $first == 0 ]]; then
        [[ $(<"$prom") != before ]] || warns metrics
        run recover
        expect 0
    fi
    counted=$(sed -n 's/^virt_glance_jobs_total{type="snapshot",result="done"} //p' "$prom")
    case "$first $counted" in
    "0 1" | [1-7]\  | [8]\ * | 133\ *) ;;
    *) echo "status $first, but '$counted' jobs are done" ;;
    esac
}
with_faults check fresh run snapshot b one
fresh
fail_at="write ${calls[write]} 0 $fault_count"
run snapshot b one
fail_at=
result "a part of the file is written at first" "$(
    expect 0
    ! grep warning "$tmp/err"
    check
)"

done_testing
