# SPDX-License-Identifier: GPL-2.0-or-later
"""The active director loses power, and whether the other one may go on is for a third machine to say (profile witness).

Expected: as in poweroff, only later: the witness gives its vote once it has missed the dead one for 1.2 times the
timeout of the device. At no instant two directors send as only an active one may; every connection lives; the
rebuilt node is a warm standby.
"""

import judge
import witness

GAP_MS = {"default": 3000}
ROLE_CHANGES = 1
FORBIDDEN = judge.SUDDEN


def run(drill):
    """Fault, recovery, rebuild."""
    with witness.profile(drill) as third:
        drill.begin()
        drill.inject(f"{drill.active.name} loses power", drill.active.poweroff)
        drill.recovered()
        drill.times(drill.standby)
        drill.rebuild(drill.active, drill.active.start)
        third.wait_votes(3)
        drill.finish()
