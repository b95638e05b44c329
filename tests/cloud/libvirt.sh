# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# The cloud's own libvirtd. libvirt's folders can't be configured, so it runs
# in a mount namespace where /etc/libvirt, /var/lib/libvirt, /var/cache/libvirt,
# /var/log/libvirt and /run/libvirt are folders of the cloud: a libvirtd that
# the host has is not disturbed, and several clouds can run side by side. Its
# /etc/ceph is the cloud's, too.
# Clients connect to its socket by LIBVIRT_DEFAULT_URI.

libvirt_start() {
  local dir=$cloud_dir/libvirt
  getent passwd libvirt-qemu >/dev/null ||
    die "there is no user libvirt-qemu; run $cloud_home/install-packages"
  setpriv --reuid libvirt-qemu --clear-groups test -x "$cloud_dir" ||
    die "QEMU's user libvirt-qemu can't enter $cloud_dir; choose a folder below /tmp or /var/tmp"
  mkdir -p "$dir"/{etc/hooks,lib,cache,log,run} "$cloud_dir/ceph/etc"
  libvirt_configure "$dir/etc"
  libvirt_seed_capabilities "$dir"
  note VG_TEST_LIBVIRT "$dir"
  note LIBVIRT_DEFAULT_URI \
    "qemu+unix:///system?socket=$dir/run/libvirt-sock"
  libvirtd_start
  libvirt_keep_capabilities "$dir"
}

# Also after libvirtd_stop, to restart it below running guests.
libvirtd_start() {
  daemon libvirtd unshare --mount --propagation slave \
    bash "$cloud_home/libvirtd-inside" "$cloud_dir/libvirt"
  daemon_wait libvirtd 120 virsh -q -c "$LIBVIRT_DEFAULT_URI" list
}

libvirtd_stop() { daemon_stop libvirtd; }

libvirt_configure() {
  cat >"$1/libvirtd.conf" <<'CONF'
auth_unix_ro = "none"
auth_unix_rw = "none"
log_outputs = "2:stderr"
CONF
  # No virtlogd, no AppArmor profile (it knows nothing of our folders), no
  # cgroups, no /dev of each guest's own (it can't take in the mount on
  # /dev/kvm); but the user libvirt-qemu, as on any Debian host.
  cat >"$1/qemu.conf" <<'CONF'
security_driver = "none"
stdio_handler = "file"
cgroup_controllers = []
namespaces = []
CONF
}

# Asking each QEMU binary what it can do takes 8 s and more. libvirt keeps the
# answers, and checks itself whether they still hold.
libvirt_seed_capabilities() {
  mkdir -p "$1/cache/qemu/capabilities"
  cp "$cloud_cache"/capabilities/*.xml "$1/cache/qemu/capabilities/" 2>/dev/null || true
}

libvirt_keep_capabilities() {
  local file
  virsh -q -c "$LIBVIRT_DEFAULT_URI" domcapabilities --virttype qemu >/dev/null
  mkdir -p "$cloud_cache/capabilities"
  for file in "$1"/cache/qemu/capabilities/*.xml; do
    cp "$file" "$cloud_cache/capabilities/new.$$"
    mv "$cloud_cache/capabilities/new.$$" "$cloud_cache/capabilities/${file##*/}"
  done
}

# The key of Ceph's user nova, as compute nodes have it, for guests' disks.
libvirt_secret() {
  local dir=$cloud_dir/libvirt/secret
  mkdir -p "$dir"
  cat >"$dir/secret.xml" <<XML
<secret ephemeral="no" private="no">
  <uuid>$VG_TEST_CEPH_SECRET</uuid>
  <usage type="ceph"><name>client.nova secret</name></usage>
</secret>
XML
  (umask 077 && ceph-authtool -p -n client.nova "$VG_TEST_CEPH_KEYRING" |
    tr -d '\n' >"$dir/value")
  virsh -q -c "$LIBVIRT_DEFAULT_URI" secret-define "$dir/secret.xml" >/dev/null
  virsh -q -c "$LIBVIRT_DEFAULT_URI" secret-set-value "$VG_TEST_CEPH_SECRET" \
    --file "$dir/value" >/dev/null
  rm -r "$dir"
}

# libvirt_inside COMMAND…: runs it where the cloud's libvirt is the host's:
# qemu:///system and all of libvirt's default paths lead to it.
libvirt_inside() {
  nsenter --target "$(daemon_pid libvirtd)" --mount --wd="$PWD" "$@"
}

# libvirt_idle: whether nobody is connected to libvirtd and it has nothing to do, so
# that what a client asked for that was killed has been done, or never will be. (In
# this order: a call belongs to its client until it is a worker's, or waits for one.)
libvirt_idle() {
  local clients pool
  clients=$(libvirt_admin client-list libvirtd) || return 1
  pool=$(libvirt_admin srv-threadpool-info libvirtd) || return 1
  [ -z "$clients" ] && awk '
    $1 == "nWorkers" { workers = $3 }
    $1 == "freeWorkers" { free = $3 }
    $1 == "jobQueueDepth" { queue = $3; known = 1 }
    END { exit !(known && free == workers && queue == 0) }' <<<"$pool"
}

libvirt_admin() {
  virt-admin -q -c "libvirtd:///system?socket=$VG_TEST_LIBVIRT/run/libvirt-admin-sock" "$@"
}

# Guests outlive their libvirtd: each one's process is named by its pidfile.
libvirt_stop() {
  local file pid
  for file in "$cloud_dir"/libvirt/run/qemu/*.pid; do
    pid=$(cat "$file" 2>/dev/null) || continue
    # A guest's command line has its folder; a stranger's hasn't.
    if grep -qsF "$cloud_dir/guests/" "/proc/$pid/cmdline"; then
      kill -KILL "$pid" 2>/dev/null || true
    fi
  done
  daemon_stop libvirtd
}
