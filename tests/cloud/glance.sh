# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Glance with the stores fast, cheap, reliable (the default; all of them
# files), web (http, read-only) and ceph; and, on demand, a second Glance without
# stores. What clients send is written to $cloud_dir/glance/wire.log by
# wirelog.py, one JSON object a request.

glance_prepare() {
  local dir=$cloud_dir/glance
  mkdir -p "$dir"/{fast,cheap,reliable,staging,tasks}
  note VG_TEST_GLANCE_URL "http://127.0.0.1:$VG_TEST_GLANCE_PORT"
  note VG_TEST_SINGLE_GLANCE_URL "http://127.0.0.1:$VG_TEST_SINGLE_GLANCE_PORT"
  note VG_TEST_WIRE_LOG "$dir/wire.log"
  : >"$dir/wire.log"
  glance_paste "$dir"
  glance_database "$dir" >"$dir/glance-manage.conf"
  glance_manage "$dir"
}

# With VG_TEST_LOCATIONS=False it takes no locations.
glance_start() {
  local dir=$cloud_dir/glance
  {
    glance_common "$dir" "$VG_TEST_GLANCE_PORT" \
      'enabled_backends = fast:file, cheap:file, reliable:file, web:http, ceph:rbd'
    glance_stores "$dir"
  } >"$dir/glance-api.conf"
  glance_serve glance "$dir" "$VG_TEST_GLANCE_PORT"
}

glance_stop() {
  daemon_stop glance
  daemon_stop single-glance
}

# A Glance as it was before there were stores, with the same Keystone. Its
# endpoint is in no catalog: use it by endpoint_override. With
# VG_TEST_SINGLE_STORE=rbd it keeps its images in Ceph.
single_glance_start() {
  local dir=$cloud_dir/single-glance
  mkdir -p "$dir/images"
  glance_paste "$dir"
  {
    glance_common "$dir" "$VG_TEST_SINGLE_GLANCE_PORT"
    glance_single_store "$dir"
  } >"$dir/glance-api.conf"
  glance_database "$dir" >"$dir/glance-manage.conf"
  [ -e "$dir/glance.db" ] || glance_manage "$dir"
  : >>"$dir/wire.log"
  glance_serve single-glance "$dir" "$VG_TEST_SINGLE_GLANCE_PORT"
}

single_glance_stop() { daemon_stop single-glance; }

# The pipeline of the package, with wirelog before all else. (Since Glance 30, or
# earlier, the pipelines are lines of one section.)
glance_paste() {
  sed -e '/^\[pipeline:glance-api-keystone\]/,/^$/s/^pipeline = /&wirelog /' \
    -e '/^\[composite:api\]/,/^$/s/^keystone = /&wirelog /' \
    /etc/glance/glance-api-paste.ini >"$1/glance-api-paste.ini"
  cat >>"$1/glance-api-paste.ini" <<CONF

[filter:wirelog]
paste.filter_factory = wirelog:filter_factory
file = $1/wire.log
CONF
}

glance_database() {
  printf '[database]\nconnection = sqlite:///%s/glance.db\n' "$1"
}

glance_manage() {
  glance-manage --config-file "$1/glance-manage.conf" db_sync \
    >>"$cloud_dir/log/glance-manage.log" 2>&1 ||
    die "glance-manage db_sync failed; see $cloud_dir/log/glance-manage.log"
  sqlite_wal "$1/glance.db"
}

# glance_common DIR PORT [LINE]: prints the part of a configuration that has nothing
# to do with stores.
glance_common() {
  cat <<CONF
[DEFAULT]
bind_host = 127.0.0.1
bind_port = $2
# More of them lock each other out of SQLite when they write at a time.
workers = 1
# Readers only read, as in releases since.
enforce_secure_rbac = True
show_multiple_locations = ${VG_TEST_LOCATIONS:-True}
show_image_direct_url = True
enabled_import_methods = [glance-direct,web-download,copy-image]
${3-}
[paste_deploy]
flavor = keystone
config_file = $1/glance-api-paste.ini
[oslo_policy]
enforce_new_defaults = True
[import_filtering_opts]
allowed_hosts = [127.0.0.1]
allowed_ports = [$VG_TEST_WEB_PORT]
$(keystone_authtoken glance)
CONF
  glance_database "$1"
}

glance_stores() {
  local store
  echo '[glance_store]'
  echo 'default_backend = reliable'
  for store in fast cheap reliable; do
    cat <<CONF
[$store]
filesystem_store_datadir = $1/$store
store_description = the $store store
CONF
  done
  cat <<CONF
[web]
store_description = images on web servers, read-only
[ceph]
store_description = the ceph store
rbd_store_ceph_conf = $VG_TEST_CEPH_CONF
rbd_store_user = glance
rbd_store_pool = images
rbd_thin_provisioning = True
[os_glance_staging_store]
filesystem_store_datadir = $1/staging
[os_glance_tasks_store]
filesystem_store_datadir = $1/tasks
CONF
}

glance_single_store() {
  cat <<CONF
[glance_store]
stores = file, rbd
default_store = ${VG_TEST_SINGLE_STORE:-file}
filesystem_store_datadir = $1/images
rbd_store_ceph_conf = $VG_TEST_CEPH_CONF
rbd_store_user = glance
rbd_store_pool = images
CONF
}

# glance_serve NAME DIR PORT: by glance-api, or, with VG_TEST_GLANCE_SERVER=uwsgi and in
# releases whose glance-api serves no more, by uWSGI, as the package sets it up.
glance_serve() {
  local environment=(PYTHONPATH="$cloud_home" PYTHONDONTWRITEBYTECODE=1)
  if [ "${VG_TEST_GLANCE_SERVER-}" = uwsgi ] || ! glance_serves_alone; then
    glance_uwsgi >"$2/uwsgi.ini"
    daemon "$1" env "${environment[@]}" OS_GLANCE_CONFIG_DIR="$2" \
      uwsgi --ini "$2/uwsgi.ini" --http-socket "127.0.0.1:$3" --need-app
  else
    daemon "$1" env "${environment[@]}" \
      glance-api --config-file "$2/glance-api.conf"
  fi
  daemon_wait "$1" 120 curl -s -m 5 -o /dev/null "http://127.0.0.1:$3/versions"
}

# (Its server came from eventlet.)
glance_serves_alone() { grep -qs eventlet /usr/lib/python3/dist-packages/glance/cmd/api.py; }

# The package's settings, without the user and the log of a service, and with one
# process: more of them lock each other out of SQLite. (It answers as many clients at a
# time as the package's processes would; in Debian 13 those have one thread each.)
glance_uwsgi() {
  sed -E '/^(logto|uid|gid|chdir|processes|threads|wsgi-file|module) *=/d' \
    /etc/glance/glance-api-uwsgi.ini
  printf '%s\n' 'processes = 1' 'threads = 8' 'import = sqlite_unpooled'
  if [ -e /usr/bin/glance-wsgi-api ]; then
    echo 'wsgi-file = /usr/bin/glance-wsgi-api'
  else
    echo 'module = glance.wsgi.api:application'
  fi
}
