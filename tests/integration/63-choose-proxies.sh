#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# HAProxy and nginx in front of Glance, as docs/proxies has them, which ask
# virt-glance choose: a tenant's snapshot, uploaded by a client that names no store,
# lands where it belongs, and trouble costs nobody an upload.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

requires haproxy nginx
export VG_TEST_AS=demo
base=$VG_TEST_BASE_IMAGE
glance=${VG_TEST_GLANCE_URL#http://}
images_snapshot
cleanup_fn images_delete_new
head -c 20000000 /dev/urandom >"$tmp/data"

# Processes of ours, by name: $tmp/NAME.pid.
run_one() {
  local name=$1
  shift
  "$@" >"$tmp/$name.out" 2>"$tmp/$name.err" &
  echo $! >"$tmp/$name.pid"
}
end_one() {
  [ -e "$tmp/$1.pid" ] || return 0
  kill "$(cat "$tmp/$1.pid")" 2>/dev/null || true
  wait "$(cat "$tmp/$1.pid")" 2>/dev/null || true
  rm -f "$tmp/$1.pid"
}
for one in chooser haproxy nginx; do
  cleanup_fn end_one "$one"
done

# chooser_start [LINE…]: with those lines of configuration, without credentials; the
# second time where it was the first time.
chooser_at=127.0.0.1:0
chooser_start() {
  printf '%s\n' '[glance]' "endpoint_override = $VG_TEST_GLANCE_URL" "$@" >"$tmp/chooser.conf"
  end_one chooser
  run_one chooser env -i "$VG_BUILDDIR/virt-glance" --config "$tmp/chooser.conf" \
    choose --listen "$chooser_at"
  wait_until 60 grep -q '^listening on' "$tmp/chooser.out" ||
    fail "the chooser does not listen: $(cat "$tmp/chooser.err")"
  chooser_at=$(sed -n 's/^listening on //p' "$tmp/chooser.out")
}

# The files of docs/proxies, with this cloud's addresses; clients come by a socket.
haproxy_start() {
  sed -e "s|/etc/haproxy/|$VG_SRCDIR/docs/proxies/|" -e "s|127.0.0.1:9292|$glance|" \
    -e "s|bind 127.0.0.1:9293|bind unix@$tmp/haproxy.sock|" \
    -e "s|^global|&\n  stats socket $tmp/haproxy.stats|" \
    "$VG_SRCDIR/docs/proxies/haproxy.cfg" >"$tmp/haproxy.cfg"
  run_one haproxy env VIRT_GLANCE_CHOOSE="http://$chooser_at" haproxy -db -f "$tmp/haproxy.cfg"
}
haproxy_count_away() {
  echo 'show table choose_away' | socat - "UNIX:$tmp/haproxy.stats" |
    sed -n 's/.*http_req_cnt=//p'
}
nginx_start() {
  local part
  mkdir -p "$tmp/ng"
  sed -e "s|127.0.0.1:9292|$glance|" -e "s|127.0.0.1:8777|$chooser_at|" \
    -e "s|listen 127.0.0.1:9293|listen unix:$tmp/nginx.sock|" \
    -e "s|/var/log/nginx|$tmp/ng|" "$VG_SRCDIR/docs/proxies/nginx.conf" >"$tmp/ng/glance.conf"
  {
    printf '%s\n' 'daemon off;' "pid $tmp/ng/pid;" "error_log $tmp/ng/error.log;" \
      'user root;' 'worker_processes 1;' 'events {}' 'http {'
    for part in client_body proxy fastcgi uwsgi scgi; do
      echo "${part}_temp_path $tmp/ng/temp-$part;"
    done
    echo 'include glance.conf; }'
  } >"$tmp/ng/nginx.conf"
  run_one nginx nginx -p "$tmp/ng" -c "$tmp/ng/nginx.conf" -e "$tmp/ng/error.log"
}
nginx_count_away() { wc -l <"$tmp/ng/virt-glance-away.log"; }

# put PROXY ID [CURL-OPTION…]: an upload as Nova's: chunked, no store; prints the
# status. The answer is in $tmp/answer.
put() {
  local proxy=$1 id=$2
  shift 2
  curl -sS -m 120 -X PUT --unix-socket "$tmp/$proxy.sock" -o "$tmp/answer" -w '%{http_code}' \
    -H "X-Auth-Token: $(image_token)" -H 'Content-Type: application/octet-stream' \
    -H 'Transfer-Encoding: chunked' -T "$tmp/data" "$@" "http://glance/v2/images/$id/file"
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

chooser_start
haproxy_start
nginx_start
for proxy in haproxy nginx; do
  wait_until 60 test -S "$tmp/$proxy.sock" ||
    fail "$proxy does not listen: $(cat "$tmp/$proxy.err")"
done

# What it is all about: without a proxy, it is the default store.
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
  # Downloads and all else pass by.
  id=$(record)
  assert_equal 204 "$(put $proxy "$id")" "$proxy's answer"
  curl -sS --unix-socket "$tmp/$proxy.sock" -H "X-Auth-Token: $(image_token)" \
    -o "$tmp/back" "http://glance/v2/images/$id/file"
  cmp "$tmp/data" "$tmp/back" || fail "$proxy changed the image's data"
done
assert_equal "" "$(find "$tmp/ng" -path '*temp-*' -type f)" "nginx's temporary files"

chooser_start 'store = cheap' 'allow_user_store = false'
for proxy in haproxy nginx; do
  lands $proxy cheap "$(record)"
  lands $proxy cheap "$(record image_service:store_id=fast)"
done

# Trouble never costs an upload: a token that the chooser's Glance does not answer
# for, and the chooser away. It is counted.
end_one chooser
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
