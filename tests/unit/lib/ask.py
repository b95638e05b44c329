#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A proxy that asks virt-glance choose.

    ask.py ADDRESS [OPTION…] METHOD PATH [NAME:VALUE…]

prints "STATUS STORE OUTCOME" ("-" where there is none), then an empty line and
the body. ADDRESS: 127.0.0.1:PORT or unix:PATH. A value @N is N bytes long.
    --silent N     with N other connections that say nothing, of which the number
                   that the service has closed by then is told at the end
    --drip         send the request's bytes one by one, with no end; tell after
                   how many seconds the connection was closed
    --times N      ask N times at once, and print each different answer once, after
                   its number
    --body N       send N bytes of a body that is announced to be without end
    --raw          METHOD is the whole request, with \\n for its line breaks
"""
import http.client
import socket
import sys
import time


def connect(address):
    if address.startswith("unix:"):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(address[5:])
    else:
        host, port = address.rsplit(":", 1)
        connection = socket.create_connection((host, int(port)))
    connection.settimeout(60)
    return connection


def read(connection):
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    body = answer.read().decode()
    return "%d %s %s\n\n%s" % (
        answer.status, answer.headers.get("X-Image-Meta-Store", "-"),
        answer.headers.get("X-Virt-Glance-Outcome", "-")
        + ("" if answer.headers.get("Connection") == "close" else " kept"), body)


def make(method, path, headers):
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: choose"]
    for header in headers:
        name, value = header.split(":", 1)
        if value.startswith("@"):
            value = "x" * int(value[1:])
        lines.append("%s: %s" % (name, value))
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def ask(address, request):
    try:
        connection = connect(address)
        connection.sendall(request)
        return read(connection)
    except (OSError, http.client.HTTPException) as error:
        return "%s\n" % type(error).__name__


def ask_often(address, request, times):
    answers = {}
    connections = [connect(address) for _ in range(times)]
    for connection in connections:
        connection.sendall(request)
    for connection in connections:
        try:
            answer = read(connection)
        except (OSError, http.client.HTTPException) as error:
            answer = type(error).__name__
        answers[answer] = answers.get(answer, 0) + 1
    for answer, n in sorted(answers.items()):
        print(n, answer.strip())


def ask_among(address, request, n):
    silent = [connect(address) for _ in range(n)]
    print(ask(address, request))
    closed = 0
    for connection in silent:
        connection.setblocking(False)
        try:
            closed += connection.recv(1) == b""
        except BlockingIOError:
            pass
        except OSError:
            closed += 1
    print(closed)


def drip(address):
    connection = connect(address)
    connection.settimeout(0.2)
    begin = time.monotonic()
    connection.sendall(b"PUT /v2/images/x/file HTTP/1.1\r\nX-Long: ")
    while time.monotonic() < begin + 60:
        try:
            connection.sendall(b"x")
            if connection.recv(100) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    print(int(time.monotonic() - begin))


def send_body(address, request, n):
    connection = connect(address)
    connection.sendall(request)
    try:
        for _ in range(n // 65536):
            connection.sendall(b"x" * 65536)
    except OSError:
        pass
    try:
        print(read(connection))
    except (OSError, http.client.HTTPException) as error:
        print(type(error).__name__)


def main(address, *words):
    words = list(words)
    option, n = None, 0
    if words[0].startswith("--"):
        option = words.pop(0)
        if option not in ("--drip", "--raw"):
            n = int(words.pop(0))
    if option == "--drip":
        return drip(address)
    if option == "--raw":
        return print(ask(address, words[0].replace("\\n", "\r\n").encode()))
    request = make(words[0], words[1], words[2:])
    if option == "--silent":
        return ask_among(address, request, n)
    if option == "--times":
        return ask_often(address, request, n)
    if option == "--body":
        return send_body(address, request, n)
    return print(ask(address, request))


if __name__ == "__main__":
    main(*sys.argv[1:])
