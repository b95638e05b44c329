#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# As whom the program connects to Ceph, with which key, to which monitors; what it
# says where that can't be; and the same for who recovers. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/rbd.sh
. "$(dirname "$0")/../lib/rbd.sh"

# auth [ATTRIBUTE=VALUE]: what the guest's disk says of the user "nova": the
# attribute of its secret.
auth() {
    rbd_auth="<auth username='nova'><secret type='ceph' $1/></auth>"
    new_guest off vda=rbd:vms/disk
}

# keyring USER KEY: makes $tmp/keyring; ceph_conf LINE…: $tmp/ceph.conf.
keyring() { printf '[client.%s]\nkey = %s\n' "$1" "$2" >"$tmp/keyring"; }
ceph_conf() { printf '%s\n' '[global]' "$@" >"$tmp/ceph.conf"; }

# refused STATUS REGEX: nothing is made, and that is said, without a key.
refused() {
    snapshot "$1"
    says "^virt-glance: .*$2"
    ! grep -F "$other_key" "$tmp/err" || fail "it prints a key"
    nothing
}

## Keys

by_usage() {
    mv "$secrets/$secret" "$secrets/our ceph"
    auth "usage='our ceph'"
    snapshot 0
    cloned
    ! grep -rF "$key" "$tmp/state" || fail "the key is written down"
}

# In a keyring that ceph.conf names, for the user that the disk names.
by_keyring_of_conf() {
    rbd_auth="<auth username='nova'/>" rbd_host=
    rm "$secrets/$secret"
    auth "uuid='$secret'"
    keyring nova "$key"
    ceph_conf 'mon host = ceph-a' "keyring = $tmp/keyring"
    new_config '[ceph]' "rbd_ceph_conf = $tmp/ceph.conf"
    snapshot 0
    cloned
}

# By the disk's own ceph.conf, which stands above the configuration's.
by_conf_of_disk() {
    keyring nova "$key"
    ceph_conf 'mon_host = ceph-a' "keyring = $tmp/keyring"
    rbd_auth='' rbd_host="<config file='$tmp/ceph.conf'/>"
    new_guest off vda=rbd:vms/disk
    new_config '[ceph]' 'rbd_user = nova' 'rbd_ceph_conf = /nonexistent'
    snapshot 0
    cloned
}

# The disk names no user.
by_configuration() {
    rbd_auth=
    new_guest off vda=rbd:vms/disk
    new_config '[ceph]' 'rbd_user = nova' "rbd_secret_uuid = $secret"
    snapshot 0
    cloned
    keyring nova "$key"
    new_config '[ceph]' 'rbd_user = nova' "rbd_keyring = $tmp/keyring"
    control "{'images': []}"
    vg 0 snapshot guest two --json --store ceph
}

# A library would wait for one who writes to it, deaf to Ctrl-C.
pipes() {
    local option

    rbd_auth=
    new_guest off vda=rbd:vms/disk
    [[ -p $tmp/fifo ]] || mkfifo "$tmp/fifo"
    for option in rbd_keyring rbd_ceph_conf; do
        new_config '[ceph]' 'rbd_user = nova' "$option = $tmp/fifo"
        refused "$1" 'fifo: it is not a regular file'
    done
}

# The disk's own user can't, but the configured one can.
second_try() {
    echo "$other_key" >"$secrets/$secret"
    ceph user spare "$key" 'vms=rw images=rw'
    keyring spare "$key"
    new_config '[ceph]' 'rbd_user = spare' "rbd_keyring = $tmp/keyring"
    snapshot 0
    cloned
    same "the connections" "nova spare" \
        "$(sed -n 's/^rados_connect //p' "$VG_FAKE_CEPH/log" | paste -sd' ')"
}

# A cluster that does not answer is not tried again as somebody else.
no_second_try() {
    ceph user spare "$key" 'vms=rw images=rw'
    keyring spare "$key"
    new_config '[ceph]' 'rbd_user = spare' "rbd_keyring = $tmp/keyring"
    fault 'rados_connect 1 ETIMEDOUT'
    refused 6 'no monitor answered'
    same "the number of connections" 1 "$(ceph_calls rados_connect)"
}

second_try_in_vain() {
    echo "$other_key" >"$secrets/$secret"
    new_config '[ceph]' 'rbd_user = nobody' "rbd_secret_uuid = $secret"
    refused 5 "disk vda of domain guest can't be read: .*client.nobody"
}

wrong_key() {
    echo "$other_key" >"$secrets/$secret"
    refused 5 "disk vda of domain guest can't be read: .*its key is not that of client.nova"
}

no_secret() {
    rm "$secrets/$secret"
    refused 5 "$secret can't be read.*; .*no key for client.nova"
}

no_configured_secret() {
    rbd_auth=
    new_guest off vda=rbd:vms/disk
    new_config '[ceph]' 'rbd_user = nova' 'rbd_secret_uuid = 00000000-0000-4000-8000-000000000000'
    refused 5 "00000000-.* can't be read.*; .*no key for client.nova"
}

## Rights

no_caps() {
    ceph user nova "$key" 'images=rw'
    refused 5 "RBD image vms/disk can't be opened: client.nova lacks permission in Ceph; .*profile rbd"
}

# It may be looked at, but no snapshot can be made.
read_only() {
    ceph user nova "$key" 'vms=r images=rw'
    refused 5 "disk vda of domain guest: .*vms/disk.*client.nova lacks permission"
}

## Clusters

unreachable() {
    rbd_host="<host name='nowhere'/><host name='elsewhere' port='3300'/>"
    new_guest off vda=rbd:vms/disk
    refused 6 'at nowhere,elsewhere:3300 failed: no monitor answered in time'
}

# One of the monitors is gone.
second_monitor() {
    rbd_host="<host name='nowhere'/><host name='ceph-a'/>"
    new_guest off vda=rbd:vms/disk
    snapshot 0
    cloned
}

ipv6() {
    mv "$VG_FAKE_CEPH/ceph-a" "$VG_FAKE_CEPH/2001:db8::1"
    ln -s 2001:db8::1 "$VG_FAKE_CEPH/ceph-a"
    rbd_host="<host name='2001:db8::1' port='6789'/>"
    new_guest off vda=rbd:vms/disk
    snapshot 0
    cloned
}

missing() {
    new_guest off vda=rbd:vms/nope
    refused 3 "RBD image vms/nope can't be opened: it is not there"
}

no_module() {
    new_config
    program=$tmp/alone/virt-glance
    mkdir -p "$tmp/alone/.libs"
    cp "$builddir/tests/unit/program/virt-glance" "$program"
    cp "$builddir/tests/unit/program/.libs/online.so" "$tmp/alone/.libs"
    echo 'no library' >"$tmp/alone/.libs/ceph.so"
    refused 1 "Ceph .*can't be loaded"
}

## Recovering

# left [FAULT…]: a snapshot dies with its RBD snapshot and a clone.
left() {
    fault 'rbd_flatten_with_progress 1 kill' "$@"
    start_snapshot
    await 137
    no_fault
    [[ $(ceph show) == *'images/'*'vms/disk@virt-glance-'* ]] || fail "nothing is left"
}

# refuses_recover STATUS REGEX: all stays.
refuses_recover() {
    local before

    before=$(ceph show)
    vg "$1" recover
    says "^virt-glance: .*$2"
    same "what Ceph has" "$before" "$(ceph show)"
}

# Another cluster has this address now: nothing is touched there.
recover_other_cluster() {
    left
    echo "$other_fsid" >"$VG_FAKE_CEPH/ceph-a/fsid"
    refuses_recover 1 "$other_fsid now, and was $fsid"
    echo "$fsid" >"$VG_FAKE_CEPH/ceph-a/fsid"
    recover
    nothing
}

recover_unreachable() {
    left
    fault 'rados_connect * ETIMEDOUT'
    refuses_recover 6 'no monitor answered'
    recover
    nothing
}

# Without libvirt its secret can't be read, but the configured key may do.
recover_without_libvirt() {
    left
    sed -i 's|"uri": *"[^"]*"|"uri": "test:///nonexistent/node.xml"|' "$(journal_file snapshot)"
    refuses_recover 5 "libvirt's secret $secret can't be read without libvirt"
    keyring nova "$key"
    new_config '[ceph]' 'rbd_user = nova' "rbd_keyring = $tmp/keyring"
    recover
    nothing
}

# The journal does not say where the cluster is; or names what can't be.
recover_unknown_cluster() {
    left
    cp "$(journal_file snapshot)" "$tmp/journal"
    sed -i "s|\"fsid\": *\"$fsid\"|\"fsid\": \"$other_fsid\"|" "$(journal_file snapshot)"
    refuses_recover 1 "the journal has no address .*$fsid"
    cp "$tmp/journal" "$(journal_file snapshot)"
    sed -i "s|$fsid/vms/disk@|$fsid@|" "$(journal_file snapshot)"
    vg 1 recover
    says "^virt-glance: .*$fsid@"
    cp "$tmp/journal" "$(journal_file snapshot)"
    recover
    nothing
}

it "a secret by its usage" by_usage
it "a keyring of ceph.conf" by_keyring_of_conf
it "the disk's ceph.conf" by_conf_of_disk
it "the configured user" by_configuration
it "a keyring or ceph.conf that is a FIFO" pipes 1
it "the configured user instead of the disk's" second_try
it "no other user where nobody answers" no_second_try
it "no user at all" second_try_in_vain
it "a wrong key" wrong_key
it "no such secret" no_secret
it "no such configured secret" no_configured_secret
it "no caps" no_caps
it "caps to read alone" read_only
it "no monitor answers" unreachable
it "the second monitor answers" second_monitor
it "a monitor by IPv6" ipv6
it "no such image" missing
it "no Ceph libraries" no_module
it "recover: another cluster" recover_other_cluster
it "recover: no monitor answers" recover_unreachable
it "recover: without libvirt" recover_without_libvirt
it "recover: an unknown cluster" recover_unknown_cluster
done_testing
