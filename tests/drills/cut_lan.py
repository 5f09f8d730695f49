# SPDX-License-Identifier: GPL-2.0-or-later
"""The active director's cable to the clients' network is pulled, and stays out.

Its kernel sees the carrier go. Nobody can reach it, the standby has everything: expected is that the agent hands the
role over at once by the networks that are left, that every connection lives, and that the node is not fit, and says so,
until the cable is in again; then it is a warm standby and takes nothing back.
"""

import time

GAP_MS = {"default": 700}
ROLE_CHANGES = 1
FORBIDDEN = ("promote: fell silent", "promote: is gone", "fence", "handover_abort")


def cut(drill, bridge, name):
    """Out, recovery, in."""
    drill.begin()

    try:
        drill.inject(f"the {name} cable of {drill.active.name} is pulled", lambda: drill.active.plug(bridge, False))
        drill.bed.wait_for(f"{drill.standby.name} to be active", lambda: drill.pair.state(drill.standby) == "ACTIVE", 30)
        drill.recovered()
        drill.times(drill.standby, detects=False)
        drill.data["timeline_before"] = drill.moments(drill.pair.events(drill.active, drill.at))
        drill.expect(drill.pair.state(drill.active) == "FAULT", f"{drill.active.name} says that it is not fit")
    finally:
        began = time.monotonic()
        drill.active.plug(bridge, True)
    drill.wait_standby_warm(drill.active)
    drill.data["rewarm_ms"] = round((time.monotonic() - began) * 1000)
    drill.expect(drill.pair.state(drill.standby) == "ACTIVE", f"{drill.standby.name} is still active")
    drill.finish()


def run(drill):
    """The clients' side."""
    cut(drill, "lan", "LAN")
