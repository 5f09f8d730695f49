# SPDX-License-Identifier: GPL-2.0-or-later
"""The active director's cable to the clients' network is loose: ten times out for a fifth of a second.

Corosync has another link and sees no node go, so nobody has a reason to move the role, to and fro at that.
Expected: no role change, every connection lives, nobody waits longer than TCP takes to repeat itself.
"""

import time

import daemon
import judge
from testbed import net

GAP_MS = {"default": 500}
ROLE_CHANGES = 0
FORBIDDEN = judge.STILL
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
    drill.finish()
