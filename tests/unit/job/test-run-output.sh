#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a snapshot's journal has, and what is printed of it, whole: people read the
# one, programs and older versions of ours the other. Prints TAP.
# shellcheck disable=SC2119,SC2120 # optional arguments
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

glance
config
disk qcow2 "$tmp/a.qcow2" 8M 1
disk raw "$tmp/b.raw" 8M 2
vda=$(disk_xml vda qcow2 "$tmp/a.qcow2")
tpm="<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>"
guests "$(guest_xml guest 5 "$vda" "$(made_from)")" \
    "$(guest_xml nova 5 "$vda$(disk_xml vdb raw "$tmp/b.raw")$tpm" \
        "$(nova "type='image' uuid='$base'" "" c0ffee)")"

# prints NAME STATUS OUT ERR ARGUMENT…: a command prints that, made tidy.
prints() {
    local name=$1 wanted=$2 out=$3 err=$4
    shift 4
    run "$@"
    result "$name" "$(
        expect "$wanted"
        same stdout "$out" "$(tidy "$tmp/out" | sed 's/^Store reliable: Glance.s default store.*/Store reliable: REASON/')"
        same stderr "$err" "$(tidy "$tmp/err")"
    )"
}

prints "a snapshot" 0 "Image one (ID) is active: disk vda, 1.0 MiB of qcow2
Store fast: it holds the base image ID" \
    "Creating the image
Taking the snapshot of domain guest (shut off)
Uploading disk vda: 1.0 MiB of qcow2 to store fast" snapshot guest one
# (Older json-c breaks the line in an empty list.)
result "its journal" "$(same "the journal" '{
  "version": 1,
  "id": "JOB",
  "kind": "snapshot",
  "domain": "guest",
  "uuid": "ID",
  "uri": "test://TMP/node.xml",
  "project_id": "b7c5f3a1d2e84f6f9a0b1c2d3e4f5a6b",
  "started": TIME,
  "started_us": TIME,
  "finished": TIME,
  "state": "done",
  "steps": [
    {
      "step": "image",
      "object": "ID",
      "state": "kept"
    },
    {
      "step": "folder",
      "object": "TMP/run/JOB",
      "state": "undone"
    }
  ],
  "images": [
    {
      "id": "ID",
      "name": "one",
      "disk": "vda",
      "disk_format": "qcow2",
      "way": "read",
      "store": "fast",
      "rule": "base-image",
      "reason": "it holds the base image ID",
      "owner": "b7c5f3a1d2e84f6f9a0b1c2d3e4f5a6b",
      "copies": [],
      "size": 1048576,
      "checksum": "HASH",
      "os_hash_algo": "sha512",
      "os_hash_value": "HASH"
    }
  ],
  "not_contained": [],
  "clusters": []
}' "$(tidy "$tmp"/state/jobs/*.json | sed -z 's/\[\n *\]/[]/g')")"
result "the ids in it" "$(
    same "the job's id, and its file's name" \
        "$(basename "$tmp"/state/jobs/*.json .json)" "$(journals "j['id']")"
    same "its image's id" "$(images)" "$(journals "j['images'][0]['id']")"
    same "its step's" "$(images)" "$(journals "j['steps'][0]['object']")"
    same "the domain's" "$(uuid_of guest)" "$(journals "j['uuid']")"
    same "its times" True "$(journals "j['started'] == j['started_us'] // 10**6
        <= j['finished'] <= j['started'] + 60")"
    same "its mode" 600 "$(stat -c %a "$tmp"/state/jobs/*.json)"
    same "its directory's" 700 "$(stat -c %a "$tmp/state/jobs")"
    same "the lock's file" "$(journals "j['id']")" \
        "$(tr '\0' '\n' <"$tmp/state/locks/$(uuid_of guest)" | head -n 1)"
)"
prints "the job in a list" 0 " Job       Started              Duration  Domain                     State        Size       Result
--------------------------------------------------------------------------------
 JOB  TIME  N:NN      guest                      done         1.0 MiB    one (ID) in fast" "" jobs
run jobs --json
cp "$tmp/out" "$tmp/listed"
result "the job in JSON" "$(
    expect 0
    same "the only entry" True "$(show "len(j) == 1 and
        j[0].pop('size') == 1048576 and j[0].pop('duration') >= 0 and
        {'version': 1} | j[0] == json.load(open(glob.glob('$tmp/state/jobs/*')[0]))")"
)"
run snapshot guest quiet --quiet
result "--quiet" "$(expect 0; cat "$tmp/err" "$tmp/out")"
run snapshot guest quiet --quiet --json
result "--quiet --json" "$(expect 0; json "j['state'] == 'done'"; cat "$tmp/err")"
run backup guest quiet --quiet --type a --rotation 1
result "a quiet backup" "$(expect 0; cat "$tmp/err" "$tmp/out")"
run recover -q
result "a quiet recover" "$(expect 0; cat "$tmp/err" "$tmp/out")"

## A guest that is saved

cp "$tmp/node.xml" "$tmp/node.orig"
guests "$(guest_xml saved 5 "$vda" "$(made_from)" |
    sed 's|</domain>|<test:hasmanagedsave>1</test:hasmanagedsave></domain>|')"
rm -rf "$tmp/state"
run snapshot saved one --json
result "a managed save is not a shutdown" "$(
    expect 0
    warns "saved is not shut down but saved"
    json "not j['quiesced'] and 'saved' in j['unquiesced_reason']"
    json "j['not_contained'] == ['memory']"
)"
run snapshot saved two
result "the same for people" "$(
    expect 0
    grep -qx "Not quiesced: the guest is saved" "$tmp/out" || cat "$tmp/out"
    grep -qx "Not contained: the saved memory" "$tmp/out" || cat "$tmp/out"
)"
run inspect saved --json
result "inspect tells it beforehand" "$(
    expect 0
    json "j['not_contained'] == ['memory'] and 'not shut down but saved' in j['warnings'][0]"
)"
glance
rm -rf "$tmp/state"
run snapshot saved three --quiesce require
result "it can't be quiesced" "$(
    expect 1
    says "saved is not shut down but saved.*--quiesce auto"
    ! requests | grep 'POST.*images'
    same "its steps" "failed []" "$(journals "j['state'] + ' ' + str(j['steps'])")"
)"
mv "$tmp/node.orig" "$tmp/node.xml"
glance

rm -rf "$tmp/state"
prints "several disks, of another project's instance" 0 \
    "Image both (ID) is active: disk vda, 1.0 MiB of qcow2
Store fast: it holds the base image ID
Owner: the instance's project c0ffee
Image both-vdb (ID) is active: disk vdb, 1.1 MiB of qcow2
Store fast: it holds the base image ID
Owner: the instance's project c0ffee
Not contained: the state of the TPM" \
    "Creating the image
Taking the snapshot of domain nova (shut off)
Uploading disk vda: 1.0 MiB of qcow2 to store fast
Uploading disk vdb: 1.1 MiB of qcow2 to store fast" snapshot nova both --all-disks
result "its journal" "$(
    same steps "image:kept image:kept folder:undone" \
        "$(journals "' '.join(s['step'] + ':' + s['state'] for s in j['steps'])")"
    same owners "c0ffee c0ffee" "$(journals "' '.join(i['owner'] for i in j['images'])")"
    same "what isn't in it" "['tpm']" "$(journals "j['not_contained']")"
)"

prints "a plan" 0 "domain:         nova
UUID:           ID
base image:     ID (nova:root)
project:        c0ffee
owner:          the instance's project if Glance permits, else the project you authenticate to
protected:      yes, once the image is active
disk:           vda (root disk)
  source:       TMP/a.qcow2 (qcow2)
  capacity:     1024.0 GiB
  image name:   x
  image format: qcow2 (compressed, as asked for)
  compression:  zstd
  store:        cheap (the user named it)
not contained:  the state of the TPM" "" \
    snapshot nova x --dry-run --protected --compress zstd --store cheap
run snapshot nova x --dry-run --json --tag t
result "a plan's members" "$(
    expect 0
    same members "disks domain image_ref left_out not_contained origin origin_from project_id protected \
quiesce running user_id uuid version warnings" "$(show "' '.join(sorted(j))")"
    same "a disk's members" "capacity ciphertext compression disk disk_format image reason root \
rule source store way" "$(show "' '.join(sorted(j['disks'][0]))")"
    same "an image's members" "architecture base_image_ref container_format disk_format \
hw_disk_bus hw_firmware_type hw_tpm_model hw_tpm_version image_location image_state image_type instance_uuid min_disk \
min_ram name owner owner_id owner_project_name owner_user_name tags user_id \
virt_glance_capacity virt_glance_domain virt_glance_domain_uuid virt_glance_host \
virt_glance_target virt_glance_version visibility" \
        "$(show "' '.join(sorted(j['disks'][0]['image']))")"
    json "(j['running'], j['origin'], j['origin_from'], j['user_id'], j['quiesce'])
          == (False, 'image', 'nova:root', '5e2d', 'auto')"
)"
run inspect nova --json
result "inspect says what a dry run does" "$(
    expect 0
    json "j['disks'][0]['store'] == 'fast' and j['domain'] == 'nova'"
    same requests "GET GET POST" "$(requests | tail -n 3 | cut -d' ' -f1 | sort | xargs)"
)"

## Stores

prints "stores" 0 " Store                Default  Type      Access     Description
-----------------------------------------------------------------
 fast                          file      writable   
 cheap                         file      writable   
 reliable             yes      file      writable   " "" stores
run stores --json
result "stores in JSON" "$(
    expect 0
    json "j[2] == {'id': 'reliable', 'default': True, 'read-only': False, 'type': 'file',
                    'version': 1}
          and len(j) == 3"
)"
glance '{"config": {"stores": [{"id": "a\u001b[31m", "type": "b\u001b[2J"}]}}'
run stores
result "stores with escapes" "$(expect 0; grep -q $'\e' "$tmp/out" && echo "an escape on stdout")"
glance '{"config": {"stores": []}}'
prints "no stores" 0 "This Glance has a single store \
without a name; --store and [glance] store can't be used." "" stores
glance '{"rules": [{"path": "/v2/info/.*", "times": 0, "status": 503, "json": {}}]}'
run stores
result "stores, and Glance is away" "$(expect 6; says 'HTTP 503')"

## What can't be printed

glance
rm -rf "$tmp/state"
: >"$tmp/err"
status=0
env -i PATH="$PATH" HOME="$tmp" LC_ALL=C.UTF-8 "$program" --config "$tmp/conf" \
    -c "test://$tmp/node.xml" snapshot guest one \
    >/dev/full 2>"$tmp/err" </dev/null 8>&- 7>&- 6<&- || status=$?
result "a result that can't be written" "$(
    expect 1
    says "standard output.*$(images)"
    same journals "done" "$(journals "j['state']")"
    nothing_left | grep -v '^image left'
)"

done_testing
