# SPDX-License-Identifier: GPL-2.0-or-later
"""The active director's cable to the clients' network is loose: ten times out for a fifth of a second.

Corosync has another link and sees no node go, so nobody has a reason to move the role, to and fro at that.
Expected: no role change, every connection lives, nobody waits longer than TCP takes to repeat itself.
"""

import time

import daemon
from testbed import net

TIMES = 10
OUT_S = 0.2
IN_S = 0.8


def run(drill):
    """Out and in."""
    drill.begin()

    def action():
        at = time.time()
        for _ in range(TIMES):
            net.link(drill.active.number, "lan", False)
            drill.traffic.quiet_moment(OUT_S)
            net.link(drill.active.number, "lan", True)
            drill.traffic.quiet_moment(IN_S)
        return at

    try:
        drill.inject(f"the LAN cable of {drill.active.name} is loose", action)
    finally:
        net.link(drill.active.number, "lan", True)
    drill.recovered()
    daemon.same_roles(drill)
    drill.wait_standby_warm(drill.standby)
    events = [event for _, event, _ in drill.pair.events(drill.active, drill.at) + drill.pair.events(drill.standby, drill.at)]
    moves = sum(event in ("gate_open", "gate_shut") for event in events)
    drill.data["extra"] = [("gates opened or shut meanwhile", str(moves))]
    drill.expect(moves == 0, f"no gate was moved ({moves} times)")
    drill.finish()
