#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the benchmark makes of its measurements: ratios within a round, targets, tables,
# the page and the picture. Prints TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
srcdir=${VG_SRCDIR:-$here/../..}
# shellcheck source=tests/unit/lib/tap.sh
. "$here/lib/tap.sh"
export PYTHONDONTWRITEBYTECODE=1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# row CASE WAY ROUND SECONDS [SENT-MIB [FROZEN]]
row() {
    printf '{"case": "%s", "way": "%s", "round": %s, "seconds": %s, "cpu": 1.5,' "$1" "$2" "$3" "$4"
    printf '"rss": 41943040, "temporary": 1048576, "read": 1048576, "load": 0.5,'
    printf '"sent": %s, "frozen": %s}\n' "$((${5-1} << 20))" "${6-null}"
}

# kept WRITER ROUND DURING: what a writer did meanwhile, of ten writes a second.
kept() {
    printf '{"case": "impact-%s", "way": "virt-glance", "round": %s, "load": 0.5,' "$1" "$2"
    printf '"before": 9, "during": %s, "after": 11, "seconds": 4}\n' "$3"
}

measured() {
    echo '{"case": "machine", "machine": {"command": "bench/run ways", "date": "2026-11-30", "cores": 2}}'
    # (A round that was slow for both.)
    row ways limit 1 10; row ways virt-glance 1 10 1 80
    row ways limit 2 20; row ways virt-glance 2 21 1 120
    row ways limit 3 10; row ways virt-glance 3 10.1 1 90
    row compressed limit 1 10; row compressed zstd 1 7; row compressed two-passes 1 10
    row many 1-at-once 1 2 64; row many 4-at-once 1 8 256
    row restore download 1 10; row restore restore 1 12
    kept light 1 9.6; kept light 2 9.5
    echo '{"case": "machine", "machine": {"command": "bench/run impact", "date": "2026-12-01", "cores": 2}}'
    kept heavy 1 5; kept heavy 2 7
}
measured >"$tmp/results"

out=$("$srcdir/bench/report" --check "$tmp/results" 2>&1)
status=$?
# says LINE…: what is missing.
says() {
    local line
    for line in "$@"; do
        grep -qxF -e "$line" <<<"$out" || printf 'without the line "%s":\n%s\n' "$line" "$out"
    done
}
result "the report: ratios within a round, and targets" "$(
    ((status == 1)) || echo "it ends with $status"
    says 'pass  plain, to the limit: 1.01, at most 1.02' \
        'FAIL  zstd, data of 2:1, to the limit: 0.7, at most 0.6' \
        'pass  zstd, to two passes: 0.7, at most 0.75' \
        'pass  peak memory: 40 MiB, at most 64 MiB' \
        'pass  freeze to thaw: 90 ms, at most 100 ms' \
        'FAIL  restore to a file, to curl and qemu-img: 1.2, at most 1.1' \
        'pass  four at once, throughput to one alone: 1, at least 0.95' \
        'pass  a light writer'\''s own rate: 0.955, at least 0.95' \
        'FAIL  a heavy writer'\''s own rate: 0.6, at least 0.8'
    ((10 == $(grep -cE '^(pass|FAIL)  ' <<<"$out"))) ||
        echo "what was not measured is told: $out"
)"

grep -v '"zstd"\|impact-heavy\|"restore"' "$tmp/results" >"$tmp/good"
out=$("$srcdir/bench/report" --check "$tmp/good" 2>&1)
status=$?
result "all that was measured is reached" "$(
    ((status == 0)) || echo "it ends with $status: $out"
)"

mkdir "$tmp/docs"
out=$("$srcdir/bench/document" "$tmp/results" "$tmp/docs" 2>&1)
status=$?
result "the page" "$(
    ((status == 0)) || echo "it ends with $status: $out"
    out=$(<"$tmp/docs/PERFORMANCE.md")
    says 'Measured on 2026-11-30, as root, by' 'bench/run ways' 'bench/run impact' \
        '| plain, to the limit | 1.01 | at most 1.02 | yes |' \
        '| zstd, data of 2:1, to the limit | 0.7 | at most 0.6 | **no** |' \
        '![seconds of each way, to curl -T of the uncompressed image](performance.svg)'
    grep -qE '^virt-glance +10.10 +1.01 +1.00 ' <<<"$out" || echo "without the table: $out"
)"
result "the picture" "$(
    /usr/bin/python3 -c 'import sys, xml.etree.ElementTree as tree
svg = "{http://www.w3.org/2000/svg}"
words = ["".join(text.itertext()).strip() for text in tree.parse(sys.argv[1]).iter(svg + "text")]
for wanted in "snapshot", "1.01", "qemu-img convert -c, upload", "0.70", "at most":
    if wanted not in words:
        print(f"without the words {wanted!r}: {words}")' "$tmp/docs/performance.svg" 2>&1
)"

echo "1..$tests"
exit $((failures > 0))
