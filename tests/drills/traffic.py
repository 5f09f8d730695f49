# SPDX-License-Identifier: GPL-2.0-or-later
"""The clients of a drill: 1,000 connections, new ones at a steady rate, a download, a watch for resets."""

import contextlib
import hashlib
import json
import os
import pathlib
import subprocess
import time

from testbed import net, pcap
from testbed.say import BedError, say

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / os.environ.get("BUILD", "build")
TOOLS = BUILD / "bin"
BUSY = 500
SILENT = 500
INTERVAL_MS = 2000
NEW_RATE = 5
DOWNLOAD_MB = 200
DOWNLOAD_RATE = "4M"
READY_S = 180


class Traffic:
    """Everything the client host does during one drill."""

    def __init__(self, bed, name):
        self.bed = bed
        self.name = name
        self.control = bed.folder / f"{name}.ctl"
        self.out = bed.folder / f"{name}.loadgen.json"
        self.times = bed.folder / f"{name}.times.csv"
        self.load = None
        self.curl = None
        self.sum = None

    def start(self, download=True, silent=SILENT):
        """Open the connections and begin the download; returns when all are up."""
        say(f"opening {BUSY} busy and {silent} silent connections, {NEW_RATE} new ones a second")
        targets, new = (",".join(net.at(vip, port) for vip in (net.VIP_NAT, net.VIP_DR, net.VIP_NAT6))
                        for port in (net.PORT, net.PORT_NEW))
        self.load = self.bed.spawn("client", TOOLS / "loadgen", "--target", targets, "--busy", BUSY, "--silent", silent,
                                   "--interval-ms", INTERVAL_MS, "--size", 64, "--new-rate", NEW_RATE, "--new-target", new,
                                   "--connect-rate", 100, "--timeout-ms", 60000, "--control", self.control,
                                   "--out", self.out, "--times", self.times, log=f"{self.name}.loadgen")
        self.bed.wait_for("the load generator's control socket",
                          lambda: self.control.exists() or self.load.poll() is not None, limit=10, step=0.05)
        self.command("wait ready", READY_S)
        if download:
            self.download()

    def command(self, text, timeout=60):
        """One command to the load generator; its answer."""
        done = subprocess.run([str(TOOLS / "loadgen"), "--control", str(self.control), "--command", text],
                              capture_output=True, text=True, timeout=timeout, check=False)
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            log = (self.bed.folder / f"{self.name}.loadgen").read_text(errors="replace")[-1500:]
            raise BedError(f"the load generator did not answer {text!r}: {done.stdout}{done.stderr}\n{log}") from None
        if not answer.get("ok", True):
            raise BedError(f"the load generator refused {text!r}: {done.stdout.strip()}")
        return answer

    def download(self):
        """Begin the download, slow enough to last over the fault."""
        say(f"downloading {DOWNLOAD_MB} MB")
        script = (f"curl -sS --fail --max-time 600 --limit-rate {DOWNLOAD_RATE} http://{net.VIP_NAT}/file | sha256sum")
        self.sum = self.bed.folder / f"{self.name}.sha256"
        with self.sum.open("wb") as sink:
            self.curl = self.bed.spawn("client", "sh", "-c", script, stdout=sink, log=f"{self.name}.curl",
                                       stderr=(self.bed.folder / f"{self.name}.curl").open("ab"))

    def download_ok(self, limit=300):
        """Wait for the download; whether what came is what the server has."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.curl.wait(timeout=limit)
        if self.curl.poll() is None:
            return False
        digest = hashlib.sha256()
        with (self.bed.folder / "www" / "file").open("rb") as source:
            while block := source.read(1 << 20):
                digest.update(block)
        return self.sum.read_text().split()[:1] == [digest.hexdigest()]

    def download_running(self):
        """Whether the download is still under way."""
        return self.curl.poll() is None

    def stop(self):
        """Let every connection show that it lives, end; the load generator's results."""
        self.command("stop", 180)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.load.wait(timeout=60)
        return json.loads(self.out.read_text())

    def quiet_moment(self, seconds):
        """Undisturbed traffic before the fault, so that the plot shows what normal is."""
        end = time.monotonic() + seconds
        self.bed.wait_for("undisturbed traffic", lambda: time.monotonic() >= end, limit=seconds + 5)


@contextlib.contextmanager
def resets_to_client(bed, name):
    """
    TCP resets that reach the client while the body runs; yields a function that tells two numbers:
    those of connections that the client still had, and those that answer its own FIN.

    The second kind hurts nobody. A connection may be opened, used and closed in less time than it
    takes to pass it on; when the director dies before the last FIN, the other one never heard of it.
    Connections that were opened before are those of the drill before: the end of 5,000 takes a while.
    """
    found = [0, 0]
    with bed.capture(f"{name}.rst", "client", "eth0",
                     f"(host {net.CLIENT} and tcp[tcpflags] & (tcp-rst|tcp-fin|tcp-syn) != 0) or "
                     f"(host {net.CLIENT6} and ip6[6] = 6 and ip6[53] & 7 != 0)") as path:
        yield lambda: tuple(found)
    opened, closed = set(), set()
    for packet in pcap.read(path):
        if packet.source.startswith((net.CLIENT + ".", net.CLIENT6 + ".")):
            (opened if "S" in packet.flags else closed).add((packet.target, packet.source))
        elif "R" in packet.flags and (packet.source, packet.target) in opened:
            late = (packet.source, packet.target) in closed
            say(f"reset{' of a connection that the client had closed' if late else ''}: {packet.text}")
            found[late] += 1
