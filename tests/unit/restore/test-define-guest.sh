#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# "restore --instance UUID --define": a guest that is gone comes back with its disks and
# its definition, all or nothing. (The test driver forgets domains at the end of a
# process: what is defined is seen in 69-define.) Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config
out=$tmp/to
mkdir "$out"
disk qcow2 "$tmp/a.qcow2" 4M 1
disk raw "$tmp/b.raw" 4M 2
cp "$tmp/a.qcow2" "$tmp/medium"
vda=$(disk_xml vda qcow2 "$tmp/a.qcow2")
vdb=$(disk_xml vdb raw "$tmp/b.raw")
hda="<disk type='file' device='cdrom'><source file='$tmp/medium'/><target dev='hda' bus='ide'/></disk>"
extra="<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0' slot='9' function='0'/></source></hostdev>"
other=$(guest_xml other 5 "$vda")
uuid=$(uuid_of guest)
policy="<p:policy xmlns:p='urn:virt-glance:policy'><p:on event='backup' type='daily' rotation='2'/></p:policy>"
guests "$other" "$(guest_xml guest 5 "$vda$vdb$hda$extra" "$policy")" \
    "$(guest_xml novas 5 "$vda" "$(nova "type='image' uuid='$base'")")"
glance
run backup guest both --all-disks --type daily --rotation 5 --quiet --json
first=$(show "j['images'][0]['id']")
second=$(show "j['images'][1]['id']")
run backup novas nova --type daily --rotation 5 --quiet --json
novas=$(show "j['images'][0]['id']")

# define ARGUMENT…
define() { run restore --define --instance "$uuid" --directory "$out" "$@"; }
# only NAME…: no other files are in the directory.
only() { same files "$*" "$(find "$out" -mindepth 1 -printf '%f\n' | sort | xargs)"; }

## Where it is still there

define
result "a domain that is there" "$(expect 3; says "domain guest with the UUID $uuid is on this host already"; only)"
run restore --define --instance "$(uuid_of novas)" --directory "$out"
result "a guest of Nova's on this host" "$(expect 3; says "openstack server rebuild"; only)"

## Where it is gone

guests "$other"
run restore --define --instance "$(uuid_of novas)" --directory "$out"
result "a guest of Nova's" "$(
    expect 3
    says "openstack server rebuild --image $novas $(uuid_of novas)"
    only
)"
define --dry-run --json
result "a dry run" "$(
    expect 0
    only
    json "(j['domain'], j['uuid'], j['type'], j['missing']) == ('guest', '$uuid', 'daily', [])"
    json "[(d['disk'], d['image'], d['file'], d['format']) for d in j['disks']] ==
        [('vda', '$first', '$out/guest-vda.qcow2', 'qcow2'), ('vdb', '$second', '$out/guest-vdb.qcow2', 'qcow2')]"
    json "'$out/guest-vda.qcow2' in j['definition'] and 'urn:virt-glance:policy' in j['definition']"
    json "'$uuid' in j['definition'] and '$tmp/a.qcow2' not in j['definition']"
    json "len(j['left_out']) == 2 and 'hostdev' in j['left_out'][0] and 'medium' in j['left_out'][1]"
    json "'hostdev' not in j['definition'] and 'cdrom' in j['definition']"
)"
define --dry-run
result "the same for people" "$(
    expect 0
    grep -q '^left out: *<hostdev' "$tmp/out" || cat "$tmp/out"
    grep -q "^disk: *vda, $out/guest-vda.qcow2 (qcow2) from image $first" "$tmp/out" || cat "$tmp/out"
)"
define --json
result "done" "$(
    expect 0
    only guest-vda.qcow2 guest-vdb.qcow2
    warns "left out of the definition: <hostdev"
    qemu-img compare -q -f qcow2 -F qcow2 "$out/guest-vda.qcow2" "$tmp/a.qcow2" || echo "another vda"
    qemu-img compare -q -f qcow2 -F raw "$out/guest-vdb.qcow2" "$tmp/b.raw" || echo "another vdb"
    json "j['job'] and j['domain'] == 'guest' and 'definition' not in j"
    same "the job" "restore done guest" "$(journals "' '.join((j['kind'], j['state'], j['domain']))" | tail -n 1)"
    nothing_left | grep -v '^image left'
)"
define
result "its files are there already" "$(expect 1; says "$out/guest-vda.qcow2 exists already; .*--name"; only guest-vda.qcow2 guest-vdb.qcow2)"
define --name back --quiet
result "under another name" "$(expect 0; only back-vda.qcow2 back-vdb.qcow2 guest-vda.qcow2 guest-vdb.qcow2; [[ ! -s $tmp/out ]] || cat "$tmp/out")"
rm "$out"/*
define --name other
result "a name that is taken" "$(expect 3; says "another domain of this host is called other; .*--name"; only)"
for name in ../x .x '' "$(printf 'a\nb')"; do
    define --name "$name"
    result "the name '${name//$'\n'/}'" "$(expect 2; says "can't be the domain's name"; only)"
done
define --trust-definition --dry-run --json
result "trusted" "$(expect 0; json "'hostdev' in j['definition'] and len(j['left_out']) == 1"; only)"

## Which images

run restore --define --instance "${uuid^^}" --directory "$out" --type weekly
result "of no such type" "$(expect 1; says "no such snapshot or backup of domain $uuid"; only)"
define --before 2020-01-01
result "of no such time" "$(expect 1; says "none is whole and has a definition"; only)"
define --image "$second" --dry-run
result "by an image" "$(expect 0; only)"

# record ID DISK XML [MEMBERS]: an image of the guest's first disk, with that definition.
now=2036-01-01T00:00:00Z
record() {
    local value
    value=1:$(python -c 'import base64, sys, zlib; print(base64.b64encode(zlib.compress(sys.argv[1].encode())).decode())' "$3")
    cp "$tmp/kept/$first" "$tmp/kept/$1"
    fake POST /_control "{\"images\": [{\"id\": \"$1\", \"name\": \"$1\", \"status\": \"active\",
        \"size\": $(stat -c %s "$tmp/kept/$first"), \"disk_format\": \"qcow2\",
        \"container_format\": \"bare\", \"visibility\": \"private\", \"created_at\": \"$now\",
        \"owner\": \"$(images "i['owner'] if i['id'] == '$first' else ''" | xargs)\",
        \"instance_uuid\": \"$uuid\", \"virt_glance_domain_uuid\": \"$uuid\",
        \"virt_glance_target\": \"$2\", \"virt_glance_definition\": \"$value\"${4:+, $4}}]}" >/dev/null
}
# xml [INSIDE]
xml() {
    printf '%s' "<domain type='test'><name>guest</name><uuid>$uuid</uuid><memory>8192</memory>" \
        "<os><type>hvm</type></os><devices>$vda${1-}</devices></domain>"
}
forget() {
    fake POST /_control "{\"changes\": {\"$1\": {\"status\": \"deleted\"}}}" >/dev/null
}

record foreign vda "$(xml)" '"owner": "somebody"'
define --dry-run --json
result "a newer one of another project" "$(expect 0; json "j['disks'][0]['image'] == '$first'")"
define --dry-run
result "it is told" "$(expect 0; grep -q '^warning: *the newer .* passed over: it is of another project' "$tmp/out" || cat "$tmp/out")"
forget foreign
record missing vda "$(xml "$vdb")"
define
result "a disk without an image" "$(expect 3; says "no image of the disks vdb of domain guest.*--skip-missing"; only)"
define --skip-missing --json
result "left out" "$(expect 0; json "j['missing'] == ['vdb'] and 'vdb' in j['left_out'][0]"; only guest-vda.qcow2)"
rm "$out"/*
forget missing
record twice vda "$(xml "$vda")"
define
result "two disks of one name" "$(expect 3; says "don't match"; only)"
forget twice
record another vda "$(xml | sed 's/2b6f/3b6f/')"
define
result "a definition of another domain" "$(expect 3; says "is of another domain"; only)"
forget another
record junk vda "$(xml)" '"virt_glance_definition": "junk"'
define
result "no definition" "$(expect 3; says "image junk: the definition .* can't be read"; only)"
forget junk
record named vda "$(xml | sed 's,>guest<,>../../guest<,')"
define
result "a hostile name" "$(expect 2; says "'../../guest' can't be the domain's name"; only)"
forget named
record hostile vda "$(xml "<disk type='file'><source file='/etc/shadow'/><target dev='sda'/></disk><filesystem type='mount'><source dir='/'/><target dir='x'/></filesystem>")"
define --skip-missing --dry-run --json
result "a hostile definition" "$(expect 0; json "'shadow' not in j['definition'] and 'filesystem' not in j['definition'] and len(j['left_out']) == 2")"
forget hostile
record refused vda "$(xml | sed 's,<memory>8192</memory>,<memory>nonsense</memory>,')"
define
result "libvirt refuses it" "$(expect 1; says "domain guest: libvirt refuses the definition"; only
    same "its steps" "undone" "$(journals "' '.join(set(s['state'] for s in j['steps']))" | tail -n 1)")"
forget refused
rules '[{"method": "GET", "path": "/v2/images/.*/file", "spoil": true}]'
define
result "other bytes" "$(expect 1; says "sha512 is"; only)"
rules '[]'

## Killed

n_killed=0
for n in {1..20}; do
    for when in before after; do
        rm -rf "$tmp/state" "$out"
        mkdir "$out"
        kill_at=$n-$when-9
        define
        kill_at=
        [[ $status != 0 ]] || break 2
        n_killed=$((n_killed + 1))
        killed=$status
        age_jobs
        run recover
        recovered=$status
        kept=$(journals "sum(s['state'] == 'kept' for s in j['steps'])")
        run recover
        result "killed at $n-$when" "$(
            same "the status of the killed one" 137 "$killed"
            same "the status of recover" 0 "$recovered"
            same "a second recover" "Nothing to recover" "$(cat "$tmp/out")"
            if ((${kept:-0} > 0)); then
                only guest-vda.qcow2 guest-vdb.qcow2
            else
                only
            fi
        )"
    done
done
result "it was killed often" "$( ((n_killed > 12)) || echo "$n_killed times")"

## Usage

for wrong in "--instance $uuid" --define "--define --instance x --directory $out" \
    "--define --instance $uuid" "--define --instance $uuid --pool p --directory $out" \
    "--name x" "--define --instance $uuid --directory $out guest" \
    "--define --instance $uuid --directory $out --to x" \
    "--define --instance $uuid --directory $out --before x" ""; do
    # shellcheck disable=SC2086 # words
    run restore $wrong
    result "restore $wrong" "$(expect 2)"
done
run restore --define --instance "$uuid" --pool none
result "no such pool" "$(expect 1; says "storage pool none can't be used")"
run restore --define --instance "$uuid" --directory "$tmp/none"
result "no such directory" "$(expect 1; says "$tmp/none: it is no directory")"

done_testing
