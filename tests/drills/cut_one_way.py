# SPDX-License-Identifier: GPL-2.0-or-later
"""The sync network works in one direction only: what the active director sends there is lost, ten seconds long.

Corosync has another link. Expected: no role change; the standby says that it does not hear its peer, and nobody
calls it warm on the strength of what it says itself; every connection lives, and once both hear each other again
the standby is proven warm.
"""

import time

import daemon
from testbed import net

DEAF_S = 10


def run(drill):
    """Deaf, and again not."""
    drill.lossless = True
    drill.begin()

    def action():
        at = time.time()
        net.mute(drill.active.number, "sync", True)
        return at

    try:
        drill.inject(f"what {drill.active.name} sends on the sync network is lost", action)
        daemon.unheard(drill)
        drill.traffic.quiet_moment(DEAF_S)
        age = drill.pair.sync(drill.standby).get("warm_age_ms", 0)
    finally:
        net.mute(drill.active.number, "sync", False)
    drill.expect(age >= DEAF_S * 1000, f"the proof is not newer than the fault ({age} ms old)")
    began = time.monotonic()
    drill.bed.wait_for("the standby to hear its peer",
                       lambda: drill.pair.sync(drill.standby).get("peer", {}).get("present") is True, limit=30)
    drill.recovered()
    daemon.same_roles(drill)
    drill.wait_standby_warm(drill.standby)
    drill.data["rewarm_ms"] = round((time.monotonic() - began) * 1000)
    drill.finish()
