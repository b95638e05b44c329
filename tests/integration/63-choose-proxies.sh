#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# HAProxy and nginx in front of Glance, as docs/proxies has them, which ask
# virt-glance choose: a tenant's snapshot, uploaded by a client that names no store,
# lands where it belongs, and trouble costs nobody an upload.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/proxies.sh
. "$VG_SRCDIR/tests/cloud/proxies.sh"
requires haproxy nginx socat

export VG_TEST_AS=demo
base=$VG_TEST_BASE_IMAGE
images_snapshot
cleanup_fn images_delete_new
head -c 20000000 /dev/urandom >"$tmp/data"

# put PROXY ID [CURL-OPTION…]: an upload as Nova's: chunked, no store; prints the
# status. The answer is in $tmp/answer.
put() {
  local url=$1_url id=$2
  shift 2
  curl -sS -m 120 -X PUT -o "$tmp/answer" -w '%{http_code}' \
    -H "X-Auth-Token: $(image_token)" -H 'Content-Type: application/octet-stream' \
    -H 'Transfer-Encoding: chunked' -T "$tmp/data" "$@" "${!url}/v2/images/$id/file"
}

# record [FIELD=VALUE…]: a queued image as Nova makes it for a snapshot.
record() { image_create choose raw image_type=snapshot base_image_ref="$base" "$@"; }

# lands PROXY STORE ID [CURL-OPTION…]: uploaded whole, to that store.
lands() {
  local proxy=$1 store=$2 id=$3
  shift 3
  assert_equal 204 "$(put "$proxy" "$id" "$@")" "$proxy's answer: $(cat "$tmp/answer")"
  assert_equal active "$(image_field "$id" status)" "the image's status"
  assert_equal "$store" "$(image_field "$id" stores)" "the image's store by $proxy"
  assert_equal "$(md5sum <"$tmp/data" | cut -d' ' -f1)" "$(image_field "$id" checksum)" \
    "the image's checksum"
}

# refused PROXY ID REGEX: before a byte, by an error that the user can read.
refused() {
  wire_mark
  # (The client may be cut off while it sends.)
  assert_equal 400 "$(put "$1" "$2" -H 'Expect: 100-continue' || true)" "$1's answer"
  grep -Eq "$3" "$tmp/answer" || fail "$1 does not say $3: $(cat "$tmp/answer")"
  assert_equal "" "$(wire_uploads)" "what Glance got of the upload"
  assert_equal queued "$(image_field "$2" status)" "the image's status"
}

# refused_late PROXY ID REGEX: by a client that reads no answer before it has sent all
# its data, as Nova's.
refused_late() {
  local url=$1_url
  /usr/bin/python3 - "${!url}" "$2" "$(image_token)" "$tmp/data" >"$tmp/answer" <<'PY'
import http.client, sys, urllib.parse
url, image, token, file = sys.argv[1:]
url = urllib.parse.urlsplit(url)
client = http.client.HTTPConnection(url.hostname, url.port, timeout=120)
with open(file, "rb") as data:
    client.request("PUT", "/v2/images/%s/file" % image, encode_chunked=True,
                   body=iter(lambda: data.read(65536), b""),
                   headers={"X-Auth-Token": token, "Transfer-Encoding": "chunked"})
answer = client.getresponse()
print(answer.status, answer.read().decode())
PY
  grep -q '^400 ' "$tmp/answer" || fail "$1 answers $(cat "$tmp/answer")"
  grep -Eq "$3" "$tmp/answer" || fail "$1 does not say $3: $(cat "$tmp/answer")"
  assert_equal queued "$(image_field "$2" status)" "the image's status"
}

proxies_start

# Without a proxy, it is the default store.
id=$(record)
image_upload "$id" "$tmp/data"
assert_equal reliable "$(image_field "$id" stores)" "the store without a proxy"

for proxy in haproxy nginx; do
  lands $proxy fast "$(record)"
  lands $proxy fast "$(image_create choose raw image_type=backup base_image_ref="$base")"
  lands $proxy cheap "$(record image_service:store_id=cheap)"
  lands $proxy cheap "$(record)" -H 'X-Image-Meta-Store: cheap'
  lands $proxy reliable "$(image_create choose raw)"
  # As Cinder does it.
  lands $proxy fast "$(image_create choose raw)" -H "X-OpenStack-Base-Image-Ref: $base"
  refused $proxy "$(record image_service:store_id=nope)" "'?nope(&apos;|')? was not found"
  refused_late $proxy "$(record image_service:store_id=nope)" "'?nope(&apos;|')? was not found"
  # Downloads and all else pass by.
  id=$(record)
  assert_equal 204 "$(put $proxy "$id")" "$proxy's answer"
  url=${proxy}_url
  curl -sS -H "X-Auth-Token: $(image_token)" -o "$tmp/back" "${!url}/v2/images/$id/file"
  cmp "$tmp/data" "$tmp/back" || fail "$proxy changed the image's data"
done
assert_equal "" "$(nginx_temporary_files)" "nginx's temporary files"

chooser_start 'store = cheap' 'allow_user_store = false'
for proxy in haproxy nginx; do
  lands $proxy cheap "$(record)"
  lands $proxy cheap "$(record image_service:store_id=fast)"
done

# Trouble never costs an upload: a token that the chooser's Glance does not answer
# for, and the chooser away. It is counted.
proxies_end chooser
for proxy in haproxy nginx; do
  lands $proxy reliable "$(record)"
  lands $proxy cheap "$(record)" -H 'X-Image-Meta-Store: cheap'
  away=$("${proxy}_count_away")
  [ "$away" -ge 1 ] || fail "$proxy counts $away uploads without an answer"
done
chooser_start
for proxy in haproxy nginx; do
  lands $proxy fast "$(record)"
done

assert_no_secrets "$tmp"/*.out "$tmp"/*.err "$tmp/ng"/*.log
