# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# For the tests of the packages: TAP, by functions. They expect pipefail.

tests=0
failures=0

# result NAME PROBLEM: passes when there is no problem.
result() {
  tests=$((tests + 1))
  if [ -z "$2" ]; then
    echo "ok $tests $1"
    return
  fi
  echo "# ${2//$'\n'/$'\n# '}"
  echo "not ok $tests $1"
  failures=$((failures + 1))
}

# works NAME REGEX COMMAND…: succeeds, and its output has that.
works() { ends 0 "$@"; }

# ends STATUS NAME REGEX COMMAND…: with that exit status, and its output has that.
ends() {
  local wanted=$1 name=$2 regex=$3 out problem='' status=0
  shift 3
  out=$("$@" 2>&1) || status=$?
  [ $status = "$wanted" ] || problem+="exit status $status"$'\n'
  grep -Eq -- "$regex" <<<"$out" || problem+="no '$regex' in: $out"
  result "$name" "$problem"
}

# plan: the last line; fails if a test did.
plan() {
  echo "1..$tests"
  [ $failures = 0 ]
}
