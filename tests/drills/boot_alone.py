# SPDX-License-Identifier: GPL-2.0-or-later
"""Both directors lose power; one comes back alone, and an operator gives it the role. Then the other one comes.

A director that has not seen its peer since it booted cannot know whether that one is active somewhere. Expected: it
takes nothing: its gate stays shut, nobody on the LAN gets an answer for a virtual address and the client does
not reach a service, until the operator says so. From then on it serves. The other one, booted under traffic, joins
as a standby, takes no role, costs nobody a packet, and becomes warm.
"""

import subprocess
import time

import daemon
import split
from testbed import net
from testbed.say import say

GAP_MS = {"default": 200}
ROLE_CHANGES = 0
FORBIDDEN = ("handover_begin", "fence", "claim", "gate_open", "promote")
WATCH_S = 8


def reaches(vip):
    """Whether the client gets an answer from a virtual address."""
    return subprocess.run(net.inside("client", "ping", "-c", "2", "-W", "1", vip), stdin=subprocess.DEVNULL,
                          capture_output=True, check=False).returncode == 0


def alone(drill, first):
    """The one node takes nothing."""
    drill.bed.wait_for(f"{first.name} to have a cluster of its own, and no peer",
                       lambda: drill.pair.agent(first).get("cluster"), limit=120)
    end = time.monotonic() + WATCH_S
    drill.bed.wait_for("nothing to happen", lambda: time.monotonic() >= end, limit=WATCH_S + 5)
    drill.expect(drill.pair.state(first) != "ACTIVE", f"{first.name} did not become active by itself")
    drill.expect(drill.pair.gate(first) != "open", f"the gate of {first.name} is shut")
    # what the client learned before both died is not what is asked
    subprocess.run(["ip", "-n", "client", "neigh", "flush", "all"], check=True)
    drill.expect(not any(reaches(vip) for vip in (net.VIP_NAT, net.VIP_DR)), "nobody answers for the virtual addresses")
    drill.expect(split.believed("client") is None, "the client knows no hardware address for them")


def run(drill):
    """Power off both, boot one, promote it, boot the other."""
    first, second = drill.bed.guests
    drill.events.read()     # what was before is kept on their disks
    for guest in drill.bed.guests:
        guest.poweroff()
    drill.lossless = True
    drill.watch(first, second)
    first.start()
    first.wait_up()
    alone(drill, first)
    told = time.time()
    say(f"{first.name}: {first.run('batonctl promote', timeout=30).stdout.strip()}")
    drill.bed.wait_for(f"{first.name} to be active", lambda: drill.pair.state(first) == "ACTIVE", limit=30)
    drill.load()
    drill.data.update(warm_before=False, digests_equal=False, warm_proof="it is alone")
    drill.traffic.quiet_moment(3)
    began = time.time()

    def boot():
        second.start()
        return began

    drill.inject(f"{second.name} boots", boot)
    second.wait_up()
    booted = time.time()
    drill.wait_standby_warm(second)
    drill.data["rewarm_ms"] = round((time.time() - began) * 1000)
    drill.data["rewarm_boot_ms"] = round((booted - began) * 1000)
    daemon.same_roles(drill)
    drill.recovered()
    drill.finish()
    early = [at for guest in drill.bed.guests for at in drill.actives.times(guest) if at < told]
    drill.data["extra"] = [("frames as if active before the operator's word", str(len(early)))]
    drill.expect(not early, f"before the operator's word nobody sent as the active one ({len(early)} frames)")
    drill.expect(not drill.actives.times(second), f"{second.name} never sent as the active one")
