# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Further hosts beside the cloud's own, "a": each has a libvirtd with a UUID, a host
# name and folders of its own, and a configuration of virt-glance. They share the
# folder of the guests' disks, so guests can migrate. Part of scripts in
# tests/integration that source it; expects what functions.sh has.

declare -A host_uris=([a]=$LIBVIRT_DEFAULT_URI)

# on HOST COMMAND…: with that host's libvirt.
on() { LIBVIRT_DEFAULT_URI=${host_uris[$1]} "${@:2}"; }

host_dir() { echo "$tmp/host-$1"; }

# hosts_share: from now on, until the test ends, the cloud's host doesn't take for its
# own the files that it shares with others.
hosts_share() {
  local conf=$VG_TEST_LIBVIRT/etc/qemu.conf
  cp "$conf" "$tmp/qemu.conf"
  cleanup_fn libvirtd_start
  cleanup_fn cp "$tmp/qemu.conf" "$conf"
  cleanup_fn libvirtd_stop
  libvirtd_stop
  echo 'remember_owner = 0' >>"$conf"
  libvirtd_start
}

# host_add HOST: starts one; it ends with the test.
host_add() {
  local dir
  dir=$(host_dir "$1")/libvirt
  mkdir -p "$dir"/{etc/hooks,lib,cache,log,run}
  ln -s "$cloud_dir/ceph" "$(dirname "$dir")/ceph"
  libvirt_configure "$dir/etc"
  echo 'remember_owner = 0' >>"$dir/etc/qemu.conf"
  echo "host_uuid = \"$(new_uuid)\"" >>"$dir/etc/libvirtd.conf"
  libvirt_seed_capabilities "$dir"
  host_uris[$1]="qemu+unix:///system?socket=$dir/run/libvirt-sock"
  cleanup_fn host_remove "$1"
  host_boot "$1"
}

# host_boot HOST: its libvirtd, as after a start of the host: none of its guests runs.
# (libvirt doesn't migrate between hosts of one name.)
host_boot() {
  daemon "libvirtd-$1" unshare --mount --uts --propagation slave \
    bash "$cloud_home/libvirtd-inside" "$(host_dir "$1")/libvirt" "host-$1"
  daemon_wait "libvirtd-$1" 240 on "$1" virsh -q list
}

# host_guests HOST: the process ids of its guests, which outlive their libvirtd.
host_guests() {
  local file pid
  for file in "$(host_dir "$1")"/libvirt/run/qemu/*.pid; do
    pid=$(cat "$file" 2>/dev/null) || continue
    if grep -qsF "$cloud_dir/guests/" "/proc/$pid/cmdline"; then
      echo "$pid"
    fi
  done
}

# host_kill HOST: all that it has of libvirt, at once, as if its power went.
host_kill() {
  local pid
  pid=$(daemon_pid "libvirtd-$1") || pid=
  # shellcheck disable=SC2046 # process ids
  kill -KILL ${pid:+"$pid"} $(host_guests "$1") 2>/dev/null || true
  rm -f "$(host_dir "$1")"/libvirt/run/qemu/*.{pid,xml} "$(host_dir "$1")"/libvirt/run/libvirt*-sock*
  daemon_stop "libvirtd-$1"
}

host_remove() { host_kill "$1"; }

# host_glance HOST: sets $command, which runs virt-glance there. The cloud's host has
# that of functions.sh.
host_glance() {
  command=("${virt_glance_args[@]}")
  [ "$1" != a ] || return 0
  command=(nsenter --target "$(daemon_pid "libvirtd-$1")" --uts
    env "LIBVIRT_DEFAULT_URI=${host_uris[$1]}"
    "$VG_BUILDDIR/virt-glance" --config "$(host_dir "$1")/virt-glance.conf")
}

# host_config HOST [LINE…]: as vg_config, in the host's own folder.
host_config() {
  local dir
  dir=$(host_dir "$1")
  shift
  mkdir -p "$dir"/vg/{state,run,snapshots}
  vg_config "$@"
  sed "s|= $tmp/vg/|= $dir/vg/|" "$tmp/virt-glance.conf" >"$dir/virt-glance.conf"
  chmod 600 "$dir/virt-glance.conf"
}

# migrate GUEST FROM TO [OPTION…]: --live, or --offline --persistent …; prints what
# virsh says.
migrate() {
  local socket=$tmp/migration/$1
  mkdir -p "$tmp/migration"
  chmod 777 "$tmp/migration"
  # (What is shared here is no network's file system, which virsh would take for safe.)
  on "$2" virsh -q migrate "$1" "${host_uris[$3]}" --unsafe --persistent \
    --undefinesource --migrateuri "unix://$socket" "${@:4}" 2>&1
}
