#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# "restore DOMAIN" of disks whose backing chains the definition names: the new disks are
# whole, so their chains go, and come back with the old disks. The definition keeps all
# else. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/rbd.sh
. "$(dirname "$0")/../lib/rbd.sh"

disks=$tmp/disks
a=$disks/a.qcow2 b=$disks/b.qcow2
# chain FILE: what libvirt writes below a disk's <source>.
chain() {
    printf '%s' "<backingStore type='file'><format type='raw'/><source file='$1'/>" \
        "<backingStore/></backingStore>"
}
# What a definition must not lose: secrets, metadata, paths.
other="<graphics type='vnc' port='-1' passwd='s3cret'/>"
metadata="<o:note xmlns:o='urn:other'>a &lt; b</o:note>"

# make_disks: two overlays of one base, of which there is a snapshot, and which have other
# content by now.
make_disks() {
    mkdir -p "$disks" "$tmp/kept"
    disk raw "$tmp/base" 4M 1
    for file in "$a" "$b"; do
        qemu-img create -q -f qcow2 -F raw -b "$tmp/base" "$file"
        qemu-io -f qcow2 -c 'write -q -P 7 0 64k' "$file" >/dev/null
    done
    guests "$(guest_xml guest 5 "$(disk_xml vda qcow2 "$a" "$(chain "$tmp/base")"
        disk_xml vdb qcow2 "$b" "$(chain "$tmp/base")")$other" "$metadata")"
    control "{'config': {'keep': '$tmp/kept'}}"
    vg 0 snapshot guest set --all-disks --store cheap
    for file in "$a" "$b"; do
        qemu-img convert -O raw "$file" "$file.then"
        qemu-io -f qcow2 -c 'write -q -P 9 128k 64k' "$file" >/dev/null
        mv "$file.then" "$tmp"
        cp "$file" "$tmp"
    done
    redefined >"$tmp/definition"
    again
}

# redefined: the definition now, as virsh tells it with the secrets.
redefined() {
    if [[ -e $fake/defined/guest.xml ]]; then
        cat "$fake/defined/guest.xml"
    else
        LIBVIRT_DEFAULT_URI=test://$tmp/node.xml virsh -q dumpxml --inactive --security-info guest
    fi | grep -v '^$'
}
# chains: the definition's disks with one.
chains() {
    python -c 'import sys, xml.etree.ElementTree as tree
print(*(d.find("target").get("dev") for d in tree.parse(sys.stdin).iter("disk")
    if d.find("backingStore[@type]") is not None))' < <(redefined)
}
# without_chains FILE: that definition without them.
without_chains() {
    python -c 'import re, sys
print(re.sub(r"\n *<backingStore type.*?<backingStore/>\s*</backingStore>", "", sys.stdin.read(), flags=re.S), end="")' <"$1"
}

again() {
    rm -rf "$tmp/state" "$fake/defined" "$fake/log" "$disks"
    mkdir "$disks"
    cp "$tmp/a.qcow2" "$tmp/b.qcow2" "$disks"
}

# which: "old" or "new", if disks and definition are that, and no other file is there.
which() {
    local kept

    kept=$(find "$disks" -mindepth 1 -printf '%f\n' | sort | sed -E 's/-[0-9a-f]{8}$/-JOB/' | xargs)
    if cmp -s "$a" "$tmp/a.qcow2" && cmp -s "$b" "$tmp/b.qcow2" && [[ $kept == "a.qcow2 b.qcow2" ]] &&
        redefined | cmp -s - "$tmp/definition"; then
        echo old
    elif qemu-img compare -q -f qcow2 -F raw "$a" "$tmp/a.qcow2.then" &&
        qemu-img compare -q -f qcow2 -F raw "$b" "$tmp/b.qcow2.then" &&
        [[ $kept == "a.qcow2 a.qcow2.before-restore-JOB b.qcow2 b.qcow2.before-restore-JOB" ]] &&
        without_chains "$tmp/definition" | cmp -s - <(redefined); then
        echo new
    else
        echo "a mix: $kept, chains of $(chains)"
    fi >"$tmp/which" 2>&1
    cat "$tmp/which"
}

# recovered: what is there after a "recover".
recovered() {
    local state is

    recover
    state=$(journal restore "j['state']")
    is=$(which)
    [[ $is == old || $is == new ]] || fail "$is"
    [[ $is == new ]] || [[ -z $state || $state == failed ]] || fail "old, and the job is $state"
    [[ $is == old ]] || [[ $state == "done" ]] || fail "new, and the job is $state"
    seen+=" $is"
    nothing_left | grep -v '^image left' || :
}

## Files

whole() {
    make_disks
    same "the chains" "vda vdb" "$(chains)"
    vg 0 restore guest --dry-run
    same "the plan's" 2 "$(grep -c '^definition: *its <backingStore> is removed' "$tmp/out")"
    [[ ! -e $fake/defined ]]
    vg 0 restore guest
    same "all" new "$(which)"
    grep -q s3cret <(redefined)
    same "journals with a secret" "" "$(grep -rl s3cret "$tmp/state" || :)"
    same "the steps" "kept kept" \
        "$(journal restore "' '.join(s['state'] for s in j['steps'] if s['step'] == 'backing-store')")"
    vg 0 restore guest --disk vda
    same "no second definition" 2 "$(grep -cx define "$fake/log")"
    again
    vg 0 restore guest --disk vdb
    same "the other disk's chain" vda "$(chains)"
}
it "the chains go with the old disks" whole

# each_write WHEN: from when the new files are there.
each_write() {
    local n seen=

    make_disks
    for ((n = 4; ; n++)); do
        again
        kill_at=$n-$1
        run restore guest
        kill_at=
        [[ $status != 0 ]] || break
        [[ $status == 137 ]] || fail "write $n: status $status"
        recovered || fail "$1 write $n"
    done
    [[ $seen == *old*new* ]] || fail "only these were seen: $seen"
    ((n > 8)) || fail "the journal is written only $((n - 1)) times"
    same "all" new "$(which)"
}
it "killed before each write of the journal" each_write before
it "killed after each write of the journal" each_write after

# As libvirt defines it, for either disk, before and afterwards; and nobody asks later.
each_definition() {
    local when n seen=

    make_disks
    for when in define defined; do
        for n in 1 2; do
            again
            echo "$when $n run kill -9 \$PPID" >"$fake/faults"
            run restore guest
            rm "$fake/faults"
            [[ $status == 137 ]] || fail "$when $n: status $status"
            [[ $when$n == define1 ]] || [[ $(chains) != "vda vdb" ]] || fail "$when $n: nothing is defined"
            recovered || fail "$when $n"
        done
    done
    same "what was seen" " old old old old" "$seen"
}
it "killed as the definition is changed" each_definition

# libvirt may still carry out the request.
late() {
    make_disks
    echo "define 1 run kill -9 \$PPID" >"$fake/faults"
    run restore guest
    rm "$fake/faults"
    start recover
    wait_for grep -q "backing-store vda may still appear" "$tmp/err"
    kill -INT "$pid"
    finish
    [[ $status != 0 ]] || fail "it is undone"
    recovered
    same "the end" " old" "$seen"
}
seen=
it "a definition that may come yet" late

refused() {
    make_disks
    for call in define defined; do
        for n in 1 2; do
            again
            echo "$call $n fail $internal no such luck" >"$fake/faults"
            vg 1 restore guest
            says "the definition of domain guest can't be changed: libvirt refuses the definition: .*no such luck"
            rm "$fake/faults"
            same "all" old "$(which)"
            nothing_to_recover
        done
    done
}
it "libvirt refuses the definition" refused

# It can't be put back: neither is anything else forgotten.
stuck() {
    make_disks
    printf '%s\n' "define 2 fail $internal no" "define 3 fail $internal nor back" >"$fake/faults"
    vg 8 restore guest
    says "in addition, the rollback is incomplete .*nor back"
    rm "$fake/faults"
    same "the chains" vdb "$(chains)"
    vg 0 jobs --json
    json "[s['object'] for x in j for s in x['steps'] if s['step'] == 'backing-store' and s['state'] == 'begun' and 'backingStore' in s['xml']] == ['vda']"
    recovered
    same "all" " old" "$seen"
}
seen=
it "the chain can't be put back at once" stuck

# Somebody gives the domain another disk before "recover".
edited() {
    make_disks
    echo "defined 2 run kill -9 \$PPID" >"$fake/faults"
    run restore guest
    rm "$fake/faults"
    same "chains" "" "$(chains)"
    sed -i "s|$a'|$tmp/base'|" "$fake/defined/guest.xml"
    redefined >"$tmp/edited"
    recover
    same "chains" vdb "$(chains)"
    grep -q "<source file='$tmp/base'/>" <(redefined)
}
it "the disk is another one by now" edited

cookies() {
    make_disks
    guests "$(guest_xml guest 5 "$(disk_xml vda qcow2 "$a" "<backingStore type='network'><format type='raw'/>
        <source protocol='https' name='x'><host name='h'/><cookies><cookie name='c'>s3cret</cookie></cookies>
        </source><backingStore/></backingStore>")")"
    vg 3 restore guest --disk vda --dry-run
    says "disk vda can't be taken out of the definition: it has cookies"
}
it "a chain with a secret of its own" cookies

## Block devices

device() {
    local n

    make_disks
    truncate -s 8M "$tmp/volume"
    dd if="$tmp/a.qcow2" of="$tmp/volume" conv=notrunc status=none
    device=$(losetup --find --show "$tmp/volume")
    # shellcheck disable=SC2064 # now
    trap "losetup --detach $device" EXIT
    guests "$(guest_xml guest 5 "<disk type='block' device='disk'><driver name='qemu' type='qcow2'/>
        <source dev='$device'/>$(chain "$tmp/base")<target dev='vda' bus='virtio'/></disk>$(disk_xml vdb qcow2 "$b" "$(chain "$tmp/base")")")"
    # Before its old content is lost.
    echo "defined 2 run kill -9 \$PPID" >"$fake/faults"
    run restore guest --overwrite
    rm "$fake/faults"
    same "the chains" "" "$(chains)"
    recover
    same "the chains" "vda vdb" "$(chains)"
    # Afterwards: the file and its chain come back, and the device waits for another restore.
    status=0
    for ((n = 6; status != 8; n++)); do
        rm -rf "$tmp/state"
        kill_at=$n-after
        run restore guest --overwrite
        kill_at=
        [[ $status == 137 ]] || fail "write $n: status $status"
        age_jobs
        run recover
    done
    says "$device, a disk of domain guest, is not whole"
    same "the chains" vdb "$(chains)"
    cmp "$b" "$tmp/b.qcow2"
    vg 0 restore guest --overwrite
    recover
    same "the chains" "" "$(chains)"
    qemu-img compare -q -f qcow2 -F raw "$device" "$tmp/a.qcow2.then"
    qemu-img compare -q -f qcow2 -F raw "$b" "$tmp/b.qcow2.then"
}
if [[ $EUID == 0 ]] && losetup --find >/dev/null 2>&1; then
    it "a block device, and a file" device
fi

## Ceph

# (libvirt keeps such a definition, though it starts no domain with it.)
in_ceph() {
    local n seen=" "

    mkdir -p "$tmp/kept"
    control "{'config': {'keep': '$tmp/kept'}}"
    vg 0 snapshot guest one --json --store ceph --format raw
    sed -i "s|<target dev='vda'|$(chain "$tmp/base")&|" "$tmp/node.xml"
    redefined >"$tmp/definition"
    ceph show >"$tmp/images"
    for ((n = 3; ; n++)); do
        rm -rf "$tmp/state" "$fake/defined"
        kill_at=$n-after
        run restore guest
        kill_at=
        [[ $status == 137 ]] || break
        recover
        if [[ $(chains) == vda ]]; then
            ceph show | diff "$tmp/images" -
            redefined | cmp - "$tmp/definition"
            seen+="old "
        else
            ceph show | grep -q 'vms/disk.virt-glance-old-'
            without_chains "$tmp/definition" | cmp - <(redefined)
            seen+="new "
            vg 0 restore guest --discard-old
        fi
    done
    ended 0
    same "chains" "" "$(chains)"
    [[ $seen == *old*new* ]] || fail "only these were seen: $seen"
}
it "a disk in Ceph" in_ceph

done_testing
