#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Credentials that are missing, wrong or contradictory, clouds.yaml files that
# are broken, and a Keystone that is somewhere else, down, or no Keystone.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"

a_guest vgtest-credentials --idle
images_snapshot
snapshot=("${virt_glance_args[@]}" snapshot --quiet vgtest-credentials)
vg_config '[glance]' 'num_retries = 1' 'timeout = 20'

# What a variable (or NAME- for none) brings. "Who" is told, and that the
# server doesn't tell what is wrong.
while IFS='|' read -r status regex variable; do
  case $variable in
  *-) refuses "$status" "$regex" env -u "${variable%-}" "${snapshot[@]}" ;;
  *) refuses "$status" "$regex" env "$variable" "${snapshot[@]}" ;;
  esac
done <<CASES
5|authenticate to Keystone at $OS_AUTH_URL .*401.*check user, password, project|OS_PASSWORD=wrong-as-can-be
5|authenticate to Keystone .*401.*check user, password, project|OS_USERNAME=nobody-here
5|authenticate to Keystone .*401.*check user, password, project|OS_PROJECT_NAME=nothing-here
5|authenticate to Keystone .*401.*check user, password, project|OS_USER_DOMAIN_NAME=nowhere
2|OS_\* variables: .*OS_PASSWORD.* missing|OS_PASSWORD-
2|OS_\* variables: .*OS_USERNAME.* missing|OS_USERNAME-
2|OS_\* variables: .*OS_PROJECT_NAME.* missing|OS_PROJECT_NAME-
2|no credentials for OpenStack.*OS_\* .*clouds.yaml.*$tmp/virt-glance.conf|OS_AUTH_URL-
2|OS_\* variables: .*auth_type 'kerberos'|OS_AUTH_TYPE=kerberos
2|catalog has no image service.*public in .*nowhere.*public in RegionOne.*OS_REGION_NAME|OS_REGION_NAME=nowhere
2|catalog has no image service.*interface inner .*RegionOne.*OS_INTERFACE|OS_INTERFACE=inner
2|OS_\* variables: auth_url must be a URL|OS_AUTH_URL=keystone.example.org
2|OS_\* variables: auth_url must be a URL|OS_AUTH_URL=ftp://127.0.0.1/v3
2|OS_\* variables: auth_url must not hold a user name|OS_AUTH_URL=http://me:too@127.0.0.1/v3
6|authenticate to Keystone at http://127.0.0.1:1/v3.*connect.*check|OS_AUTH_URL=http://127.0.0.1:1/v3
6|Keystone at http://nowhere.invalid/v3.*resolve.*check|OS_AUTH_URL=http://nowhere.invalid/v3
1|authenticate to Keystone at .*300.*check auth_url|OS_AUTH_URL=$VG_TEST_GLANCE_URL
1|Keystone at $VG_TEST_WEB_URL.*501.*check auth_url|OS_AUTH_URL=$VG_TEST_WEB_URL
2|OS_\* variables: .*endpoint_override must be a URL|OS_IMAGE_ENDPOINT_OVERRIDE=glance.example.org
CASES
! grep -q 'me:too' "$tmp/err" || fail "it tells a password"
assert_clean vgtest-credentials 'shut off'

# Nothing at all; and from the configuration.
refuses 2 'no credentials for OpenStack' without_openstack "${snapshot[@]}"
vg_config '[glance]' "auth_url = $OS_AUTH_URL" 'username = admin'
refuses 2 "\[glance\] of $tmp/virt-glance.conf: the password .*missing" \
  without_openstack "${snapshot[@]}"
vg_config '[glance]' 'cloud = nothing'
refuses 2 "no clouds.yaml.*'nothing'.*OS_CLIENT_CONFIG_FILE" without_openstack "${snapshot[@]}"
vg_config

# clouds.yaml: what it holds, as printf takes it, and the cloud asked for.
while IFS='|' read -r regex cloud text; do
  # shellcheck disable=SC2059 # a format
  printf "$text" >"$tmp/clouds.yaml"
  refuses 2 "$tmp/clouds.yaml$regex" without_openstack OS_CLOUD="$cloud" \
    OS_CLIENT_CONFIG_FILE="$tmp/clouds.yaml" "${snapshot[@]}"
done <<'CASES'
 has no cloud 'b'; it has: a|b|clouds:\n  a:\n    auth: {}\n
 has no cloud 'a'; it has: none|a|hello\n
:4: not valid YAML|a|clouds:\n  a:\n    auth: [\n
:1: there is a NUL byte|a|\x00\x01
: .*auth_url .*missing|a|clouds:\n  a:\n    auth: {}\n
: .*auth_url .*missing|a|clouds:\n  a:\n    auth: hello\n
: .*password .*missing|a|clouds:\n  a:\n    auth: {auth_url: "http://127.0.0.1:1", username: me}\n
CASES
chmod 600 "$tmp/clouds.yaml"
refuses 2 "clouds.yaml.*[Pp]ermission denied" \
  without_openstack OS_CLOUD=a OS_CLIENT_CONFIG_FILE="$tmp/clouds.yaml" \
  setpriv --reuid nobody --clear-groups "${snapshot[@]:0:1}" stores

# A Keystone that isn't one, or isn't well; a catalog without images.
fake_start
vg_config '[glance]' 'num_retries = 1'
tokens='"method": "POST", "path": "/v3/auth/tokens", "times": 0'
page='<html><head><title>x</title></head><body><h1>Welcome</h1></body></html>'
while IFS='|' read -r status regex rule; do
  fake_order "{$tokens, $rule}"
  refuses "$status" "authenticate to Keystone at $fake_url/v3.*$regex" "${snapshot[@]}"
done <<CASES
1|HTTP 200.*Welcome.*check auth_url|"status": 200, "body": "$page"
1|HTTP 300.*check auth_url|"status": 300, "body": "$page"
1|HTTP 301.*redirection|"status": 301, "headers": ["Location: http://127.0.0.1:1/"]
1|check auth_url|"status": 201, "headers": ["X-Subject-Token: abcdefgh"], "body": "$page"
1|HTTP 201|"status": 201, "json": {"token": {}}
1|HTTP 404.*check auth_url|"status": 404, "body": "$page"
5|HTTP 403.*[Ll]ocked|"status": 403, "json": {"error": {"message": "The account is locked"}}
6|HTTP 429.*try again later|"status": 429, "json": {}
6|HTTP 500|"status": 500, "json": {}
6|HTTP 503.*try again later|"status": 503, "body": "$page"
6|reset|"cut": 0
CASES
vg_config '[glance]' 'num_retries = 1' 'timeout = 4'
fake_order "{$tokens, \"stall\": 0}"
refuses 6 "authenticate to Keystone at $fake_url/v3.*no data were transferred for 4 s.*timeout" "${snapshot[@]}"
vg_config '[glance]' 'num_retries = 1'
fake_order "{$tokens, \"status\": 400, \"json\": {\"error\": {\"message\":
  \"the password secret and the token are bad\"}}}"
refuses 1 'password \*\*\* and' "${snapshot[@]}"
fake_order '' '{"catalog": []}'
refuses 2 'catalog has no image service.*none at all' "${snapshot[@]}"
fake_order '' '{"catalog": [{"interface": "public", "region": "x", "url": "glance"}]}'
refuses 2 "image service's address must be a URL" "${snapshot[@]}"
fake_order '' '{"scoped": false}'
refuses 2 'no project.*OS_PROJECT_NAME' "${snapshot[@]}"
assert_fake_clean vgtest-credentials 'shut off'
