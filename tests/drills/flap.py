# SPDX-License-Identifier: GPL-2.0-or-later
"""The active director's cable to the clients' network is loose: ten times out for a fifth of a second.

Its kernel sees the carrier go and come. A carrier has to be away for 0.3 s to count, and corosync has another link and sees no node
go, so nobody has a reason to move the role, to and fro at that. Expected: no role change, every connection lives,
nobody waits longer than TCP takes to repeat itself.
"""

import time

import daemon
import judge

GAP_MS = {"default": 500}
ROLE_CHANGES = 0
FORBIDDEN = judge.STILL
TIMES = 10
OUT_S = 0.2
IN_S = 0.8


def run(drill):
    """Out and in."""
    drill.begin()

    out = []

    def action():
        at = time.time()
        for _ in range(TIMES):
            began = drill.active.plug("lan", False)
            time.sleep(OUT_S)
            out.append(drill.active.plug("lan", True) - began)
            drill.traffic.quiet_moment(IN_S)
        return at

    try:
        drill.inject(f"the LAN cable of {drill.active.name} is loose", action)
    finally:
        drill.active.plug("lan", True)
    drill.data["extra"] = [("out for", f"{min(out) * 1000:.0f} to {max(out) * 1000:.0f} ms, {len(out)} times")]
    drill.recovered()
    daemon.same_roles(drill)
    drill.wait_standby_warm(drill.standby)
    drill.finish()
