# SPDX-License-Identifier: LGPL-2.1-or-later
"""A filter for Glance's pipeline that writes down what clients send.

One JSON object a request, before the last of its answer is sent:
  time      when the request came, seconds since 1970
  seconds   until the answer was made
  method, path, query
  headers   the request's, names in lower case, tokens replaced by a hash
  received  bytes of the body that Glance has read
  status    of the answer, or null where there was none
"""
import hashlib
import json
import os
import time

SECRET = ("x-auth-token", "x-service-token", "authorization")


def sent_headers(environ):
    # (eventlet's own list, where it serves: its environ has a Content-Type for
    # requests, too, that came without one. uWSGI's is empty then.)
    if "headers_raw" in environ:
        yield from environ["headers_raw"]
        return
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield name[len("HTTP_"):].replace("_", "-"), value
        elif name in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
            yield name.replace("_", "-"), value


def request_headers(environ):
    headers = {}
    for name, value in sent_headers(environ):
        name = name.lower()
        if name in SECRET:
            value = "sha256:" + hashlib.sha256(value.encode()).hexdigest()[:12]
        headers[name] = value
    return headers


class CountingBody:
    """The request's body, that knows how much of it was read."""

    def __init__(self, body):
        self.body = body
        self.received = 0

    def read(self, *size):
        data = self.body.read(*size)
        self.received += len(data)
        return data

    def readline(self, *size):
        line = self.body.readline(*size)
        self.received += len(line)
        return line

    def __iter__(self):
        return iter(self.readline, b"")

    def __getattr__(self, name):
        return getattr(self.body, name)


class Answer:
    """The answer's body; tells the log once, when all of it is known, and
    before the client has its end: who has an answer finds it in the log."""

    def __init__(self, body, done):
        self.body = body
        self.done = done
        self.told = False

    def tell(self):
        if not self.told:
            self.told = True
            self.done()

    def __iter__(self):
        last = None
        for piece in self.body:
            if last is not None:
                yield last
            last = piece
        self.tell()
        if last is not None:
            yield last

    def close(self):
        try:
            if hasattr(self.body, "close"):
                self.body.close()
        finally:
            self.tell()


class WireLog:
    def __init__(self, app, path):
        self.app = app
        self.path = path

    def __call__(self, environ, start_response):
        entry = {
            "time": time.time(),
            "method": environ["REQUEST_METHOD"],
            "path": environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"],
            "query": environ.get("QUERY_STRING", ""),
            "headers": request_headers(environ),
            "status": None,
        }
        body = environ["wsgi.input"] = CountingBody(environ["wsgi.input"])

        def start(status, headers, exc_info=None):
            entry["status"] = int(status.split()[0])
            return start_response(status, headers, exc_info)

        def done():
            entry["received"] = body.received
            entry["seconds"] = round(time.time() - entry["time"], 6)
            self.write(entry)

        try:
            return Answer(self.app(environ, start), done)
        except BaseException:
            done()
            raise

    def write(self, entry):
        line = json.dumps(entry) + "\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        log = os.open(self.path, flags, 0o644)
        try:
            os.write(log, line.encode())
        finally:
            os.close(log)


def filter_factory(_global_conf, file):
    return lambda app: WireLog(app, file)
