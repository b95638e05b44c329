#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The domain XMLs of libvirt's own test suite (Debian's source package), read
# by us under AddressSanitizer and by ElementTree: the two readings are equal.
# Needs no cloud. The package is fetched once, into VG_TEST_CACHE.
set -eu -o pipefail

src=${VG_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
cache=${VG_TEST_CACHE:-/var/cache/virt-glance-tests}
python=/usr/bin/python3
corpus_py=$src/tests/integration/domain-corpus.py
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

skip() {
  echo "SKIP: $*" >&2
  exit 77
}

# Private lists and caches, so that the machine's own stay as they are. The
# sources are the machine's, asked for source packages.
make_apt_config() {
  local parts list
  eval "$(apt-config shell parts Dir::Etc::sourceparts/d \
            list Dir::Etc::sourcelist/f)"
  mkdir -p "$tmp"/apt/{sources,lists/partial,cache/archives/partial}
  find "$list" "$parts" -maxdepth 1 -name '*.list' -exec cat {} + 2>/dev/null |
    sed -n 's/^deb[[:space:]]/deb-src /p' >"$tmp/apt/sources/all.list" || true
  find "$parts" -maxdepth 1 -name '*.sources' -print0 2>/dev/null |
    while IFS= read -r -d '' file; do
      sed 's/^Types:.*/Types: deb-src/' "$file" \
        >"$tmp/apt/sources/$(basename "$file")"
    done
  cat >"$tmp/apt/apt.conf" <<EOF
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$tmp/apt/sources";
Dir::State::lists "$tmp/apt/lists";
Dir::Cache "$tmp/apt/cache";
APT::Sandbox::User "root";
EOF
}

download_libvirt() {
  make_apt_config
  mkdir "$tmp/download"
  cd "$tmp/download"
  export APT_CONFIG=$tmp/apt/apt.conf
  # One of the machine's sources may well have no source packages.
  apt-get -qq update || true
  apt-get -qq source --download-only libvirt
}

find_archive() {
  archive=$(find "$cache" -name 'libvirt_*.orig.tar.xz' | sort | tail -n 1)
}

fetch_libvirt() {
  mkdir -p "$cache"
  find_archive
  [ -z "$archive" ] || return 0
  (download_libvirt) ||
    skip "apt-get finds no source package libvirt; put a" \
         "libvirt_VERSION.orig.tar.xz into $cache"
  mv "$tmp"/download/libvirt_*.orig.tar.xz "$cache"
  find_archive
}

build_dump() {
  local flags
  read -ra flags < <(pkg-config --cflags --libs glib-2.0 libxml-2.0)
  "${CC:-cc}" -std=gnu17 -Wall -Wextra -g -O1 \
    -fsanitize=address,undefined -fno-sanitize-recover=undefined \
    -D_GNU_SOURCE -DG_LOG_DOMAIN='"virt-glance"' -I"$src/plugin" \
    "$src"/tests/integration/domain-dump.c "$src"/plugin/domain/*.c \
    "$src"/plugin/util/{source,text}.c "${flags[@]}" -o "$tmp/domain-dump"
}

fetch_libvirt
tar -C "$tmp" -xf "$archive" --wildcards '*/tests/*.xml'
build_dump
$python "$corpus_py" list "$tmp"/libvirt-*/tests >"$tmp/files"
mapfile -t files <"$tmp/files"

# Our sentence on what is refused is ours alone: only "error" is compared.
"$tmp/domain-dump" "${files[@]}" >"$tmp/ours" 2>"$tmp/stderr"
sed -i 's/^error .*/error/' "$tmp/ours"
$python "$corpus_py" "${files[@]}" >"$tmp/theirs"
diff -u "$tmp/theirs" "$tmp/ours"
[ ! -s "$tmp/stderr" ] || { cat "$tmp/stderr"; exit 1; }

parsed=$(grep -c ^name "$tmp/ours")
disks=$(grep -c ^disk "$tmp/ours")
[ "$parsed" -gt 1000 ] || { echo "only $parsed domains"; exit 1; }
echo "PASS: $parsed domains with $disks disks read alike"
