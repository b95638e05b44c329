# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the scripts in tests/integration share around guests on Ceph.
# Part of functions.sh; expects what that has.

# rbd_state: what all pools hold, snapshots and what is in the trash too; but not
# who has it open.
rbd_state() {
  local pool image
  for pool in images vms volumes; do
    echo "$pool:"
    ceph_rbd ls -l "$pool" | sed "s/ *excl$//; s/ *$//"
    ceph_rbd trash ls "$pool"
    for image in $(ceph_rbd ls "$pool"); do
      ceph_rbd snap ls --all "$pool/$image" | sed "s|^|$image |"
    done
  done
}

# rbd_image_same ID DISK[@SNAPSHOT]: the image in the store ceph has those bytes.
rbd_image_same() {
  cmp <(ceph_rbd export --no-progress "images/$1@snap" -) \
    <(ceph_rbd export --no-progress "$2" -) || fail "image $1 differs from $2"
}

# rbd_parent IMAGE: "POOL/IMAGE@SNAPSHOT" that it is a clone of, or nothing.
rbd_parent() {
  ceph_rbd info "$1" --format json |
    jq -r '.parent // empty | .pool + "/" + .image + "@" + .snapshot'
}

# rbd_is_clone ID: the image is one that was cloned: raw, in the store ceph,
# with a protected snapshot; nothing was uploaded.
rbd_is_clone() {
  assert_equal clone "$(job_image way)" "the way"
  assert_equal ceph "$(job_image store)" "the store"
  assert_equal active "$(image_field "$1" status)" "the status"
  assert_equal ceph "$(image_field "$1" stores)" "the store in Glance"
  assert_equal raw "$(image_field "$1" disk_format)" "the format"
  assert_equal "$(ceph_rbd info "images/$1" --format json | jq .size)" \
    "$(image_field "$1" size)" "the size"
  assert_equal true "$(ceph_rbd snap ls "images/$1" --format json |
    jq -r '.[] | select(.name == "snap") | .protected')" "whether its snapshot is protected"
  assert_equal "" "$(wire_log "select(.method == \"PUT\" and (.path | contains(\"$1\"))) | .path")" \
    "what was uploaded"
}
