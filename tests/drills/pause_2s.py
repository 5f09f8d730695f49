# SPDX-License-Identifier: GPL-2.0-or-later
"""The active director is paused for two seconds, as a live migration or a snapshot may do.

That is longer than the cluster waits: the standby takes over. When the paused node goes on, clients
are still in their retransmissions, its queues are full, and corosync there has noticed nothing.
Expected: as with a longer freeze, not one packet or ARP for a virtual address leaves the node that was
paused; it finds out, and becomes a warm standby; every connection lives.
"""

import judge
import pause

GAP_MS = {"default": 600, "fast": 200}
ROLE_CHANGES = 1
FORBIDDEN = judge.THAWED


def run(drill):
    """Two seconds."""
    pause.run(drill, 2)
