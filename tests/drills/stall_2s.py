# SPDX-License-Identifier: GPL-2.0-or-later
"""The host does not run the active director's machine for two seconds; the machine's clocks go on.

So it is where the hypervisor is busy, and for kernels whose clock is the processor's own counter. In the paused machine of `pause-2s`
every clock stands still with it. Here the lease has run out by the machine's own clock
when it goes on. Expected: the same, not one packet or ARP for a virtual address leaves the node that stood still, and every
connection lives.
"""

import judge
import pause

GAP_MS = {"default": 600, "fast": 200}
ROLE_CHANGES = 1
FORBIDDEN = judge.THAWED


def run(drill):
    """Two seconds."""
    pause.run(drill, 2, stalls=True)
