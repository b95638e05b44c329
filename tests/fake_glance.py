#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Keystone and a Glance that misbehave on request, for tests.

    fake_glance.py [--stay] [--tls FILE]

listens on a free port of 127.0.0.1, prints its address ("http://127.0.0.1:N")
and ends when its standard input closes (--stay: at SIGTERM only). With --tls
it speaks TLS, with the certificate and key of FILE (PEM). Keystone is
at ADDRESS/v3 (user "demo" or application credential "app", password or secret
"secret", project "demo"); its catalog leads to Glance at ADDRESS/v2.

It keeps no image data, only size and sums, unless it is told to. Its behaviour is that of real
services, as far as a client that makes snapshots can tell.

Control, without a token:

    POST /_control  {"reset": true, "config": {…}, "images": [{…}],
                     "forget": true (the rules so far), "rules": [{…}],
                     "release": true, "changes": {ID: {members of its record}}}
                    each member is optional
    GET  /_log      {"requests": [{"method", "path", "query", "headers" (names
                     in lower case), "bytes" (of the body, as received),
                     "json", "status" (null: cut), "connection"}]}
    GET  /_images   {"images": [record, …]}

config, merged into what is set:
    stores      [{"id", "type", "default", "read-only", "fsid", "pool"}];
                [] is a Glance without stores
    detail      whether /v2/info/stores/detail is allowed (default true)
    auth        false: Glance asks for no token
    token_life  seconds (default 3600)
    scoped      false: tokens have no project and no catalog
    catalog     [{"interface", "region", "url"}]; "{base}" is our address
    hash_algo   of os_hash_value (default "sha512"; null: no hash at all)
    expect      "continue", or "never" as uWSGI does
    admin       false: copy-image is forbidden
    import_polls  GETs of an image until its copy has ended (default 2)
    import_fail   stores that a copy fails for
    api_minor     of the image API's version 2 (default 16; with 17 images take
                POST …/locations)
    show_locations  true: locations are shown, and may be PATCHed in
    service     true: our user has that role, and may POST locations
    location_polls  GETs of an image until such a POST is done (default 1)
    location_fail   why it fails then, if it shall
    keep        a directory that gets each upload's bytes, in a file called as
                the image's id
    ranges      how a Range of a download is answered: "yes", "refuse" (400, as
                by a store that can't), "ignore" (200), "wrong" (another part)
    ceph        a command with arguments that asks Ceph as Glance's user; with
                two more, it prints the size of POOL/IMAGE@SNAPSHOT ("size"), or
                deletes POOL/IMAGE ("delete")

A rule meets requests by method and path (a regular expression for the whole
path without query); the first one that is left does what it says:
    times       how often (default 1; 0: always)
    skip        how many requests pass by first
    delay       seconds before anything else
    hold        true: before anything else, wait until {"release": true} comes,
                or {"reset": true}
    status, headers, json or body (+ "type")   the answer instead of the normal
                one; headers are lines, as they are
    raw         text to answer with instead of HTTP
    flood       true: a 200 whose JSON never ends
    again       text that follows "raw" without end; pause: seconds between two
    at          0…1: answer when that part of the upload is read (default 0:
                before reading), and close
    cut         0…1: reset the connection when that part of the upload is read
    stall       0…1, the same, but just stop reading until the client goes
    drop        0…1: of a download, send that part of what was asked for, then
                reset the connection; hang: the same, but just stop sending
    spoil       true: of a download, send a wrong byte; more: true: one too many
    lost        true: do what is asked, then cut instead of answering
    instead     do what is asked, then answer with that status
    leave       state of the image afterwards ("queued", "saving", "active",
                "deleted"); settle: seconds until "saving" is "queued", or what
                settle_as says
    record      members to set in the image's record then, or at the end of an
                upload that goes well
    revoke      true: tokens given so far are no longer good
"""
import argparse
import hashlib
import sys

sys.dont_write_bytecode = True
if "--tls" not in sys.argv:
    sys.modules["ssl"] = None  # to load it takes long
import http.server  # noqa: E402
import json
import os
import re
import signal
import socket
import struct
import threading
import time
import urllib.parse
import uuid

from fake_model import PLAIN, STATE, Images, Keystone, answer_error  # noqa: E402

CHUNK = 65536


class Cut(Exception):
    """The connection shall be reset."""


class Keeper:
    """Takes an upload's bytes as a hash does, and writes them to a file."""

    def __init__(self, directory, ident):
        self.file = open(os.path.join(directory, ident), "wb")

    def update(self, data):
        self.file.write(data)

    def close(self):
        self.file.close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        with STATE.lock:
            STATE.connections += 1
            self.number = STATE.connections

    def log_message(self, *args):
        pass

    def handle_expect_100(self):
        return True  # sent when the body is read, as Glance does

    # --- bodies ---

    def read_body(self, sums=(), upto=1.0):
        """Reads that part of the body; returns its bytes if it is short."""
        length = int(self.headers.get("Content-Length", 0))
        if (self.headers.get("Expect") and not self.continued
                and STATE.config["expect"] != "never"):
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        self.continued = True
        kept = b""
        while self.entry["bytes"] < int(length * upto):
            data = self.rfile.read(min(
                CHUNK, int(length * upto) - self.entry["bytes"]))
            if not data:
                raise Cut()
            self.entry["bytes"] += len(data)
            for value in sums:
                value.update(data)
            if not sums and len(kept) < 1 << 20:
                kept += data
        return kept

    def reply(self, status, body, lines=(), kind="application/json"):
        if not isinstance(body, (str, type(None))):
            body = json.dumps(body)
        data = (body or "").encode()
        self.entry["status"] = status
        self.wfile.write(b"HTTP/1.1 %d %s\r\n" % (
            status, http.HTTPStatus(status).phrase.encode()))
        head = list(lines)
        if data:
            head.append("Content-Type: " + kind)
        if status != 204:
            head.append("Content-Length: %d" % len(data))
        if status != 401:
            head.append("x-openstack-REQUEST-id: req-%s" % uuid.UUID(int=7))
        if self.close_connection:
            head.append("Connection: close")
        for line in head:
            self.wfile.write(line.encode() + b"\r\n")
        self.wfile.write(b"\r\n" + data)
        self.wfile.flush()

    def reset_connection(self):
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        self.connection.close()

    # --- rules ---

    def find_rule(self):
        for rule in list(STATE.rules):
            if rule.get("method", self.command) != self.command:
                continue
            if not re.fullmatch(rule.get("path", ".*"), self.where):
                continue
            if rule.get("skip", 0) > 0:
                rule["skip"] -= 1
                continue
            if rule.setdefault("times", 1) > 0:
                rule["times"] -= 1
                if rule["times"] == 0:
                    STATE.rules.remove(rule)
            # With the lock held: who sees the request in the log may release.
            self.gate = STATE.gate if rule.get("hold") else None
            return rule
        return {}

    def leave_image(self, rule):
        match = re.fullmatch("/v2/images/([^/]+)(/file|/locations)?",
                             self.where)
        record = STATE.images.get(match.group(1)) if match else None
        if record is None or "leave" not in rule:
            return
        if rule["leave"] == "deleted":
            Images.delete(record["id"])
            return
        record["status"] = rule["leave"]
        record.update(rule.get("record", {}))
        if "settle" in rule:
            record["_settle"] = time.time() + rule["settle"]
            record["_settle_as"] = rule.get("settle_as", "queued")

    def obey(self, rule):
        """Does what the rule says; whether the request is done with."""
        if rule.get("hold"):
            self.gate.wait()
        time.sleep(rule.get("delay", 0))
        if rule.get("revoke"):
            STATE.tokens.clear()
        for key in ("cut", "stall"):
            if key in rule:
                self.read_body(upto=rule[key])
                self.leave_image(rule)
                if key == "stall":
                    self.connection.settimeout(60)
                    while self.connection.recv(CHUNK, socket.MSG_PEEK):
                        time.sleep(0.05)
                raise Cut()
        if "raw" in rule or rule.get("flood"):
            self.babble(rule)
        if "status" not in rule:
            return False
        length = int(self.headers.get("Content-Length", 0))
        if length <= CHUNK:
            self.entry["json"] = self.parse(self.read_body())
        else:
            self.read_body(upto=rule.get("at", 0)) if "at" in rule else None
            self.close_connection = True
        self.leave_image(rule)
        self.reply(rule["status"], rule.get("json", rule.get("body")),
                   rule.get("headers", ()),
                   rule.get("type", "application/json" if "json" in rule
                            else "text/html; charset=UTF-8"))
        if self.close_connection:
            self.linger()
        return True

    def babble(self, rule):
        """Answers with what is no answer, then cuts."""
        self.read_body()
        self.wfile.write(rule.get("raw", "HTTP/1.1 200 OK\r\nContent-Type: "
                                  "application/json\r\n\r\n[").encode())
        while rule.get("flood"):
            self.wfile.write(b"0," * CHUNK)
        while "again" in rule:
            self.wfile.write(rule["again"].encode())
            self.wfile.flush()
            time.sleep(rule.get("pause", 0))
        self.wfile.flush()
        self.close_connection = True
        self.linger()
        raise Cut()

    def linger(self):
        """Lets the client read the answer: closing while its data still
        comes in would be a reset, and the answer lost."""
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(5)
        while self.connection.recv(CHUNK):
            pass

    # --- requests ---

    def handle_request(self):
        url = urllib.parse.urlsplit(self.path)
        self.continued = False
        self.where = re.sub("^/(image|identity)(?=/)", "", url.path)
        self.lower = {k.lower(): v for k, v in self.headers.items()}
        self.entry = {"method": self.command, "path": url.path,
                      "query": url.query, "headers": self.lower, "bytes": 0,
                      "json": None, "status": None, "connection": self.number}
        try:
            if self.where.startswith("/_"):
                self.control()
                return
            with STATE.lock:
                STATE.log.append(self.entry)
                rule = self.find_rule()
            if not self.obey(rule):
                self.serve(rule)
        except (Cut, OSError):
            self.reset_connection()

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_request

    def base(self):
        return address_of(self.server)

    def find_data(self, rule):
        """The bytes to download, and the lines of the head; or an answer."""
        ident = self.where.split("/")[3]
        with STATE.lock:
            if not self.is_welcome():
                return self.unauthorized()
            status, record = Images.get(ident)
            if status != 200:
                return status, record
            if record["status"] != "active":
                return 204, None
        with open(os.path.join(STATE.config["keep"], ident), "rb") as file:
            data = bytearray(file.read())
        if rule.get("spoil"):
            data[len(data) // 2] ^= 1
        size, ranges = len(data), STATE.config["ranges"]
        match = re.fullmatch(r"bytes=(\d+)-", self.lower.get("range", ""))
        if not match or ranges == "ignore":
            return 200, data + b"x" * bool(rule.get("more")), []
        if ranges == "refuse":
            return answer_error(400, "Getting images randomly from this store "
                                "is not supported.")
        start = int(match.group(1)) + (ranges == "wrong")
        return 206, data[start:], ["Content-Range: bytes %d-%d/%d" % (
            start, size - 1, size)]

    def download(self, rule):
        status, data, *lines = self.find_data(rule)
        if not lines:
            self.reply(status, data)
            return
        part = rule.get("drop", rule.get("hang", 1))
        self.entry["status"] = status
        head = ["HTTP/1.1 %d OK" % status, "Content-Length: %d" % len(data),
                "Content-Type: application/octet-stream"] + lines[0]
        self.wfile.write("\r\n".join(head + ["", ""]).encode()
                         + data[:int(len(data) * part)])
        self.wfile.flush()
        if "hang" in rule:
            self.connection.settimeout(60)
            while self.connection.recv(CHUNK, socket.MSG_PEEK):
                time.sleep(0.05)
        if part < 1:
            self.connection.shutdown(socket.SHUT_WR)
            self.linger()
            raise Cut()

    def serve(self, rule):
        lines = []
        if self.where.endswith("/file") and self.command == "GET":
            self.download(rule)
            return
        if self.where.endswith("/file") and self.command == "PUT":
            status, body = self.upload(rule)
        else:
            self.entry["json"] = self.parse(self.read_body())
            with STATE.lock:
                status, body = self.route(lines)
                self.leave_image(rule)
        if rule.get("lost"):
            raise Cut()
        if "instead" in rule:
            status, body = rule["instead"], rule.get("json")
        self.reply(status, body, lines)
        if self.close_connection:
            self.linger()

    @staticmethod
    def parse(data):
        try:
            return json.loads(data) if data else None
        except ValueError:
            return None

    def is_welcome(self):
        token = self.lower.get("x-auth-token")
        return (not STATE.config["auth"]
                or STATE.tokens.get(token, 0) > time.time())

    @staticmethod
    def unauthorized():
        return 401, {"error": {"code": 401, "title": "Unauthorized", "message":
                               "The request you have made requires "
                               "authentication."}}

    def upload(self, rule):
        ident = self.where.split("/")[3]
        algo = STATE.config["hash_algo"] or "sha512"
        sums = {"md5": hashlib.md5(), algo: hashlib.new(algo)}
        with STATE.lock:
            refused = (None if self.is_welcome() else self.unauthorized()) \
                or Images.check_upload(ident, self.lower)
            if refused:
                self.close_connection = True
                return refused
            record = STATE.images[ident]
            record["status"] = "saving"
        takers = list(sums.values())
        if STATE.config["keep"]:
            takers.append(Keeper(STATE.config["keep"], ident))
        try:
            self.read_body(takers)
        except (Cut, OSError):
            # Maybe after a reset: another's image may have that id by now.
            with STATE.lock:
                record["status"] = "queued"
            raise
        finally:
            if STATE.config["keep"]:
                takers[-1].close()
        with STATE.lock:
            answer = Images.finish(ident, self.lower, self.entry["bytes"],
                                   sums)
            if ident in STATE.images:
                STATE.images[ident].update(rule.get("record", {}))
            self.leave_image(rule)
        return answer

    def route(self, lines):
        where, body = self.where, self.entry["json"]
        if where == "/v3/auth/tokens" and self.command == "POST":
            status, answer, token = Keystone.sign_in(body, self.base())
            if token:
                lines.append("x-subject-TOKEN: " + token)
            return status, answer
        if not where.startswith("/v2/"):
            return 200 if where == "/versions" else 300, {"versions": [
                {"id": "v2.%d" % n, "status": "SUPPORTED"}
                for n in range(STATE.config["api_minor"], -1, -1)]}
        if not self.is_welcome():
            return self.unauthorized()
        if where in ("/v2/info/stores", "/v2/info/stores/detail"):
            return Images.list_stores(where.endswith("detail"))
        if where == "/v2/images" and self.command == "POST":
            return Images.create(body)
        if where == "/v2/images" and self.command == "GET":
            return Images.list_images(dict(urllib.parse.parse_qsl(
                self.entry["query"])))
        match = re.fullmatch("/v2/images/([^/]+)(/import|/tasks|/locations)?",
                             where)
        if match and match.group(2) == "/import":
            return Images.start_import(match.group(1), body or {})
        if match and match.group(2) == "/tasks":
            return 200, {"tasks": STATE.tasks.get(match.group(1), [])}
        if match and match.group(2) == "/locations":
            if STATE.config["api_minor"] < 17:
                return answer_error(404, "The resource could not be found.")
            return Images.post_location(match.group(1), body)
        members = re.fullmatch("/v2/images/([^/]+)/members(?:/([^/]+))?", where)
        if members:
            return Images.share(members.group(1), members.group(2), body,
                                self.command)
        if match and self.command == "PATCH":
            return Images.patch(match.group(1), body,
                                self.lower.get("content-type"))
        if match and self.command == "GET":
            return Images.get(match.group(1))
        if match and self.command == "DELETE":
            return Images.delete(match.group(1))
        return answer_error(404, "The resource could not be found.")

    def control(self):
        with STATE.lock:
            if self.where == "/_log":
                self.reply(200, {"requests": STATE.log})
            elif self.where == "/_images":
                self.reply(200, {"images": list(STATE.images.values())})
            elif self.where == "/_control":
                order = self.parse(self.read_body()) or {}
                if order.get("reset") or order.get("release"):
                    STATE.open_gate()
                if order.get("reset"):
                    STATE.reset()
                if order.get("forget"):
                    STATE.rules.clear()
                STATE.config.update(order.get("config", {}))
                STATE.rules.extend(order.get("rules", []))
                for image in order.get("images", []):
                    state = {k: image.pop(k) for k in list(image)
                             if k not in PLAIN}
                    _, record = Images.create(image)
                    STATE.images[record["id"]].update(state)
                for ident, members in order.get("changes", {}).items():
                    STATE.images[ident].update(members)
                self.reply(200, {})
            else:
                self.reply(404, {})


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    scheme = "http"

    def use_tls(self, path):
        import ssl
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        self.socket = context.wrap_socket(self.socket, server_side=True,
                                          do_handshake_on_connect=False)
        self.scheme = "https"

    def handle_error(self, request, client_address):
        pass


def address_of(server):
    return "%s://127.0.0.1:%d" % (server.scheme, server.server_address[1])


def main():
    parser = argparse.ArgumentParser(description="See the top of the file.")
    parser.add_argument("--stay", action="store_true")
    parser.add_argument("--tls", metavar="FILE")
    options = parser.parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    server = Server(("127.0.0.1", 0), Handler)
    if options.tls:
        server.use_tls(options.tls)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(address_of(server), flush=True)
    if options.stay:
        signal.pause()
    sys.stdin.read()


if __name__ == "__main__":
    main()
