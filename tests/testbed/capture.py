#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Record the packets of an interface into a pcap file, until SIGINT.

usage: capture.py INTERFACE FILE in|inout EXPRESSION

tcpdump compiles the expression but does not record: as root it insists on becoming another user, and in
a user namespace there is none.
"""

import contextlib
import ctypes
import errno
import signal
import socket
import struct
import subprocess
import sys

ETH_P_ALL = 3
SO_TIMESTAMP = 29
SO_ATTACH_FILTER = 26
LINKTYPE_ETHERNET = 1
SNAPLEN = 160
BUFFER = 4 << 20


def compiled(expression):
    """The expression as instructions of the kernel's packet filter."""
    out = subprocess.run(["tcpdump", "-y", "EN10MB", "-s", str(SNAPLEN), "-ddd", expression], capture_output=True,
                         text=True, check=True).stdout
    return b"".join(struct.pack("HBBI", *map(int, line.split())) for line in out.splitlines()[1:])


def attach(sock, code):
    """Let the socket see only what the filter accepts, also of what came before."""
    memory = ctypes.create_string_buffer(code)
    program = struct.pack("HP", len(code) // 8, ctypes.addressof(memory))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
    with contextlib.suppress(BlockingIOError):
        while True:
            sock.recv(1, socket.MSG_DONTWAIT)


def stamp(ancillary):
    """When the kernel got the packet: we may be late, on a busy machine."""
    return next(struct.unpack("ll", data) for level, kind, data in ancillary
                if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMP))


def store(file, sock, both, flags=0):
    """Wait for one packet and append it; a cable that is pulled meanwhile ends nothing."""
    try:
        data, ancillary, _, address = sock.recvmsg(SNAPLEN, 64, flags)
    except OSError as error:
        if error.errno != errno.ENETDOWN:
            raise
        return
    if both or address[2] != socket.PACKET_OUTGOING:
        file.write(struct.pack("IIII", *stamp(ancillary), len(data), len(data)) + data)
        file.flush()


def main(interface, path, direction, expression):
    """Record until SIGINT, then what is still in the socket."""
    def stop(_signal, _frame):
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, stop)
    code = compiled(expression)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)) as sock, open(path, "wb") as file:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMP, 1)
        sock.bind((interface, ETH_P_ALL))
        attach(sock, code)
        file.write(struct.pack("IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, SNAPLEN, LINKTYPE_ETHERNET))
        file.flush()
        print("listening", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                store(file, sock, direction == "inout")
        with contextlib.suppress(BlockingIOError):
            while True:
                store(file, sock, direction == "inout", socket.MSG_DONTWAIT)


if __name__ == "__main__":
    main(*sys.argv[1:])
