# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the scripts in tests/integration share around "virt-glance snapshot".
# Part of functions.sh; expects what that has.

# take GUEST [OPTION…]: a snapshot, which must succeed. Sets $image to the id
# of its (first) image, and $took to the seconds that it took, which tell how busy the
# machine is; the job as JSON is in $tmp/out, messages in $tmp/err.
take() {
  local began=$EPOCHSECONDS
  expect 0 virt_glance snapshot --json "$@"
  took=$((EPOCHSECONDS - began))
  image=$(jq -er '.images[0].id' "$tmp/out")
}

# job_image FIELD: of the last take's (first) image.
job_image() { jq -r --arg f "$1" '.images[0][$f] // empty' "$tmp/out"; }

# as WHO COMMAND…: with that user's credentials.
as() (
  eval "$(keystone_env "$1")"
  shift
  "$@"
)

# images_delete_new: all made since images_snapshot; for cleanup_fn.
images_delete_new() {
  local id
  for id in $(images_new); do
    image_delete "$id"
  done
}
