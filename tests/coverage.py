#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""coverage.py BUILDDIR ROOM FILE: for tests/coverage.

Prints the lines of each room of plugin/ and of hooks/ that were run, of those
that have code, and each file below FILE percent. Fails if a room is below ROOM
percent, or a file below FILE percent. A file that was compiled several times is
counted once; a line was run if it was run in one of these. Lines between
LCOV_EXCL_START and LCOV_EXCL_STOP are left out: those of a child process that ends
without exit(), so gcov hears nothing of it.
"""
import collections
import json
import os
import re
import subprocess
import sys


def read_gcov(builddir):
    """{path below the sources: {line: times run}}"""
    lines = collections.defaultdict(dict)
    notes = [os.path.join(top, name) for top, _, names in os.walk(builddir)
             for name in names if name.endswith(".gcno")]
    if not notes:
        sys.exit(f"{builddir} was not built with --coverage")
    out = subprocess.run(["gcov", "--json-format", "--stdout"] + notes,
                         cwd=builddir, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, check=True).stdout
    for text in out.splitlines():
        for found in json.loads(text)["files"]:
            path = re.search(r"(?:^|/)((?:plugin|hooks)/.*\.c)$", found["file"])
            if path is None:
                continue
            known = lines[path.group(1)]
            for line in found["lines"]:
                number = line["line_number"]
                known[number] = known.get(number, 0) + line["count"]
    return lines


def excluded(path):
    """The numbers of the lines that the file excludes."""
    numbers, inside = set(), False
    sources = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    with open(os.path.join(sources, path), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            inside = (inside or "LCOV_EXCL_START" in line) \
                and "LCOV_EXCL_STOP" not in line
            if inside:
                numbers.add(number)
    return numbers


def percent(lines):
    run = sum(count > 0 for count in lines)
    return 100 * run / len(lines), f"{run} of {len(lines)} lines"


def main():
    builddir, room_limit, file_limit = sys.argv[1:]
    rooms = collections.defaultdict(list)
    files = {}
    for path, lines in sorted(read_gcov(builddir).items()):
        for number in excluded(path):
            lines.pop(number, None)
        room = "/".join(path.split("/")[:2])
        rooms[room if "." not in room else path.split("/")[0]] += lines.values()
        files[path] = percent(lines.values())
    low = []
    for room, lines in rooms.items():
        part, words = percent(lines)
        print(f"{part:5.1f} %  {room}: {words}")
        if part < float(room_limit):
            low.append(f"{room} is below {room_limit} %")
    for path, (part, words) in files.items():
        if part < float(file_limit):
            print(f"{part:5.1f} %  {path}: {words}")
            low.append(f"{path} is below {file_limit} %")
    if low:
        sys.exit("\n".join(low))


main()
