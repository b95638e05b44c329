# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034 # for the scripts
# Results of a script, as TAP; scripts source it, or what includes it.
tests=0
failures=0
# result NAME PROBLEM: passes if PROBLEM is empty.
result() {
    tests=$((tests + 1))
    if [[ -z $2 ]]; then
        echo "ok $tests $1"
    else
        echo "# ${2//$'\n'/$'\n# '}" | tr -d '\000-\011\013-\037'
        echo "not ok $tests $1"
        failures=$((failures + 1))
    fi
}
