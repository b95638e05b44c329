#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Odd names and properties: what Glance has is what was asked for, or it is
# refused before Glance is asked. Odd folders, and a standard output that can't
# be written.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"

head -c 1M /dev/urandom >"$tmp/small"
a_guest vgtest-names --plain --base "$tmp/small" --base-format raw --disk-format raw
images_snapshot

# characters N TEXT: so many of them.
characters() { printf "%.0s$2" $(seq "$1"); }

## Names

# keeps_name NAME [COMMAND…]: Glance's image has it, byte for byte.
keeps_name() {
  local name=$1 id
  shift
  expect 0 "$@" "${virt_glance_args[@]}" snapshot --quiet -- vgtest-names "$name"
  id=$(the_new_image)
  [ "$(image_field "$id" name)" = "$name" ] ||
    fail "asked for ${name@Q}, but it is $(image_get "$id" | jq .name)"
  image_delete "$id"
}

for name in "it's \"quoted\" & <b>bold</b> \$HOME \`x\` \\n" 'a name' ' spaces ' \
  größe-大きさ -x --quiet -- '%s%n{}' '../../etc' $'e\xcc\x81 combined' "$(characters 255 x)" \
  "$(characters 255 ü)"; do
  keeps_name "$name"
done
keeps_name größe-大きさ env LC_ALL=C
keeps_name größe-大きさ env LC_ALL=POSIX LANG=C

wire_mark
while IFS= read -r name; do
  refuses_snapshot 2 "(can't be an image's name: it .*|is not UTF-8)" -- vgtest-names "${name@E}"
done <<CASES

two\nlines
a\ttab
escape\e[31m
bell\a
bad\xff
half\xe2\x82
turned\u202e
$(characters 256 x)
$(characters 256 ü)
CASES

# Beyond the basic plane it depends on Glance, whose word is told.
refuses_snapshot 1 "disk vda of domain vgtest-names: .*400.*4 byte unicode.*change the value" \
  vgtest-names $'\xf0\x9f\x90\xa7'
assert_clean vgtest-names 'shut off'

## Properties

# Duplicates: the last one counts, as with openstackclient.
asked=('plain=value' 'equals=a=b=c' 'empty=' "quotes=it's \"so\"" 'größe=大きさ' 'spaces in key = and value '
  'twice=first' 'twice=second' 'Case=1' 'case=2' 'os_distro=debian' 'null=null' 'number=007' 'json={"a": [1]}'
  'lines=two
lines' "$(characters 255 k)=x" "long=$(characters 20000 y)" '-dash=-x' 'user_id=somebody' 'image_type=other')
arguments=()
for property in "${asked[@]}"; do
  arguments+=(--property "$property")
done
expect 0 env LC_ALL=C "${virt_glance_args[@]}" snapshot --quiet vgtest-names props "${arguments[@]}"
id=$(the_new_image)
image_get "$id" >"$tmp/record"
for property in "${asked[@]}"; do
  [ "$property" != twice=first ] || continue
  jq -e --arg k "${property%%=*}" --arg v "${property#*=}" '.[$k] == $v' "$tmp/record" >/dev/null ||
    fail "the property ${property:0:60} is $(jq --arg k "${property%%=*}" '.[$k]' "$tmp/record")"
done
image_delete "$id"

wire_mark
while IFS= read -r property; do
  refuses_snapshot 2 "property '.*' can't be set: " vgtest-names props --property "${property@E}"
  [ "$(wc -c <"$tmp/err")" -lt 400 ] || fail "the sentence is too long"
done <<CASES

novalue
=value
bad=\xff
\xff=bad
$(characters 256 k)=x
$(characters 256 ü)=x
id=$(new_uuid)
name=other
status=active
owner=$VG_TEST_DEMO_PROJECT_ID
visibility=public
protected=true
tags=a
disk_format=vmdk
container_format=ovf
min_disk=0
min_ram=1
os_hidden=true
size=1
checksum=x
locations=x
stores=fast
os_glance_importing_to_stores=fast
os_hash_value=x
self=/
file=/
schema=/
CASES
assert_equal '' "$(wire_log 'select(.method != "GET")')" "what was asked of Glance"

# More than Glance allows: Glance says so, and nothing is left.
arguments=()
for i in {1..140}; do
  arguments+=(--property "key$i=x")
done
refuses_snapshot 1 "disk vda of domain vgtest-names: can't create image .*413.*" \
  vgtest-names many "${arguments[@]}"
assert_clean vgtest-names 'shut off'

## Folders that must be quoted in XML, in JSON, and for a shell

folder="$tmp/it's <&> \"%s\" \$x größe"
mkdir -m 755 "$folder"
a_guest vgtest-names-live
guest_boot vgtest-names-live
images_snapshot
cat >"$tmp/virt-glance.conf" <<CONF
[DEFAULT]
state_path = $folder/state
runtime_path = $folder/run
[libvirt]
snapshots_directory = $folder/scratch
CONF
for guest in vgtest-names vgtest-names-live; do
  expect 0 virt_glance snapshot --quiet $guest folders
  image_delete "$(the_new_image)"
  left=$(find "$folder/run" "$folder/scratch" -mindepth 1 2>/dev/null) || true
  [ -z "$left" ] || fail "these were left: $left"
done
# One that dies: its job is found again by its socket's path, and ended.
in_background "${virt_glance_args[@]}" snapshot --quiet --limit-rate 300K vgtest-names-live killed
is_live() { virsh -q backup-dumpxml vgtest-names-live; }
wait_until 60 is_live || fail "no backup job is begun: $(cat "$tmp/err")"
kill -KILL $pid
wait $pid 2>/dev/null || true
expect 0 virt_glance recover
vg_config
assert_clean vgtest-names-live running

## A standard output that can't be written

# unwritable COMMAND…: says so, in one sentence.
unwritable() {
  local status=0
  "$@" >/dev/full 2>"$tmp/err" || status=$?
  assert_equal 1 $status "the exit status of $*"
  assert_sentence "$tmp/err"
  grep -Eq "can't be written to standard output: (No space left|earlier output was lost)" "$tmp/err" || fail "it says: $(cat "$tmp/err")"
}
for option in --json --quiet; do
  unwritable virt_glance stores $option
  unwritable virt_glance jobs $option
  unwritable virt_glance inspect vgtest-names $option
  unwritable virt_glance inspect --xml "$VG_TEST_GUESTS/vgtest-names/domain.xml" $option
  unwritable virt_glance snapshot --dry-run vgtest-names $option
done
unwritable virt_glance snapshot --quiet --json vgtest-names lost
id=$(the_new_image)
grep -q "image $id of domain vgtest-names .*stays" "$tmp/err" || fail "it says: $(cat "$tmp/err")"
assert_equal active "$(image_field "$id" status)" "the image's status"
image_delete "$id"
assert_clean vgtest-names 'shut off'
