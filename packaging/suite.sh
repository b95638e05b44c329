# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# For host-image and try-versions, which source it: a release of Debian (a suite) in
# a folder of its own, made once, in the cache.
umask 022
export PATH="/usr/sbin:/usr/bin:/sbin:/bin:$PATH" LC_ALL=C DEBIAN_FRONTEND=noninteractive
suite_cache=${VG_TEST_CACHE:-/var/cache/virt-glance-tests}
suite_home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# suite_fingerprint WORD…: of what is made, by suite.sh, from the WORDs.
suite_fingerprint() {
  {
    cat "${BASH_SOURCE[0]}"
    printf '%s\n' "$@"
  } | sha256sum | cut -c1-12
}

# The mirror that this machine takes its own release from.
suite_mirror() {
  local codename
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  # shellcheck disable=SC2016 # apt's own
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $codename" |
    sed -n 1p | grep .
}

# suite_remove FOLDER: what is still mounted in it stays.
suite_remove() { rm -rf --one-file-system "$1"; }

# suite_bootstrap SUITE FOLDER PACKAGE…: the least that is Debian, and the PACKAGEs, in
# a FOLDER that is empty. No service is started in there. (A mirror may have a bad
# moment.)
suite_bootstrap() {
  local suite=$1 folder=$2 from packages
  shift 2
  from=$(suite_mirror)
  packages=$(IFS=, && echo "$*")
  suite_debootstrap || {
    suite_remove "$folder"
    suite_debootstrap
  }
  printf '#!/bin/sh\nexit 101\n' >"$folder/usr/sbin/policy-rc.d"
  chmod 755 "$folder/usr/sbin/policy-rc.d"
}
suite_debootstrap() {
  debootstrap --variant=minbase --include="$packages" "$suite" "$folder" "$from"
}

# suite_make FOLDER FUNCTION…: makes the FOLDER, whole or not at all: it is what the
# FUNCTION puts into ./result. If that fails, the end of what it said is shown.
suite_make() {
  local made=$1
  shift
  mkdir -p "$suite_cache"
  suite_work=$(mktemp -d "$suite_cache/making.XXXXXX")
  trap 'suite_remove "$suite_work"' EXIT
  # (Not as a condition, for in one the first error would not end it.)
  (
    cd "$suite_work" || exit
    mkdir result
    "$@"
  ) >"$suite_work/log" 2>&1 </dev/null &
  if ! wait $!; then
    tail -n 30 "$suite_work/log" >&2
    exit 1
  fi
  mv -T "$suite_work/result" "$made"
  suite_remove "$suite_work"
  trap - EXIT
}

# suite_start FOLDER COMMAND…: starts it in the background, as process $!, in an
# environment where the FOLDER is / (see suite-inside). All that it starts or mounts
# there ends with it, and it ends with us, or by SIGKILL.
suite_start() {
  setpriv --pdeathsig KILL \
    unshare --mount --propagation private --pid --fork --kill-child \
    bash "$suite_home/suite-inside" "$@" </dev/null &
}
