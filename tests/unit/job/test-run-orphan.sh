#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The program is killed while its qemu-nbd starts: bwrap has not asked yet to be killed
# with it, or is killed, and its child has not asked yet to be killed with that; all
# of them end. Prints TAP.
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
exec setpriv --pdeathsig clear bash -c 'read -r self _ </proc/self/stat
echo \$self >$tmp/bwrap.new
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

# One that stops before it lets its child go on: there is no room for what it says.
((EUID == 0)) || done_testing
rm "$tmp/bwrap"
mkfifo "$tmp/full"
cat >"$tmp/bin/bwrap" <<BWRAP
#!/bin/bash
[[ "\$*" == *qemu-nbd* ]] || exec $(command -v bwrap) "\$@"
exec 77<>$tmp/full
head -c 65536 /dev/zero >&77
exec $(command -v bwrap) --info-fd 77 "\$@"
BWRAP
stopped() { pgrep -fc -- "bwrap --info-fd 77 .*$tmp/run"; }
both() { (($(stopped) == 2)); }
none() { (($(stopped) == 0)); }

PATH=$tmp/bin:$PATH start snapshot guest two
wait_for both
kill -KILL "$pid"
finish
result "bwrap's child ends" "$(wait_for none)"
pkill -KILL -f "bwrap --info-fd 77 .*$tmp/run"
run recover
result "nothing is left of it" "$(
    expect 0
    nothing_left
)"

done_testing
