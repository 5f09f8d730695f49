# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets counted one by one: numbered datagrams at a steady rate, through NAT, through direct routing, and by IPv6.

TCP repeats what was lost, and the clients notice a delay at most. A datagram that was lost stays lost.
"""

import re
import subprocess

from testbed import net
from testbed.say import BedError
from traffic import TOOLS

RATE = 100
FIELDS = re.compile(r"^sent=(\d+) lost=(\d+) duplicated=(\d+) reordered=(\d+) refused=(\d+) gap_us=(\d+) wait_us=(\d+)$", re.M)
KINDS = {"nat": net.VIP_NAT, "dr": net.VIP_DR, "nat6": net.VIP_NAT6}


def serve(bed):
    """Start the servers, once per testbed."""
    if getattr(bed, "streams_served", False):
        return
    bed.streams_served = True
    for host in net.HOSTS:
        if host == "client":
            continue
        for number, address in enumerate([net.VIP_DR] if host.startswith("dr") else net.addresses(host)):
            log = bed.folder / f"{host}.stream{number}"
            bed.spawn(host, TOOLS / "netpeer", "serve", host, "udp", net.at(address, net.PORT_STREAM), log=log.name)
            bed.wait_for(f"the datagram server on {host}", lambda log=log: "ready" in log.read_text(), limit=20, step=0.05)


class Streams:
    """One stream to each virtual address, from start() to stop()."""

    def __init__(self, bed, name):
        self.bed = bed
        self.name = name
        self.children = {}

    def _out(self, kind):
        return self.bed.folder / f"{self.name}.stream-{kind}"

    def start(self):
        """Returns when all are on their way."""
        serve(self.bed)
        for kind, vip in KINDS.items():
            self._out(kind).write_bytes(b"")
            self.children[kind] = self.bed.spawn("client", TOOLS / "netpeer", "stream", "udp", net.at(vip, net.PORT_STREAM),
                                                 RATE, stdin=subprocess.PIPE, log=self._out(kind).name)
            self.bed.wait_for(f"the stream of datagrams to {vip}",
                              lambda kind=kind: "ready" in self._out(kind).read_text(), limit=20, step=0.05)

    def stop(self):
        """What became of the datagrams, by kind: {sent, lost, duplicated, reordered, gap_ms, wait_ms}."""
        found = {}
        for child in self.children.values():
            child.stdin.close()
        for kind, child in self.children.items():
            child.wait(timeout=30)
            text = self._out(kind).read_text()
            match = FIELDS.search(text)
            if not match:
                raise BedError(f"the stream of datagrams to {KINDS[kind]} said: {text}")
            sent, lost, duplicated, reordered, refused, gap, wait = map(int, match.groups())
            found[kind] = {"sent": sent, "lost": lost, "duplicated": duplicated, "reordered": reordered,
                           "refused": refused, "gap_ms": gap / 1000, "wait_ms": wait / 1000}
        return found
