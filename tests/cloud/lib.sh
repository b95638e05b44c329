# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the parts of the cloud share: messages, waiting, free ports, and
# daemons that are started and stopped by process id. Expects $cloud_dir and
# $cloud_cache.

shopt -s inherit_errexit
export PATH="/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:$PATH"
export no_proxy=127.0.0.1,localhost
export NO_PROXY=$no_proxy

say() { echo "cloud: $*" >&2; }
die() {
  say "$*"
  exit 1
}

# wait_until SECONDS COMMAND…: runs it until it succeeds; fails after SECONDS,
# and a last try then, for it may be us who stood still. (What takes long is asked for
# less often, as each try is a process or more.)
wait_until() {
  local end=$((${EPOCHREALTIME//[!0-9]/} + $1 * 1000000)) pause=0.1 tries=0
  shift
  while [ "${EPOCHREALTIME//[!0-9]/}" -lt "$end" ]; do
    ! "$@" >/dev/null 2>&1 || return 0
    tries=$((tries + 1))
    [ $tries -lt 30 ] || pause=0.3
    sleep $pause
  done
  "$@" >/dev/null 2>&1
}

# free_ports N: prints N TCP ports that nothing listens on at 127.0.0.1. They
# will be listened on later: so they are none that the kernel gives to whoever
# connects meanwhile, none of Ceph's, and none that were given out here before, to
# this cloud or to another one (until all were).
free_ports() {
  mkdir -p "$cloud_cache"
  /usr/bin/python3 - "$1" "$cloud_cache/last-port" <<'PY'
import fcntl, os, socket, sys
count, file = int(sys.argv[1]), sys.argv[2]
first, last = 10000, 32000
with open("/proc/sys/net/ipv4/ip_local_port_range") as kernels:
    last = min(last, int(kernels.read().split()[0]) - 1)
if last - first < 1000:
    first, last = 1024, 65535
with open(os.open(file, os.O_RDWR | os.O_CREAT, 0o644), "r+") as given:
    fcntl.flock(given, fcntl.LOCK_EX)
    text = given.read().strip()
    held, port = [], int(text) if text.isdigit() else first - 1
    while len(held) < count:
        port = port + 1 if first <= port + 1 <= last else first
        try:
            held.append(socket.create_server(("127.0.0.1", port)))
        except OSError:
            pass
    given.seek(0)
    given.truncate()
    given.write(str(port))
print(*(s.getsockname()[1] for s in held))
PY
}

new_uuid() { cat /proc/sys/kernel/random/uuid; }

# Facts that later commands need stand in $cloud_dir/vars, one NAME='value' a
# line: note NAME VALUE adds one and sets it here, too.
note() {
  printf '%s=%q\n' "$1" "$2" >>"$cloud_dir/vars"
  printf -v "$1" '%s' "$2"
}

# The time a process was started, in clock ticks since boot: with it, a pid
# that was given to another process since is not taken for ours.
pid_birth() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) }
  # shellcheck disable=SC2086 # fields
  set -- $stat
  [ "$1" != Z ] && echo "${20}"
}

# remember NAME PID: for daemon_stop.
remember() { echo "$2 $(pid_birth "$2" || true)" >"$cloud_dir/pids/$1"; }

# daemon NAME COMMAND…: starts it in the background, in a session of its own,
# output to $cloud_dir/log/NAME.log, process id to $cloud_dir/pids/NAME.
daemon() {
  local name=$1
  shift
  setsid "$@" </dev/null >>"$cloud_dir/log/$name.log" 2>&1 &
  remember "$name" $!
  disown $!
}

daemon_pid() {
  local pid birth
  read -r pid birth 2>/dev/null <"$cloud_dir/pids/$1" || return 1
  [ -n "$birth" ] && [ "$(pid_birth "$pid")" = "$birth" ] && echo "$pid"
}

daemon_gone() { ! daemon_pid "$1"; }

# daemon_stop NAME: TERM, and after 10 s KILL to it and its children. No
# error if it is not running, or never was.
daemon_stop() {
  local name=$1 pid
  if pid=$(daemon_pid "$name"); then
    kill -TERM "$pid" 2>/dev/null || true
    if ! wait_until 10 daemon_gone "$name"; then
      say "$name (process $pid) did not stop, killing it"
    fi
    kill -KILL -- "-$pid" 2>/dev/null || true
    wait_until 5 daemon_gone "$name" || say "$name (process $pid) lives on"
  fi
  rm -f "$cloud_dir/pids/$name"
}

# daemon_wait NAME SECONDS COMMAND…: until COMMAND succeeds; if NAME dies
# before, or time is up, the end of its log is shown.
daemon_wait() {
  local name=$1 seconds=$2
  shift 2
  daemon_up() { "$@" || daemon_gone "$name"; }
  if wait_until "$seconds" daemon_up "$@" && "$@" >/dev/null 2>&1; then
    return
  fi
  tail -n 25 "$cloud_dir/log/$name.log" >&2 || true
  ! daemon_gone "$name" || die "$name ended at once; its log: $cloud_dir/log/$name.log"
  die "$name is not up after $seconds s; its log: $cloud_dir/log/$name.log"
}

# sqlite_wal FILE: from now on its readers don't lock its writer out; Keystone
# and Glance both leave connections with open reads behind.
sqlite_wal() {
  /usr/bin/python3 - "$1" <<'PY'
import sqlite3, sys
(mode,) = sqlite3.connect(sys.argv[1]).execute("pragma journal_mode=wal").fetchone()
sys.exit(mode != "wal")
PY
}
