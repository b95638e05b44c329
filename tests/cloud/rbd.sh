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

# rbd_is_clone ID [STORE]: the image is one that was cloned: raw, in the store
# (ceph; "" where there are none), with a protected snapshot; nothing was uploaded.
rbd_is_clone() {
  local store=${2-ceph}
  assert_equal clone "$(job_image way)" "the way"
  assert_equal "$store" "$(job_image store)" "the store"
  assert_equal active "$(image_field "$1" status)" "the status"
  assert_equal "$store" "$(image_field "$1" stores)" "the store in Glance"
  assert_equal raw "$(image_field "$1" disk_format)" "the format"
  assert_equal "$(ceph_rbd info "images/$1" --format json | jq .size)" \
    "$(image_field "$1" size)" "the size"
  assert_equal true "$(ceph_rbd snap ls "images/$1" --format json |
    jq -r '.[] | select(.name == "snap") | .protected')" "whether its snapshot is protected"
  assert_equal "" "$(wire_log "select(.method == \"PUT\" and (.path | contains(\"$1\"))) | .path")" \
    "what was uploaded"
}

## Small guests, and such that are flattened slowly

# ceph_store [POOL [FSID]]: lines for vg_config that say where the store ceph is.
ceph_store() {
  printf '[store:ceph]\nfsid = %s\nrbd_store_pool = %s\n' \
    "${2:-$VG_TEST_CEPH_FSID}" "${1:-images}"
}

# a_small_rbd_guest NAME [OPTION…]: shut off, for the length of the test; its
# disk, $disk, is 16 MiB of noise, $tmp/noise.
a_small_rbd_guest() {
  [ -e "$tmp/noise" ] || head -c 16M /dev/urandom >"$tmp/noise"
  cleanup_fn guest_undefine "$1"
  guest_define "$@" --rbd --no-agent --base "$tmp/noise" --base-format raw
  disk=$(guest_rbd "$1")
}

# guest_pause NAME: it runs, as far as its disks go, but does nothing.
guest_pause() { virsh -q start --paused "$1" >/dev/null; }

# rbd_fragment GUEST SIZE: gives a guest that is shut off another disk, of
# noise ($tmp/noise) in small objects, and makes slow.conf, a ceph.conf with which
# one of them after the other is flattened: some hundred a second.
rbd_fragment() {
  disk=$(guest_rbd "$1")
  ceph_rbd rm --no-progress "$disk"
  head -c "$2" /dev/urandom >"$tmp/noise"
  ceph_rbd import --no-progress --object-size 16K "$tmp/noise" "$disk"
  printf '[global]\nmon_host = %s\nrbd_concurrent_management_ops = 1\n' \
    "$VG_TEST_CEPH_HOST" >"$tmp/slow.conf"
}

# ceph_as USER GUEST [OTHER]: the guest is told to use Ceph as that user, with a
# secret of its own, $secret, that is this user's (or the OTHER's) key.
ceph_as() {
  secret=$(new_uuid)
  virsh -q secret-define /dev/stdin >/dev/null <<XML
<secret ephemeral="no" private="no"><uuid>$secret</uuid>
<usage type="ceph"><name>$secret</name></usage></secret>
XML
  cleanup_fn eval "virsh -q secret-undefine $secret >/dev/null 2>&1 || true"
  secret_is_key_of "${3:-$1}"
  sed "s/auth username=.nova./auth username='$1'/; s/$VG_TEST_CEPH_SECRET/$secret/" \
    "$cloud_dir/guests/$2/domain.xml" >"$tmp/as.xml"
  virsh -q define "$tmp/as.xml" >/dev/null
}

# secret_is_key_of USER: of $secret.
secret_is_key_of() {
  local file=$cloud_dir/ceph/etc/ceph.client.$1.keyring
  (umask 077 && ceph-authtool -p -n "client.$1" "$file" | tr -d '\n' >"$tmp/key")
  virsh -q secret-set-value "$secret" --file "$tmp/key" >/dev/null
  rm "$tmp/key"
}

# ceph_allow_after: for the length of the test, clones are of format 2, and Glance
# may read the guests' pools, as [ceph] flatten = after needs.
ceph_allow_after() {
  local mine='profile rbd pool=images' pool
  cleanup_fn eval "ceph_run osd set-require-min-compat-client luminous >/dev/null 2>&1"
  cleanup_fn eval "ceph_run auth caps client.glance mon 'profile rbd' osd '$mine' >/dev/null 2>&1"
  ceph_run osd set-require-min-compat-client mimic >/dev/null 2>&1
  for pool in vms volumes; do
    mine+=", profile rbd-read-only pool=$pool"
  done
  ceph_run auth caps client.glance mon 'profile rbd' osd "$mine" >/dev/null 2>&1
}

# rbd_flat IMAGE: it is no clone (any more).
rbd_flat() { [ -z "$(rbd_parent "$1")" ]; }

# job_states: of all jobs, "KIND STATE" each.
job_states() { virt_glance jobs --json | jq -r '.[] | .kind + " " + .state'; }
