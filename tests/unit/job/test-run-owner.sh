#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Whose an image is, who sees it, who is told of it, and whether it can be deleted.
# Prints TAP.
# shellcheck disable=SC2119,SC2120 # optional arguments
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config
disk qcow2 "$tmp/a.qcow2" 1M 1
disk raw "$tmp/b.raw" 1M 2
disks="$(disk_xml vda qcow2 "$tmp/a.qcow2")$(disk_xml vdb raw "$tmp/b.raw")"
ours=b7c5f3a1d2e84f6f9a0b1c2d3e4f5a6b
theirs=c0ffee00d2e84f6f9a0b1c2d3e4f5a6b
guests "$(guest_xml own 5 "$disks" "$(nova "type='image' uuid='$base'")")" \
    "$(guest_xml guest 5 "$disks" "$(nova "type='image' uuid='$base'" "" "$theirs")")" \
    "$(guest_xml odd 5 "$disks" "$(nova "type='image' uuid='$base'" "" "no project")")"

# whose NAME OWNER VISIBILITY MEMBERS REQUESTS ARGUMENT…: the image that is made, and
# the requests from its creation on.
whose() {
    local name=$1 owner=$2 visibility=$3 members=$4 wanted=$5
    shift 5
    rm -rf "$tmp/state"
    run snapshot "$@" --json
    result "$name" "$(
        expect 0
        same "in Glance" "$owner $visibility $members" \
            "$(images "i['owner'], i['visibility'], i.get('_members', {})")"
        json "j['images'][0]['owner'] == '$owner'"
        same requests "$wanted" "$(requests | sed -n '/^POST .v2.images /,$p' |
            cut -d' ' -f1,3 | xargs)"
        nothing_left | grep -v '^image left'
    )"
}
made="POST 201 PUT 204 GET 200"

glance
whose "of our own instance" $ours private "{}" "$made" own
glance
whose "of another project's instance" $theirs private "{}" "$made" guest
glance
whose "--owner self: shared only if it is to be" $ours private "{}" "$made" guest --owner self
glance
whose "--owner self --visibility shared" $ours shared "{'$theirs': 'accepted'}" \
    "$made POST 200 PUT 200" guest --owner self --visibility shared
result "the member" "$(json "(j['images'][0]['member'], j['images'][0]['member_status'])
    == ('$theirs', 'accepted')")"
config 'owner = self'
glance
whose "the same by the configuration" $ours private "{}" "$made" guest
glance
whose "--owner goes before" $theirs private "{}" "$made" guest --owner instance
config
glance
whose "what is no project's id" $ours private "{}" "$made" odd
for visibility in shared community public; do
    glance
    whose "--visibility $visibility" $theirs $visibility "{}" "$made" \
        guest --visibility $visibility
done

# Credentials that may not make images of others.
may_not='"config": {"admin": false}'
glance "{$may_not}"
whose "where Glance does not let us" $ours shared "{'$theirs': 'pending'}" \
    "POST 403 $made POST 200 PUT 403" guest
result "it is told who must accept it" "$(
    json "(j['images'][0]['member'], j['images'][0]['member_status'])
          == ('$theirs', 'pending')"
    run jobs --json
    json "j[0]['images'][0]['member'] == '$theirs'"
)"
glance "{$may_not}"
whose "likewise, --visibility private" $ours private "{}" "POST 403 $made" \
    guest --visibility private
glance "{$may_not}"
rm -rf "$tmp/state"
run snapshot guest --all-disks --json
result "likewise, all disks" "$(
    expect 0
    same "owners" "$ours $ours" "$(images "i['owner']" | xargs)"
    same "members" 2 "$(images "i['_members']" | grep -c "'$theirs': 'pending'")"
)"
run snapshot guest
result "likewise, in text" "$(expect 0
    grep -q "^Shared with the instance's project $theirs.*--accept [0-9a-f-]*$" "$tmp/out" ||
        cat "$tmp/out")"

# What can't be shared stays all the same.
members='"path": "/v2/images/.*/members"'
for code in 403 404 413 500 503; do
    glance "{$may_not, \"rules\": [{\"method\": \"POST\", $members, \"times\": 0,
      \"status\": $code, \"json\": {}}]}"
    run snapshot guest --json
    result "sharing is answered by HTTP $code" "$(
        expect 0
        warns "does not see the image: .*HTTP $code"
        json "'member' not in j['images'][0]"
        same "the state" active "$(images "i['status']")"
    )"
done
glance "{$may_not, \"rules\": [{\"method\": \"POST\", $members, \"lost\": true}]}"
run snapshot guest --json
result "a lost answer to sharing" "$(
    expect 0
    json "j['images'][0]['member'] == '$theirs'"
    same members "{'$theirs': 'pending'}" "$(images "i['_members']")"
)"
glance "{$may_not, \"rules\": [{\"method\": \"PUT\", \"path\": \".*/members/.*\", \"times\": 0, \"cut\": 0}]}"
run snapshot guest --json
result "a lost connection when it is to be accepted" "$(
    expect 0
    json "j['images'][0]['member_status'] == 'pending'"
)"

# Images that only administrators may make.
glance '{"rules": [{"method": "POST", "path": "/v2/images", "times": 0, "status": 403, "json": {}}]}'
rm -rf "$tmp/state"
run snapshot own --visibility public
result "a visibility that is forbidden" "$(expect 5
    says "HTTP 403.*public.*--visibility private"; nothing_left)"
run snapshot own
result "nothing is said of visibility where none was asked for" "$(expect 5; says "HTTP 403"
    ! grep -q -- --visibility "$tmp/err" || cat "$tmp/err")"
run snapshot guest
result "an image that may be made for nobody" "$(
    expect 5
    says "disk vda of domain guest: .*HTTP 403"
    same owners "$theirs private, None shared" "$(wire "'%s %s' % (r['json'].get('owner'),
        r['json']['visibility']) if (r['method'], r['path']) == ('POST', '/v2/images')
        else None" | tail -n 2 | paste -sd, | sed 's/,/, /')"
    nothing_left
)"

## Protection

glance
rm -rf "$tmp/state"
run snapshot own --all-disks --protected --json
result "--protected, all disks" "$(
    expect 0
    same "in Glance" "True True" "$(images "i['protected']" | xargs)"
    json "[(s['step'], s['state']) for s in j['steps']] == [('image', 'kept'),
          ('image', 'kept'), ('folder', 'undone'), ('protect', 'kept'), ('protect', 'kept')]"
    same "when" "POST POST PUT PUT PATCH PATCH" \
        "$(requests | grep -v -e GET -e tokens | cut -d' ' -f1 | xargs)"
    same "how" "application/openstack-images-v2.1-json-patch" \
        "$(wire "r['headers']['content-type'] if r['method'] == 'PATCH' else None" | sort -u)"
)"
patch='"method": "PATCH", "path": "/v2/images/.*"'
# Where Glance refuses to take the protection back, too, the image is deleted all
# the same, and the protection with it.
while read -r code wanted; do
    glance "{\"rules\": [{$patch, \"times\": 0, \"status\": $code, \"json\": {}}]}"
    rm -rf "$tmp/state"
    run snapshot own --all-disks --protected
    result "protecting is answered by HTTP $code" "$(
        expect "$wanted"
        says "protect image .*HTTP $code"
        nothing_left
    )"
done <<'CASES'
400 1
403 5
404 1
409 1
500 6
503 6
CASES
glance "{\"rules\": [{$patch, \"skip\": 1, \"status\": 403, \"json\": {}}]}"
rm -rf "$tmp/state"
run snapshot own --all-disks --protected
result "the second can't be protected: the first is undone" "$(
    expect 5
    says "protect image .*HTTP 403"
    same "requests" "PATCH 200 PATCH 403 PATCH 200 PATCH 200 DELETE 204 DELETE 204" \
        "$(requests | grep -e PATCH -e DELETE | cut -d' ' -f1,3 | xargs)"
    nothing_left
)"
glance "{\"rules\": [{$patch, \"lost\": true}]}"
run snapshot own --protected --json
result "a lost answer to protecting" "$(expect 0; same protected True "$(images "i['protected']")")"

done_testing
