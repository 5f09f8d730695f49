# SPDX-License-Identifier: GPL-2.0-or-later
"""The witness dies, ten seconds long (profile witness).

Two of three votes are left, one on each director. Expected: no role change; the role can be moved by the operator as
ever; no datagram is lost, every connection lives; once the witness is there again it votes.
"""

import time

import daemon
import handover
import judge
import witness

GAP_MS = {"default": 100}
ROLE_CHANGES = 1
FORBIDDEN = judge.AGREED
AWAY_S = 10


def run(drill):
    """Away, a handover meanwhile, back."""
    with witness.profile(drill) as third:
        drill.lossless = True
        drill.begin()

        def action():
            at = time.time()
            third.stop()
            return at

        drill.inject("the witness dies", action)
        third.wait_votes(2)
        drill.traffic.quiet_moment(AWAY_S)
        daemon.same_roles(drill)
        handover.move(drill, drill.active)
        drill.expect(drill.pair.state(drill.standby) == "ACTIVE", f"the role could be moved to {drill.standby.name}")
        third.start()
        third.wait_votes(3)
        drill.recovered()
        drill.times(drill.standby, detects=False)
        drill.wait_standby_warm(drill.active)
        drill.expect(drill.pair.state(drill.standby) == "ACTIVE", f"{drill.standby.name} is still active")
        drill.finish()
