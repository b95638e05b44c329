# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# RabbitMQ, by which Nova's services talk. What belongs to it is in
# $cloud_dir/rabbitmq; also the ports that Erlang needs are the cloud's own, at
# 127.0.0.1, and so is epmd, which a node would leave running otherwise.

rabbitmq_start() {
  local dir=$cloud_dir/rabbitmq password
  (umask 077 && mkdir -p "$dir")
  password=$(openssl rand -hex 16)
  note VG_TEST_RABBITMQ_URL "rabbit://nova:$password@127.0.0.1:$VG_TEST_RABBITMQ_PORT/"
  rabbitmq_configure "$password" >"$dir/rabbitmq.conf"
  echo '[].' >"$dir/enabled_plugins"
  daemon epmd epmd -address 127.0.0.1 -port "$VG_TEST_EPMD_PORT"
  daemon_wait epmd 60 epmd -port "$VG_TEST_EPMD_PORT" -names
  # (Told that it runs under systemd it becomes Erlang, and waits for nothing else.)
  daemon rabbitmq env HOME="$dir" RUNNING_UNDER_SYSTEMD=1 \
    ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$VG_TEST_EPMD_PORT" \
    RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_HOME="$dir" \
    RABBITMQ_NODENAME="vgtest-$VG_TEST_RABBITMQ_PORT@localhost" \
    RABBITMQ_DIST_PORT="$VG_TEST_RABBITMQ_DIST_PORT" \
    RABBITMQ_CONFIG_FILE="$dir/rabbitmq.conf" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$dir/enabled_plugins" \
    RABBITMQ_MNESIA_BASE="$dir/data" RABBITMQ_LOG_BASE="$dir/log" \
    RABBITMQ_LOGS=- RABBITMQ_PID_FILE="$dir/pid" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='+S 1:1 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}' \
    /usr/lib/rabbitmq/bin/rabbitmq-server
  daemon_wait rabbitmq 180 grep -q 'Server startup complete' "$cloud_dir/log/rabbitmq.log"
}

rabbitmq_configure() {
  cat <<CONF
listeners.tcp.1 = 127.0.0.1:$VG_TEST_RABBITMQ_PORT
default_user = nova
default_pass = $1
vm_memory_high_watermark.absolute = 512MB
# However little room is left where the tests run.
disk_free_limit.absolute = 1MB
CONF
}

rabbitmq_stop() {
  daemon_stop rabbitmq
  daemon_stop epmd
}
