# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing is wrong, but everything is busy: SOAK seconds (300) under full load.

On each director a process computes without end, besides a download as fast as it goes, 1,000 connections and two
streams of datagrams. With PROFILE=fast the standby takes over after 130 ms of silence: that must not come about by
load. Expected: no role changes, no gate shuts, no lease runs out; every connection lives. Measured: the longest silence
that the standby heard, and how long the guests' processors waited for the host's (steal time).
"""

import os
import time

import daemon
import judge
from testbed import net
from testbed.say import say

GAP_MS = {"default": 600}
ROLE_CHANGES = 0
FORBIDDEN = judge.STILL
SOAK_S = int(os.environ.get("SOAK") or 300)
HOG = "systemd-run -q --unit=soak sh -c 'while :; do :; done'"


class Downloads:
    """One after the other, as fast as they go."""

    def __init__(self, bed):
        self.log = bed.folder / "soak.curl"
        script = f"while curl -sS --fail -o /dev/null -w '%{{size_download}}\\n' http://{net.VIP_NAT}/file; do :; done"
        self.child = bed.spawn("client", "sh", "-c", script, stdout=self.log.open("wb"))

    def stop(self):
        """Bytes of the complete ones; whether one failed."""
        failed = self.child.poll() is not None
        self.child.terminate()
        return sum(int(line) for line in self.log.read_text().split()), failed


def longest(drill):
    """The longest silence between two beats that the heir has heard, ms; None without an heir."""
    return drill.pair.agent(drill.standby).get("succession", {}).get("longest_ms")


def run(drill):
    """Load, time, and what changed."""
    drill.pair.roles(drill.bed)
    for guest in drill.bed.guests:  # half of the connections are silent for all that time
        guest.run(f"batonctl tunable set timeout_tcp_established {SOAK_S + 900}")
    drill.begin()
    began = judge.Steal(drill.bed.guests)
    downloads = Downloads(drill.bed)
    try:
        def burden():
            at = time.time()
            for guest in drill.bed.guests:
                guest.run(HOG)
            return at

        drill.inject(f"both directors are busy for {SOAK_S} s", burden)
        for second in range(0, SOAK_S, 60):
            drill.traffic.quiet_moment(min(60, SOAK_S - second))
            drill.events.read()
            heard = longest(drill)
            say(f"{min(second + 60, SOAK_S)} of {SOAK_S} s" + ("" if heard is None else f"; longest silence {heard} ms"))
    finally:
        stolen = began.parts()
        loaded, failed = downloads.stop()
        for guest in drill.bed.guests:
            guest.run("systemctl stop soak; batonctl tunable set timeout_tcp_established 900")
    daemon.same_roles(drill)
    drill.recovered()
    drill.expect(not failed, "each download came to its end")
    drill.data.update(soak_s=SOAK_S, longest_silence_ms=longest(drill), downloaded_mb=round(loaded / 1e6),
                      stolen={guest.name: round(part, 3) for guest, part in stolen.items()})
    drill.times(drill.active, required=False, detects=False)
    drill.wait_standby_warm(drill.standby)
    drill.finish()
    drill.data["extra"] = [
        ("under full load for", f"{SOAK_S} s"), ("downloaded", f"{drill.data['downloaded_mb']} MB"),
        ("longest silence of the active one", f"{drill.data['longest_silence_ms']} ms"),
        ("the host's processors were not free", ", ".join(f"{guest.name} {part:.1%}" for guest, part in stolen.items()))]
