#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion: what bash offers where, and that it knows every command, every option
# and all their values. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"
# shellcheck source=completion/virt-glance
. "$srcdir/completion/virt-glance"

config
disk raw "$tmp/a.raw" 1M 1
guests "$(guest_xml web-1 5 "$(disk_xml vda raw "$tmp/a.raw"; disk_xml vdb raw "$tmp/a.raw")")" \
    "$(guest_xml db 5 "$(disk_xml vdc raw "$tmp/a.raw")")" \
    "<pool type='dir'><name>default-pool</name><target><path>$tmp</path></target></pool>"
glance
libvirt=test://$tmp/node.xml

# offers NAME WANTED WORD…: for the last of the words; what is wanted in any order.
offers() {
    local name=$1 wanted=$2
    shift 2
    COMP_WORDS=("$program" "$@")
    COMP_CWORD=$#
    COMPREPLY=()
    _virt_glance
    result "$name" "$(same "it" "$(xargs -n 1 <<<"$wanted" | sort)" \
        "$(printf '%s\n' "${COMPREPLY[@]}" | sort)")"
}
ours=(--config "$tmp/conf" -c "$libvirt")

offers "a command" "check choose" ch
offers "a command after options" "snapshot stores" "${ours[@]}" s
offers "an option before the command" "--connect --config" --con
offers "an option" "--format --from" snapshot --f
offers "help" "recover" help rec
offers "no more commands" "" stores x

if command -v virsh >/dev/null; then
    offers "a domain" "web-1 db" "${ours[@]}" snapshot ''
    offers "a domain that begins so" "web-1" "${ours[@]}" backup --type daily w
    offers "a domain to restore" "web-1" "${ours[@]}" restore w
    offers "a domain to list images of" "web-1" "${ours[@]}" images w
    offers "a pool to restore to" "default-pool" "${ours[@]}" restore --define --pool d
    offers "a disk to restore" "vda vdb" "${ours[@]}" restore web-1 --disk ''
    offers "no second domain" "" "${ours[@]}" snapshot web-1 ''
    offers "a disk" "vda vdb" "${ours[@]}" snapshot web-1 --disk v
    offers "a disk of another" "vdc" "${ours[@]}" snapshot db --store x --disk ''
    offers "a domain after an option" "web-1 db" "${ours[@]}" choose --domain ''
fi
offers "a store" "cheap fast reliable" "${ours[@]}" snapshot web-1 --store ''
offers "a store after =" "fast" "${ours[@]}" snapshot web-1 --store = f
offers "the bare =" "raw qcow2" snapshot web-1 --format =
offers "types" "daily weekly monthly" "${ours[@]}" backup web-1 --type ''
run backup web-1 --type hourly --rotation 2
offers "a type that was used" "hourly" "${ours[@]}" backup web-1 --type h
offers "a job" "$(journals "j['id']")" "${ours[@]}" cancel ''
offers "an image" "$(images)" "${ours[@]}" choose --image ''
offers "a URI" "qemu:///system qemu:///session" -c ''
image=$(images)
offers "an image to restore" "$image" "${ours[@]}" restore "${image:0:4}"
offers "an image of the domain" "$image" "${ours[@]}" restore web-1 --image ''
offers "no image of another domain" "" "${ours[@]}" restore db --image ''
rm -r "$tmp/state" # so that there is no job that knows it
offers "an image that another host made" "$image" "${ours[@]}" restore web-1 --image ''

# With a terminal, where a libvirt that needs a password asks for it.
mkdir "$tmp/bin"
printf '#!/bin/sh\ntrue 2>/dev/null </dev/tty && echo asked\necho web-1\n' >"$tmp/bin/virsh"
chmod +x "$tmp/bin/virsh"
printf '%s\n' "PATH=$tmp/bin:$PATH" ". $srcdir/completion/virt-glance" \
    'COMP_WORDS=(virt-glance backup "") COMP_CWORD=2' \
    "_virt_glance; echo \"\${COMPREPLY[*]}\" >$tmp/offered" >"$tmp/shell"
python -c 'import pty, sys; pty.spawn(sys.argv[1:])' bash "$tmp/shell" >/dev/null </dev/null
result "nothing asks for a password" "$(same "it" "web-1" "$(<"$tmp/offered")")"

touch "$tmp/file.xml"
offers "a file" "$tmp/file.xml" inspect --xml "$tmp/fi"

# Against the one table of options, and the commands.
result "all commands" "$(
    "$program" --help | sed -n 's/^  \([a-z]*\) .*/\1/p' >"$tmp/commands"
    config=() uri=()
    same "they" "$(sort "$tmp/commands")" "$(_virt_glance_commands | sort)"
)"
result "all options and values of requests" "$(
    config=() uri=()
    "$builddir/tests/unit/request/test-options" --print | while read -r option _ places values; do
        [[ $option != - ]] || continue
        for pair in s:snapshot b:backup; do
            [[ $places == *${pair%:*}* ]] || continue
            _virt_glance_options "${pair#*:}" | grep -qx -e "--$option" ||
                echo "$pair: no --$option"
            [[ $values == *'|'* ]] || continue
            same "the values of --$option" "$(tr '|' '\n' <<<"$values")" \
                "$(_virt_glance_choices "${pair#*:}" "--$option")"
        done
    done
)"

result "zsh's is bash's" "$(
    grep -qx '#compdef virt-glance' "$builddir/completion/_virt-glance" || echo "no #compdef"
    grep -q '^source /.*/bash-completion/completions/virt-glance$' \
        "$builddir/completion/_virt-glance" || echo "it does not read bash's"
)"

done_testing
