#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes ./configure in a fresh checkout.
set -e
cd "$(dirname "$0")"
for tool in autoreconf automake libtoolize; do
  command -v $tool >/dev/null || {
    echo "autogen.sh: $tool is needed (Debian: autoconf automake libtool pkg-config)" >&2
    exit 1
  }
done
exec autoreconf --install --force
