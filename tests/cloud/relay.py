#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A relay between a client and a service, and the network between them that fails.

    relay.py PORT SERVICE-PORT CONTROL-PORT

All are of 127.0.0.1. To the control port goes a line, and comes an answer:

    pass          all is well (so it begins); what was held back goes on
    silent        nothing arrives any more, nor is it told to anybody: connections
                  stay, and new ones are not answered. The kernel drops the packets,
                  as it would if they were lost on their way
    mute          what the client sends arrives, but nothing comes back
    refuse        new connections are refused
    reset         those that there are, are reset
    after N WORD… the same, when the client has sent N bytes more; all of the words
    back N WORD…  the same, when the service has sent N bytes more
    due           the answer is whether what comes after N bytes is still to come
    count         the answer is how many bytes the client has sent
"""
import ctypes
import select
import socket
import struct
import sys

CHUNK = 16384
HOST = "127.0.0.1"
# "Return 0": of each packet that many bytes are kept.
PROGRAM = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))
DROP = struct.pack("HL", 1, ctypes.addressof(PROGRAM))
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27


def set_deaf(sock, deaf):
    """Whether the kernel drops all that comes for the socket."""
    if deaf:
        sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, DROP)
    else:
        try:
            sock.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)
        except FileNotFoundError:
            pass


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Way:
    """One direction of a connection."""

    def __init__(self, source, target, upwards):
        self.source, self.target, self.upwards = source, target, upwards
        self.held = b""
        self.ended = False

    def read(self):
        self.held = self.source.recv(CHUNK)
        self.ended = not self.held
        if self.ended:
            self.target.shutdown(socket.SHUT_WR)
        return len(self.held)

    def write(self):
        self.held = self.held[self.target.send(self.held):]


class Relay:
    def __init__(self, port, service, control):
        self.port, self.service = port, service
        self.control = socket.create_server((HOST, control))
        self.listener = socket.create_server((HOST, port))
        self.pairs = []
        self.mode = "pass"
        self.sent = 0
        self.later = None  # (bytes sent, words)
        self.came = 0
        self.later_back = None  # (bytes that came back, words)

    def open(self, way):
        return self.mode in ("pass", "refuse") or (self.mode == "mute" and way.upwards)

    def set_mode(self, mode):
        self.mode = mode
        if mode == "refuse":
            self.listener.close()
        elif self.listener.fileno() < 0:
            self.listener = socket.create_server((HOST, self.port))
        for pair in self.pairs:
            set_deaf(pair[0].source, mode == "silent")
        if self.listener.fileno() >= 0:
            set_deaf(self.listener, mode == "silent")

    def obey(self, words):
        if words[0] == "count":
            return str(self.sent)
        if words[0] == "due":
            return "yes" if self.later or self.later_back else "no"
        if words[0] == "after":
            self.later = self.sent + int(words[1]), words[2:]
        elif words[0] == "back":
            self.later_back = self.came + int(words[1]), words[2:]
        elif words[0] == "reset":
            for pair in list(self.pairs):
                self.end(pair)
        elif words[0] in ("pass", "silent", "mute", "refuse"):
            self.set_mode(words[0])
        else:
            return "what?"
        return "ok"

    def ask(self):
        with self.control.accept()[0] as sock, sock.makefile("rw") as file:
            print(self.obey(file.readline().split() or [""]), file=file, flush=True)

    def accept(self):
        client = self.listener.accept()[0]
        try:
            service = socket.create_connection((HOST, self.service))
        except OSError:
            reset(client)
            return
        client.setblocking(False)
        service.setblocking(False)
        self.pairs.append((Way(client, service, True), Way(service, client, False)))

    def end(self, pair):
        self.pairs.remove(pair)
        for way in pair:
            reset(way.source)

    def move(self, pair, way):
        try:
            if way.held:
                way.write()
            else:
                got = way.read()
                self.sent += got if way.upwards else 0
                self.came += 0 if way.upwards else got
        except BlockingIOError:
            return
        except OSError:
            self.end(pair)
            return
        if all(way.ended and not way.held for way in pair):
            self.pairs.remove(pair)
            for way in pair:
                way.source.close()
        if self.later and self.sent >= self.later[0]:
            words, self.later = self.later[1], None
            for word in words:
                self.obey([word])
        if self.later_back and self.came >= self.later_back[0]:
            words, self.later_back = self.later_back[1], None
            for word in words:
                self.obey([word])

    def step(self):
        ways = [(pair, way) for pair in self.pairs for way in pair
                if self.open(way) and not (way.ended and not way.held)]
        reads = [way.source for _, way in ways if not way.held]
        writes = [way.target for _, way in ways if way.held]
        doors = [self.control]
        if self.mode != "refuse":
            doors.append(self.listener)
        can_read, can_write, _ = select.select(reads + doors, writes, [])
        if self.control in can_read:
            self.ask()
            return
        if self.listener in can_read:
            self.accept()
        for pair, way in ways:
            if pair in self.pairs and self.open(way) and (
                    way.target in can_write if way.held else way.source in can_read):
                self.move(pair, way)


relay = Relay(*(int(argument) for argument in sys.argv[1:]))
while True:
    relay.step()
