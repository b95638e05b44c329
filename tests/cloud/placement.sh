# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Placement, which Nova's scheduler asks where a server may go. Expects
# MariaDB and Keystone.

placement_start() {
  local dir=$cloud_dir/placement
  (umask 077 && mkdir -p "$dir")
  note VG_TEST_PLACEMENT_URL "http://127.0.0.1:$VG_TEST_PLACEMENT_PORT"
  mariadb_run <<<'create database placement'
  cat >"$dir/placement.conf" <<CONF
[DEFAULT]
state_path = $dir
[placement_database]
connection = $(mariadb_url placement)
sync_on_startup = True
[api]
auth_strategy = keystone
$(keystone_authtoken nova)
CONF
  daemon placement env OS_PLACEMENT_CONFIG_DIR="$dir" \
    uwsgi --http-socket "127.0.0.1:$VG_TEST_PLACEMENT_PORT" \
    --plugin python3 --wsgi-file /usr/bin/placement-api \
    --master --enable-threads --threads 4 --lazy-apps --need-app \
    --add-header 'Connection: close' \
    --skip-atexit --skip-atexit-teardown \
    --die-on-term --no-orphans --buffer-size 65535
  daemon_wait placement 180 curl -sf -m 5 "$VG_TEST_PLACEMENT_URL"
}

placement_stop() { daemon_stop placement; }
