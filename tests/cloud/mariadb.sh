# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# MariaDB for Nova and placement, whose services write too much at a time for
# SQLite. It listens on a socket in $cloud_dir/mariadb alone, a folder that only
# root may enter, and so root needs no password. What it holds need not outlive a
# crash of the machine, so it waits for no disk.

mariadb_start() {
  local dir=$cloud_dir/mariadb
  (umask 077 && mkdir -p "$dir")
  note VG_TEST_MARIADB_SOCKET "$dir/socket"
  mariadb-install-db --no-defaults --user=root --datadir="$dir/data" \
    --auth-root-authentication-method=normal --skip-test-db \
    >"$cloud_dir/log/mariadb-install.log" 2>&1 ||
    die "MariaDB was not set up; see $cloud_dir/log/mariadb-install.log"
  daemon mariadb mariadbd --no-defaults --user=root --datadir="$dir/data" \
    --socket="$dir/socket" --pid-file="$dir/pid" --skip-networking \
    --skip-log-bin --performance-schema=OFF --max-connections=400 \
    --innodb-buffer-pool-size=64M --innodb-flush-log-at-trx-commit=0 \
    --innodb-doublewrite=OFF --innodb-flush-method=nosync
  daemon_wait mariadb 120 mariadb_run <<<'select 1'
}

mariadb_stop() { daemon_stop mariadb; }

# mariadb_run [DATABASE]: the SQL on stdin.
mariadb_run() { mariadb --no-defaults --user=root --socket="$VG_TEST_MARIADB_SOCKET" "$@"; }

# mariadb_url DATABASE: as SQLAlchemy takes it.
mariadb_url() {
  echo "mysql+pymysql://root@localhost/$1?unix_socket=$VG_TEST_MARIADB_SOCKET&charset=utf8"
}
