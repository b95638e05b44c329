#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# By virsh alone: a request in the metadata of a domain, running or shut off,
# becomes an image in the store that was asked for, or in the one by the usual
# rules; the answer stands in the metadata. What makes no sense is answered, too.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-agent
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest
guest_boot $guest
vg_config '[agent]' 'workers = 2'

# asked ELEMENT [OPTION…]: asks, and waits until it is done. Sets $image.
asked() {
  forget_status $guest
  ask $guest "$@"
  await_status $guest "done"
  image=$(status_of $guest image/@id)
  assert_equal active "$(image_field "$image" status)" "the image's state"
  wait_until 60 no_request || fail "the request still stands there"
  assert_spool_empty
}
# (Newer virsh takes metadata that isn't there for empty.)
no_request() { [ -z "$(virsh -q metadata $guest urn:virt-glance:request 2>/dev/null)" ]; }

# refused ELEMENT REGEX: answered with that error, and nothing made.
refused() {
  forget_status $guest
  ask $guest "$1"
  await_status $guest failed
  [[ $(status_of $guest error/@text) =~ $2 ]] ||
    fail "no such error: $2, but: $(status_of $guest error/@text)"
  wait_until 60 no_request || fail "the request still stands there"
  assert_spool_empty
}

# What was asked for while no agent was there is not lost.
ask $guest "<snapshot name='early'/>"
agent_start
await_status $guest "done"
image=$(status_of $guest image/@id)
assert_equal early "$(image_field "$image" name)" "the image's name"
assert_equal fast "$(status_of $guest image/@store)" "the base image's store"
assert_equal base-image "$(status_of $guest image/@rule)" "the rule"
assert_spool_empty
assert_equal "$(status_of $guest @job)" \
  "$(virt_glance jobs --json | jq -r '.[-1].id')" "the job"
assert_equal "$(status_of $guest @order)" \
  "$(virt_glance jobs --json | jq -r '.[-1].order')" "the job's order"

asked "<snapshot name='by virsh' store='cheap' format='raw' quiesce='require'/>"
image_in_store "$image" cheap || fail "the image is not in the store cheap"
assert_equal raw "$(image_field "$image" disk_format)" "the image's format"
assert_equal 'by virsh' "$(image_field "$image" name)" "the image's name"
assert_equal user "$(status_of $guest image/@rule)" "the rule"

images_delete_new
refused "<snapshot store='nosuch'/>" "store 'nosuch' was not found"
refused "<snapshot stor='fast'/>" "'stor' is not known"
refused "<snapshoot/>" 'unknown request <snapshoot>'
refused "<snapshot disks='vdz'/>" "vdz"
assert_no_new_images

# The definition alone may ask, too; and one that is shut off.
asked "<snapshot name='config'/>" --config
guest_stop $guest
asked "<snapshot name='off' disks='all'/>"
assert_image_boots "$image"

# A policy that makes no sense is answered at once.
forget_status $guest
set_policy $guest "<on event='stoped'/>"
await_status $guest failed
[[ $(status_of $guest error/@text) == *"unknown event 'stoped'"* ]] ||
  fail "the policy's mistake is not told: $(status_of $guest error/@text)"

# There is but one agent.
expect 1 virt_glance agent
expect_error 'another agent is already running'

# Stopped, it ends at once.
agent_stop
images_delete_new
assert_nothing_left $guest 'shut off'
assert_no_secrets "$tmp/agent.log"
