#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""run.py ADDRESS DIRECTORY BASE: what tests/unit/lib/run.sh needs a Python for.

One process serves a whole script: to start a Python for each question takes
more time than the tests do. A question on standard input is a number of words,
then as many words, each ended by a NUL; the answer is a text and a NUL. The
first word is the name of a function below. ADDRESS is the fake Glance's,
DIRECTORY the script's own, BASE the id of the base image.
"""
import contextlib
import glob
import sys

sys.modules["ssl"] = None  # nothing here needs it, and to load it takes long
sys.dont_write_bytecode = True
import http.client  # noqa: E402
import io
import json
import os
import re
import shutil
import time
import traceback
import urllib.parse

ADDRESS, DIRECTORY, BASE = sys.argv[1:]
# For expressions.
MODULES = {"glob": glob, "json": json, "re": re}
UUID = re.compile("[0-9a-f]{8}-[0-9a-f-]{27}")


def ask(method, path, body=None):
    connection = http.client.HTTPConnection(
        urllib.parse.urlsplit(ADDRESS).netloc, timeout=60)
    with contextlib.closing(connection):
        connection.request(method, path, body)
        return connection.getresponse().read().decode()


def get_log():
    log = json.loads(ask("GET", "/_log"))["requests"]
    return [r for r in log if not r["path"].startswith("/_")]


def read_out():
    with open(DIRECTORY + "/out", "rb") as out:
        return json.loads(out.read())


def fake(*words):
    """METHOD PATH [JSON]"""
    print(ask(*words))


def glance(extra):
    """A new fake Glance; see run.sh."""
    kept = DIRECTORY + "/kept"
    shutil.rmtree(kept, ignore_errors=True)
    os.mkdir(kept)
    order = {
        "reset": True,
        "config": {"keep": kept, "stores": [
            {"id": "fast", "type": "file"}, {"id": "cheap", "type": "file"},
            {"id": "reliable", "type": "file", "default": "true"}]},
        "images": [{"id": BASE, "name": "base", "status": "active",
                    "disk_format": "qcow2", "container_format": "bare",
                    "stores": "fast", "min_ram": 64,
                    "hw_disk_bus": "virtio"}]}
    for key, value in json.loads(extra).items():
        if isinstance(value, dict):
            order[key].update(value)
        else:
            order[key] = order.get(key, []) + value
    ask("POST", "/_control", json.dumps(order))


def requests():
    for r in get_log():
        query = "?" + UUID.sub("ID", r["query"]) if r["query"] else ""
        print(r["method"], UUID.sub("ID", r["path"]) + query, r["status"])


def wire(expression):
    """Of r, each request; where the expression is None, nothing."""
    for r in get_log():
        said = eval(f"({expression})", {"r": r})
        if said is not None:
            print(said)


def images(expression):
    for i in json.loads(ask("GET", "/_images"))["images"]:
        if i["id"] != BASE:
            exec(f"print({expression})", {"i": i})


def show(expression):
    """Of j, what the program printed."""
    print(eval(f"({expression})", {"j": read_out(), **MODULES}))


def check(expression):
    j = read_out()
    if not eval(f"({expression})", {"j": j, **MODULES}):
        print("not so in the JSON:", expression, json.dumps(j))


def service(*words):
    """Runs ask.py with these arguments."""
    import ask as proxy
    proxy.main(*words)


def journals(expression):
    """Of j, each journal, the oldest first."""
    found = []
    for path in glob.glob(DIRECTORY + "/state/jobs/*.json"):
        with open(path, "rb") as file:
            found.append(json.loads(file.read()))
    for j in sorted(found, key=lambda j: j["started_us"]):
        print(eval(f"({expression})", {"j": j, **MODULES}))


def age_jobs():
    """What the jobs asked for, and was not answered, was long ago."""
    for path in glob.glob(DIRECTORY + "/state/jobs/*.json"):
        with open(path, "rb") as file:
            job = json.loads(file.read())
        for step in job.get("steps", []):
            if "asked" in step:
                step["asked"] -= 3600
        with open(path, "w", encoding="utf-8") as file:
            json.dump(job, file)


def find_processes():
    """What the program starts, and it itself, with our directory in its words."""
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                words = file.read().decode(errors="replace").split("\0")
        except OSError:
            continue
        if (os.path.basename(words[0]).startswith(("qemu", "virt-glance"))
                and any(DIRECTORY in word for word in words)):
            yield words


def nothing_left():
    for i in json.loads(ask("GET", "/_images"))["images"]:
        if i["id"] != BASE:
            print("image left:", i["id"])
    for path in glob.glob(DIRECTORY + "/state/jobs/*.json"):
        with open(path, "rb") as file:
            job = json.loads(file.read())
        if job["state"] == "running":
            print("job left:", path)
        for step in job.get("steps", []):
            if step["state"] == "begun":
                print("step left:", step)
            # (A swap's object is the disk.)
            if (step["state"] == "undone" and step["step"] != "swap"
                    and step["object"].startswith("/")
                    and os.path.exists(step["object"])):
                print("file left of a step:", step["object"])
    for place in "run", "scratch", "state/cancel":
        for found in glob.glob(f"{DIRECTORY}/{place}/*"):
            print("file left:", found)
    # (One that was killed may take a moment to end.)
    end = time.monotonic() + 60
    while (left := list(find_processes())) and time.monotonic() < end:
        time.sleep(0.05)
    for words in left:
        print("process left:", *words)


FUNCTIONS = {f.__name__: f for f in (
    fake, glance, requests, wire, images, show, check, service, journals,
    age_jobs, nothing_left)}


def read_word():
    word = b""
    while not word.endswith(b"\0"):
        byte = sys.stdin.buffer.read(1)
        if not byte:
            sys.exit()
        word += byte
    return word[:-1].decode()


def main():
    while True:
        name, *words = [read_word() for _ in range(int(read_word()))]
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            try:
                FUNCTIONS[name](*words)
            except Exception:  # the test is to fail, not we
                print(traceback.format_exc())
        sys.stdout.buffer.write(text.getvalue().encode() + b"\0")
        sys.stdout.flush()


main()
