# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Glance's images, by curl and jq, as admin, or as $VG_TEST_AS ("demo" …).

# A token is asked for once in five minutes, and kept in a file since most callers are
# subshells: the token, and until when it is used. (No process is made for it, as it is
# wanted so often.)
image_token() {
  local file=$cloud_dir/token-${VG_TEST_AS:-admin} token='' until=0
  ! [ -e "$file" ] || read -r token until <"$file" || true
  if [ "$EPOCHSECONDS" -ge "$until" ]; then
    image_take_token 300 || return
    read -r token until <"$file"
  fi
  echo "$token"
}

# image_take_token SECONDS: a new one, which is used for so long.
image_take_token() {
  local who=${VG_TEST_AS:-admin} token
  token=$(keystone_token_of "$who") || return
  echo "$token $((EPOCHSECONDS + $1))" >"$cloud_dir/token-$who.$BASHPID"
  mv "$cloud_dir/token-$who.$BASHPID" "$cloud_dir/token-$who"
}

# image_forget_token: the next one is a new one.
image_forget_token() { rm -f "$cloud_dir/token-${VG_TEST_AS:-admin}"; }

# image_call METHOD PATH [CURL-OPTION…]: below /v2/; prints the answer.
image_call() {
  local method=$1 path=$2
  shift 2
  curl -sS --fail-with-body -X "$method" "$VG_TEST_GLANCE_URL/v2/$path" \
    -H "X-Auth-Token: $(image_token)" -H 'Accept: application/json' "$@"
}

# image_create NAME FORMAT [FIELD=VALUE…]: queued; prints its id.
image_create() {
  local json pair
  json=$(jq -n --arg name "$1" --arg format "$2" \
    '{name: $name, disk_format: $format, container_format: "bare"}')
  shift 2
  for pair in "$@"; do
    json=$(jq --arg k "${pair%%=*}" --arg v "${pair#*=}" '.[$k] = $v' <<<"$json")
  done
  image_call POST images -H 'Content-Type: application/json' --data "$json" |
    jq -er .id
}

# image_upload ID FILE [STORE]
image_upload() {
  image_call PUT "images/$1/file" -T "$2" ${3:+-H "X-Image-Meta-Store: $3"} \
    -H 'Content-Type: application/octet-stream'
}

# image_add NAME FORMAT FILE STORE [FIELD=VALUE…]: active; prints its id.
image_add() {
  local id file=$3 store=$4 name=$1 format=$2
  shift 4
  id=$(image_create "$name" "$format" "$@")
  image_upload "$id" "$file" "$store"
  echo "$id"
}

# image_add_web NAME FORMAT FILE: an image that is in the store web alone;
# prints its id.
image_add_web() {
  local id
  id=$(image_create "$1" "$2")
  cp "$3" "$VG_TEST_WEB_DIR/$id"
  image_call PATCH "images/$id" \
    -H 'Content-Type: application/openstack-images-v2.1-json-patch' \
    --data "[{\"op\": \"add\", \"path\": \"/locations/-\", \"value\":
      {\"url\": \"$VG_TEST_WEB_URL/$id\", \"metadata\": {\"store\": \"web\"}}}]" \
    >/dev/null
  echo "$id"
}

# image_copy ID STORE: so that both have it, by Glance's own import.
image_copy() {
  image_call POST "images/$1/import" -H 'Content-Type: application/json' \
    --data "{\"method\": {\"name\": \"copy-image\"}, \"stores\": [\"$2\"]}"
  wait_until 180 image_in_store "$1" "$2"
}

image_in_store() {
  local stores
  stores=$(image_field "$1" stores) && [[ ",$stores," = *",$2,"* ]]
}

# in_store STORE IMAGE: asserts that it is there and nowhere else.
in_store() { assert_equal "$1" "$(image_field "$2" stores)" "where the image $2 is"; }

image_get() { image_call GET "images/$1"; }

# image_is_gone ID: whether Glance has none of that id.
image_is_gone() {
  [ "$(image_call GET "images/$1" -o /dev/null -w '%{http_code}' 2>/dev/null)" = 404 ]
}

# image_field ID FIELD: its value; nothing where there is none.
image_field() { image_get "$1" | jq -r --arg f "$2" '.[$f] // empty'; }

# image_download ID FILE
image_download() { image_call GET "images/$1/file" -o "$2"; }

image_delete() { image_call DELETE "images/$1"; }

# image_ids [QUERY]: of all images, sorted, one a line.
image_ids() { image_call GET "images?limit=1000${1:+&$1}" | jq -r '.images[].id' | sort; }

# image_find NAME: ids of the images with that name, newest first.
image_find() {
  image_call GET "images?sort=created_at:desc&limit=1000" |
    jq -r --arg n "$1" '.images[] | select(.name == $n) | .id'
}
