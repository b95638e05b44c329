# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# For tests/demo, tests/run-all and .ci/run, which source it.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export VG_SRCDIR=$top
# Sources that were configured in place can't be built elsewhere.
if [ -e "$top/config.status" ]; then
  export VG_BUILDDIR=${VG_BUILDDIR:-$top}
else
  export VG_BUILDDIR=${VG_BUILDDIR:-$top/build}
fi

configure_options=(--quiet)

# configured GROUP: installs the packages of that group (see install-packages) that are
# missing, and configures in VG_BUILDDIR, with configure_options, unless it was. Who
# can't install the few that unit tests need hears it from configure.
configured() {
  "$top/tests/cloud/install-packages" "$1" || [ "$1" = unit ]
  [ -x "$top/configure" ] || "$top/autogen.sh"
  mkdir -p "$VG_BUILDDIR"
  if [ ! -e "$VG_BUILDDIR/Makefile" ]; then
    (cd "$VG_BUILDDIR" && "$top/configure" "${configure_options[@]}")
  fi
}

# build GROUP: the same, and builds.
build() {
  configured "$1"
  make -C "$VG_BUILDDIR" --no-print-directory --quiet -j"$(nproc)"
}

# counts FILE: the numbers of a last line "N passed, N failed, N skipped";
# nothing, and failure, where there is none.
counts() {
  tail -n 1 "$1" | sed -nE \
    's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p' | grep .
}
