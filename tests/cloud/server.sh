# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Nova's servers, in a cloud that has Nova, by curl and jq: they are the user demo's,
# who also asks for what Nova makes of them.

# nova_call METHOD PATH [CURL-OPTION…]: as admin, or as $VG_TEST_AS; prints the
# answer.
nova_call() {
  local method=$1 path=$2
  shift 2
  curl -sS --fail-with-body -X "$method" "$VG_TEST_NOVA_URL/$path" \
    -H "X-Auth-Token: $(image_token)" -H 'Content-Type: application/json' \
    -H 'OpenStack-API-Version: compute 2.84' "$@"
}

server_call() { VG_TEST_AS=demo nova_call "$@"; }

# server_create NAME ZONE [IMAGE [FLAVOR]]: prints its id, and does not wait.
server_create() {
  server_call POST servers --data "{\"server\": {\"name\": \"$1\",
    \"availability_zone\": \"$2\", \"imageRef\": \"${3:-$VG_TEST_NOVA_IMAGE}\",
    \"flavorRef\": \"${4:-1}\", \"networks\": \"none\"}}" | jq -er .server.id
}

server_get() { server_call GET "servers/$1"; }

# server_domain ID: its domain's name, which only an administrator may see.
server_domain() {
  VG_TEST_AS=admin nova_call GET "servers/$1" | jq -er '.server["OS-EXT-SRV-ATTR:instance_name"]'
}

# server_wait ID STATUS [SECONDS]: until it is that ("ACTIVE", "SHUTOFF" …), and Nova
# does nothing with it any more.
server_wait() {
  wait_until "${3:-600}" server_at_rest "$1" || die "Nova is still busy with: $(server_get "$1")"
  wait_until "${3:-600}" server_is "$1" "$2" ||
    die "the server is not $2, but: $(server_get "$1")"
}

server_state() {
  server_get "$1" | jq -r '.server | .status + " " + (.["OS-EXT-STS:task_state"] // "none")'
}
server_is() { [ "$(server_state "$1")" = "$2 none" ]; }
server_at_rest() { [[ $(server_state "$1") = *' none' ]]; }

# server_boot NAME ZONE [IMAGE [FLAVOR]]: until its guest is up and the agent answers.
# Sets $server and $domain. The test's end is the server's.
server_boot() {
  server=$(server_create "$@")
  server_wait_boot
}

# server_boot_volume NAME ZONE VOLUME: the same, with that volume for its root disk.
server_boot_volume() {
  server=$(server_call POST servers --data "{\"server\": {\"name\": \"$1\",
    \"availability_zone\": \"$2\", \"flavorRef\": \"1\", \"networks\": \"none\",
    \"block_device_mapping_v2\": [{\"boot_index\": 0, \"source_type\": \"volume\",
      \"destination_type\": \"volume\", \"uuid\": \"$3\"}]}}" | jq -er .server.id)
  server_wait_boot
}

server_wait_boot() {
  cleanup_fn server_delete "$server"
  server_wait "$server" ACTIVE
  domain=$(server_domain "$server")
  server_wait_line "$server" ready
  guest_wait_agent "$domain"
}

# server_attach ID VOLUME: until the guest has it.
server_attach() {
  server_call POST "servers/$1/os-volume_attachments" \
    --data "{\"volumeAttachment\": {\"volumeId\": \"$2\"}}" >/dev/null
  volume_wait "$2" in-use
}

# server_folder ID: where Nova keeps what belongs to it.
server_folder() { echo "$cloud_dir"/guests/nova/*/"$1"; }

# server_line ID REGEX: prints the serial log's lines "vgtest: REGEX…".
server_line() {
  tr -d '\r' <"$(server_folder "$1")/console.log" | grep -E "^vgtest: $2"
}

server_wait_line() {
  wait_until 600 server_line "$1" "$2" && return
  tail -n 20 "$(server_folder "$1")/console.log" >&2
  die "the server $1 did not say '$2' in 600 s"
}

# server_action ID JSON
server_action() { server_call POST "servers/$1/action" --data "$2"; }

# server_image ID NAME [METADATA]: Nova's createImage; prints the image's id, and does
# not wait.
server_image() {
  server_action "$1" "{\"createImage\": {\"name\": \"$2\", \"metadata\": ${3:-{\}}}}" |
    jq -er .image_id
}

# server_backup ID NAME TYPE ROTATION: the same, Nova's createBackup.
server_backup() {
  server_action "$1" "{\"createBackup\": {\"name\": \"$2\", \"backup_type\": \"$3\",
    \"rotation\": $4}}" | jq -er .image_id
}

# server_image_wait SERVER IMAGE: until Nova is done with it.
server_image_wait() {
  server_wait "$1" "${3:-ACTIVE}"
  [ "$(image_field "$2" status)" = active ] || die "Nova's image $2 is not active: $(image_get "$2")"
}

# server_error ID ACTION: what the server's owner reads of why the last action of that
# kind ("createImage") failed; as openstack server event show prints it.
server_error() {
  local request
  request=$(server_call GET "servers/$1/os-instance-actions" |
    jq -er --arg a "$2" '[.instanceActions[] | select(.action == $a)][0].request_id')
  server_call GET "servers/$1/os-instance-actions/$request" |
    jq -r '.instanceAction.events[] | select(.result == "Error") | .details // empty'
}

# server_delete ID: until it is gone. No error where there is none.
server_delete() {
  server_call DELETE "servers/$1" >/dev/null 2>&1 || true
  wait_until 600 server_gone "$1" || say "the server $1 is not gone"
}

server_gone() { [[ $(server_get "$1" 2>/dev/null) = *itemNotFound* ]]; }
