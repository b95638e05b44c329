#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Into which store an image goes, by which rule, what Glance is told of it, and the
# copies in other stores. Prints TAP.
# shellcheck disable=SC2119,SC2120 # optional arguments
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config
disk qcow2 "$tmp/a.qcow2" 1M 1
disk raw "$tmp/b.raw" 1M 2
vda=$(disk_xml vda qcow2 "$tmp/a.qcow2")
vdb=$(disk_xml vdb raw "$tmp/b.raw")
volume="<serial>0fc35e9b-1e75-4a42-9dd7-6e6d8a9b3d11</serial>"
image="type='image' uuid='$base'"
spec="<n:extraSpecs><n:extraSpec name='image_service:store_id'>cheap</n:extraSpec></n:extraSpecs>"
other=11111111-2222-4333-8444-555555555555
gone=99999999-2222-4333-8444-555555555555

guests \
    "$(guest_xml plain 5 "$vda$vdb" "$(nova "$image")")" \
    "$(guest_xml flavor 5 "$vda" "$(nova "$image" "$spec")")" \
    "$(guest_xml volume 5 "$(disk_xml vda qcow2 "$tmp/a.qcow2" "$volume")" \
        "$(nova "type='volume' uuid='$base'")")" \
    "$(guest_xml unknown 5 "$vda")" \
    "$(guest_xml elsewhere 5 "$vda" "$(nova "type='image' uuid='$other'")")" \
    "$(guest_xml lost 5 "$vda" "$(nova "type='image' uuid='$gone'")")" \
    "$(guest_xml odd 5 "$vda" "$(nova "type='image' uuid='none'")")"

# elsewhere STORES: a JSON member, so that the image $other is in those stores.
elsewhere() {
    printf '%s' "\"images\": [{\"id\": \"$other\", \"name\": \"other\", \"status\": \"active\"," \
        "\"disk_format\": \"raw\", \"container_format\": \"bare\", \"stores\": \"$1\"}]"
}

# put_headers: what each upload tells Glance: "STORE BASE-IMAGE", "-" where a header
# is left out.
put_headers() {
    wire "' '.join(r['headers'].get(h, '-')
        for h in ('x-image-meta-store', 'x-openstack-base-image-ref'))
        if r['method'] == 'PUT' else None"
}

# chosen STORE RULE HEADERS REASON ARGUMENT…: a snapshot goes there, with
# those headers; see put_headers.
chosen() {
    local store=$1 rule=$2 headers=$3 reason=$4 name
    shift 4
    run snapshot "$@" --json
    result "store $store by rule $rule: $*" "$(
        expect 0
        json "(lambda i: (i['store'], i['rule']))(j['images'][0]) == ('$store', '$rule')"
        json "re.search('''$reason''', j['images'][0]['reason'])"
        same "the headers" "$headers" "$(put_headers)"
        same "its store in Glance" "$store" "$(images "i['stores']
            if i['id'] != '$other' else ''" | grep .)"
    )"
}

# The rules, the first first.
glance
chosen cheap user "cheap -" 'the user named it' plain --store cheap
glance
chosen fast user "fast -" 'the user' flavor --store fast
glance
chosen cheap config "cheap -" 'flavor names it' flavor
glance
chosen fast base-image "fast $base" "holds the base image $base" plain
glance
chosen reliable default "- -" 'root disk is a volume' volume
glance
chosen reliable default "- -" 'base image is unknown' unknown
glance
chosen reliable default "- $gone" "$gone was deleted or is not visible" lost
result "a warning that the base image is gone" "$(warns "base image $gone")"
glance
chosen reliable default "- -" 'base image is unknown' odd
result "a warning that it is no UUID" "$(warns "'none', which is not a UUID")"
glance
run snapshot plain --all-disks --json
result "another disk's image is beside the root disk's" "$(
    json "[(i['disk'], i['store'], i['rule']) for i in j['images']]
          == [('vda', 'fast', 'base-image'), ('vdb', 'fast', 'base-image')]"
    same "the headers" "fast $base,fast $base" "$(put_headers | paste -sd,)"
)"

# Of several stores that hold it: the default, else the first of Glance's.
glance "{$(elsewhere cheap,reliable)}"
chosen reliable base-image "reliable $other" holds elsewhere
glance "{$(elsewhere cheap,fast)}"
chosen fast base-image "fast $other" holds elsewhere
web='{"id": "web", "type": "http", "read-only": "true"}'
readonly="\"config\": {\"stores\": [{\"id\": \"fast\"}, $web, {\"id\": \"reliable\", \"default\": \"true\"}]}"
glance "{$(elsewhere web), $readonly}"
chosen reliable default "- $other" 'no writable store' elsewhere
glance "{$(elsewhere fast,web), $readonly}"
chosen fast base-image "fast $other" holds elsewhere

# Named by the configuration; users may be forbidden to.
config 'store = cheap'
glance
chosen cheap config "cheap -" '\[glance\] store' plain
glance
chosen cheap config "cheap -" flavor flavor
config 'allow_user_store = false'
glance
chosen fast base-image "fast $base" holds plain
config

# refused NAME REGEX ARGUMENT…: because of its store, before anything is made.
refused() {
    local name=$1 regex=$2
    shift 2
    run snapshot "$@"
    result "$name" "$(
        expect 4
        says "$regex"
        nothing_left
        same "requests that change something" "" "$(requests | grep -v -e GET -e tokens)"
    )"
}
glance "{$readonly}"
refused "a read-only store" 'web.*read-only' plain --store web
refused "an unknown store of the flavor" 'image_service:store_id.*cheap.*not found' flavor
config 'store = nowhere'
refused "an unknown store of the configuration" '\[glance\] store.*nowhere.*not found.*fast' plain
config
glance '{"config": {"stores": [{"id": "web", "read-only": "true", "default": "true"}]}}'
refused "a read-only default" 'default store.*web.*read-only' plain
glance '{"config": {"detail": false}}'
chosen fast base-image "fast $base" holds plain
result "stores of which we may not see the details" "$(same requests \
    "GET /v2/info/stores/detail 403
GET /v2/info/stores 200" "$(requests | grep stores)")"

## Copies

# copy_to_base_stores STORES [CONFIG]: of an image in these stores.
copies() {
    glance "{$(elsewhere "$1"), \"config\": {\"x\": 0 ${2:+, $2}}}"
    rm -rf "$tmp/state"
    run snapshot elsewhere copied --json
}
stores_of_copied() {
    images "i['stores'] if i.get('name') == 'copied' else ''" | grep . |
        tr , '\n' | sort | paste -sd,
}

config 'copy_to_base_stores = true'
copies fast,cheap,reliable
result "copies to the other stores of the base image" "$(
    expect 0
    json "[i['copies'] for i in j['images']] == [['fast', 'cheap']]"
    json "j['images'][0]['store'] == 'reliable'"
    same stores cheap,fast,reliable "$(stores_of_copied)"
    same "the import" "['fast', 'cheap'] False copy-image" "$(wire "'%s %s %s' % (
        r['json']['stores'], r['json']['all_stores_must_succeed'],
        r['json']['method']['name']) if r['path'].endswith('/import') else None")"
)"
copies cheap
result "no other store, no copy" "$(
    expect 0
    json "j['images'][0]['copies'] == []"
    same "imports" "" "$(requests | grep import)"
)"
run snapshot elsewhere text
result "what is said of it" "$(expect 0; grep -q '^Store cheap: it holds' "$tmp/out" || cat "$tmp/out")"
copies fast,cheap
run snapshot elsewhere text
result "copies are printed" "$(expect 0; grep -qx 'Copied to cheap' "$tmp/out" || cat "$tmp/out")"

# not_copied NAME STATUS REGEX: the image stays and is printed, and the job failed.
not_copied() {
    local name=$1 wanted=$2 regex=$3
    result "$name" "$(
        expect "$wanted"
        says "active in store fast.*could not be copied to cheap: .*$regex"
        same stores fast "$(stores_of_copied)"
        same journals "failed image:kept folder:undone" "$(journals "' '.join([j['state']]
            + [s['step'] + ':' + s['state'] for s in j['steps']])")"
        nothing_left | grep -v '^image left'
        json "[i['store'] for i in j['images']] == ['fast'] and 'copied to cheap' in j['error']['message']"
    )"
}
copies fast,cheap '"import_fail": ["cheap"]'
not_copied "a copy that Glance can't make" 1 "failed for cheap: Task failed"
copies fast,cheap '"admin": false'
not_copied "a copy that is forbidden" 1 "HTTP 403"
import='"method": "POST", "path": "/v2/images/.*/import", "times": 0'
for code in 400 404 500 503; do
    glance "{$(elsewhere fast,cheap), \"rules\": [{$import, \"status\": $code, \"json\": {}}]}"
    rm -rf "$tmp/state"
    run snapshot elsewhere copied --json
    not_copied "a copy that is answered by HTTP $code" 1 "HTTP $code"
    result "requests for it: HTTP $code" "$(
        same imports $((code >= 500 ? 2 : 1)) "$(requests | grep -c import)")"
done
glance "{$(elsewhere fast,cheap), \"rules\": [{${import/0/1}, \"status\": 409, \"json\": {}}]}"
run snapshot elsewhere copied --json
result "a copy while Glance has another task on the image" "$(
    expect 0
    same imports "409 202" "$(requests | grep import | cut -d' ' -f3 | xargs)"
)"

done_testing
