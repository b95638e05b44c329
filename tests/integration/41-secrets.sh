#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Password, token and application credential are nowhere to be found: not in
# what is printed (with --debug too), in files, in the command lines and
# environments of the processes that are started, or in Glance.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"
requires qemu-nbd

read -r app_id app_secret < <(keystone_application_credential admin)
token=$(keystone_token_of admin)

# assert_hidden FILE…: none of them is in there.
assert_hidden() {
  assert_no_secrets "$@"
  ! grep -rqF -e "$app_secret" -e "$token" "$@" || fail "a secret stands in one of: $*"
}

a_guest vgtest-secrets
a_guest vgtest-secrets-off --idle
guest_boot vgtest-secrets
guardian="^/proc/self/exe _thaw .*$(virsh -q domuuid vgtest-secrets)"
images_snapshot

# watch_processes: what ours and those below it have in their command lines,
# and those below in their environment (but for what the tests themselves put
# there), until it is killed.
watch_processes() {
  local pid
  while sleep 0.02; do
    for pid in $(pgrep -f "$tmp/vg|$tmp/virt-glance.conf|$guardian"); do
      tr '\0' '\n' <"/proc/$pid/cmdline" >>"$tmp/cmdlines" || true
      case $(tr '\0' ' ' <"/proc/$pid/cmdline") in
      *qemu-nbd* | *qemu-img* | *_thaw*) tr '\0' '\n' <"/proc/$pid/environ" | grep -v ^VG_TEST_ >>"$tmp/environs" || true ;;
      esac
    done
  done 2>/dev/null
}

# reveals_nothing COMMAND…: a snapshot that must succeed, with --debug.
reveals_nothing() {
  local watcher id
  : >"$tmp/cmdlines"
  : >"$tmp/environs"
  watch_processes &
  watcher=$!
  expect 0 "$@"
  kill $watcher
  wait $watcher || true
  grep -Eq "^debug: PUT $VG_TEST_GLANCE_URL/v2/images/.*/file: HTTP 204, req-[0-9a-f-]+, [0-9]+ ms$" "$tmp/err" ||
    fail "it does not show the upload: $(cat "$tmp/err")"
  grep -q '^debug: job .*: journal: done; ' "$tmp/err" || fail "it does not show the journal"
  grep -Eq '^debug: .*(backup-begin|qemu-nbd)' "$tmp/err" || fail "it does not show what is done here"
  id=$(the_new_image)
  image_get "$id" >"$tmp/record"
  image_delete "$id"
  assert_hidden "$tmp/out" "$tmp/err" "$tmp/cmdlines" "$tmp/environs" "$tmp/record" "$tmp/vg"
  cp "$tmp/err" "$tmp/debug"
  expect 0 virt_glance --debug jobs --json
  assert_hidden "$tmp/out" "$tmp/err"
}

debug=("${virt_glance_args[@]}" snapshot --debug)

# By each way to sign in, from the environment and from the configuration.
# (A guardian or a qemu-nbd lives for a second, and may be missed.)
for _ in {1..5}; do
  reveals_nothing "${debug[@]}" vgtest-secrets live
  [ ! -s "$tmp/environs" ] || break
done
[ -s "$tmp/environs" ] || fail "no guardian was seen"
grep -q '^debug: domain vgtest-secrets: domfsthaw' "$tmp/debug" || fail "it does not show the thaw"
for _ in {1..5}; do
  reveals_nothing "${debug[@]}" vgtest-secrets-off off
  [ ! -s "$tmp/environs" ] || break
done
[ -s "$tmp/environs" ] || fail "no qemu-nbd was seen"
reveals_nothing without_openstack "OS_AUTH_URL=$OS_AUTH_URL" "OS_TOKEN=$token" \
  OS_PROJECT_NAME=admin OS_PROJECT_DOMAIN_NAME=Default "${debug[@]}" vgtest-secrets-off token
reveals_nothing without_openstack "OS_AUTH_URL=$OS_AUTH_URL" \
  "OS_APPLICATION_CREDENTIAL_ID=$app_id" "OS_APPLICATION_CREDENTIAL_SECRET=$app_secret" \
  "${debug[@]}" vgtest-secrets-off app
vg_config '[glance]' "auth_url = $OS_AUTH_URL" "username = $OS_USERNAME" "password = $OS_PASSWORD" \
  'project_name = admin' 'user_domain_name = Default' 'project_domain_name = Default'
reveals_nothing without_openstack "${debug[@]}" vgtest-secrets-off config
vg_config
assert_clean vgtest-secrets-off 'shut off'

# says_nothing STATUS COMMAND…: the same of one that fails.
says_nothing() {
  expect "$@"
  assert_hidden "$tmp/out" "$tmp/err" "$tmp/vg"
}

# What is wrong is told, what is secret isn't; and what is almost a secret.
without=(without_openstack "OS_AUTH_URL=$OS_AUTH_URL")
says_nothing 5 "${without[@]}" "OS_TOKEN=${token%?????}AAAAA" OS_PROJECT_NAME=admin \
  OS_PROJECT_DOMAIN_NAME=Default "${debug[@]}" vgtest-secrets-off
! grep -qF "${token:0:40}" "$tmp/err" || fail "it tells a token"
says_nothing 5 "${without[@]}" "OS_APPLICATION_CREDENTIAL_ID=${app_id/?/x}" \
  "OS_APPLICATION_CREDENTIAL_SECRET=$app_secret" "${debug[@]}" vgtest-secrets-off
says_nothing 5 env OS_USERNAME=nobody-here "${debug[@]}" vgtest-secrets-off
says_nothing 4 "${debug[@]}" vgtest-secrets-off --store nope
says_nothing 6 env OS_IMAGE_ENDPOINT_OVERRIDE=http://127.0.0.1:1 "${debug[@]}" vgtest-secrets-off
says_nothing 2 env "OS_AUTH_URL=http://admin:$OS_PASSWORD@127.0.0.1/v3" "${debug[@]}" vgtest-secrets-off
says_nothing 2 env "OS_IMAGE_ENDPOINT_OVERRIDE=http://admin:$OS_PASSWORD@127.0.0.1" \
  "${debug[@]}" vgtest-secrets-off

# A server that sends back what it was sent.
fake_start
vg_config '[glance]' 'num_retries = 0'
echoing='"json": {"message": "your token fake-token, your password secret"}'
for rule in '"method": "POST", "path": "/v3/auth/tokens", "times": 0, "status": 500' \
  '"method": "PUT", "times": 0, "status": 413'; do
  fake_order "{$rule, $echoing}"
  status=0
  "${debug[@]}" vgtest-secrets-off echo >"$tmp/out" 2>"$tmp/err" || status=$?
  [ $status != 0 ] || fail "it succeeded"
  grep -q 'your password \*\*\*' "$tmp/err" || fail "it tells something else: $(cat "$tmp/err")"
  ! grep -rq 'password secret' "$tmp/err" "$tmp/vg" || fail "the server's echo is told"
done
assert_fake_clean vgtest-secrets-off 'shut off'
