# SPDX-License-Identifier: GPL-2.0-or-later
"""The active director is paused for ten seconds.

Long enough for neighbours' ARP entries to have been asked for anew, for the sync daemon to have given
its peer up, and for systemd's watchdog of the paused agent to be overdue when it goes on. Expected:
the standby takes over once; not one packet or ARP for a virtual address leaves the node that was
paused; it becomes a warm standby, whether or not its daemons were restarted; every connection lives.
"""

import judge
import pause

GAP_MS = {"default": 600, "fast": 200}
ROLE_CHANGES = 1
FORBIDDEN = judge.THAWED


def run(drill):
    """Ten seconds."""
    pause.run(drill, 10)
