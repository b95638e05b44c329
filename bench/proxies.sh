# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # what run and cases.sh set
# Uploads through the proxies of docs/proxies, which ask virt-glance choose, against
# uploads to Glance itself; and what an answer of the chooser takes. Expects cases.sh.
# shellcheck source-path=SCRIPTDIR source=../tests/cloud/proxies.sh
. "$VG_SRCDIR/tests/cloud/proxies.sh"

# proxy_usage NAME FIELD: of that process: cpu (seconds), or peak (resident memory in
# bytes since "mark", which prints nothing).
proxy_usage() {
  local pid
  [ "$1" != glance ] || {
    echo 0
    return
  }
  pid=$(cat "$tmp/$1.pid")
  # nginx works in a child.
  [ "$1" != nginx ] || pid=$(pgrep -P "$pid")
  case $2 in
  cpu) awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) / hz }' "/proc/$pid/stat" ;;
  peak) awk '/^VmHWM/ { print $2 * 1024 }' "/proc/$pid/status" ;;
  mark) echo 5 >"/proc/$pid/clear_refs" ;;
  esac
}

# through ROUND WAY: Nova's upload of a snapshot, to Glance itself or by a proxy.
through() {
  local round=$1 way=$2 url=${2}_url id load measured cpu
  say "proxies: round $round of $runs: $way"
  id=$(image_create bench-proxy raw image_type=snapshot base_image_ref="$VG_TEST_BASE_IMAGE")
  sync -f "$cloud_dir"
  load=$(cut -d' ' -f1 /proc/loadavg)
  proxy_usage "$way" mark >/dev/null
  cpu=$(proxy_usage "$way" cpu)
  measured=$("$here/measure" --folder "$tmp/ng" curl -sSf -X PUT -T "$tmp/upload" \
    -H "X-Auth-Token: $(image_token)" -H 'Content-Type: application/octet-stream' \
    ${to_fast[$way]+-H "${to_fast[$way]}"} "${!url}/v2/images/$id/file")
  assert_equal "active fast" "$(image_field "$id" status) $(image_field "$id" stores)" \
    "the image of $way"
  image_delete "$id"
  [ "$round" = 0 ] || result proxies '{way: $way, round: $round, load: $load,
      sent: ($size * 1048576)} + $measured + {cpu: ($after - $before), rss: $peak}' \
    --arg way "$way" --argjson round "$round" --argjson load "$load" \
    --argjson size "$size" --argjson measured "$measured" --argjson before "$cpu" \
    --argjson after "$(proxy_usage "$way" cpu)" --argjson peak "$(proxy_usage "$way" peak)"
}

case_proxies() {
  local round way id
  local -A to_fast=([glance]='X-Image-Meta-Store: fast')
  glance_url=$VG_TEST_GLANCE_URL
  say "proxies: making $size MiB of data"
  head -c "${size}M" /dev/urandom >"$tmp/upload"
  proxies_start
  for round in $(seq 0 "$runs"); do
    for way in glance haproxy nginx; do
      through "$round" "$way"
    done
  done
  rm "$tmp/upload"
  say "proxies: 500 answers of the chooser"
  id=$(image_create bench-proxy raw image_type=snapshot base_image_ref="$VG_TEST_BASE_IMAGE")
  result answers '$measured' --argjson measured "$("$here/answers" "$chooser_at" \
    "${VG_TEST_GLANCE_URL#http://}" "$(image_token)" "$id" "$VG_TEST_BASE_IMAGE" \
    "$(cat "$tmp/chooser.pid")" 500)"
  image_delete "$id"
  for way in nginx haproxy chooser; do
    proxies_end $way
  done
}
