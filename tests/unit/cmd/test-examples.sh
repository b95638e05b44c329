#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each command "virt-glance …" that stands in README.md or a manual page as an example
# is run as it is written, but for IDs and dates, on a guest of that name. (Commands of virsh are
# run by the integration test 58-examples.) Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2154 # optional arguments, what live.sh sets
# shellcheck source=tests/unit/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"

config '[agent]' "policy_directory = $tmp/policy.d"
uuid=$(uuid_of guest1)
disk qcow2 "$tmp/base.qcow2" 8M 5
disk qcow2 "$tmp/a.qcow2" 8M 1 -b "$tmp/base.qcow2" -F qcow2
disk raw "$tmp/b.raw" 1M 3
vdb=$(disk_xml vdb raw "$tmp/b.raw")
policy="<p:policy xmlns:p='urn:virt-glance:policy'><image uuid='$base'/>
    <on event='backup' type='daily' rotation='7'/></p:policy>"

# guest STATE: guest1 in that state, with a snapshot of libvirt.
guest() {
    local xml saved
    xml=$(guest_xml guest1 5 "$(disk_xml vda qcow2 "$tmp/base.qcow2")$vdb")
    saved="<test:domainsnapshot><name>nightly</name><state>shutoff</state>
        <creationTime>$(date +%s)</creationTime><memory snapshot='no'/><disks>
        <disk name='vda' snapshot='external'><driver type='qcow2'/>
        <source file='$tmp/a.qcow2'/></disk></disks>
        ${xml/<test:runstate>5<?test:runstate>/}<active>1</active></test:domainsnapshot>"
    xml=$(guest_xml guest1 "$1" "$(disk_xml vda qcow2 "$tmp/a.qcow2")$vdb$agent" "$policy")
    guests "${xml/<test:runstate>/$saved<test:runstate>}"
}

# prepare WORD…: what that example brings back is there, and its guest shut off or gone.
prepare() {
    local pool="<pool type='dir'><name>default</name><uuid>$uuid</uuid>
        <target><path>$tmp/pool</path></target></pool>"

    [[ " $* " == *" --define "* || " $* " == *" restore guest1 --type "* ]] || return 0
    guests "$(guest_xml guest1 5 "$(disk_xml vda qcow2 "$tmp/a.qcow2")$vdb" "$policy")"
    run backup guest1 made --all-disks --type daily --rotation 5
    [[ " $* " == *" --define "* ]] || return 0
    rm -rf "$tmp/pool"
    mkdir "$tmp/pool"
    guests "$pool"
}

# examples FILE: in a Markdown file those between fences, in a manual page those that
# are indented; each once, without comments and what its output is piped into.
examples() {
    local in_block='/^```/ { inside = !inside } inside && /^virt-glance [a-z]/'

    [[ $1 == *.md ]] || in_block='/^ virt-glance [a-z]/'
    awk "$in_block" "$1" | sed -E 's/^ //; s/ +#.*//; s/ \| .*//' | awk '!seen[$0]++'
}

# effect WORD…: prints what is wrong with what that example has done.
effect() {
    local made file

    made=$(images | grep -vcxF "$old")
    case " $* " in
    *" --dry-run "*) same "new images" 0 "$made" ;;
    *" snapshot "*" --all-disks "*) same "new images" 2 "$made" ;;
    *" snapshot "* | *" backup "*) same "new images" 1 "$made" ;;
    *" prune "*) same "the old backups that are left" 1 "$(images | grep -cxF "$old")" ;;
    *" restore "*" --define "*)
        same "files" "guest1-vda.qcow2 guest1-vdb.qcow2" "$(find "$tmp/pool" -type f -printf '%f\n' | sort | xargs)"
        ;;
    *" restore guest1 --type "*)
        for file in a.qcow2 b.raw; do
            mv "$tmp/$file".before-restore-* "$tmp/$file" || echo "the old $file is not kept"
        done
        ;;
    *" restore guest1 --discard-old "*) ;;
    *" restore "*) [[ -s $tmp/here/$4 ]] || echo "there is no file $4" ;;
    *" jobs "* | *" stores "* | *" images "* | *" inspect "* | *" choose "* | *" check "*)
        [[ -s $tmp/out ]] || echo "it prints nothing"
        ;;
    esac
}

# example WORD…: runs it, on a host on which nothing else was done.
example() {
    local words=("$@") i wanted=0

    for ((i = 0; i < $#; i++)); do
        case ${words[i]} in
        ID | 4b1fe2c4-8a30-4a4e-b9e1-b8eb1a5d2f37) words[i]=$id ;;
        2026-??-??) words[i]=$(date -d tomorrow +%F) ;;
        UUID | 2b6f1c0d-8e7a-4f59-b1c2-d3e4f5a6b7c8) words[i]=$uuid ;;
        esac
    done
    libvirt
    glance "{\"images\": [$image, ${image//"$id"/"$other"}]}"
    cp "$tmp/base.qcow2" "$tmp/kept/$id"
    prepare "${words[@]}"
    old=$(images)
    rm -rf "$tmp/here"
    mkdir "$tmp/here"
    cd "$tmp/here" || exit 1
    if [[ ${words[0]} == agent ]]; then
        start agent
        wait_for grep -q "^connected to libvirt" "$tmp/err"
        kill -TERM "$pid"
        finish
    else
        run "${words[@]}"
    fi
    cd / || exit 1
    if [[ "$*" =~ ^cancel\ [0-9a-f]{8}$ ]]; then # a job that is not there
        wanted=1
        says "there is no job or order '$2'"
    fi
    expect "$wanted"
    effect "${words[@]}"
    nothing_live | grep -v "^image left"
}

id=11111111-2222-4333-8444-555555555555
other=11111111-2222-4333-8444-666666666666
image="{\"id\": \"$id\", \"name\": \"old\", \"status\": \"active\", \"disk_format\": \"qcow2\",
    \"container_format\": \"bare\", \"size\": $(stat -c %s "$tmp/base.qcow2"), \"stores\": \"fast\",
    \"image_type\": \"backup\", \"backup_type\": \"weekly\", \"instance_uuid\": \"$uuid\",
    \"created_at\": \"2026-01-05T02:00:00Z\", \"base_image_ref\": \"$base\"}"
n=0
mapfile -t lines < <(for file in "$srcdir"/README.md "$srcdir"/man/*.pod; do
    examples "$file"
done | awk '!seen[$0]++')
for line in "${lines[@]}"; do
    guest 5
    [[ $line != *"--quiesce require"* ]] || guest 1
    read -ra words <<<"${line#virt-glance }"
    result "$line" "$(example "${words[@]}")"
    n=$((n + 1))
done
result "there are examples" "$( ((n >= 25)) || echo "only $n")"

done_testing
