# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Nova: API, conductor, scheduler, and two computes on the cloud's libvirtd, which
# are the availability zones
#
#   files   disks are qcow2 files on an image of _base, below $cloud_dir/guests/nova
#   rbd     disks are RBD images in the pool vms, clones of images in Ceph
#
# without a network, and with Cinder's volumes (cinder.sh). What else there is: the
# flavors vgtest (1) and vgtest-disks (2: with an ephemeral disk and swap), and the image
# $VG_TEST_NOVA_IMAGE, which is the guests' base with a kernel to boot, in the
# store fast alone.
# Users besides Keystone's: nova, project service, roles admin and service.

nova_computes=(files rbd)

# Its databases' tables take Nova minutes to make. Their definition is kept.
nova_prepare() {
  local dir=$cloud_dir/nova
  (umask 077 && mkdir -p "$dir/state")
  mariadb_start
  mariadb_run <<<'create database nova_api; create database nova; create database nova_cell0'
  nova_databases >"$dir/databases.conf"
  nova_schema "$cloud_cache/nova-$(nova_fingerprint)"
  mariadb_run nova_api <<SQL
insert into cell_mappings (created_at, uuid, name, transport_url, database_connection, disabled)
values (now(), '00000000-0000-0000-0000-000000000000', 'cell0', 'none:///',
        '$(mariadb_url nova_cell0)', 0),
       (now(), '$(new_uuid)', 'cell1', '{scheme}://{username}:{password}@{hostname}:{port}//',
        '$(mariadb_url nova)', 0);
SQL
}

nova_fingerprint() {
  dpkg-query -W python3-nova python3-oslo.db mariadb-server-core |
    sha256sum | cut -c1-12
}

# nova_schema KEPT
nova_schema() {
  local kept=$1
  if [ ! -e "$kept/nova.sql" ]; then
    nova_manage api_db sync &
    local api=$!
    nova_manage db sync --local_cell
    wait $api
    mkdir -p "$kept"
    nova_dump nova_api >"$kept/nova_api.sql"
    nova_dump nova >"$kept/nova.sql.$BASHPID"
    mv "$kept/nova.sql.$BASHPID" "$kept/nova.sql"
  else
    mariadb_run nova_api <"$kept/nova_api.sql"
    mariadb_run nova <"$kept/nova.sql"
  fi
  mariadb_run nova_cell0 <"$kept/nova.sql"
}

nova_dump() {
  mariadb-dump --no-defaults --user=root --socket="$VG_TEST_MARIADB_SOCKET" "$1"
}

nova_manage() {
  nova-manage --config-file "$cloud_dir/nova/databases.conf" "$@" \
    >>"$cloud_dir/log/nova-manage.log" 2>&1 ||
    die "nova-manage $1 failed; see $cloud_dir/log/nova-manage.log"
}

# Expects all that is not Nova.
nova_start() {
  local dir=$cloud_dir/nova name
  note VG_TEST_NOVA_URL "http://127.0.0.1:$VG_TEST_NOVA_PORT/v2.1"
  nova_configure "$dir" >"$dir/nova.conf"
  nova_policy >"$dir/policy.yaml"
  for name in "${nova_computes[@]}"; do
    nova_configure_compute "$name" >"$dir/compute-$name.conf"
  done
  nova_serve
  nova_populate
}

nova_databases() {
  cat <<CONF
[database]
connection = $(mariadb_url nova)
[api_database]
connection = $(mariadb_url nova_api)
CONF
}

# nova_configure DIR
nova_configure() {
  cat <<CONF
[DEFAULT]
state_path = $1/state
my_ip = 127.0.0.1
transport_url = $VG_TEST_RABBITMQ_URL
enabled_apis = osapi_compute
osapi_compute_listen = 127.0.0.1
osapi_compute_listen_port = $VG_TEST_NOVA_PORT
osapi_compute_workers = 1
# However busy the machine is, and however full.
rpc_response_timeout = 300
service_down_time = 1800
cpu_allocation_ratio = 256
ram_allocation_ratio = 256
disk_allocation_ratio = 256
reserved_host_memory_mb = 0
graceful_shutdown_timeout = 1
allow_resize_to_same_host = True
vif_plugging_is_fatal = False
vif_plugging_timeout = 0
[wsgi]
api_paste_config = /etc/nova/api-paste.ini
[conductor]
workers = 1
[scheduler]
workers = 1
discover_hosts_in_cells_interval = 2
[oslo_concurrency]
lock_path = $1/state
[oslo_policy]
policy_file = $1/policy.yaml
[vnc]
enabled = False
[neutron]
endpoint_override = http://127.0.0.1:$VG_TEST_NEUTRON_PORT
$(keystone_password nova)
[placement]
region_name = RegionOne
$(keystone_password nova)
[cinder]
os_region_name = RegionOne
$(keystone_password nova)
[service_user]
send_service_user_token = True
$(keystone_password nova)
$(keystone_authtoken nova)
CONF
}

# As docs/proxies/README.md has it.
nova_policy() {
  echo '"os_compute_api:os-instance-actions:events:details": "rule:project_reader_or_admin"'
}

# nova_configure_compute NAME
nova_configure_compute() {
  cat <<CONF
[DEFAULT]
host = $1
compute_driver = libvirt.LibvirtDriver
instances_path = $cloud_dir/guests/nova/$1
[libvirt]
connection_uri = $LIBVIRT_DEFAULT_URI
virt_type = qemu
cpu_mode = none
num_pcie_ports = 0
nfs_mount_point_base = $cloud_dir/cinder/mnt
$([ "$1" = rbd ] || echo images_type = qcow2)
# It is root already.
[nova_sys_admin]
helper_command = privsep-helper --config-file $cloud_dir/nova/nova.conf --config-file $cloud_dir/nova/compute-$1.conf
[privsep_osbrick]
helper_command = privsep-helper --config-file $cloud_dir/nova/nova.conf --config-file $cloud_dir/nova/compute-$1.conf
CONF
  [ "$1" = rbd ] || return 0
  cat <<CONF
[libvirt]
images_type = rbd
images_rbd_pool = vms
images_rbd_ceph_conf = $VG_TEST_CEPH_CONF
rbd_user = nova
rbd_secret_uuid = $VG_TEST_CEPH_SECRET
CONF
}

# nova_daemon NAME PROGRAM [CONFIG]: one of Nova's services.
nova_daemon() {
  local name=$1 program=$2
  shift 2
  daemon "nova-$name" env PATH="$cloud_dir/cinder/bin:$PATH" PYTHONDONTWRITEBYTECODE=1 \
    "$program" --config-file "$cloud_dir/nova/nova.conf" \
    --config-file "$cloud_dir/nova/$1.conf"
}

nova_serve() {
  local name
  daemon neutron /usr/bin/python3 "$cloud_home/no_neutron.py" "$VG_TEST_NEUTRON_PORT"
  nova_daemon conductor nova-conductor databases
  nova_daemon scheduler nova-scheduler databases
  nova_daemon api nova-api databases
  for name in "${nova_computes[@]}"; do
    mkdir -p "$cloud_dir/guests/nova/$name"
    nova_daemon "compute-$name" "$cloud_home/nova_compute.py" "compute-$name"
  done
  daemon_wait nova-api 300 curl -sf -m 5 "${VG_TEST_NOVA_URL%/v2.1}/"
}

nova_stop() {
  local name
  # (Together, as each of them takes its time.)
  for name in compute-files compute-rbd api scheduler conductor; do
    daemon_stop "nova-$name" &
  done
  wait
  daemon_stop neutron
}

# Who it is to the others; expects Keystone.
nova_register() {
  local id role
  keystone_admin_token=$(keystone_token admin "$VG_TEST_ADMIN_PASSWORD" admin)
  keystone_add_user nova "$VG_TEST_SERVICE_PROJECT_ID" admin
  role=$(keystone_create role '{"name": "service"}')
  keystone_call PUT "projects/$VG_TEST_SERVICE_PROJECT_ID/users/$VG_TEST_NOVA_USER_ID/roles/$role"
  keystone_add_service nova compute "http://127.0.0.1:$VG_TEST_NOVA_PORT/v2.1"
  keystone_add_service placement placement "http://127.0.0.1:$VG_TEST_PLACEMENT_PORT"
}

nova_populate() {
  local name
  nova_upload_base &
  for name in "${nova_computes[@]}"; do
    daemon_wait "nova-compute-$name" 300 nova_knows "$name"
    nova_zone "$name"
  done
  nova_flavor 1 vgtest 0 0
  nova_flavor 2 vgtest-disks 1 64
  wait $!
}

# nova_zone NAME: the availability zone of that compute.
nova_zone() {
  local id
  id=$(nova_call POST os-aggregates --data \
    "{\"aggregate\": {\"name\": \"$1\", \"availability_zone\": \"$1\"}}" | jq -er .aggregate.id)
  nova_call POST "os-aggregates/$id/action" --data "{\"add_host\": {\"host\": \"$1\"}}" >/dev/null
}

# nova_knows NAME: whether that compute is there, and its host known to the API.
nova_knows() {
  nova_call GET os-hypervisors | jq -e --arg n "$1" \
    'any(.hypervisors[]; .hypervisor_hostname == $n and .state == "up")'
}

# nova_flavor ID NAME EPHEMERAL-GIB SWAP-MIB
nova_flavor() {
  nova_call POST flavors --data "{\"flavor\": {\"id\": \"$1\", \"name\": \"$2\", \"ram\": 192,
    \"vcpus\": 1, \"disk\": 1, \"OS-FLV-EXT-DATA:ephemeral\": $3, \"swap\": $4}}" >/dev/null
}

nova_upload_base() {
  local kernel initrd id base=$cloud_dir/guests/base
  kernel=$(image_add vgtest-kernel aki "$base/vmlinuz" fast container_format=aki visibility=public)
  initrd=$(image_add vgtest-initrd ari "$base/initrd" fast container_format=ari visibility=public)
  id=$(image_add vgtest-nova-base qcow2 "$VG_TEST_BASE_FILE" fast visibility=public \
    os_distro=debian hw_qemu_guest_agent=yes kernel_id="$kernel" ramdisk_id="$initrd" \
    os_command_line='console=ttyS0 quiet panic=-1 mitigations=off no_timer_check vg.check')
  note VG_TEST_NOVA_IMAGE "$id"
}
