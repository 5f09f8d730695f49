# SPDX-License-Identifier: GPL-2.0-or-later
"""The two directors cannot hear each other; a third machine hears both (profile witness).

It prefers the first director: so the other one is made active before, the hard case. Expected: the vote goes to the
first, which takes over after the other has stopped, so at no instant two send as only an active one may (captured:
0 ms); every connection lives. When they hear each other again the loser is a warm standby.
"""

import time

import witness
from testbed import net

GAP_MS = {"default": 3000}
ROLE_CHANGES = 1
FORBIDDEN = ("handover_begin", "fence")


def cut():
    """Part them; the host's time before."""
    at = time.time()
    net.apart(True)
    return at


def prefer_second(drill):
    """The witness would leave the role with the first."""
    active, standby = drill.pair.roles(drill.bed)
    if active.number == 1:
        drill.pair.wait_warm(drill.bed, standby)
        drill.pair.handover(active)
        drill.bed.wait_for(f"{standby.name} to be active", lambda: drill.pair.state(standby) == "ACTIVE", 30)


def run(drill):
    """Apart, one goes on, together again."""
    with witness.profile(drill) as third:
        prefer_second(drill)
        drill.begin()
        try:
            drill.inject("the directors cannot hear each other", cut)
            drill.bed.wait_for(f"{drill.standby.name} to take over", lambda: drill.pair.state(drill.standby) == "ACTIVE", 30)
            drill.expect(drill.pair.state(drill.active) != "ACTIVE", f"{drill.active.name} has stopped")
            drill.recovered()
        finally:
            net.apart(False)
        began = time.monotonic()
        third.wait_votes(3)
        drill.wait_standby_warm(drill.active)
        drill.data["rewarm_ms"] = round((time.monotonic() - began) * 1000)
        drill.times(drill.standby)
        drill.expect(drill.pair.state(drill.standby) == "ACTIVE", f"{drill.standby.name} is still active")
        drill.finish()
