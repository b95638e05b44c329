#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each policy that README.md and the manual pages set by virsh, on a guest that runs:
# it has the effect that is told, as the command is written, but for the guest's name
# and the image's UUID.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"

guest=vgtest-examples
folder=$cloud_dir/guests/$guest
example_image=4b1fe2c4-8a30-4a4e-b9e1-b8eb1a5d2f37
documents=("$VG_SRCDIR"/README.md "$VG_SRCDIR"/man/*.pod)
images_snapshot
cleanup_fn images_delete_new
cleanup_fn guest_undefine $guest
guest_define $guest --plain --idle
mkdir "$tmp/policy.d"
vg_config '[agent]' "policy_directory = $tmp/policy.d" \
  "libvirt_snapshot_directory = $VG_TEST_LIBVIRT/lib/qemu/snapshot"
hook_install
guest_boot $guest

# The section of a file: it is read with each command, and must be right.
sed -n "/^ \[the shop's guests\]/,/^\$/p" "$VG_SRCDIR/man/virt-glance-policy.pod" |
  sed 's/^ //' >"$tmp/policy.d/50-shop.conf"
grep -q '^on = ' "$tmp/policy.d/50-shop.conf" || fail "there is no example of a policy file"

agent_start
wait_until 60 test -e "$tmp/vg/state/seen/since.json" || fail "the agent does not look"

# example N FILE: the Nth command of the file that sets a policy; nothing after the
# last one.
example() {
  perl -0777 -ne '
    while (/(virsh metadata guest1 urn:virt-glance:policy\b.*?--set\s+"[^"]*")/gs) {
        print $1 if ++$i == $n;
    }' -s -- -n="$1" "$2" | sed "s/guest1/$guest/; s/$example_image/$VG_TEST_BASE_IMAGE/"
}

# works TEXT: the policy that was set has its effect.
works() {
  case $1 in
    *'<image '*)
      expect 0 virt_glance inspect $guest --json
      assert_equal "$VG_TEST_BASE_IMAGE" "$(jq -r .image_ref "$tmp/out")" "the base image"
      ;;
    *"event='backup'"*)
      expect 0 virt_glance backup $guest --quiet
      ;;
    *"event='snapshot'"*)
      virsh -q snapshot-create-as $guest "nightly$n" --disk-only \
        --diskspec "vda,file=$folder/nightly$n" >/dev/null
      await_status $guest "done"
      image_in_store "$(status_of $guest image/@id)" cheap || fail "it is not in the store cheap"
      ;;
    *"event='stopped'"*)
      guest_stop $guest
      await_status $guest "done"
      image_in_store "$(status_of $guest image/@id)" cheap || fail "it is not in the store cheap"
      guest_boot $guest
      ;;
    *) fail "this test does not know what it does: $1" ;;
  esac
}

forget_policy() {
  virsh -q metadata $guest urn:virt-glance:policy --remove --config >/dev/null 2>&1 || true
  virsh -q metadata $guest urn:virt-glance:policy --remove --live >/dev/null 2>&1 || true
}

n=0
for document in "${documents[@]}"; do
  for ((i = 1; ; i++)); do
    text=$(example $i "$document")
    [ -n "$text" ] || break
    n=$((n + 1))
    echo "$(basename "$document"): $text"
    forget_policy
    forget_status $guest
    expect 0 bash -c "$text"
    works "$text"
  done
done
[ $n -ge 8 ] || fail "there are only $n examples"
agent_stop
