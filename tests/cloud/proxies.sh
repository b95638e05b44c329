# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034,SC2119,SC2120 # what others set, use and pass
# For scripts in tests/integration about virt-glance choose behind a proxy; they
# source it after functions.sh. HAProxy and nginx are configured by the files of
# docs/proxies, with this cloud's addresses, and with more time for Glance to answer
# virt-glance, however busy the machine is.

# Processes of ours, by name: $tmp/NAME.pid, and their output in $tmp/NAME.out and .err.
# (Which are emptied first: the child may open them after we look for its words.)
proxies_run() {
  local name=$1
  shift
  : >"$tmp/$name.out"
  : >"$tmp/$name.err"
  "$@" >"$tmp/$name.out" 2>"$tmp/$name.err" &
  echo $! >"$tmp/$name.pid"
}
proxies_end() {
  [ -e "$tmp/$1.pid" ] || return 0
  kill "$(cat "$tmp/$1.pid")" 2>/dev/null || true
  wait "$(cat "$tmp/$1.pid")" 2>/dev/null || true
  rm -f "$tmp/$1.pid"
}

# glance_is_at URL: for whoever looks into Keystone's catalog. A token keeps the
# catalog of its time in Nova.
glance_is_at() {
  keystone_set_url image "$1"
  image_forget_token
}

# chooser_start [LINE…]: with those lines of configuration, without credentials; each
# time at the same address.
chooser_start() {
  printf '%s\n' '[glance]' "endpoint_override = $VG_TEST_GLANCE_URL" "$@" >"$tmp/chooser.conf"
  proxies_end chooser
  proxies_run chooser env -i "$VG_BUILDDIR/virt-glance" --config "$tmp/chooser.conf" \
    choose --listen "$chooser_at" --timeout 60
  wait_until 60 grep -q '^listening on' "$tmp/chooser.out" ||
    fail "the chooser does not listen: $(cat "$tmp/chooser.err")"
}

# proxies_start: the chooser and both proxies, which listen at $haproxy_url and
# $nginx_url.
proxies_start() {
  local one one_url ports
  for one in chooser haproxy nginx; do
    cleanup_fn proxies_end $one
  done
  read -ra ports < <(free_ports 3)
  haproxy_url=http://127.0.0.1:${ports[0]} nginx_url=http://127.0.0.1:${ports[1]}
  chooser_at=127.0.0.1:${ports[2]}
  chooser_start
  haproxy_start "${ports[0]}"
  nginx_start "${ports[1]}"
  for one in haproxy nginx; do
    one_url=${one}_url
    wait_until 60 curl -s -o /dev/null "${!one_url}" ||
      fail "$one does not answer: $(cat "$tmp/$one.err")"
  done
}

# haproxy_start PORT
haproxy_start() {
  sed 's/^local timeout = 3000 /local timeout = 90000 /' \
    "$VG_SRCDIR/docs/proxies/virt-glance-choose.lua" >"$tmp/virt-glance-choose.lua"
  sed -e "s|/etc/haproxy/|$tmp/|" \
    -e "s|127.0.0.1:9292|${VG_TEST_GLANCE_URL#http://}|" \
    -e "s|bind 127.0.0.1:9293|bind 127.0.0.1:$1|" \
    -e "s|^global|&\n  stats socket $tmp/haproxy.stats|" \
    "$VG_SRCDIR/docs/proxies/haproxy.cfg" >"$tmp/haproxy.cfg"
  proxies_run haproxy env VIRT_GLANCE_CHOOSE="http://$chooser_at" \
    haproxy -db -f "$tmp/haproxy.cfg"
}

# nginx_start PORT
nginx_start() {
  local part
  mkdir -p "$tmp/ng"
  sed -e "s|127.0.0.1:9292|${VG_TEST_GLANCE_URL#http://}|" \
    -e "s|127.0.0.1:8777|$chooser_at|" \
    -e "s|listen 127.0.0.1:9293|listen 127.0.0.1:$1|" \
    -e 's/^\( *proxy_[a-z]*_timeout\) [13]s;/\1 90s;/' \
    -e "s|/var/log/nginx|$tmp/ng|" "$VG_SRCDIR/docs/proxies/nginx.conf" >"$tmp/ng/glance.conf"
  {
    printf '%s\n' 'daemon off;' "pid $tmp/ng/pid;" "error_log $tmp/ng/error.log;" \
      'user root;' 'worker_processes 1;' 'events {}' 'http {'
    for part in client_body proxy fastcgi uwsgi scgi; do
      echo "${part}_temp_path $tmp/ng/temp-$part;"
    done
    echo 'include glance.conf; }'
  } >"$tmp/ng/nginx.conf"
  proxies_run nginx nginx -p "$tmp/ng" -c "$tmp/ng/nginx.conf" -e "$tmp/ng/error.log"
}

# haproxy_count_away, nginx_count_away: the uploads that went on without an answer.
haproxy_count_away() {
  echo 'show table choose_away' | socat - "UNIX:$tmp/haproxy.stats" |
    sed -n 's/.*http_req_cnt=//p'
}
nginx_count_away() { wc -l <"$tmp/ng/virt-glance-away.log"; }

nginx_temporary_files() { find "$tmp/ng" -path '*temp-*' -type f; }
