# SPDX-License-Identifier: GPL-2.0-or-later
"""The sync network is cut, and plugged in again.

Corosync has a second link over the VIP LAN, so the membership holds and the roles stay. The
sync daemon says that it does not hear its peer (its last proof stands, and ages: the active may
be dead, and then it is what the takeover rests on), and heals by itself when the network is back.
Expected: no role change, every connection lives, the standby is proven warm again afterwards.
"""

import time

import daemon
import judge
from testbed import net

GAP_MS = {"default": 200}
ROLE_CHANGES = 0
FORBIDDEN = judge.STILL
AWAY_S = 5


def run(drill):
    """Cut, see that it is noticed, plug in, warm again."""
    drill.begin()

    def action():
        at = time.time()
        net.link(drill.active.number, "sync", False)
        return at

    try:
        drill.inject(f"the sync network of {drill.active.name} is cut", action)
        daemon.unheard(drill)
        drill.traffic.quiet_moment(AWAY_S)
    finally:
        net.link(drill.active.number, "sync", True)
    began = time.monotonic()
    drill.recovered()
    drill.wait_standby_warm(drill.standby)
    drill.data["rewarm_ms"] = round((time.monotonic() - began) * 1000)
    daemon.same_roles(drill)
    drill.finish()
