# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# The parts of the cloud and their order. A part NAME has NAME_start, which
# notes what others need to know, and NAME_stop, which never fails, whatever
# is running or was ever started. Expects $cloud_dir.

cloud_cache=${VG_TEST_CACHE:-/var/cache/virt-glance-tests}

cloud_home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
{
  . "$cloud_home/lib.sh"
  . "$cloud_home/ceph.sh"
  . "$cloud_home/libvirt.sh"
  . "$cloud_home/keystone.sh"
  . "$cloud_home/glance.sh"
  . "$cloud_home/image.sh"
  . "$cloud_home/web.sh"
  . "$cloud_home/guest.sh"
  . "$cloud_home/mariadb.sh"
  . "$cloud_home/rabbitmq.sh"
  . "$cloud_home/placement.sh"
  . "$cloud_home/cinder.sh"
  . "$cloud_home/nova.sh"
  . "$cloud_home/server.sh"
  . "$cloud_home/volume.sh"
}

# Sets what was noted; no error where there is nothing.
cloud_load() {
  if [ -e "$cloud_dir/vars" ]; then
    # shellcheck source=/dev/null
    . "$cloud_dir/vars"
  fi
}

# together FUNCTION…: runs them side by side, fails if one did, and then sets
# what they noted.
together() {
  local function pids=() pid failed=0
  for function in "$@"; do
    (set -e && "$function") &
    remember "job-$function" $!
    pids+=($!)
  done
  for pid in "${pids[@]}"; do
    wait "$pid" || failed=1
  done
  rm -f "$cloud_dir"/pids/job-*
  cloud_load
  return $failed
}

# with_nova FUNCTION…: prints them, if there is to be Nova.
with_nova() { [ -z "${VG_TEST_NOVA-}" ] || echo "$@"; }

# (What is to be started is words, unquoted.)
# shellcheck disable=SC2046
cloud_parts_start() {
  trap 'cloud_parts_stop; say "did not start; logs are in $cloud_dir/log"' EXIT
  local ports
  read -ra ports < <(free_ports 12)
  note VG_TEST_KEYSTONE_PORT "${ports[0]}"
  note VG_TEST_GLANCE_PORT "${ports[1]}"
  note VG_TEST_SINGLE_GLANCE_PORT "${ports[2]}"
  note VG_TEST_WEB_PORT "${ports[3]}"
  note VG_TEST_CEPH_HOST "127.1.$((ports[4] / 256)).$((ports[4] % 256))"
  note VG_TEST_RABBITMQ_PORT "${ports[5]}"
  note VG_TEST_RABBITMQ_DIST_PORT "${ports[6]}"
  note VG_TEST_EPMD_PORT "${ports[7]}"
  note VG_TEST_PLACEMENT_PORT "${ports[8]}"
  note VG_TEST_NOVA_PORT "${ports[9]}"
  note VG_TEST_NEUTRON_PORT "${ports[10]}"
  note VG_TEST_CINDER_PORT "${ports[11]}"
  [ -z "${VG_TEST_NOVA-}" ] || cinder_share_start
  together keystone_start ceph_start glance_prepare guest_prepare libvirt_start \
    $(with_nova nova_prepare rabbitmq_start)
  together glance_start web_start libvirt_secret $(with_nova nova_register cinder_prepare)
  together guest_upload_base $(with_nova placement_start nova_start cinder_start)
  trap - EXIT
}

# A start that was interrupted, or killed, has jobs that would go on.
cloud_parts_stop() {
  local part job
  for job in "$cloud_dir"/pids/job-*; do
    daemon_stop "${job##*/}"
  done
  for part in nova cinder placement rabbitmq mariadb web glance keystone libvirt \
    cinder_share ceph; do
    "${part}_stop" || true
  done
}

cloud_status() {
  local file name pid
  for file in "$cloud_dir"/pids/*; do
    name=${file##*/}
    if pid=$(daemon_pid "$name"); then
      echo "$name runs as process $pid"
    else
      [ ! -e "$file" ] || echo "$name is dead"
    fi
  done
}

# cloud_env WHO: all that was noted, and WHO's credentials, as exports.
cloud_env() {
  [ -e "$cloud_dir/vars" ] || die "there is no cloud in $cloud_dir"
  local exports
  exports=$(keystone_env "$1")
  sed 's/^/export /' "$cloud_dir/vars"
  echo "$exports"
}
