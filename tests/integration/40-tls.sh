#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Keystone and Glance behind TLS, with a certificate of an authority of our
# own: trusted, not trusted, for another host, out of date.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"
requires openssl socat

# authority NAME: one of our own.
authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -keyout "$tmp/$1.key" -out "$tmp/$1.pem" -days 2 -subj "/CN=$1" 2>/dev/null
}

# certificate NAME SUBJECT-ALT-NAME [OPTION…]: of the authority "ca", good for two days
# where there is no OPTION; key and certificate in one file, as socat wants them.
certificate() {
  local good=("${@:3}")
  [ $# -gt 2 ] || good=(-days 2)
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -keyout "$tmp/$1.key" -out "$tmp/$1.csr" -subj "/CN=$1" 2>/dev/null
  printf 'subjectAltName = %s\n' "$2" >"$tmp/$1.ext"
  openssl x509 -req -in "$tmp/$1.csr" -CA "$tmp/ca.pem" -CAkey "$tmp/ca.key" \
    -CAcreateserial "${good[@]}" -extfile "$tmp/$1.ext" -out "$tmp/$1.pem" 2>/dev/null
  cat "$tmp/$1.key" >>"$tmp/$1.pem"
}

# tls_front PORT CERTIFICATE PLAIN-PORT [OPTION]
tls_front() {
  socat -d -d "OPENSSL-LISTEN:$1,bind=127.0.0.1,reuseaddr,fork,cert=$tmp/$2.pem,${4-verify=0}" \
    "TCP:127.0.0.1:$3" 2>>"$tmp/socat.log" &
  cleanup_fn kill $!
  wait_until 60 bash -c "exec 3<>/dev/tcp/127.0.0.1/$1"
}

authority ca
authority another
certificate right IP:127.0.0.1,DNS:localhost
certificate elsewhere DNS:glance.example.org
# (Newer OpenSSL takes no days below zero, older no dates.)
late=(-days -1)
if openssl x509 -help 2>&1 | grep not_after >/dev/null; then
  late=(-not_before 20200101000000Z -not_after 20200102000000Z)
fi
certificate late IP:127.0.0.1 "${late[@]}"
printf 'this is no certificate\n' >"$tmp/garbage.pem"
: >"$tmp/empty.pem"
install -m 000 "$tmp/ca.pem" "$tmp/closed.pem"
read -ra ports < <(free_ports 5)
tls_front "${ports[0]}" right "$VG_TEST_GLANCE_PORT"
tls_front "${ports[1]}" right "$VG_TEST_KEYSTONE_PORT"
tls_front "${ports[2]}" elsewhere "$VG_TEST_GLANCE_PORT"
tls_front "${ports[3]}" late "$VG_TEST_GLANCE_PORT"
tls_front "${ports[4]}" right "$VG_TEST_GLANCE_PORT" "verify=1,cafile=$tmp/ca.pem"
glance=https://127.0.0.1:${ports[0]}
keystone=https://127.0.0.1:${ports[1]}/v3

a_guest vgtest-tls --idle
images_snapshot
snapshot=("${virt_glance_args[@]}" snapshot --quiet vgtest-tls tls)

# works COMMAND…: and all of it went by TLS.
works() {
  local id
  wire_mark
  expect 0 "$@"
  [ ! -s "$tmp/err" ] || fail "it complains: $(cat "$tmp/err")"
  id=$(the_new_image)
  assert_equal active "$(image_field "$id" status)" "the image's status"
  assert_equal "${glance#https://}" \
    "$(wire_log 'select(.method == "PUT") | .headers.host')" "the host of the upload"
  image_delete "$id"
}

# With the authority: in the file, in OS_CACERT, in clouds.yaml; Glance alone,
# and Keystone too.
export OS_IMAGE_ENDPOINT_OVERRIDE=$glance
vg_config '[glance]' "cafile = $tmp/ca.pem"
works "${snapshot[@]}"
works env OS_AUTH_URL="$keystone" "${snapshot[@]}"
vg_config
works env OS_AUTH_URL="$keystone" OS_CACERT="$tmp/ca.pem" "${snapshot[@]}"
cat >"$tmp/clouds.yaml" <<YAML
clouds:
  mine:
    auth: {auth_url: "$keystone", username: "$OS_USERNAME", password: "$OS_PASSWORD",
      project_name: "$OS_PROJECT_NAME", user_domain_name: Default, project_domain_name: Default}
    image_endpoint_override: $glance
    cacert: $tmp/ca.pem
YAML
chmod 600 "$tmp/clouds.yaml"
works without_openstack OS_CLOUD=mine OS_CLIENT_CONFIG_FILE="$tmp/clouds.yaml" "${snapshot[@]}"
# With a blind eye.
vg_config '[glance]' 'insecure = true'
works env OS_AUTH_URL="$keystone" "${snapshot[@]}"
works env OS_AUTH_URL="$keystone" OS_CACERT="$tmp/another.pem" "${snapshot[@]}"
vg_config
assert_clean vgtest-tls 'shut off'

# connections: how many there were by TLS, up to now.
connections() { grep -c 'accepting connection' "$tmp/socat.log"; }

# What is refused, and why: who, what is said, cafile, variable. None of it is
# tried again.
what='.*set cafile \(OS_CACERT\)'
while IFS='|' read -r regex cafile variable; do
  vg_config '[glance]' ${cafile:+"cafile = $tmp/$cafile"} 'num_retries = 3'
  wire_mark
  before=$(connections)
  refuses 2 "$regex" env ${variable:+"$variable"} "${snapshot[@]}"
  [ "$(connections)" -le $((before + 1)) ] || fail "it was tried again"
  assert_equal '' "$(wire_log)" "what Glance was asked"
done <<CASES
Glance's stores: $glance/.*certificate.*$what||
Keystone at $keystone .*certificate.*$what||OS_AUTH_URL=$keystone
Glance's stores: $glance/.*certificate.*$what|another.pem|
error setting .*$tmp/none.pem; set cafile|none.pem|
$tmp/garbage.pem.*cafile|garbage.pem|
$tmp/empty.pem.*cafile|empty.pem|
$tmp/garbage.pem.*cafile||OS_CACERT=$tmp/garbage.pem
.*:${ports[2]}/.*no .*name matches .*'127.0.0.1'; use a host name|ca.pem|OS_IMAGE_ENDPOINT_OVERRIDE=https://127.0.0.1:${ports[2]}
.*:${ports[3]}/.*certificate has expired; renew the certificate|ca.pem|OS_IMAGE_ENDPOINT_OVERRIDE=https://127.0.0.1:${ports[3]}
certfile and keyfile|ca.pem|OS_CERT=$tmp/none.pem
certfile and keyfile|ca.pem|OS_CERT=$tmp/garbage.pem
CASES
vg_config '[glance]' "cafile = $tmp/closed.pem"
chmod 644 "$tmp/virt-glance.conf"
refuses 2 "$tmp/closed.pem; set cafile .*readable" \
  setpriv --reuid nobody --clear-groups "${virt_glance_args[@]}" stores

# A Glance that wants a certificate of ours.
vg_config '[glance]' "cafile = $tmp/ca.pem" "certfile = $tmp/right.pem" "keyfile = $tmp/right.key"
(
  glance=https://127.0.0.1:${ports[4]}
  works env OS_IMAGE_ENDPOINT_OVERRIDE="$glance" "${snapshot[@]}"
)

# TLS to who doesn't speak it, and the other way round.
vg_config '[glance]' "cafile = $tmp/ca.pem" 'num_retries = 1'
refuses 6 ":$VG_TEST_GLANCE_PORT/.*https" \
  env OS_IMAGE_ENDPOINT_OVERRIDE="https://127.0.0.1:$VG_TEST_GLANCE_PORT" "${snapshot[@]}"
refuses 6 ":${ports[0]}/.*(reset|mpty)" \
  env OS_IMAGE_ENDPOINT_OVERRIDE="http://127.0.0.1:${ports[0]}" "${snapshot[@]}"
assert_clean vgtest-tls 'shut off'
