# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # what functions.sh sets
# For scripts in tests/integration about a network that fails; they source it after
# functions.sh.

# relay_start SERVICE-PORT: from here on that service is also at $relay_port, behind
# a relay (relay.py).
relay_start() {
  read -r relay_port relay_control < <(free_ports 2)
  /usr/bin/python3 "$VG_SRCDIR/tests/cloud/relay.py" "$relay_port" "$1" "$relay_control" &
  cleanup_fn kill $!
  wait_until 60 relay count || fail "there is no relay"
}

# relay WORD…: tells it so, and prints its answer.
relay() {
  local answer
  {
    echo "$*" >&9
    read -r answer <&9
  } 9<>"/dev/tcp/127.0.0.1/$relay_control" || return 1
  echo "$answer"
}
