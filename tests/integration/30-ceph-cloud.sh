#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The cloud's Ceph is what the tests after this one take it for: a store of
# Glance's, and where guests have their disks.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

# What a pool holds, as "rbd ls -l" has it, without the heading.
rbd_list() { ceph_rbd ls -l "$1" | awk 'NR > 1 { print $1, $2 $3 }'; }

assert_equal "$VG_TEST_CEPH_FSID" "$(ceph_run fsid)" "the cluster"
[[ $(ceph_run health) =~ ^HEALTH_(OK|WARN) ]] || fail "Ceph is not well: $(ceph_run -s)"

# The store: an image is an RBD image with a protected snapshot "snap".
guest_upload_ceph_base
images_snapshot
head -c 9000000 /dev/urandom >"$tmp/content"
id=$(image_add vgtest-ceph raw "$tmp/content" ceph)
cleanup_fn image_delete "$id"
assert_equal ceph "$(image_field "$id" stores)" "the image's store"
assert_equal "rbd://$VG_TEST_CEPH_FSID/images/$id/snap" \
  "$(image_field "$id" direct_url)" "the image's place"
assert_equal true "$(ceph_rbd snap ls "images/$id" --format json |
  jq -r '.[] | select(.name == "snap") | .protected')" "whether its snapshot is protected"
VG_TEST_CEPH_AS=reader ceph_rbd export --no-progress "images/$id@snap" - | cmp - "$tmp/content"
image_download "$id" "$tmp/downloaded"
cmp "$tmp/content" "$tmp/downloaded"

# The users' rights.
! VG_TEST_CEPH_AS=reader ceph_rbd create --size 1M images/vgtest-reader 2>"$tmp/err" ||
  fail "reader writes to images"
grep -q 'Operation not permitted' "$tmp/err"
VG_TEST_CEPH_AS=nova ceph_rbd create --size 1M images/vgtest-nova
VG_TEST_CEPH_AS=nova ceph_rbd rm --no-progress images/vgtest-nova

# Guests: one of Nova's with a second disk, and one that is on a volume.
before=$(for pool in vms volumes; do rbd_list $pool; done)
cleanup_fn guest_undefine vgtest-ceph
guest_define vgtest-ceph --rbd --size 600M --data-disk 32M --check
disk=$(guest_rbd vgtest-ceph)
assert_equal "vms/$(virsh -q domuuid vgtest-ceph)_disk" "$disk" "the guest's disk"
assert_equal "images/$VG_TEST_CEPH_BASE_IMAGE@snap" "$(ceph_rbd info "$disk" --format json |
  jq -r '.parent | .pool + "/" + .image + "@" + .snapshot')" "what it is a clone of"
guest_boot vgtest-ceph
guest_line vgtest-ceph 'files ok'
first=$(guest_counter vgtest-ceph)
counts_on() { second=$(guest_counter vgtest-ceph) && [ "$second" -gt "$first" ]; }
wait_until 60 counts_on || fail "the counter stands still at $first"
virsh -q domfsfreeze vgtest-ceph
guest_frozen vgtest-ceph || fail "freezing does not freeze"
virsh -q domfsthaw vgtest-ceph
assert_nothing_on_host vgtest-ceph
assert_equal "${disk#*/} 600MiB" "$(rbd_list vms | grep "^${disk#*/} ")" "what is in vms"
guest_stop vgtest-ceph
guest_boot vgtest-ceph
guest_line vgtest-ceph 'order ok'
guest_line vgtest-ceph 'log ok'

cleanup_fn guest_undefine vgtest-ceph-volume
guest_define vgtest-ceph-volume --rbd --volume --idle
disk=$(guest_rbd vgtest-ceph-volume)
[[ $(virsh dumpxml vgtest-ceph-volume) = *"<serial>${disk#volumes/volume-}</serial>"* ]] ||
  fail "the volume's serial is not the one of $disk"
guest_boot vgtest-ceph-volume
virsh -q destroy vgtest-ceph-volume

# Where libvirt's folders are the cloud's, so is /etc/ceph.
assert_equal "$VG_TEST_CEPH_FSID" "$(libvirt_inside ceph --name client.admin fsid)" \
  "the cluster of /etc/ceph"

guest_undefine vgtest-ceph
guest_undefine vgtest-ceph-volume
assert_equal "$before" "$(for pool in vms volumes; do rbd_list $pool; done)" "what is left in Ceph"
assert_equal "$id" "$(the_new_image)" "the new image"
