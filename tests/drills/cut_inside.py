# SPDX-License-Identifier: GPL-2.0-or-later
"""The cable of the active director to the servers behind NAT is pulled and stays out; the clients reach it as ever.

Of its connections those by direct routing would go on, and those by NAT would not. The network has a virtual address, the
servers' way out, so its carrier counts: expected is what happens when the clients' cable is pulled (cut-lan).
"""

import cut_lan

GAP_MS = cut_lan.GAP_MS
ROLE_CHANGES = cut_lan.ROLE_CHANGES
FORBIDDEN = cut_lan.FORBIDDEN


def run(drill):
    """The same on the other side."""
    cut_lan.cut(drill, "in", "inside")
