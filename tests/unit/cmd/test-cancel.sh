#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The command "cancel": of jobs that run or have ended, of orders in the spool, and
# of what there is not. Prints TAP.
# shellcheck disable=SC2119,SC2120,SC2317 # optional arguments, indirect calls
# shellcheck source=tests/unit/lib/run.sh
. "$(dirname "$0")/../lib/run.sh"

config
disk qcow2 "$tmp/disk" 8M
plain=$(guest_xml guest 5 "$(disk_xml vda qcow2 "$tmp/disk")" "$(made_from)")
guests "$plain"
glance

# order: makes one, as libvirt's hook does; its id is in $order.
order() {
    local policy="<p:policy xmlns:p='urn:virt-glance:policy'><on event='stopped'/></p:policy>"
    local file

    rm -rf "$tmp/state/spool"
    guest_xml guest 5 '' "$policy" |
        "$builddir/virt-glance-hook" --config "$tmp/conf" guest release end -
    for file in "$tmp"/state/spool/*.json; do
        order=$(basename "$file" .json)
    done
}
spooled() { find "$tmp/state/spool" -name '*.json' | wc -l; }

order
run cancel "$order"
result "an order" "$(
    expect 0
    same "what is told" "The request was removed from the spool" "$(cat "$tmp/out")"
    same "orders" 0 "$(spooled)"
)"
run cancel "$order"
result "the same order again" "$(expect 1; says "there is no job or order '$order'; 'virt-glance jobs'")"
order
run cancel "$order" --json
result "an order, in JSON" "$(expect 0; json "j == {'cancelled': '$order', 'version': 1}")"
run cancel
result "nothing named" "$(expect 2)"
run cancel ../../etc/passwd
result "a path" "$(expect 1; says "no job or order '../../etc/passwd'")"

run snapshot guest one --json
job=$(show "j['id']")
run cancel "$job"
result "a job that has ended" "$(
    expect 1
    says "job $job is not running; 'virt-glance jobs'"
    same "images" 1 "$(images | wc -l)"
)"

# begin [RULE]: a job that Glance holds at the upload, and what else it does wrong;
# the job's id is in $job, its process $pid. What it prints is out of the way.
begin() {
    glance "{\"rules\": [{\"method\": \"PUT\", \"path\": \"/v2/images/.*/file\",
        \"hold\": true}${1:+, $1}]}"
    rm -rf "$tmp/state"
    start snapshot guest two
    wait_for grep -q Uploading "$tmp/err"
    mv "$tmp/out" "$tmp/held.out"
    mv "$tmp/err" "$tmp/held.err"
    job=$(journals "j['id']")
}

# end: until it has ended.
end() {
    finish
    ended=$status
    fake POST /_control '{"release": true}' >/dev/null
}

begin
run cancel "$job" --json
result "a running job" "$(expect 0; json "j == {'cancelled': '$job', 'version': 1}")"
end
result "its own end" "$(same "the exit status" 9 "$ended"; nothing_left)"
run jobs --json
result "it is listed as cancelled" "$(
    expect 0
    json "[(i['state'], i['error']['code']) for i in j] == [('cancelled', 'cancelled')]"
    same "for older versions" "failed" "$(journals "j['state']")"
)"

run cancel --domain guest
result "a domain with nothing to cancel" "$(
    expect 0
    same "what is told" "Nothing to cancel" "$(<"$tmp/out")"
)"
begin
order
other=$order
run cancel --domain "$(uuid_of guest | tr a-f A-F)" --json
result "a domain's job and order" "$(
    expect 0
    json "j == {'cancelled': ['$other', '$job'], 'version': 1}"
    same "orders" 0 "$(spooled)"
)"
end
result "the end of its job" "$(same "the exit status" 9 "$ended"; nothing_left)"
begin
run cancel --domain other
result "another domain" "$(expect 0; same "what is told" "Nothing to cancel" "$(<"$tmp/out")")"
run cancel --domain guest
result "by its name" "$(expect 0; same "what is told" "Cancelled $job" "$(<"$tmp/out")")"
end

begin
: >"$tmp/state/spool"
run cancel --domain guest
result "a domain whose orders can't be read" "$(
    expect 1
    says "the spool can't be read"
    same "its job" running "$(journals "j['state']")"
)"
rm "$tmp/state/spool"
fake POST /_control '{"release": true}' >/dev/null
finish
result "its job goes on" "$(expect 0)"

run cancel --domain guest "$job"
result "a job and a domain" "$(expect 2; says "give a job, or --domain")"

begin '{"method": "DELETE", "path": "/v2/images/.*", "times": 0, "status": 403, "json": {}}'
run cancel "$job"
result "a job that can't be rolled back" "$(
    expect 1
    says "job $job could not be rolled back completely; run 'virt-glance recover'"
)"
end
result "its end" "$(same "the exit status" 8 "$ended")"

done_testing
