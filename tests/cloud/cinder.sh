# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Cinder, for Nova: API, scheduler, and one cinder-volume with two back ends, which
# are volume types, too:
#
#   rbd     volumes are RBD images in the pool volumes (the default)
#   files   volumes are files, raw those made from images and qcow2 all others, by
#           Cinder's driver for NFS. The share is mounted already, a tmpfs, so that
#           the kernel needs no NFS.
#   cheap   as files; Cinder uploads such a volume to Glance's store cheap
#
# User besides Keystone's and Nova's: cinder, project service, role admin.

# The share must be there before libvirtd has a mount namespace of its own.
cinder_share_start() {
  local dir=$cloud_dir/cinder
  (umask 077 && mkdir -p "$dir/state")
  chmod 711 "$dir"
  note VG_TEST_CINDER_SHARE 127.0.0.1:/vgtest
  note VG_TEST_CINDER_MOUNT "$dir/mnt/$(echo -n "$VG_TEST_CINDER_SHARE" | md5sum | cut -d' ' -f1)"
  mkdir -p "$VG_TEST_CINDER_MOUNT" "$dir/bin"
  mount -t tmpfs -o size=4G,mode=755 vgtest "$VG_TEST_CINDER_MOUNT"
  # Nova unmounts a share that no server uses any more; Cinder asks whether there are
  # tools for NFS.
  ln -s /bin/true "$dir/bin/umount"
  ln -s /bin/true "$dir/bin/mount.nfs"
}

# Once no guest uses it.
cinder_share_stop() {
  [ -n "${VG_TEST_CINDER_MOUNT-}" ] && mountpoint -q "$VG_TEST_CINDER_MOUNT" || return 0
  umount "$VG_TEST_CINDER_MOUNT"
}

# Expects MariaDB and Keystone.
cinder_prepare() {
  local dir=$cloud_dir/cinder
  mariadb_run <<<'create database cinder'
  cinder_configure "$dir" >"$dir/cinder.conf"
  echo "$VG_TEST_CINDER_SHARE" >"$dir/shares"
  cinder_schema "$cloud_cache/cinder-$(cinder_fingerprint)"
  keystone_admin_token=$(keystone_token admin "$VG_TEST_ADMIN_PASSWORD" admin)
  keystone_add_user cinder "$VG_TEST_SERVICE_PROJECT_ID" admin
  keystone_authtoken cinder >>"$dir/cinder.conf"
  # As Nova says which of its calls are its own.
  echo 'service_token_roles = service' >>"$dir/cinder.conf"
  keystone_add_service cinder volumev3 \
    "http://127.0.0.1:$VG_TEST_CINDER_PORT/v3/%(project_id)s"
}

cinder_fingerprint() {
  dpkg-query -W python3-cinder python3-oslo.db mariadb-server-core |
    sha256sum | cut -c1-12
}

# cinder_schema KEPT: the tables, as nova_schema makes Nova's.
cinder_schema() {
  local kept=$1
  if [ -e "$kept/cinder.sql" ]; then
    mariadb_run cinder <"$kept/cinder.sql"
    return
  fi
  cinder-manage --config-file "$cloud_dir/cinder/cinder.conf" db sync \
    >>"$cloud_dir/log/cinder-manage.log" 2>&1 ||
    die "cinder-manage db sync failed; see $cloud_dir/log/cinder-manage.log"
  mkdir -p "$kept"
  nova_dump cinder >"$kept/cinder.sql.$BASHPID"
  mv "$kept/cinder.sql.$BASHPID" "$kept/cinder.sql"
}

# cinder_configure DIR
cinder_configure() {
  cat <<CONF
[DEFAULT]
state_path = $1/state
my_ip = 127.0.0.1
host = vgtest
transport_url = $VG_TEST_RABBITMQ_URL
auth_strategy = keystone
api_paste_config = $1/api-paste.ini
osapi_volume_listen = 127.0.0.1
osapi_volume_listen_port = $VG_TEST_CINDER_PORT
osapi_volume_workers = 1
enabled_backends = rbd,files
default_volume_type = rbd
enable_force_upload = True
# However busy the machine is, and however full.
rpc_response_timeout = 300
service_down_time = 1800
graceful_shutdown_timeout = 1
[database]
connection = $(mariadb_url cinder)
[coordination]
backend_url = file://$1/state/coordination
[oslo_concurrency]
lock_path = $1/state
[rbd]
volume_driver = cinder.volume.drivers.rbd.RBDDriver
volume_backend_name = rbd
rbd_pool = volumes
rbd_ceph_conf = $VG_TEST_CEPH_CONF
rbd_user = nova
rbd_secret_uuid = $VG_TEST_CEPH_SECRET
rbd_exclusive_cinder_pool = False
[files]
volume_driver = cinder.volume.drivers.nfs.NfsDriver
volume_backend_name = files
nfs_shares_config = $1/shares
nfs_mount_point_base = $1/mnt
nfs_qcow2_volumes = True
CONF
  cp /etc/cinder/api-paste.ini "$1/api-paste.ini"
}

# cinder_daemon NAME
cinder_daemon() {
  daemon "cinder-$1" env PATH="$cloud_dir/cinder/bin:$PATH" PYTHONDONTWRITEBYTECODE=1 \
    "cinder-$1" --config-file "$cloud_dir/cinder/cinder.conf"
}

# Expects RabbitMQ and Glance, too.
cinder_start() {
  note VG_TEST_CINDER_URL "http://127.0.0.1:$VG_TEST_CINDER_PORT/v3/$VG_TEST_DEMO_PROJECT_ID"
  cinder_daemon api
  cinder_daemon scheduler
  cinder_daemon volume
  daemon_wait cinder-api 300 curl -sf -m 5 "http://127.0.0.1:$VG_TEST_CINDER_PORT/"
  cinder_type rbd rbd
  cinder_type files files
  cinder_type cheap files ', "image_service:store_id": "cheap"'
  daemon_wait cinder-scheduler 300 cinder_knows scheduler 1
  daemon_wait cinder-volume 300 cinder_knows volume 2
}

cinder_stop() {
  local name
  for name in volume scheduler api; do
    daemon_stop "cinder-$name" &
  done
  wait
}

# cinder_call METHOD PATH [CURL-OPTION…]: as admin of the project admin; prints the
# answer.
cinder_call() {
  local method=$1 path=$2
  shift 2
  curl -sS --fail-with-body -X "$method" \
    "http://127.0.0.1:$VG_TEST_CINDER_PORT/v3/$VG_TEST_ADMIN_PROJECT_ID/$path" \
    -H "X-Auth-Token: $(VG_TEST_AS=admin image_token)" -H 'Content-Type: application/json' "$@"
}

# cinder_type NAME BACKEND [JSON]
cinder_type() {
  cinder_call POST types --data "{\"volume_type\": {\"name\": \"$1\",
    \"extra_specs\": {\"volume_backend_name\": \"$2\"${3-}}}}" >/dev/null
}

# cinder_knows NAME COUNT: whether so many services of that kind are up.
cinder_knows() {
  cinder_call GET os-services | jq -e --arg n "cinder-$1" --argjson c "$2" \
    '[.services[] | select(.binary == $n and .state == "up")] | length == $c'
}
