#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What an image's record in Glance says: tags, who sees it, and whether it may be
# deleted, which a snapshot that dies must not leave behind.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
requires strace

guest=vgtest-record

unprotect() {
  image_call PATCH "images/$1" -o /dev/null \
    -H 'Content-Type: application/openstack-images-v2.1-json-patch' \
    --data '[{"op": "replace", "path": "/protected", "value": false}]'
}

# images_delete_new, of those that are protected too.
images_drop_new() {
  local id
  for id in $(images_new); do
    unprotect "$id"
    image_delete "$id"
  done
}

images_snapshot
cleanup_fn images_drop_new
cleanup_fn guest_undefine $guest
guest_define $guest

# shown FIELD…: of the image's record, in one line.
shown() {
  image_get "$image" | jq -c '[getpath($ARGS.positional[] | [.])]' --args "$@"
}

## Tags, visibility, protection

take $guest
assert_equal '["private",false,[]]' "$(shown visibility protected tags)" "the defaults"
image_delete "$image"

long=$(printf '%0255d' 0)
take $guest --tag b --tag "a ü" --tag b --tag "$long" --visibility community --protected
assert_equal '["community",true]' "$(shown visibility protected)" "what was asked for"
assert_equal "[\"$long\",\"a ü\",\"b\"]" "$(image_get "$image" | jq -c '.tags | sort')" \
  "the tags"
expect 22 image_delete "$image" # Forbidden
assert_nothing_on_host $guest 'shut off'
images_drop_new
for visibility in shared public; do
  take $guest --visibility $visibility
  assert_equal "[\"$visibility\"]" "$(shown visibility)" "the visibility"
  image_delete "$image"
done

# Who may not publish is told so, and nothing is left.
expect 5 as demo virt_glance snapshot $guest --visibility public
expect_error '403.*may not make a public image.*--visibility private'
assert_nothing_left $guest 'shut off'

# More tags than Glance takes.
mapfile -t tags < <(printf -- '--tag=%d\n' {1..129})
expect 1 virt_glance snapshot $guest "${tags[@]}"
expect_error '413'
assert_nothing_left $guest 'shut off'

## Killed at any step: before each write of the journal

# killed_at N: whether the run died of it.
killed_at() {
  local status=0
  (
    strace -f -qq -o /dev/null -e trace=rename \
      -e inject=rename:signal=KILL:when="$1" "$VG_BUILDDIR/virt-glance" \
      --config "$tmp/virt-glance.conf" snapshot $guest crash --protected
    exit $?
  ) >"$tmp/out" 2>&1 || status=$?
  [ $status = 0 ] && return 1
  [ $status = 137 ] || fail "write $1: status $status: $(cat "$tmp/out")"
}

n=1 left=0
while killed_at $n; do
  image=$(images_new)
  state=$(virt_glance jobs --json | jq -r '.[-1].state')
  [ -z "$image" ] || [ "$(shown protected)" != '[true]' ] || [ "$state" = "done" ] ||
    left=$((left + 1))
  expect 0 virt_glance recover
  if [ "$(virt_glance jobs --json | jq -r '.[-1].state')" = "done" ]; then
    assert_equal '["active",true]' "$(shown status protected)" "an image that is kept"
    images_drop_new
  fi
  assert_nothing_left $guest 'shut off'
  n=$((n + 1))
done
assert_equal '[true]' "$(image=$(the_new_image) && shown protected)" "the image at last"
images_drop_new
[ $left -ge 1 ] || fail "no protected image was ever left to recover in $n runs"
echo "killed at $((n - 1)) writes of the journal, $left times with a protected image"
