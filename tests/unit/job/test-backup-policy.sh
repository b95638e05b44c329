#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A backup whose policy says what the command line does not: both make one request,
# in which the command line's word counts. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config '[agent]' "policy_directory = $tmp/policy.d"
mkdir "$tmp/policy.d"
disk raw "$tmp/a.raw" 4M 1
disk raw "$tmp/b.raw" 4M 2
disks=$(disk_xml vda raw "$tmp/a.raw"; disk_xml vdb raw "$tmp/b.raw")

# policy ATTRIBUTES [CHILDREN]: of the guest, for the event backup.
policy() {
    guests "$(guest_xml guest 5 "$disks" \
        "<p:policy xmlns:p='urn:virt-glance:policy'><on event='backup' $1>${2-}</on></p:policy>")"
}

# made: the disk, store, tags, properties, visibility and type of each image.
made() {
    images "i.get('virt_glance_disk', 'vda'), i['stores'], '|'.join(i.get('tags', [])),
        i.get('k'), i.get('note'), i['visibility'], i['protected'],
        i.get('backup_type', i.get('virt_glance_backup_type'))" | sort
}

glance
policy "type='daily' rotation='2' store='cheap' disks='all' protected='yes'
    visibility='community' tags='nightly'" \
    "<tag>two words</tag><property name='note'>a b</property>"
run backup guest
result "all from the policy" "$(
    expect 0
    same "images" "vda cheap nightly|two words None a b community True daily
vdb cheap nightly|two words None a b community True daily" "$(made)"
)"

glance
run backup guest --store fast --disk vdb --tag mine --property k=v
result "options that go before the policy's" "$(
    expect 0
    same "images" "vdb fast mine v None community True daily" "$(made)"
)"

glance
run backup guest --type weekly --rotation 1
result "with a type of its own it has no policy" "$(
    expect 0
    same "images" "vda reliable  None None private False weekly" "$(made)"
)"

glance
policy "type='daily' rotation='2' quiesce='never'"
run backup guest --mountpoint /
result "an option that excludes what the policy says" "$(
    expect 2
    says "--mountpoint is for --quiesce auto or require, not never"
    same "images" "" "$(made)"
)"

guests "$(guest_xml guest 5 "$disks")"
run backup guest
result "no policy" "$(expect 2; says '(--type and --rotation|backup policy)')"

guests "$(guest_xml guest 5 "$disks" \
    "<on xmlns='urn:virt-glance:policy' event='backup' type='daily' rotation='1'/>")"
run backup guest
result "<on> without <policy>" "$(
    expect 2
    says "no backup policy: <on> .* no effect: .* inside of <policy>; give --type"
)"

guests "$(guest_xml guest 5 "$disks" \
    "<snapshot xmlns='urn:virt-glance:requests' name='x'/>")"
run snapshot guest
result "a namespace that is nearly ours" "$(
    expect 0
    warns "<snapshot> .* no effect: its namespace urn:virt-glance:requests is not one of"
)"
guests "$(guest_xml guest 5 "$disks")"
glance

printf '%s\n' '[all]' 'on = backup' 'domain = gue*' 'type = daily' 'rotation = 4' \
    'tags = "two words"' 'properties = note="a b" k=v' >"$tmp/policy.d/a.conf"
run backup guest
result "from a file" "$(
    expect 0
    same "images" "vda reliable two words v a b private False daily" "$(made)"
)"

printf '%s\n' 'rotation = 4294967296' >>"$tmp/policy.d/a.conf"
run backup guest
result "a rotation that is no number of backups" "$(
    expect 1
    says "a.conf: \[all\]: rotation must be an integer from 0 to 100000, not '4294967296'"
)"

sed -i 's/^domain.*/domain = guest, other/' "$tmp/policy.d/a.conf"
run backup guest
result "a list of domains" "$(
    expect 1
    says "a.conf: \[all\]: domain is one pattern, not a list: 'guest, other'"
)"

done_testing
