# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# For scripts about running guests; they source it instead of run.sh, and get a copy
# of the program whose libvirt has backup jobs, agents and secrets; see
# tests/unit/lib/fake-libvirt.h.
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "${BASH_SOURCE[0]}")/run.sh"

# shellcheck disable=SC2034 # of run.sh
program=$builddir/tests/unit/program/virt-glance
fake=$tmp/fake
# shellcheck disable=SC2034
environment=("VG_FAKE_LIBVIRT=$fake")

# undoing: the shell command that waits until the program has seen a signal.
# shellcheck disable=SC2034 # for the scripts
undoing="for _ in \$(seq 3000); do grep -q 'interrupted; undoing' \
$tmp/err && break; sleep 0.02; done"

# Numbers of libvirt's errors, for orders.
# shellcheck disable=SC2034 # for the scripts
internal=1 denied=29 rpc=39 invalid=55 private=65 unresponsive=86 unsupported=84

# calm: the order by which the clock jumps, at each look at a domain's XML, by the
# time for which a domain has to be left alone.
# shellcheck disable=SC2034 # for the scripts
calm="xml * skip 11"

# libvirt [ORDER…]: a new libvirt, that does so, and a new Glance.
libvirt() {
    glance
    live_end
    mkdir -p "$fake/secrets"
    (($# == 0)) || printf '%s\n' "$@" >"$fake/faults"
    rm -rf "$tmp/state"
}

# live_end: ends the backup jobs that are left.
live_end() {
    local pid

    for pid in "$fake"/{job,gone}-*/*.pid; do
        [[ ! -e $pid ]] || kill -9 "$(<"$pid")" 2>/dev/null
    done
    rm -rf "$fake"
}
trap 'live_end; cleanup' EXIT

# agent: the XML of a channel for a guest agent.
# shellcheck disable=SC2034 # for the scripts
agent="<channel type='unix'><source mode='bind' path='/nowhere/agent'/><target \
type='virtio' name='org.qemu.guest_agent.0'/></channel>"

# calls CALL…: what of that was done, in its order, one line.
calls() {
    local words="$*"

    [[ ! -e $fake/log ]] || grep -E "^(${words// /|})( |\$)" "$fake/log" | xargs
}

# agent_calls: what was done in and around the freeze, one line.
agent_calls() { calls freeze begin thaw watchdog-thaw; }

# warns REGEX: prints what is wrong unless a warning says so.
warns() {
    grep -Eq "^warning: .*$1" "$tmp/err" || echo "no warning '$1': $(<"$tmp/err")"
}

# nothing_live: prints what the last run left of its guest: a frozen one, a job, an
# agent that has to answer faster; and what nothing_left does.
nothing_live() {
    local limit

    [[ ! -e $fake/frozen ]] || echo "the guest is frozen"
    compgen -G "$fake/job-*" | sed 's/^/backup job left: /'
    limit=$(grep -s "^limit " "$fake/log" | tail -n 1)
    [[ -z $limit || $limit == "limit -2" ]] || echo "the agent's limit: $limit"
    nothing_left
}

# nothing_but_images: likewise, but the images are to stay.
nothing_but_images() { nothing_live | grep -v "^image left"; }

# holds_disk NAME FORMAT FILE: prints what is wrong unless the qcow2 image of that
# name has the content of that file.
holds_disk() {
    local id

    id=$(images "i['id'] if i.get('name') == '$1' else ''" | grep .) ||
        echo "no image $1, or several"
    holds qcow2 "$id" "$2" "$3"
}
