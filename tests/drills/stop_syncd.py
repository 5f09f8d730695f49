# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody stops the sync daemon of the standby, and starts it again later.

The standby cannot know any more what the active does. Expected: no role change, nobody waits; the active's
agent refuses a handover as long as the peer is not warm, and says why; after the start the standby is proven
warm again, and the handover works.
"""

import time

import handover
import judge

GAP_MS = {"default": 250}
ROLE_CHANGES = 1
FORBIDDEN = judge.AGREED
AWAY_S = 5


def run(drill):
    """Stop, try to hand over, start, hand over."""
    drill.begin()

    def action():
        at = time.time()
        drill.standby.run("systemctl stop baton-syncd")
        return at

    drill.inject(f"baton-syncd on {drill.standby.name} is stopped", action)
    drill.bed.wait_for("the standby not to be warm", lambda: not drill.pair.agent(drill.standby).get("warm", True), 30)
    drill.traffic.quiet_moment(AWAY_S)
    done = drill.active.run("batonctl handover", timeout=30, check=False)
    drill.expect(done.returncode != 0, "the handover to a cold standby is refused")
    drill.data["extra"] = [("handover meanwhile", (done.stderr.strip() or done.stdout.strip())[:90])]
    drill.expect(drill.pair.state(drill.active) == "ACTIVE", f"{drill.active.name} is still active")
    drill.expect(drill.pair.state(drill.standby) == "SYNCING", f"{drill.standby.name} says that it is not warm")
    began = time.monotonic()
    drill.standby.run("systemctl start baton-syncd")
    drill.wait_standby_warm(drill.standby)
    drill.data["rewarm_ms"] = round((time.monotonic() - began) * 1000)
    drill.recovered()
    handover.move(drill, drill.active)
    drill.expect(drill.pair.state(drill.standby) == "ACTIVE", f"{drill.standby.name} is active")
    drill.wait_standby_warm(drill.active)
    drill.finish()
