# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Cinder's volumes, in a cloud that has Nova, by curl and jq: they are the user demo's.

# volume_call METHOD PATH [CURL-OPTION…]: prints the answer.
volume_call() {
  local method=$1 path=$2
  shift 2
  curl -sS --fail-with-body -X "$method" "$VG_TEST_CINDER_URL/$path" \
    -H "X-Auth-Token: $(VG_TEST_AS=demo image_token)" -H 'Content-Type: application/json' \
    -H 'OpenStack-API-Version: volume 3.60' "$@"
}

# volume_create NAME TYPE [IMAGE]: of 1 GiB, made from the image; prints its id, and
# does not wait.
volume_create() {
  volume_call POST volumes --data "{\"volume\": {\"name\": \"$1\", \"size\": 1,
    \"volume_type\": \"$2\"${3:+, \"imageRef\": \"$3\"}}}" | jq -er .volume.id
}

volume_status() { volume_call GET "volumes/$1" | jq -r .volume.status; }

# volume_settled ID: whether nobody does anything with it.
volume_settled() {
  case $(volume_status "$1") in
  available | in-use | error*) ;;
  *) return 1 ;;
  esac
}

# volume_wait ID STATUS: until it is that ("available", "in-use").
volume_wait() {
  local status
  wait_until 300 volume_settled "$1" || die "Cinder is still busy with: $(volume_call GET "volumes/$1")"
  status=$(volume_status "$1")
  [ "$status" = "$2" ] || die "the volume is not $2, but: $(volume_call GET "volumes/$1")"
}

# volume_image ID NAME [FORMAT]: Cinder's upload to Glance, as openstack image create
# --volume --force; prints the image's id, and does not wait.
volume_image() {
  volume_call POST "volumes/$1/action" --data "{\"os-volume_upload_image\": {
    \"image_name\": \"$2\", \"disk_format\": \"${3:-raw}\", \"container_format\": \"bare\",
    \"force\": true}}" | jq -er '.["os-volume_upload_image"].image_id'
}

# volume_delete ID: with its snapshots, until it is gone. No error where there is none.
volume_delete() {
  ! volume_gone "$1" || return 0
  wait_until 300 volume_settled "$1" || true
  volume_call DELETE "volumes/$1?cascade=true" >/dev/null 2>&1 || true
  wait_until 300 volume_gone "$1" || say "the volume $1 is not gone"
}

volume_gone() { [[ $(volume_call GET "volumes/$1" 2>/dev/null) = *itemNotFound* ]]; }
