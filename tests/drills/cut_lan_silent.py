# SPDX-License-Identifier: GPL-2.0-or-later
"""Behind the switch the clients' network is cut off from the active director: nobody's carrier goes, corosync hears both nodes.

Both agents are told to ask a host of that network whether it is there (`[check] gateway`, twice a second, two that fail count).
Expected: the active finds itself cut off and hands over to the other one, which is not, by the networks that are left; every
connection lives; as long as it reaches nobody its agent says that the check fails, and when it does again it takes nothing back.
"""

import contextlib
import time

from testbed import net

GAP_MS = {"default": 2500}
ROLE_CHANGES = 1
FORBIDDEN = ("promote: fell silent", "promote: is gone", "fence", "handover_abort")
CHECK = f"""
[check]
name = clients
gateway = {net.CLIENT}
interface = eth0
interval_ms = 500
timeout_ms = 500
rise = 2
fall = 2
"""


@contextlib.contextmanager
def checked(drill):
    """Both agents ask for a host of the clients' network; a restart of an agent alone changes no role."""
    conf = "/etc/baton/baton.conf"
    try:
        for guest in drill.bed.guests:
            guest.run(f"cp {conf} {conf}.plain && cat >>{conf} <<'END' && systemctl restart baton-ha\n{CHECK}END")
        drill.pair.roles(drill.bed)
        yield
    finally:
        for guest in drill.bed.guests:
            guest.run(f"mv {conf}.plain {conf} && systemctl restart baton-ha", check=False)


def cut(drill):
    """The host's time before."""
    at = time.time()
    net.silence(drill.active.number, "lan", True)
    return at


def run(drill):
    """Cut off, handed over, in reach again."""
    with checked(drill):
        drill.begin()
        try:
            drill.inject(f"the clients' network is out of reach for {drill.active.name}", lambda: cut(drill))
            drill.bed.wait_for(f"{drill.standby.name} to be active", lambda: drill.pair.state(drill.standby) == "ACTIVE", 30)
            drill.recovered()
            drill.times(drill.standby, detects=False)
            drill.data["timeline_before"] = drill.moments(drill.pair.events(drill.active, drill.at))
            drill.expect(drill.events.of("check"), f"the agent of {drill.active.name} says that a check fails")
        finally:
            began = time.monotonic()
            net.silence(drill.active.number, "lan", False)
        drill.wait_standby_warm(drill.active)
        drill.data["rewarm_ms"] = round((time.monotonic() - began) * 1000)
        drill.expect(drill.pair.state(drill.standby) == "ACTIVE", f"{drill.standby.name} is still active")
        drill.finish()
