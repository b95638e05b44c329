# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# A web server for the files in $cloud_dir/web: what Glance's http store and
# its web-download import read from.

web_start() {
  mkdir -p "$cloud_dir/web"
  note VG_TEST_WEB_URL "http://127.0.0.1:$VG_TEST_WEB_PORT"
  note VG_TEST_WEB_DIR "$cloud_dir/web"
  daemon web /usr/bin/python3 -m http.server --bind 127.0.0.1 \
    --directory "$cloud_dir/web" "$VG_TEST_WEB_PORT"
  daemon_wait web 60 curl -s -m 5 -o /dev/null "$VG_TEST_WEB_URL/"
}

web_stop() { daemon_stop web; }
