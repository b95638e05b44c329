#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Domains and disks that are not there, or can't be snapshotted; and domains
# with odd names, which can.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"

a_guest vgtest-domains --idle
images_snapshot

# define NAME [SED-SCRIPT]: a domain like that guest, with another name (as it
# stands in XML) and, by the script, another definition.
define() {
  local uuid
  uuid=$(new_uuid)
  sed -e "s,<name>.*</name>,<name>${1//&/\\&}</name>,; s,<uuid>.*</uuid>,<uuid>$uuid</uuid>," \
    -e "${2-}" "$VG_TEST_GUESTS/vgtest-domains/domain.xml" >"$tmp/domain.xml"
  virsh -q define "$tmp/domain.xml" >/dev/null
  cleanup_fn virsh -q undefine "$uuid"
}

# A name that says where to look, and isn't there.
uuid=$(new_uuid)
long=$(printf 'long%.0s' {1..1000})
for name in vgtest-nosuch 99999 "$uuid" '' $'two\nlines' "$long"; do
  refuses_snapshot 3 "no domain .* at qemu.*'virsh .*list --all'" -- "$name"
  [ "$(wc -c <"$tmp/err")" -lt 500 ] || fail "the sentence is too long"
done
expect_error 'longlong.*\.\.\.'
refuses_snapshot 2 "'bad.xffbyte' is not UTF-8" -- $'bad\xffbyte'
refuses_snapshot 3 "no domain '-x'" -- -x
refuses 3 'no domain' virt_glance inspect vgtest-nosuch
refuses 3 'no domain' virt_glance snapshot --dry-run vgtest-nosuch

# No disk, or none that can be snapshotted.
define vgtest-no-disk '/<disk /,/<.disk>/d'
define vgtest-cdrom '/<disk /,/<.disk>/d
  s,<devices>,&<disk type="file" device="cdrom"><target dev="hda" bus="ide"/></disk>,'
define vgtest-both 's,<devices>,&<disk type="file" device="cdrom"><target dev="hda" bus="ide"/></disk>,'
while IFS='|' read -r status regex arguments; do
  # shellcheck disable=SC2086 # words
  refuses_snapshot "$status" "$regex" $arguments
done <<'CASES'
3|vgtest-no-disk.* no disk|vgtest-no-disk
3|vgtest-no-disk.* no disk|vgtest-no-disk --all-disks
3|vgtest-no-disk.* no disk 'vda'|vgtest-no-disk --disk vda
3|vgtest-cdrom.* no disk .*only removable media: hda \(cdrom\)|vgtest-cdrom
3|vgtest-cdrom.* no disk .*only removable media|vgtest-cdrom --all-disks
3|disk hda .*vgtest-cdrom.* is a cdrom|vgtest-cdrom --disk hda
3|disk hda .*vgtest-both.* is a cdrom|vgtest-both --disk hda
3|disk hda .*vgtest-both.* is a cdrom|vgtest-both --disk vda --disk hda
3|vgtest-domains.* no disk 'vdz'; its disks: vda|vgtest-domains --disk vdz
2|--all-disks and --disk|vgtest-domains --all-disks --disk vda
2|auto, require or never, not 'maybe'|vgtest-domains --quiesce maybe
2|--format is raw or qcow2, not 'vmdk'|vgtest-domains --format vmdk
2|bytes a second.*'5x'|vgtest-domains --limit-rate 5x
2|argument is missing; .*snapshot --help|
2|too many arguments; .*snapshot --help|vgtest-domains name more
2|option --wat; .*snapshot --help|vgtest-domains --wat
CASES
refuses_snapshot 3 "no disk ''" vgtest-domains --disk ''
refuses 2 "no command 'snap'; 'virt-glance --help'" virt_glance snap vgtest-domains

# libvirt can't be reached.
refuses 6 "/nowhere.*libvirtd" virt_glance -c 'qemu+unix:///system?socket=/nowhere' \
  snapshot -q vgtest-domains
refuses 6 "/nowhere.*libvirtd" env LIBVIRT_DEFAULT_URI='qemu+unix:///system?socket=/nowhere' \
  "${virt_glance_args[@]}" snapshot -q vgtest-domains
# A hypervisor that can't do it.
refuses 1 'domain test.*not supported' virt_glance -c test:///default snapshot -q test
assert_clean vgtest-domains 'shut off'

# (These names as they stand in XML, and in the shell.)
define "vgtest it&apos;s &lt;a&gt; &quot;name&quot; &amp; \$HOME; \`x\`"
define vgtest-größe-大きさ
define -vgtest-dash
define 471147114711
for name in "vgtest it's <a> \"name\" & \$HOME; \`x\`" vgtest-größe-大きさ \
  -vgtest-dash 471147114711; do
  expect 0 virt_glance snapshot --quiet -- "$name"
  id=$(the_new_image)
  assert_equal active "$(image_field "$id" status)" "the image's status"
  [[ $(image_field "$id" name) = "$name"-2* ]] || fail "the image's name is another"
  image_delete "$id"
done
assert_clean vgtest-domains 'shut off'
