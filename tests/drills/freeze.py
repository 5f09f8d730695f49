# SPDX-License-Identifier: GPL-2.0-or-later
"""The active director freezes, and wakes up later.

Its virtual CPU stops; memory, sockets and its belief to be active stay as they are. The standby
takes over as after a power failure. At least 3 s later the frozen node goes on: it has packets
in its queues and believes for a moment that nothing happened. Expected: every connection lives;
from the moment it is thawed the old active forwards not one packet and never answers or
announces for a virtual address (a capture of what it sends shows it), but for what it had forwarded before: frames that
lay in its cards when it froze (counted in their rings), and the one that its processor had in hand. It finds out that
it lost the role and becomes the standby, warm again.
"""

import contextlib
import time

import actives
import judge
from testbed import net, pcap
from testbed.say import say

GAP_MS = {"default": 600, "fast": 200}
ROLE_CHANGES = 1
FORBIDDEN = judge.THAWED
AWAY_S = 3
WATCH_S = 10
# The processor may stand still behind the gate, with a frame on its way to the card.
IN_HAND = 1


def unsent(guest):
    """Frames that lie in the cards of a frozen guest, of those networks that are watched."""
    return sum(guest.unsent(bridge) for bridge in ("lan", "in"))


def thawed(drill, guest, lying, counts):
    """Thaw and watch what it sends, until it has found out and for some time after; `lying` were in its cards."""
    with contextlib.ExitStack() as stack:
        paths = {bridge: stack.enter_context(drill.bed.capture(
            f"thaw-{bridge}", None, net.tap(guest.number, bridge), actives.foreign(guest.number), "in"))
            for bridge in ("lan", "in")}
        drill.actives.old(guest, guest.thaw(), lying + IN_HAND)
        began = time.monotonic()
        say(f"{guest.name} was thawed")
        drill.traffic.command("mark thawed")
        guest.wait_up()
        drill.wait_standby_warm(guest)
        drill.data["rewarm_ms"] = round((time.monotonic() - began) * 1000)
        drill.traffic.quiet_moment(max(0, WATCH_S - (time.monotonic() - began)))
    for bridge, path in paths.items():
        packets = pcap.read(path)
        counts[bridge] = len(packets)
        for packet in packets[:5]:
            say(f"from the thawed node on br-{bridge}: {packet.text}")


def judge(drill, counts, lying, away):
    """What the thawed node sent, of what it must not send."""
    total = sum(counts.values())
    drill.data.update(frames_after_thaw=total, frames_unsent=lying)
    drill.data["extra"] = [("frames forwarded or VIP ARP after thaw",
                            f"{total} (frozen for {away:.1f} s; {lying} were in its cards)")]
    drill.expect(total <= lying + IN_HAND, "the thawed node sent no packet of others and no ARP for a virtual address "
                 f"(it sent {total}; {lying} were in its cards)")


def run(drill):
    """Fault, recovery, thaw under a capture."""
    drill.begin()
    frozen = drill.active
    drill.inject(f"{frozen.name} freezes", frozen.freeze)
    drill.recovered()
    drill.times(drill.standby)
    drill.traffic.quiet_moment(max(0, AWAY_S - (time.time() - drill.at)))
    lying = unsent(frozen)
    counts = {}
    away = time.time() - drill.at
    thawed(drill, frozen, lying, counts)
    judge(drill, counts, lying, away)
    drill.finish()
