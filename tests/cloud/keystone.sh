# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Keystone, on SQLite, with its own catalog: image and identity in RegionOne.
#
#   user    project  role            for
#   admin   admin    admin           all
#   demo    demo     member          the guests' owner
#   reader  demo     reader          one who may not write
#   other   other    member          one who does not see demo's private images
#   glance  service  admin           Glance's own

keystone_start() {
  local dir=$cloud_dir/keystone
  mkdir -p "$dir"/{fernet,credential}
  chmod 700 "$dir"/{fernet,credential}
  note OS_AUTH_URL "http://127.0.0.1:$VG_TEST_KEYSTONE_PORT/v3"
  note VG_TEST_ADMIN_PASSWORD "$(openssl rand -hex 16)"
  keystone_configure "$dir"
  (keystone_manage db_sync && sqlite_wal "$dir/keystone.db") &
  local db_sync=$!
  keystone_manage fernet_setup --keystone-user root --keystone-group root
  keystone_manage credential_setup --keystone-user root --keystone-group root
  wait $db_sync
  OS_BOOTSTRAP_PASSWORD=$VG_TEST_ADMIN_PASSWORD keystone_manage bootstrap \
    --bootstrap-region-id RegionOne \
    --bootstrap-public-url "$OS_AUTH_URL" \
    --bootstrap-internal-url "$OS_AUTH_URL" \
    --bootstrap-admin-url "$OS_AUTH_URL"
  keystone_serve
  keystone_populate
}

keystone_configure() {
  cat >"$1/keystone.conf" <<CONF
[database]
connection = sqlite:///$1/keystone.db
[fernet_tokens]
key_repository = $1/fernet
[credential]
key_repository = $1/credential
[identity]
# A test's password needs no minutes of a cracker's work.
password_hash_rounds = 4
[token]
expiration = 3600
CONF
}

# It ends with a harmless traceback of eventlet's.
keystone_manage() {
  keystone-manage --config-file "$cloud_dir/keystone/keystone.conf" "$@" \
    >>"$cloud_dir/log/keystone-manage.log" 2>&1 ||
    die "keystone-manage $1 failed; see $cloud_dir/log/keystone-manage.log"
}

# One thread a process: Keystone's SQLite connections can't change threads.
# uWSGI closes a connection after each answer, and must be told to say so.
keystone_serve() {
  daemon keystone env OS_KEYSTONE_CONFIG_FILES="$cloud_dir/keystone/keystone.conf" \
    uwsgi --http-socket "127.0.0.1:$VG_TEST_KEYSTONE_PORT" \
    --plugin python3 --wsgi-file /usr/bin/keystone-wsgi-public \
    --master --processes 2 --lazy-apps --need-app \
    --add-header 'Connection: close' \
    --skip-atexit --skip-atexit-teardown \
    --die-on-term --no-orphans --buffer-size 65535
  daemon_wait keystone 120 curl -sf -m 5 "$OS_AUTH_URL"
}

keystone_stop() { daemon_stop keystone; }

# keystone_token_seconds N: from now on tokens are good for so long (usually
# 3600); those that were given out before keep what they have.
keystone_token_seconds() {
  local conf=$cloud_dir/keystone/keystone.conf
  sed -i "s/^expiration = .*/expiration = $1/" "$conf"
  keystone_stop
  keystone_serve
}

# keystone_token USER PASSWORD PROJECT: prints a token.
keystone_token() {
  jq -n --arg u "$1" --arg p "$2" --arg project "$3" '{auth: {
      identity: {methods: ["password"], password: {user:
        {name: $u, domain: {id: "default"}, password: $p}}},
      scope: {project: {name: $project, domain: {id: "default"}}}}}' |
    curl -sS -m 30 -o /dev/null -D - -H 'Content-Type: application/json' \
      --data @- "$OS_AUTH_URL/auth/tokens" |
    sed -n 's/\r$//; s/^X-Subject-Token: //Ip' | grep .
}

# keystone_token_of WHO: prints a token for one of the users above.
keystone_token_of() (
  exports=$(keystone_env "$1")
  eval "$exports"
  keystone_token "$OS_USERNAME" "$OS_PASSWORD" "$OS_PROJECT_NAME"
)

# keystone_application_credential WHO: makes one; prints its id and secret.
keystone_application_credential() {
  local keystone_admin_token id
  keystone_admin_token=$(keystone_token_of "$1")
  id=$(keystone_call GET auth/tokens "" "X-Subject-Token: $keystone_admin_token" |
    jq -er .token.user.id)
  keystone_call POST "users/$id/application_credentials" \
    "{\"application_credential\": {\"name\": \"$(new_uuid)\"}}" |
    jq -er '.application_credential | .id + " " + .secret'
}

# keystone_call METHOD PATH [JSON [HEADER]]: with keystone_admin_token; prints
# the answer.
keystone_call() {
  curl -sS -m 30 --fail-with-body -X "$1" "$OS_AUTH_URL/$2" \
    -H "X-Auth-Token: $keystone_admin_token" \
    -H 'Content-Type: application/json' ${3:+--data "$3"} ${4:+-H "$4"}
}

# keystone_create KIND JSON: prints the new one's id.
keystone_create() {
  keystone_call POST "$1s" "{\"$1\": $2}" | jq -er ".$1.id"
}

# keystone_add_user NAME PROJECT-ID ROLE: notes its id and a new password.
keystone_add_user() {
  local password id role
  password=$(openssl rand -hex 16)
  id=$(keystone_create user "{\"name\": \"$1\", \"password\": \"$password\"}")
  role=$(keystone_call GET "roles?name=$3" | jq -er '.roles[0].id')
  keystone_call PUT "projects/$2/users/$id/roles/$role"
  note "VG_TEST_${1^^}_PASSWORD" "$password"
  note "VG_TEST_${1^^}_USER_ID" "$id"
}

keystone_add_project() {
  local id
  id=$(keystone_create project "{\"name\": \"$1\"}")
  note "VG_TEST_${1^^}_PROJECT_ID" "$id"
}

# keystone_add_service NAME TYPE URL: with its endpoints.
keystone_add_service() {
  local service interface
  service=$(keystone_create service "{\"name\": \"$1\", \"type\": \"$2\"}")
  for interface in public internal admin; do
    keystone_create endpoint "{\"service_id\": \"$service\",
      \"interface\": \"$interface\", \"region\": \"RegionOne\",
      \"url\": \"$3\"}" >/dev/null
  done
}

# keystone_set_url TYPE URL: in the catalog, of the service of that type; as admin.
keystone_set_url() {
  local keystone_admin_token service id
  keystone_admin_token=$(keystone_token_of admin)
  service=$(keystone_call GET "services?type=$1" | jq -er '.services[0].id')
  for id in $(keystone_call GET "endpoints?service_id=$service" | jq -r '.endpoints[].id'); do
    keystone_call PATCH "endpoints/$id" "{\"endpoint\": {\"url\": \"$2\"}}" >/dev/null
  done
}

# keystone_password USER: how a service signs in as that user of the project
# service, as lines of its configuration.
keystone_password() {
  local password=VG_TEST_${1^^}_PASSWORD
  cat <<CONF
auth_url = $OS_AUTH_URL
auth_type = password
username = $1
password = ${!password}
user_domain_id = default
project_name = service
project_domain_id = default
CONF
}

# keystone_authtoken USER: how it checks its callers' tokens: the whole section.
keystone_authtoken() {
  cat <<CONF
[keystone_authtoken]
www_authenticate_uri = $OS_AUTH_URL
$(keystone_password "$1")
CONF
}

keystone_populate() {
  local id
  keystone_admin_token=$(keystone_token admin "$VG_TEST_ADMIN_PASSWORD" admin)
  keystone_add_project demo
  keystone_add_project other
  keystone_add_project service
  keystone_add_user demo "$VG_TEST_DEMO_PROJECT_ID" member
  keystone_add_user reader "$VG_TEST_DEMO_PROJECT_ID" reader
  keystone_add_user other "$VG_TEST_OTHER_PROJECT_ID" member
  keystone_add_user glance "$VG_TEST_SERVICE_PROJECT_ID" admin
  id=$(keystone_call GET 'projects?name=admin' | jq -er '.projects[0].id')
  note VG_TEST_ADMIN_PROJECT_ID "$id"
  keystone_add_service glance image "http://127.0.0.1:$VG_TEST_GLANCE_PORT"
}

# keystone_env WHO: WHO's credentials, as exports.
keystone_env() {
  local project=$1 password=VG_TEST_${1^^}_PASSWORD
  [ "$1" != reader ] || project=demo
  [ -n "${!password-}" ] || die "there is no user $1"
  cat <<ENV
export OS_USERNAME=$1
export OS_PASSWORD=${!password}
export OS_PROJECT_NAME=$project
export OS_USER_DOMAIN_NAME=Default
export OS_PROJECT_DOMAIN_NAME=Default
export OS_IDENTITY_API_VERSION=3
export OS_REGION_NAME=RegionOne
export OS_INTERFACE=public
ENV
}
