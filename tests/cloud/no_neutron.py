#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A Neutron that has nothing: every list is empty, every deletion succeeds.

Nova asks Neutron for a server's ports even if the server has no network.
Usage: no_neutron.py PORT
"""
import http.server
import json
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.partition("?")[0].strip("/")
        name = path.rpartition("/")[2].removesuffix(".json")
        answer = {name: []} if name else {"versions": [{"id": "v2.0", "status": "CURRENT"}]}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_DELETE(self):
        self.send_response(204)
        self.end_headers()


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
