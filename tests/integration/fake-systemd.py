#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starts a program as systemd does: standard error is a connection to the
journal, and NOTIFY_SOCKET is set. To be run in a mount namespace of its own, for
the journal's sockets have fixed names. Prints what the program sends, one
datagram a line: "notify TEXT" or "journal {JSON of the fields}"; passes SIGTERM
on, and ends with the program's exit status.

Usage: fake-systemd.py COMMAND…
"""
import json
import os
import selectors
import signal
import socket
import subprocess
import sys

JOURNAL = "/run/systemd/journal"


def bind(path, kind):
    sock = socket.socket(socket.AF_UNIX, kind)
    sock.bind(path)
    return sock


def fields(data):
    """The journal's protocol: KEY=VALUE, or KEY, a length, and a value."""
    result = {}
    while data:
        line, _, data = data.partition(b"\n")
        key, equals, value = line.partition(b"=")
        if not equals:
            length = int.from_bytes(data[:8], "little")
            value = data[8:8 + length]
            data = data[8 + length + 1:]
        result[key.decode()] = value.decode()
    return result


def main():
    os.makedirs(JOURNAL, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", JOURNAL], check=True)
    stdout = bind(f"{JOURNAL}/stdout", socket.SOCK_STREAM)
    stdout.listen()
    journal = bind(f"{JOURNAL}/socket", socket.SOCK_DGRAM)
    notify = bind(f"{JOURNAL}/notify", socket.SOCK_DGRAM)
    stderr = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    stderr.connect(f"{JOURNAL}/stdout")
    child = subprocess.Popen(
        sys.argv[1:], stderr=stderr,
        env={**os.environ, "NOTIFY_SOCKET": f"{JOURNAL}/notify"})
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    loop = selectors.DefaultSelector()
    loop.register(journal, selectors.EVENT_READ,
                  lambda data: "journal " + json.dumps(fields(data)))
    loop.register(notify, selectors.EVENT_READ,
                  lambda data: "notify " + data.decode())
    while True:
        over = child.poll() is not None
        ready = loop.select(0 if over else 0.1)
        for key, _ in ready:
            print(key.data(key.fileobj.recv(1 << 20)), flush=True)
        if over and not ready:
            return child.returncode


sys.exit(main())
