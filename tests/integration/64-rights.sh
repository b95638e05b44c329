#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The credentials of a service, read from its configuration as it reads them itself;
# and a user who may do with images what images of other projects take, and nothing
# else in the cloud: the policy and the role of the manual.
# shellcheck source=tests/cloud/functions.sh
. "$(dirname "$0")/../cloud/functions.sh"
# shellcheck source=tests/cloud/faults.sh
. "$VG_SRCDIR/tests/cloud/faults.sh"

guest=vgtest-rights ceph=vgtest-rights-ceph
images_snapshot
cleanup_fn images_delete_new
a_small_guest $guest
a_small_rbd_guest $ceph

# The role, and who has it: in the services' project, and nothing but that.
role=image_uploader
user=vgtest-uploader
export keystone_admin_token
keystone_admin_token=$(keystone_token_of admin)
forget() { keystone_call DELETE "$1" >/dev/null || true; }
role_id=$(keystone_create role "{\"name\": \"$role\"}")
cleanup_fn forget "roles/$role_id"
password="$(openssl rand -hex 16)\$x"
user_id=$(keystone_create user "{\"name\": \"$user\", \"password\": \"$password\"}")
cleanup_fn forget "users/$user_id"
keystone_call PUT "projects/$VG_TEST_SERVICE_PROJECT_ID/users/$user_id/roles/$role_id"

cat >"$tmp/nova.conf" <<CONF
[DEFAULT]
enabled_apis = osapi_compute,
  metadata
; as packages leave it
[glance]
auth_section = service_user
region_name = RegionOne
[service_user]
send_service_user_token: true
auth_type = password
auth_url = "$OS_AUTH_URL"
username = admin
user_name = nobody
username = $user
password = ${password//$/\$\$}
user_domain_name = Default
project_name = service
project_domain_id = default
CONF
chmod 600 "$tmp/nova.conf"
mapfile -t store < <(ceph_store images)
vg_config '[glance]' "auth_from = $tmp/nova.conf:glance" "${store[@]}"

# virt_glance ARGUMENT…: without any other credentials.
virt_glance() {
  without_openstack "$VG_BUILDDIR/virt-glance" --config "$tmp/virt-glance.conf" "$@"
}

# The service reads the same.
project=$(
  /usr/bin/python3 - "$tmp/nova.conf" <<'PY'
import sys
from keystoneauth1 import loading
from oslo_config import cfg

conf = cfg.ConfigOpts()
conf([], default_config_files=[sys.argv[1]])
loading.register_auth_conf_options(conf, "glance")
loading.register_session_conf_options(conf, "glance")
auth = loading.load_auth_from_conf_options(conf, "glance")
session = loading.load_session_from_conf_options(conf, "glance", auth=auth)
print(session.get_project_id())
PY
)
assert_equal "$VG_TEST_SERVICE_PROJECT_ID" "$project" "the project of keystoneauth"

# Without the policy, Glance doesn't let it do a thing.
expect 5 virt_glance snapshot $guest
expect_error "can't create image .*403.*add_image.*policy"
assert_no_new_images

# With that of the manual it does.
glance_policy=$cloud_dir/glance/policy.yaml
glance_as_before() {
  rm -f "$glance_policy"
  glance_stop
  glance_start
}
cleanup_fn glance_as_before
sed -n '/^ # .*policy.yaml/,/^$/s/^ //p' "$VG_SRCDIR/man/virt-glance.conf.pod" >"$glance_policy"
grep -q "^uploader: .*$role" "$glance_policy" || fail "the manual has no such policy"
glance_stop
glance_start

take $guest
assert_equal "$VG_TEST_DEMO_PROJECT_ID private" \
  "$(image_get "$image" | jq -r '.owner + " " + .visibility')" "owner and visibility"
VG_TEST_AS=demo image_download "$image" "$tmp/image"
qemu-img compare -q -f raw -F qcow2 "$tmp/noise" "$tmp/image" || fail "the image differs"
for n in 1 2 3; do
  expect 0 virt_glance backup $guest "nightly-$n" --type daily --rotation 2 --json
  next_second
done
assert_equal 2 "$(image_call GET "images?backup_type=daily&instance_uuid=$(virsh -q domuuid $guest)" |
  jq '.images | length')" "the backups"
take $ceph --store ceph
assert_equal clone "$(job_image way)" "the way of a disk in Ceph"
rbd_image_same "$image" "$disk"

# It can't publish images, and has no right elsewhere.
expect 5 virt_glance snapshot $guest --visibility public
expect_error "can't create image .*403.*publicize_image.*policy"
its_token=$(keystone_token "$user" "$password" service)
for path in users roles projects; do
  keystone_admin_token=$its_token expect 22 keystone_call GET $path
done
assert_nothing_on_host $guest 'shut off'
