#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One NBD server made of several, as QEMU's is: qemu-nbd exports but one disk.

    fake_export.py FOLDER SOCKET CUT

listens on SOCKET, and passes a client that asks for the export NAME on to the
server on FOLDER/NAME.sock. When it has sent CUT bytes ("-": never) to its
clients it kills all servers (FOLDER/*.pid), and itself, in the middle. It
returns when it can be connected to; a second process, whose id is in
FOLDER/front.pid, goes on.
"""
import asyncio
import glob
import os
import signal
import socket
import struct
import sys

GREETING = struct.pack(">8s8sH", b"NBDMAGIC", b"IHAVEOPT", 3)
OPT_ABORT, OPT_STRUCTURED_REPLY = 2, 8
NAMED = (6, 7, 9, 10)  # INFO, GO, LIST_META_CONTEXT, SET_META_CONTEXT
ACK, ERR_UNSUP, ERR_UNKNOWN = 1, 0x80000001, 0x80000006

folder, path, cut = sys.argv[1:]
left = float("inf") if cut == "-" else int(cut)


def answer(option, kind):
    return struct.pack(">QIII", 0x3e889045565a9, option, kind, 0)


def die():
    for name in glob.glob(folder + "/*.pid"):
        with open(name, encoding="ascii") as file:
            pid = int(file.read())
        if pid != os.getpid():
            os.kill(pid, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


async def pump(reader, writer, counted):
    global left
    try:
        while data := await reader.read(65536):
            if counted:
                data = data[:max(int(min(left, len(data))), 0)]
                left -= len(data)
            writer.write(data)
            await writer.drain()
            if left <= 0:
                die()
    except OSError:
        pass
    writer.close()


async def connect(name, flags, structured):
    reader, writer = await asyncio.open_unix_connection(
        f"{folder}/{name}.sock")
    await reader.readexactly(len(GREETING))
    writer.write(flags)
    if structured:
        writer.write(struct.pack(">8sII", b"IHAVEOPT", OPT_STRUCTURED_REPLY, 0))
        await reader.readexactly(20)
    return reader, writer


async def negotiate(reader, writer):
    """The server that the client wants; its option is sent there."""
    structured = False
    writer.write(GREETING)
    flags = await reader.readexactly(4)
    while True:
        head = await reader.readexactly(16)
        _, option, length = struct.unpack(">8sII", head)
        data = await reader.readexactly(length)
        if option == OPT_STRUCTURED_REPLY:
            structured = True
            writer.write(answer(option, ACK))
        elif option in NAMED:
            size, = struct.unpack(">I", data[:4])
            name = data[4:4 + size].decode()
            if os.path.exists(f"{folder}/{name}.sock"):
                server = await connect(name, flags, structured)
                server[1].write(head + data)
                return server
            writer.write(answer(option, ERR_UNKNOWN))
        else:
            writer.write(answer(option, ACK if option == OPT_ABORT
                                else ERR_UNSUP))


async def serve(reader, writer):
    try:
        from_server, to_server = await negotiate(reader, writer)
    except (OSError, asyncio.IncompleteReadError):
        writer.close()
        return
    await asyncio.gather(pump(reader, to_server, False),
                         pump(from_server, writer, True))


async def main(listening):
    server = await asyncio.start_unix_server(serve, sock=listening)
    await server.serve_forever()


listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(64)
child = os.fork()
if child:
    with open(folder + "/front.pid", "w", encoding="ascii") as pid_file:
        pid_file.write(str(child))
    os._exit(0)
os.setsid()
null = os.open(os.devnull, os.O_RDWR)
for number in 0, 1, 2:
    os.dup2(null, number)
asyncio.run(main(listener))
