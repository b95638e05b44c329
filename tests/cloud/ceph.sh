# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# A Ceph cluster of one monitor, one manager and one OSD without a second copy
# of anything (so its health is a warning), all below $cloud_dir/ceph; etc is
# what a client's /etc/ceph is. Pools: images (Glance's), vms, volumes. The monitor
# has the usual ports, since a client can tell the protocol of these alone by
# the number, and so each cloud's has an address of its own.
#
#   user    may do what an RBD client does on       for
#   admin   all                                     tests
#   glance  images                                  Glance's store "ceph"
#   nova    vms, volumes, images                    guests, Cinder, virt-glance
#   reader  vms, volumes; images: read only         one who may not write images

ceph_users=(glance nova reader)

ceph_start() {
  local dir=$cloud_dir/ceph
  mkdir -p "$dir"/{etc,run,mon,mgr,osd}
  note VG_TEST_CEPH_FSID "$(new_uuid)"
  note VG_TEST_CEPH_CONF "$dir/etc/ceph.conf"
  note VG_TEST_CEPH_KEYRING "$dir/etc/ceph.client.nova.keyring"
  note VG_TEST_CEPH_READER_KEYRING "$dir/etc/ceph.client.reader.keyring"
  note VG_TEST_CEPH_SECRET "$(new_uuid)"
  ceph_configure "$dir" >"$VG_TEST_CEPH_CONF"
  ceph_keys "$dir"
  ceph_monitor_start "$dir"
  ceph_osd_start "$dir" &
  local osd=$!
  ceph_daemon mgr x
  wait $osd
  ceph_pools
}

ceph_stop() {
  daemon_stop ceph-osd
  daemon_stop ceph-mgr
  daemon_stop ceph-mon
}

ceph_configure() {
  cat <<CONF
[global]
fsid = $VG_TEST_CEPH_FSID
mon_host = [v2:$VG_TEST_CEPH_HOST:3300,v1:$VG_TEST_CEPH_HOST:6789]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
run_dir = $1/run
crash_dir = $1/run
keyring = $1/etc/ceph.\$name.keyring
auth_allow_insecure_global_id_reclaim = false
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
[mon]
mon_data = $1/mon
admin_socket = $1/run/mon.asok
log_file =
log_to_stderr = true
mon_cluster_log_file = /dev/null
# However little room is left where the tests run.
mon_data_avail_warn = 1
mon_data_avail_crit = 1
# It looks after quotas at each tick.
mon_tick_interval = 1
# Nobody waits for others to vote with.
paxos_propose_interval = 0.1
[mgr]
mgr_data = $1/mgr
admin_socket = $1/run/mgr.asok
log_file =
log_to_stderr = true
mgr_initial_modules =
# It tells the monitor how full the pools are: quotas work by that.
mgr_stats_period = 1
[osd]
osd_data = $1/osd
admin_socket = $1/run/osd.asok
log_file =
log_to_stderr = true
# A sparse file.
bluestore_block_size = 32212254720
osd_memory_target = 1073741824
osd_op_num_shards = 2
# Debian's default for it is a relative path since Ceph 18.
osd_class_dir = $(echo /usr/lib/*/rados-classes)
CONF
}

# ceph_key NAME CAPABILITY…: a user, with a keyring of its own, and in the one
# that the monitor begins with.
ceph_key() {
  local dir=$1 name=$2 file
  shift 2
  file=$dir/etc/ceph.$name.keyring
  (umask 077 && ceph-authtool -C "$file" -g -n "$name" "$@" >/dev/null &&
    cat "$file" >>"$dir/keyring")
}

ceph_keys() {
  local dir=$1 write_guests='profile rbd pool=vms, profile rbd pool=volumes'
  ceph_key "$dir" mon. --cap mon 'allow *'
  ceph_key "$dir" mgr.x --cap mon 'allow profile mgr' --cap osd 'allow *'
  ceph_key "$dir" osd.0 --cap mon 'allow profile osd' --cap mgr 'allow profile osd' \
    --cap osd 'allow *'
  ceph_key "$dir" client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
  ceph_key "$dir" client.glance --cap mon 'profile rbd' --cap osd 'profile rbd pool=images'
  ceph_key "$dir" client.nova --cap mon 'profile rbd' --cap mgr 'profile rbd' \
    --cap osd "$write_guests, profile rbd pool=images"
  ceph_key "$dir" client.reader --cap mon 'profile rbd' \
    --cap osd "$write_guests, profile rbd-read-only pool=images"
}

# ceph_daemon TYPE ID: in the foreground of its own session.
ceph_daemon() { daemon "ceph-$1" "ceph-$1" -f --conf "$VG_TEST_CEPH_CONF" --id "$2"; }

ceph_monitor_start() {
  monmaptool --create --fsid "$VG_TEST_CEPH_FSID" \
    --addv x "[v2:$VG_TEST_CEPH_HOST:3300,v1:$VG_TEST_CEPH_HOST:6789]" \
    "$1/monmap" >/dev/null
  ceph-mon --conf "$VG_TEST_CEPH_CONF" --mkfs --id x --monmap "$1/monmap" \
    --keyring "$1/keyring" >>"$cloud_dir/log/ceph-mon.log" 2>&1
  ceph_daemon mon x
  daemon_wait ceph-mon 120 ceph_asok mon mon_status
}

ceph_osd_start() {
  local uuid
  uuid=$(new_uuid)
  ceph-osd --conf "$VG_TEST_CEPH_CONF" --mkfs --id 0 --osd-uuid "$uuid" \
    >>"$cloud_dir/log/ceph-osd.log" 2>&1
  ceph_run osd new "$uuid" 0 >/dev/null
  ceph_daemon osd 0
}

# The three pools, ready for images: that waits for the OSD.
ceph_pools() {
  local pool pids=()
  for pool in images vms volumes; do
    ceph_pool "$pool" &
    pids+=($!)
  done
  for pool in "${pids[@]}"; do
    wait "$pool" || die "Ceph's pools were not made; see $cloud_dir/log/ceph-osd.log"
  done
}

ceph_pool() {
  ceph_run osd pool create "$1" 8 >/dev/null 2>&1
  ceph_rbd pool init "$1"
}

# ceph_asok DAEMON COMMAND…: by its socket.
ceph_asok() {
  local name=$1
  shift
  ceph --admin-daemon "$cloud_dir/ceph/run/$name.asok" "$@"
}

# ceph_run COMMAND…: "ceph COMMAND…" as admin.
ceph_run() { timeout 180 ceph --conf "$VG_TEST_CEPH_CONF" --name client.admin "$@"; }

# ceph_rbd COMMAND…: "rbd COMMAND…" as admin, or as client.$VG_TEST_CEPH_AS.
ceph_rbd() {
  timeout 300 rbd --conf "$VG_TEST_CEPH_CONF" \
    --name "client.${VG_TEST_CEPH_AS:-admin}" "$@"
}
