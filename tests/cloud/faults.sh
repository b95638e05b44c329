# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# For those scripts in tests/integration that want virt-glance to fail; they
# source it after functions.sh. What it said in each case goes to the log.

# refuses STATUS REGEX COMMAND…: it must end with that exit status and print
# nothing but one sentence, on stderr, that matches the REGEX.
refuses() {
  local status=$1 regex=$2 began=$EPOCHREALTIME
  shift 2
  expect "$status" "$@"
  printf '%s (%.1f s) %s\n' "$status" "$(awk "BEGIN { print $EPOCHREALTIME - $began }")" "$(cat "$tmp/err")"
  [ ! -s "$tmp/out" ] || fail "it failed, but printed: $(cat "$tmp/out")"
  assert_sentence "$tmp/err"
  expect_error "$regex"
}

# refuses_snapshot STATUS REGEX ARGUMENT…
refuses_snapshot() {
  local status=$1 regex=$2
  shift 2
  refuses "$status" "$regex" virt_glance snapshot --quiet "$@"
}

# assert_sentence FILE: it has one line, for people, that says nothing twice.
assert_sentence() {
  local doubled
  [ "$(wc -l <"$1")" = 1 ] || fail "these are not one line: $(cat "$1")"
  grep -q '^virt-glance: ' "$1" || fail "that is not a sentence of ours: $(cat "$1")"
  ! grep -Eq '  |: :|WARNING|CRITICAL|\(null\)|\(none\)' "$1" || fail "that is not for people: $(cat "$1")"
  doubled=$(awk '{
    for (i = 1; i + 3 <= NF; i++) {
      words = $i " " $(i + 1) " " $(i + 2) " " $(i + 3)
      if (seen[words]++) print words
    }
  }' "$1")
  [ -z "$doubled" ] || fail "it says '$doubled' twice: $(cat "$1")"
}

# assert_no_job_folders: what is in our folders is what stays there.
assert_no_job_folders() {
  local left
  left=$(find "$tmp/vg/run" -mindepth 1 ! -path "$tmp/vg/run/locks*")
  [ -z "$left" ] || fail "folders were left: $left"
}

# assert_clean GUEST STATE: nothing is left of a run, in Glance or here.
assert_clean() {
  assert_nothing_left "$@"
  assert_no_job_folders
}

# a_guest NAME [OPTION…]: one that is shut off, for the length of the test.
a_guest() {
  cleanup_fn guest_undefine "$1"
  guest_define "$@"
}

# a_small_guest NAME [OPTION…]: the same, with 16 MiB of noise for a disk.
a_small_guest() {
  head -c 16M /dev/urandom >"$tmp/noise"
  a_guest "$@" --base "$tmp/noise" --base-format raw --disk-format raw
}

# without_openstack [NAME=VALUE…] COMMAND…: runs it as if OpenStack was never heard of
# but for these variables. (They are secrets, some of them: so it is not env that sets
# them, which everybody sees do it.)
without_openstack() (
  for name in ${!OS_*}; do
    unset "$name"
  done
  export HOME=$tmp XDG_CONFIG_HOME=$tmp/.config
  while [[ $1 =~ ^[A-Z_]+= ]]; do
    export "${1?}"
    shift
  done
  "$@"
)

## The fake Keystone and Glance of tests/fake_glance.py

# fake_start: from here on the OS_* variables lead to the fake.
fake_start() {
  local name
  mkfifo "$tmp/fake.url"
  /usr/bin/python3 "$VG_SRCDIR/tests/fake_glance.py" --stay >"$tmp/fake.url" &
  cleanup_fn kill $!
  read -r fake_url <"$tmp/fake.url"
  for name in ${!OS_*}; do
    unset "$name"
  done
  export OS_AUTH_URL=$fake_url/v3 OS_USERNAME=demo OS_PASSWORD=secret \
    OS_PROJECT_NAME=demo
}

# fake_order [RULE [CONFIG]]: it forgets all it has and knows the base image,
# and then does what the rules (JSON objects, with commas) say.
fake_order() {
  curl -sS --fail-with-body -o "$tmp/order" --data "{\"reset\": true,
    \"config\": ${2:-{\}}, \"rules\": [${1-}],
    \"images\": [{\"id\": \"$VG_TEST_BASE_IMAGE\", \"name\": \"base\",
      \"disk_format\": \"qcow2\", \"container_format\": \"bare\",
      \"status\": \"active\", \"stores\": \"fast\", \"size\": 1,
      \"os_hash_algo\": \"sha512\"}]}" "$fake_url/_control" ||
    fail "the fake does not understand: $(cat "$tmp/order")"
}

# fake_images: names and states of all images but the base image.
fake_images() {
  curl -sS "$fake_url/_images" | jq -r --arg base "$VG_TEST_BASE_IMAGE" \
    '.images[] | select(.id != $base) | [.name, .status] | join(" ")'
}

# fake_sum: the hash of the only such image.
fake_sum() {
  curl -sS "$fake_url/_images" | jq -r --arg base "$VG_TEST_BASE_IMAGE" \
    '.images[] | select(.id != $base) | .os_hash_value'
}

# fake_count METHOD PATH-REGEX: how many such requests came.
fake_count() {
  curl -sS "$fake_url/_log" | jq --arg m "$1" --arg p "^$2$" \
    '[.requests[] | select(.method == $m and (.path | test($p)))] | length'
}

# assert_fake_clean GUEST STATE: nothing is left in the fake, or here.
assert_fake_clean() {
  assert_equal "" "$(fake_images)" "the list of images"
  assert_nothing_on_host "$@"
  assert_no_job_folders
}
