# SPDX-License-Identifier: GPL-2.0-or-later
"""Read what capture.py wrote: each packet as a line for people, TCP also as addresses and flags."""

import socket
import struct
from dataclasses import dataclass

FLAGS = "FSRPAUEC"


@dataclass
class Packet:
    """One frame; source, target (address.port) and flags are those of TCP and UDP, else empty."""
    time: float
    text: str
    source: str = ""
    target: str = ""
    flags: str = ""


def ipv4(time, data):
    """An IPv4 packet, without its Ethernet header."""
    size, protocol = (data[0] & 15) * 4, data[9]
    source, target = (socket.inet_ntoa(data[at:at + 4]) for at in (12, 16))
    first = not struct.unpack_from("!H", data, 6)[0] & 0x1fff
    flags = ""
    if protocol in (6, 17) and first and len(data) >= size + 14:
        ports = struct.unpack_from("!HH", data, size)
        source, target = f"{source}.{ports[0]}", f"{target}.{ports[1]}"
        if protocol == 6:
            flags = tcp_flags(data[size + 13])
    return transport(time, protocol, source, target, flags)


def ipv6(time, data):
    """An IPv6 packet, without its Ethernet header; none of those that are looked for has other headers before the transport's."""
    protocol = data[6]
    source, target = (socket.inet_ntop(socket.AF_INET6, data[at:at + 16]) for at in (8, 24))
    flags = ""
    if protocol in (6, 17) and len(data) >= 54:
        ports = struct.unpack_from("!HH", data, 40)
        source, target = f"{source}.{ports[0]}", f"{target}.{ports[1]}"
        if protocol == 6:
            flags = tcp_flags(data[53])
    return transport(time, protocol, source, target, flags)


def tcp_flags(byte):
    """A letter for each that is set."""
    return "".join(name for bit, name in enumerate(FLAGS) if byte >> bit & 1)


def transport(time, protocol, source, target, flags):
    """What both families have."""
    kind = {1: "ICMP", 6: f"TCP [{flags}]", 17: "UDP", 58: "ICMPv6"}.get(protocol, f"protocol {protocol}")
    return Packet(time, f"{source} > {target}: {kind}", source, target, flags)


def describe(time, frame):
    """A whole Ethernet frame."""
    head = f"{frame[6:12].hex(':')} > {frame[:6].hex(':')}"
    kind = struct.unpack_from("!H", frame, 12)[0]
    if kind == 0x0800 and len(frame) >= 34:
        packet = ipv4(time, frame[14:])
    elif kind == 0x86dd and len(frame) >= 54:
        packet = ipv6(time, frame[14:])
    elif kind == 0x0806 and len(frame) >= 42:
        sender, target = (socket.inet_ntoa(frame[at:at + 4]) for at in (28, 38))
        packet = Packet(time, f"ARP {'reply' if frame[21] == 2 else 'request'} from {sender} about {target}")
    else:
        packet = Packet(time, f"type {kind:04x}, {len(frame)} bytes")
    packet.text = f"{time:.6f} {head} {packet.text}"
    return packet


def read(path):
    """All packets of a file."""
    found = []
    with open(path, "rb") as file:
        file.read(24)
        while len(head := file.read(16)) == 16:
            second, microsecond, kept, _ = struct.unpack("IIII", head)
            found.append(describe(second + microsecond / 1e6, file.read(kept)))
    return found
