#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# virt-glance choose --listen: what a proxy is answered, also when Glance is slow
# or away, and when the question is not one. Prints TAP.
# shellcheck disable=SC2119,SC2120 # optional arguments
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

id=11111111-2222-4333-8444-555555555555
gone=99999999-2222-4333-8444-555555555555
flavor='<n:extraSpecs><n:extraSpec name="image_service:store_id">cheap</n:extraSpec></n:extraSpecs>'
project=b7c5f3a1d2e84f6f9a0b1c2d3e4f5a6b
guests "$(guest_xml web 5 "" "$(nova "type='image' uuid='$base'" "$flavor" $project)")"

# serve LINE…: the service, with these lines of configuration and no credentials;
# $address is where it listens.
serve() {
    printf '%s\n' '[glance]' "endpoint_override = ${endpoint:-$fake_url}" "$@" >"$tmp/conf"
    # shellcheck disable=SC2086 # an option, or none
    start choose --listen "${listen:-127.0.0.1:0}" ${with-}
    wait_for grep -q "^listening on" "$tmp/out" || cat "$tmp/err"
    address=$(sed -n 's/^listening on //p' "$tmp/out")
}
stop() {
    kill -TERM "$pid"
    finish
}
trap 'kill "$pid" 2>/dev/null; cleanup' EXIT

# ask_service [OPTION…] METHOD PATH [HEADER…]: see lib/ask.py; its answer is $tmp/said.
ask_service() { ask service "$address" "$@" >"$tmp/said"; }
# The same by a process of its own, which may have many connections, or ask while
# another one waits.
ask_apart() {
    /usr/bin/python3 "$srcdir/tests/unit/lib/ask.py" "$address" "$@" 2>&1
}

# answers NAME LINE ARGUMENT…: the first line that is said.
answers() {
    local name=$1 line=$2
    shift 2
    ask_service "$@"
    result "$name" "$(same "the answer" "$line" "$(head -n 1 "$tmp/said")")"
}

# glance_with MEMBERS: with a queued image $id that has those, too.
glance_with() {
    glance "{\"config\": {\"auth\": ${auth:-false}}, \"images\": [{\"id\": \"$id\",
        \"name\": \"s\", \"status\": \"queued\", \"disk_format\": null,
        \"container_format\": null, $1}]}" >/dev/null
}
snapshot="\"image_type\": \"snapshot\", \"base_image_ref\": \"$base\""

# quiet: until a trouble is logged again: they are at most once a second.
quiet() { sleep 1.1; }

# said REGEX FILE: prints what is wrong if the file doesn't say so.
said() {
    grep -Eq "$1" "$2" || echo "no '$1' in: $(head -c 2000 "$2")"
}

put=(PUT "/v2/images/$id/file" X-Auth-Token:token-of-ann)
serve

## What is asked about, and how

glance_with "$snapshot"
answers "the path itself" "204 fast store" "${put[@]}"
result "with the caller's token" "$(
    same "tokens" "token-of-ann" "$(wire "r['headers'].get('x-auth-token')
        if r['path'].startswith('/v2') else None" | sort -u)")"
answers "X-Forwarded-Uri" "204 fast store" GET /auth X-Forwarded-Method:PUT \
    "X-Forwarded-Uri:/image/v2/images/$id/file?x=y"
answers "X-Original-URI" "204 fast store" GET /auth X-Original-Method:PUT \
    "X-Original-URI:http://cloud:9292/v2/images/$id/file"
answers "the client's store" "204 nope client" "${put[@]}" X-Image-Meta-Store:nope
answers "two stores of the client" "204 fast, cheap client" "${put[@]}" \
    X-Image-Meta-Store:fast X-Image-Meta-Store:cheap
answers "an empty store" "204 fast store" "${put[@]}" X-Image-Meta-Store:
glance_with '"visibility": "private"'
answers "a volume" "204 fast store" "${put[@]}" "X-OpenStack-Base-Image-Ref:$base"
answers "somebody's image" "204 - other" "${put[@]}"
fake POST /_control '{"reset": true}' >/dev/null
for words in "GET /v2/images/$id/file" "PUT /v2/images/$id/stage" \
    "PUT /v2/images/$id/files" "PUT /v2/images/x/file" "PUT /v2/images/$id" \
    "POST /" "DELETE /v2/images/$id"; do
    read -ra question <<<"$words"
    answers "no upload: $words" "204 - other" "${question[@]}"
done
result "and Glance is not asked" "$(same "requests" "" "$(requests)")"

## Refusals

quiet
glance_with "$snapshot, \"image_service:store_id\": \"no<pe\""
answers "a store that is not there" "403 - refused" "${put[@]}"
result "is told as HTML" "$(said "<h1>403.*" "$tmp/said"; said "store &apos;no&lt;pe&apos;" "$tmp/said")"
answers "a store that is not there" "403 - refused" "${put[@]}" Accept:application/json
result "is told as JSON" "$(said '"message": ?"the image.*'"'no<pe' was not found.*403 Forbidden" \
    "$tmp/said")"
result "is logged" "$(warns "image $id: the upload is refused: .*'no<pe' was not found")"
long=$(printf 'x%.0s' {1..70000})
glance_with "$snapshot, \"image_service:store_id\": \"$long\""
answers "a store's name of 70,000 bytes" "403 - refused" "${put[@]}"
result "is told in short" "$( (($(wc -c <"$tmp/said") < 2000)) || echo "too long")"
glance_with "$snapshot, \"image_service:store_id\": \"\""
answers "a store's name that is empty" "204 fast store" "${put[@]}"

## Trouble never costs an upload

glance_with "${snapshot/$base/$gone}"
answers "no base image" "204 - default" "${put[@]}"
glance_with "$snapshot"
answers "no such image" "204 - failed" PUT "/v2/images/$gone/file"
auth=true glance_with "$snapshot"
answers "a token that expired" "204 - failed" "${put[@]}"
answers "no token" "204 - failed" PUT "/v2/images/$id/file"
answers "a token of 20,000 bytes" "204 - failed" PUT "/v2/images/$id/file" X-Auth-Token:@20000
glance_with "$snapshot"
answers "headers of 60 KiB" "204 fast store" "${put[@]}" X-Long:@61440
answers "a base image of 60 KiB" "204 fast store" "${put[@]}" X-OpenStack-Base-Image-Ref:@61440
ask_service "${put[@]}" X-Long:@131072
result "headers of 128 KiB end the connection" "$(said 'Connection|Disconnected' "$tmp/said")"
quiet
for rule in '"status": 500' '"status": 503, "json": {}' '"cut": 0' \
    '"status": 200, "body": "<html>", "type": "text/html"' '"raw": "nonsense"' \
    '"flood": true' '"status": 302, "headers": ["Location: http://127.0.0.1:9/"]'; do
    rules "[{\"method\": \"GET\", \"path\": \"/v2/images/$id\", \"times\": 0, $rule}]"
    answers "Glance: $rule" "204 - failed" "${put[@]}"
done
rules "[{\"method\": \"GET\", \"path\": \"/v2/info/stores\", \"status\": 500, \"times\": 0}]"
answers "Glance: no stores" "204 - failed" "${put[@]}"
rules "[{\"method\": \"GET\", \"path\": \"/v2/images/$base\", \"status\": 500, \"times\": 0}]"
answers "Glance: no base image" "204 - failed" "${put[@]}"
rules "[{\"method\": \"GET\", \"path\": \"/v2/images/$id\", \"hold\": true, \"times\": 0}]"
answers "Glance: silent" "204 - late" "${put[@]}"
# More than threads: all are answered by the clock, and others meanwhile.
ask_apart --times 60 "${put[@]}" >"$tmp/said" &
asker=$!
ask_apart GET / >"$tmp/other"
result "others are answered meanwhile" "$(said '^204 - other' "$tmp/other")"
wait "$asker"
result "many at once, of a silent Glance" "$(same "answers" "60 204 - late" "$(<"$tmp/said")")"
ask_apart --times 350 "${put[@]}" >"$tmp/said"
result "too many at once" "$(
    same "answers" $'204 - busy\n204 - late' "$(sed 's/^[0-9]* //' "$tmp/said")")"
fake POST /_control '{"release": true, "forget": true, "rules": []}' >/dev/null
answers "and afterwards" "204 fast store" "${put[@]}"
quiet
answers "no such image" "204 - failed" PUT "/v2/images/$gone/file"
result "trouble is logged" "$(
    warns "image $id: the upload goes to Glance's default store: .*HTTP 500"
    warns "Glance did not answer within 2 s"
    warns "more like this")"
ask_service GET /metrics
result "and counted" "$(said '^virt_glance_choose_decisions_total.outcome="busy".+[1-9]' "$tmp/said"
    said '^virt_glance_choose_decisions_total.outcome="store".+[1-9]' "$tmp/said")"
result "no token in the log" "$(grep -El "token-of-ann|x{200}" "$tmp/err" "$tmp/out")"

## Connections

answers "not HTTP" "400 - - kept" --raw 'nonsense\n\n'
answers "a path that is none" "400 - - kept" --raw 'PUT \x01 HTTP/1.1\n\n'
quiet
for header in Transfer-Encoding:chunked Content-Length:1000000000000 Content-Length:3; do
    ask_service --body 8388608 PUT "/v2/images/$id/file" "$header"
    result "a body, $header" "$(said 'Connection|Disconnected|BrokenPipe' "$tmp/said")"
done
result "is logged" "$(warns "the proxy sends a body with its question")"
ulimit -n 4096
ask_apart --silent 1000 "${put[@]}" >"$tmp/said"
result "a thousand connections that say nothing" "$(
    same "the answer" "204 fast store" "$(head -n 1 "$tmp/said")"
    (($(tail -n 1 "$tmp/said") >= 600)) || echo "only $(tail -n 1 "$tmp/said") were closed")"
ask_service --drip
result "a request without end" "$( (($(<"$tmp/said") < 55)) || echo "still open after a minute")"
answers "and afterwards" "204 fast store" "${put[@]}"

stop
result "ends at SIGTERM" "$(expect 0)"

## How long it waits for Glance

with='--timeout 1' serve
rules "[{\"method\": \"GET\", \"path\": \"/v2/images/$id\", \"hold\": true, \"times\": 0}]"
answers "Glance is silent for --timeout" "204 - late" "${put[@]}"
result "is logged" "$(warns "Glance did not answer within 1 s")"
fake POST /_control '{"release": true, "forget": true, "rules": []}' >/dev/null
stop
with='--timeout 60' serve
rules "[{\"method\": \"GET\", \"path\": \"/v2/images/$id\", \"delay\": 6, \"times\": 1}]"
answers "Glance is slow, and is waited for" "204 fast store" "${put[@]}"
stop

## Guests of this host

of_web="$snapshot, \"owner\": \"$project\", \"instance_uuid\": \"$(uuid_of web)\""
with=--with-libvirt serve
glance_with "$of_web"
answers "the flavor of a guest" "204 cheap store" "${put[@]}"
glance_with "${of_web/$project/somebody}"
answers "a guest of another project" "204 fast store" "${put[@]}"
glance_with "${of_web/$(uuid_of web)/$(uuid_of elsewhere)}"
answers "a guest of another host" "204 fast store" "${put[@]}"
stop
mv "$tmp/node.xml" "$tmp/node.away"
with=--with-libvirt serve
glance_with "$of_web"
ask_service "${put[@]}" # (which may wait for libvirt)
wait_for grep -q "chosen without what its guest tells" "$tmp/err"
answers "libvirt is away" "204 fast store" "${put[@]}"
result "is logged" "$(warns "image of domain $(uuid_of web) is chosen without what its guest tells")"
mv "$tmp/node.away" "$tmp/node.xml"
answers "and is asked again only later" "204 fast store" "${put[@]}"
stop

## Addresses

mkdir "$tmp/s"
listen=unix:$tmp/s/choose serve
answers "a socket's path" "204 fast store" "${put[@]}"
run choose --listen "unix:$tmp/s/choose"
result "an address that is in use" "$(expect 1; says "can't listen on 'unix:$tmp/s/choose'")"
kill -KILL "$pid"
finish
listen=unix:$tmp/s/choose serve
answers "a socket that was left behind" "204 fast store" "${put[@]}"
stop
endpoint=http://127.0.0.1:9 serve
answers "Glance is away" "204 - failed" "${put[@]}"
stop
for odd in nonsense 127.0.0.1 :80 host.example:80 127.0.0.1:70000 unix:relative '[::1]'; do
    run choose --listen "$odd"
    result "no address: $odd" "$(expect 1; says "can't listen on")"
done

# As systemd would start it: with a listening socket, and where to say that it's ready.
printf '%s\n' '[glance]' "endpoint_override = $fake_url" >"$tmp/conf"
set_command choose --activated
/usr/bin/python3 - "$tmp/s" "${command[@]}" >"$tmp/out" 2>"$tmp/err" <<'PYTHON' &
import os, socket, sys
directory, command = sys.argv[1], sys.argv[2:]
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(directory + "/notify")
listener = socket.socket(socket.AF_UNIX)
listener.bind(directory + "/activated")
listener.listen()
child = os.fork()
if child == 0:
    os.dup2(listener.fileno(), 3, True)
    at = command.index("-i") + 1
    command[at:at] = ["LISTEN_FDS=1", "LISTEN_PID=%d" % os.getpid(),
                      "NOTIFY_SOCKET=" + directory + "/notify"]
    os.execvp(command[0], command)
print("said", notify.recv(100).decode(), "to", child, flush=True)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
PYTHON
pid=$!
wait_for grep -q "^said READY=1 to" "$tmp/out"
address=unix:$tmp/s/activated
answers "a socket of systemd" "204 fast store" "${put[@]}"
kill "$(sed -n 's/^said READY=1 to //p' "$tmp/out")"
finish
result "which ends at SIGTERM" "$(expect 0)"
run choose --activated
result "no socket of systemd" "$(expect 1; says "systemd has given none")"
run choose --listen 127.0.0.1:0 --image $id
result "both a service and an image" "$(expect 2)"
for odd in 0 -1 61 99999999999; do
    run choose --listen 127.0.0.1:0 --timeout "$odd"
    result "no time: $odd" "$(expect 2; says "--timeout|out of range")"
done
run choose --image $id --timeout 5
result "a time without a service" "$(expect 2; says "--timeout belongs to --listen or --activated")"
config
run choose --listen 127.0.0.1:0
result "no address of Glance" "$(expect 2; says "set \[glance\] endpoint_override")"

done_testing
