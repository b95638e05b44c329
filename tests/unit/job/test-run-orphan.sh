#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The program is killed while its qemu-nbd starts: bwrap has not asked yet to be killed
# with it, and qemu-nbd ends all the same. Prints TAP.
# shellcheck disable=SC2317 # indirect calls
confined=1
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"
trap 'pkill -KILL -f "qemu-nbd.*$tmp/run"; cleanup' EXIT

config
disk raw "$tmp/disk" 8M
guests "$(guest_xml guest 5 "$(disk_xml vda raw "$tmp/disk")")"
glance

# A bwrap that does not know when we die, and is slower than that.
mkdir "$tmp/bin"
cat >"$tmp/bin/bwrap" <<BWRAP
#!/bin/bash
[[ "\$*" == *qemu-nbd* ]] || exec $(command -v bwrap) "\$@"
export words="\$(printf '%q ' "\${@/--die-with-parent/--new-session}")"
exec setpriv --pdeathsig clear bash -c 'echo \$\$ >$tmp/bwrap.new
mv $tmp/bwrap.new $tmp/bwrap
until [ -e $tmp/dead ]; do sleep 0.02; done
eval "exec $(command -v bwrap) \$words"'
BWRAP
chmod +x "$tmp/bin/bwrap"

gone() { [[ ! -e /proc/$(<"$tmp/bwrap") ]]; }

can_confine || { result "qemu-nbd ends" "" && done_testing; exit; }
PATH=$tmp/bin:$PATH start snapshot guest one
wait_for test -e "$tmp/bwrap"
kill -KILL "$pid"
finish
touch "$tmp/dead"
wait_for gone
run recover
result "qemu-nbd ends" "$(
    expect 0
    nothing_left
)"

done_testing
