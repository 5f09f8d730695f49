# SPDX-License-Identifier: GPL-2.0-or-later
"""The active director loses power.

Its QEMU process ends at once: no shutdown, no last packet. The standby holds every connection
and is proven to. Corosync finds the silence after its token and consensus timeouts, the agent
opens the gate and announces the addresses. Expected: every connection lives, the silent ones
too, no reset, the download goes on. Then the dead node is powered on again, becomes standby
(no preemption) and is brought up to date under traffic until its digests equal the active's.
"""

import judge

GAP_MS = {"default": 600, "fast": 200}
ROLE_CHANGES = 1
FORBIDDEN = judge.SUDDEN


def run(drill):
    """Fault, recovery, rebuild."""
    drill.begin()
    drill.inject(f"{drill.active.name} loses power", drill.active.poweroff)
    drill.recovered()
    drill.times(drill.standby)
    drill.rebuild(drill.active, drill.active.start)
    drill.finish()
