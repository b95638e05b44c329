#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A snapshot of a running guest in Ceph, frozen, in which a call of libc fails: as in
# tests/unit/job/test-faults.sh; besides, Ceph has nothing more than the images that
# are kept. One disk is cloned; another one is read from its snapshot. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/rbd.sh
. "$(dirname "$0")/../lib/rbd.sh"
# shellcheck source=tests/unit/lib/faults.sh
. "$(dirname "$0")/../lib/faults.sh"

fresh
devices=$agent
new_guest running vda=rbd:vms/disk
cp -r "$VG_FAKE_CEPH" "$tmp/ceph.new"
cp -r "$fake" "$tmp/fake.new"

# The same again, without the tools that made it.
again() {
    libvirt
    rm -rf "$VG_FAKE_CEPH" "$fake" "$tmp"/{run,scratch}
    cp -r "$tmp/ceph.new" "$VG_FAKE_CEPH"
    cp -r "$tmp/fake.new" "$fake"
    offer_stores
}

# An image that is kept has the disk's content, in Ceph or not.
check() {
    local made=$status id kept=()
    fault_status "$made"
    id=$(images)
    if [[ $id == *$'\n'* ]]; then
        echo "several images"
    elif [[ -f $tmp/kept/$id ]]; then
        holds "$(images "i['disk_format']")" "$id" raw "$tmp/vms-disk"
    elif [[ -n $id ]]; then
        kept=("images/$id 1048576" "images/$id@snap 1048576 protected")
        (has "$id") 2>&1
    fi
    (ceph_is "${kept[@]}")
    nothing_live | grep -v "^image left"
}

with_faults check again run snapshot guest one --store ceph
with_faults check again run snapshot guest one --store cheap

done_testing
