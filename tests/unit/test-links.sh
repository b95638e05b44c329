#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The plan of the house, checked by what the built objects need of each other:
# no two files that call each other, and the libraries that the room "plan", the
# program and the hook get along with. Prints TAP. See docs/ARCHITECTURE.md.
set -u
export LC_ALL=C

srcdir=$(cd "${VG_SRCDIR:-$(dirname "$0")/../..}" && pwd)
builddir=${VG_BUILDDIR:-$srcdir/build}

exec /usr/bin/python3 - "$builddir" <<'PYTHON'
import glob
import os
import re
import subprocess
import sys

builddir = sys.argv[1]


def nm(*arguments):
    return subprocess.run(["nm", *arguments], check=True, text=True,
                          capture_output=True).stdout.splitlines()


def read_objects():
    """What each object defines (by symbol) and needs (by object)."""
    defined, needed = {}, {}
    for archive in glob.glob(f"{builddir}/plugin/.libs/lib*.a"):
        room = os.path.basename(archive)[3:-2]
        if room == "diskrbd":  # a module with copies of its own
            continue
        for line in nm("-g", "-A", archive):
            place, *_, kind, symbol = line.split()
            name = re.sub(r"^lib\w+_la-", "", place.split(":")[1])
            name = f"{room}/{name}"
            if kind == "U":
                needed.setdefault(name, set()).add(symbol)
            elif kind != "w":
                defined[symbol] = name
    return defined, needed


def reach(arrows, start):
    found, todo = set(), [start]
    while todo:
        for other in arrows.get(todo.pop(), ()):
            if other not in found:
                found.add(other)
                todo.append(other)
    return found


def circles(arrows):
    far = {name: reach(arrows, name) for name in arrows}
    return sorted(f"{a} and {b} need each other" for a in far for b in far[a]
                  if a < b and a in far.get(b, ()))


def libraries(program):
    lines = subprocess.run(["ldd", program], check=True, text=True,
                           capture_output=True).stdout
    return re.findall(r"=> (\S+)", lines)


def exports(paths):
    return {line.split()[-1].split("@")[0]
            for path in paths for line in nm("-D", "--defined-only", path)}


def strangers(arrows, needed, defined, room, allowed):
    """What the room needs that is in none of the libraries."""
    own = [name for name in needed if name.startswith(f"{room}/")]
    wrong = set()
    for name in own:
        for other in reach(arrows, name) | {name}:
            for symbol in needed.get(other, ()):
                if symbol not in defined and symbol not in allowed:
                    wrong.add(f"{other} needs {symbol}")
    return sorted(wrong) if own else [f"no objects of {room}"]


def is_plain(symbol):
    """What the compiler adds by itself, for sanitizers, say."""
    return symbol.startswith(("__", "_GLOBAL_OFFSET_TABLE_", "_Unwind"))


def linked(program, *forbidden):
    return [f"{program} links {path}"
            for path in libraries(f"{builddir}/{program}")
            if any(word in path for word in forbidden)]


tests = 0
failed = False


def test(name, wrong):
    global tests, failed
    tests += 1
    for line in wrong:
        print("#", line)
    print("not ok" if wrong else "ok", tests, name)
    failed = failed or bool(wrong)


test("circles are seen",
     [] if circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [
         "a and b need each other", "a and c need each other",
         "b and c need each other"] else ["they are not"])

defined, needed = read_objects()
arrows = {name: {defined[s] for s in symbols if s in defined} - {name}
          for name, symbols in needed.items()}
test("no circle between files", circles(arrows))

plain = exports(path for path in libraries(f"{builddir}/virt-glance-hook")
                if re.search(r"/lib(c|m|glib-2\.0|xml2|json-c)\.so", path))
plain |= {s for symbols in needed.values() for s in symbols if is_plain(s)}
for room in "request", "plan":
    test(f"{room} needs GLib, libxml2 and json-c alone",
         strangers(arrows, needed, defined, room, plain))
test("a room that needs more is seen",
     [] if strangers(arrows, needed, defined, "glance", plain)
     else ["it is not"])
heavy = ["libvirt", "libcurl", "libnbd", "libgio", "libsoup", "librbd", "librados"]
# (Sanitizers want libvirt's library, and all that it needs, loaded first: see
# configure.ac.)
if not any("libasan" in path for path in libraries(f"{builddir}/virt-glance")):
    test("the program links no large library", linked("virt-glance", *heavy))
test("the hook links no large library", linked("virt-glance-hook", *heavy))
print(f"1..{tests}")
sys.exit(failed)
PYTHON
