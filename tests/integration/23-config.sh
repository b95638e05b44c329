#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Configuration files that are wrong, and how the line is told.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"

# line|what is said of it|the file, as printf takes it
while IFS='|' read -r line regex text; do
  # shellcheck disable=SC2059 # a format
  printf "$text" >"$tmp/virt-glance.conf"
  refuses_snapshot 2 "$tmp/virt-glance.conf:$line: .*$regex" vgtest-nosuch
done <<'CASES'
1|expected '\[section\]', 'key = value' or a comment|hello\n
1|expected|[glance\nstore = x\n
1|expected|store = fast\n
1|NUL byte|\x00\x01\x02
3|NUL byte|[glance]\nstore = fast\n# \x00
1|the byte 0xff is not UTF-8|\xff\xfe[\x00g\x00
1|the byte 0xff is not UTF-8|\xff\xfe\n
2|expected|[glance]\nstore\n
3|expected|[glance]\nstore = fast\n= cheap\n
1|unknown section \[nope\].*virt-glance.conf\(5\)|[nope]\nx = 1\n
2|unknown section \[Glance\]|# of us\n[Glance]\nstore = fast\n
4|unknown option 'stoer' in \[glance\].*virt-glance.conf\(5\)|[glance]\n\n# which\nstoer = fast\n
2|unknown option 'store' in \[libvirt\]|[libvirt]\nstore = fast\n
2|insecure = perhaps: expected true or false|[glance]\ninsecure = perhaps\n
2|num_retries = -1: expected a whole number|[glance]\nnum_retries = -1\n
2|timeout = soon: expected a whole number|[glance]\ntimeout = soon\n
2|timeout = : expected a whole number|[glance]\ntimeout =\n
2|scratch_reserve = 5 apples: expected a size|[libvirt]\nscratch_reserve = 5 apples\n
2|snapshot_image_format = vmdk: expected raw or qcow2|[libvirt]\nsnapshot_image_format = vmdk\n
2|quiesce = always: expected auto, require or never|[libvirt]\nquiesce = always\n
2|state_path = jobs: expected an absolute path|[DEFAULT]\nstate_path = jobs\n
3|snapshots_directory = ./x: expected an absolute path|[libvirt]\n\nsnapshots_directory = ./x\n
5|num_retries = q: expected a whole number|[glance]\nstore = fast\nstore = cheap\n[glance]\nnum_retries=q\n
CASES

# The last one of a file may lack its newline.
printf '[glance]\ninsecure = x' >"$tmp/virt-glance.conf"
refuses_snapshot 2 ":2: insecure = x" vgtest-nosuch

# A file that can't be read, or isn't one; and one that isn't there.
vg_config
for path in "$tmp/none.conf" "$tmp" ''; do
  refuses 2 "configuration.*$path" "$VG_BUILDDIR/virt-glance" --config "$path" stores
done
cp "$tmp/virt-glance.conf" "$tmp/secret.conf"
chmod 600 "$tmp/secret.conf"
refuses 2 "configuration.*$tmp/secret.conf.*[Pp]ermission.* root, or .*--config" \
  setpriv --reuid nobody --clear-groups "$VG_BUILDDIR/virt-glance" \
  --config "$tmp/secret.conf" stores

# A secret that everybody can read is used, with a warning that doesn't tell it.
vg_config '[glance]' 'password = correct-horse' 'token = battery-staple'
chmod 644 "$tmp/virt-glance.conf"
expect 0 virt_glance stores
assert_equal 1 "$(wc -l <"$tmp/err")" "the number of warnings"
grep -q "^warning: $tmp/virt-glance.conf .*0600" "$tmp/err" || fail "no warning: $(cat "$tmp/err")"
! grep -Eq 'horse|staple' "$tmp/err" || fail "it tells the secret"
vg_config '[glance]' 'passwort = correct-horse'
refuses_snapshot 2 "unknown option 'passwort'" vgtest-nosuch
! grep -q horse "$tmp/err" || fail "it tells the secret"
