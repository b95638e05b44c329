# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# For the scripts in tests/integration. Such a script begins with
#
#   # shellcheck source=tests/cloud/functions.sh
#   . "$(dirname "$0")/../cloud/functions.sh"
#
# and then has: a running cloud ($VG_TEST_CLOUD) with admin's OS_* variables
# and LIBVIRT_DEFAULT_URI in its environment; an empty folder $tmp of its own,
# which goes when it ends; the functions image_… (image.sh), guest_…
# (guest.sh), keystone_…, single_glance_…, libvirt_inside, and those below.
# Its exit status: 0 passed, 77 can't run here, else failed.
set -eu -o pipefail

VG_SRCDIR=${VG_SRCDIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
VG_BUILDDIR=${VG_BUILDDIR:-$VG_SRCDIR/build}
cloud_dir=${VG_TEST_CLOUD:?a running cloud is needed: see tests/cloud/cloud}
# shellcheck source-path=SCRIPTDIR source=parts.sh
. "$VG_SRCDIR/tests/cloud/parts.sh"
cloud_load
cloud_exports=$(cloud_env admin)
eval "$cloud_exports"

# fail MESSAGE…: the test has failed, here.
fail() {
  local level=0 line
  echo "FAILED: $*" >&2
  while line=$(caller $level); do
    echo "  at $line" >&2
    level=$((level + 1))
  done
  exit 1
}

skip() {
  echo "skipped: $*"
  exit 77
}

# requires PROGRAM…: without them the test can't run.
requires() {
  local program
  for program; do
    command -v "$program" >/dev/null || skip "$program is not installed"
  done
}

# requires_nova: a cloud that has it; then there are server_… (server.sh), too.
requires_nova() {
  [ -n "${VG_TEST_NOVA-}" ] || skip "this cloud has no Nova; start one by tests/cloud/cloud start --nova"
}

# build_program PATH: one that only a test needs, in the build's folder. (One at a time,
# as two scripts that run side by side may need the same.)
build_program() {
  flock "$VG_BUILDDIR" make -s -C "$VG_BUILDDIR" "$1" >"$tmp/make" 2>&1 ||
    fail "$1 can't be built: $(cat "$tmp/make")"
}

# cleanup_fn COMMAND…: at the end, however it comes; the last one first.
cleanup_commands=()
cleanup_fn() { cleanup_commands+=("${*@Q}"); }

cleanup_run() {
  local status=$? i
  trap - EXIT
  set +e
  for ((i = ${#cleanup_commands[@]} - 1; i >= 0; i--)); do
    eval "${cleanup_commands[i]}"
  done
  exit $status
}
trap cleanup_run EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

test_name=$(basename "$0" .sh)
mkdir -p "$cloud_dir/tests"
tmp=$(mktemp -d "$cloud_dir/tests/$test_name.XXXXXX")
chmod 755 "$tmp"
cleanup_fn rm -rf "$tmp"

## virt-glance itself

# vg_config [LINE…]: writes the configuration that virt_glance uses: its paths
# are in $tmp/vg, and then come the LINEs, a section's head first. (On a busy machine a
# guest may stay frozen for longer than the five seconds that are usual.)
# shellcheck disable=SC2120
vg_config() {
  mkdir -p "$tmp"/vg/{state,run,snapshots}
  cat >"$tmp/virt-glance.conf" <<CONF
[DEFAULT]
state_path = $tmp/vg/state
runtime_path = $tmp/vg/run
[libvirt]
snapshots_directory = $tmp/vg/snapshots
quiesce_timeout = 60
CONF
  [ $# -eq 0 ] || printf '%s\n' "$@" >>"$tmp/virt-glance.conf"
  chmod 600 "$tmp/virt-glance.conf"
}
# shellcheck disable=SC2119
vg_config

# virt_glance ARGUMENT…: the program as built, with that configuration.
virt_glance() {
  "$VG_BUILDDIR/virt-glance" --config "$tmp/virt-glance.conf" "$@"
}

# The same as a program, for env, setpriv and the like; and for in_background,
# where $pid is to be its own and not that of a shell around it.
virt_glance_args=("$VG_BUILDDIR/virt-glance" --config "$tmp/virt-glance.conf")

# expect STATUS COMMAND…: it must end with that exit status. Its output is in
# $tmp/out and $tmp/err.
expect() {
  local wanted=$1 status=0
  shift
  "$@" >"$tmp/out" 2>"$tmp/err" || status=$?
  [ "$status" = "$wanted" ] && return
  sed 's/^/  /' "$tmp/out" "$tmp/err" >&2
  fail "'$*' ended with status $status, not $wanted"
}

# in_background COMMAND…: the same, but it goes on; its process id is $pid. (The
# files are emptied first: it is the child that opens them, and until it does
# what somebody else said would be taken for its words.)
in_background() {
  : >"$tmp/out"
  : >"$tmp/err"
  "$@" >"$tmp/out" 2>"$tmp/err" &
  pid=$!
}

# age_jobs: what was asked of others by jobs, which don't run, is too old for anybody
# to do it still; so "recover" doesn't wait.
age_jobs() {
  local journal
  for journal in "$tmp"/vg/state/jobs/*.json; do
    [ ! -e "$journal" ] || age_journal "$journal"
  done
}
age_journal() {
  jq '.steps[] |= if .asked then .asked -= 3600 else . end' "$1" >"$tmp/aged"
  cp "$tmp/aged" "$1"
}

# age_kill: the same after a job was killed in the middle, as soon as libvirtd has come
# to the end of what the job asked it for. Nobody else may be connected to it.
age_kill() {
  wait_until 120 libvirt_idle || fail "libvirtd does not come to rest: $(libvirt_admin client-list libvirtd)"
  age_jobs
}

# expect_error REGEX: the last expect's errors have a line like that, and
# none of the cloud's secrets.
expect_error() {
  grep -Eq -- "$1" "$tmp/err" || {
    sed 's/^/  /' "$tmp/err" >&2
    fail "no such error: $1"
  }
  assert_no_secrets "$tmp/out" "$tmp/err"
}

# assert_no_secrets FILE…
assert_no_secrets() {
  local secret
  for secret in "$VG_TEST_ADMIN_PASSWORD" "$VG_TEST_DEMO_PASSWORD" \
    "$VG_TEST_READER_PASSWORD" "$VG_TEST_OTHER_PASSWORD"; do
    ! grep -rqF -e "$secret" "$@" || fail "a password stands in one of: $*"
  done
  # A Fernet token.
  ! grep -rq 'gAAAAA' "$@" || fail "a token stands in one of: $*"
}

# assert_equal WANTED IS WHAT
assert_equal() { [ "$1" = "$2" ] || fail "$3 is '$2', not '$1'"; }

## What is left in Glance

# images_snapshot: from here on, images are new.
images_snapshot() { image_ids >"$tmp/images"; }

# images_new: the ids of those made since.
images_new() { image_ids | comm -13 "$tmp/images" -; }

assert_no_new_images() {
  local ids
  ids=$(images_new)
  [ -z "$ids" ] || fail "images were left: $(for id in $ids; do
    image_get "$id" | jq -c '[.id, .name, .status]'
  done)"
}

# the_new_image: the id of the only one made since.
the_new_image() {
  local ids
  ids=$(images_new)
  [ "$(wc -w <<<"$ids")" = 1 ] || fail "not one new image, but: ${ids:-none}"
  echo "$ids"
}

## What is left on the host

# assert_nothing_left GUEST [STATE]: nothing of a run that failed or was
# undone: no new image, no job or export in QEMU, no scratch file, socket or
# process; and the guest is in STATE (running), not frozen, on its own disks.
assert_nothing_left() {
  assert_no_new_images
  assert_nothing_on_host "$@"
}

# assert_nothing_on_host GUEST [STATE]: the same without Glance, for a run
# that succeeded.
assert_nothing_on_host() {
  local guest=$1 state=${2:-running} left
  left=$(find "$tmp/vg/snapshots" -mindepth 1)
  [ -z "$left" ] || fail "scratch files were left: $left"
  left=$(find "$tmp/vg/run" -mindepth 1)
  [ -z "$left" ] || fail "sockets or their folders were left: $left"
  wait_until 60 no_process_left || fail "processes were left: $(processes_left)"
  assert_equal "$state" "$(guest_state "$guest")" "the state of $guest"
  assert_own_disks "$guest"
  [ "$state" != running ] || assert_qemu_idle "$guest"
}

# (Of this test: others may run beside it, on this cloud or on another.)
processes_left() { pgrep -af -- "(virt-glance|qemu-nbd).*$tmp/vg|virt-glance.*$tmp/virt-glance.conf"; }
no_process_left() { ! processes_left; }

# next_second: until the clock, where it is read in seconds, shows another time.
next_second() {
  local now=$EPOCHSECONDS
  while [ "$EPOCHSECONDS" = "$now" ]; do
    sleep 0.05
  done
}

# assert_own_disks GUEST: those that guest_define made, nothing on top.
assert_own_disks() {
  local disk
  while read -r disk; do
    case $disk in
    "$cloud_dir/guests/$1"/disk | "$cloud_dir/guests/$1"/disk2 | -) ;;
    *) guest_has_rbd "$1" "$disk" || fail "$1 is on another disk: $disk" ;;
    esac
  done < <(virsh -q domblklist "$1" | awk 'NF { print $2 }')
}

assert_qemu_idle() {
  local question job
  # (No grep -q behind a pipe, here or elsewhere: it ends the pipe too soon.)
  job=$(virsh -q domjobinfo "$1")
  [[ $job =~ ^'Job type:'' '+None ]] || fail "$1 has a job: $job"
  for question in query-block-jobs query-block-exports; do
    assert_equal 0 "$(virsh -q qemu-monitor-command "$1" \
      "{\"execute\": \"$question\"}" | jq '.return | length')" \
      "what $question of $1 lists"
  done
  if guest_ping "$1" >/dev/null 2>&1 && guest_frozen "$1"; then
    fail "$1 is frozen"
  fi
}

# assert_image_boots ID: a guest made from it finds its files whole, its log
# without a gap, its disk of one instant. What it said is in $tmp/boot.
assert_image_boots() {
  local guest=vgtest-boot-${1%%-*} line
  image_download "$1" "$tmp/image"
  cleanup_fn guest_undefine "$guest"
  guest_define "$guest" --plain --idle --check --base "$tmp/image" \
    --base-format "$(image_field "$1" disk_format)"
  guest_boot "$guest"
  guest_line "$guest" '' >"$tmp/boot"
  guest_undefine "$guest"
  rm "$tmp/image"
  for line in 'log ok' 'order ok' 'files ok'; do
    grep -q "^vgtest: $line" "$tmp/boot" ||
      fail "the guest from image $1 does not say '$line': $(cat "$tmp/boot")"
  done
}

# shellcheck source=tests/cloud/snapshot.sh
. "$VG_SRCDIR/tests/cloud/snapshot.sh"
# shellcheck source=tests/cloud/agent.sh
. "$VG_SRCDIR/tests/cloud/agent.sh"
# shellcheck source=tests/cloud/rbd.sh
. "$VG_SRCDIR/tests/cloud/rbd.sh"

## What went over the wire

# wire_mark: wire_log begins here.
wire_mark() { wc -l <"$VG_TEST_WIRE_LOG" >"$tmp/wire"; }
wire_mark

# wire_log [JQ-FILTER]: the requests that Glance got since, as wirelog.py has
# them, one JSON object a line; or what the filter makes of each, as plain text:
#   wire_log 'select(.method == "PUT") | .headers["x-image-meta-store"]'
wire_log() {
  tail -n "+$(($(cat "$tmp/wire") + 1))" "$VG_TEST_WIRE_LOG" | jq -rc "${1:-.}"
}

# wire_uploads: of each upload since: status, store, base, length, "-" for
# what was not sent.
wire_uploads() {
  wire_log 'select(.method == "PUT" and (.path | endswith("/file"))) |
    [.status, .headers["x-image-meta-store"] // "-",
     .headers["x-openstack-base-image-ref"] // "-",
     .headers["content-length"] // "-"] | map(tostring) | join(" ")'
}
