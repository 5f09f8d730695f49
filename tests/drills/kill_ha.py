# SPDX-License-Identifier: GPL-2.0-or-later
"""The failover agent of the active director is killed.

Either systemd starts it again before the lease ends: it finds the role and the epoch in the
kernel and goes on. Or the lease ends first: the peer, which sees the agent leave the group but
the node still in the cluster, takes over. Expected in both cases: one active director at the
end, every connection alive, and a standby that is warm.
"""

import time

import daemon

GAP_MS = {"default": 1200}
ROLE_CHANGES = (0, 1)
FORBIDDEN = ("handover_begin", "fence", "last_word")


def run(drill):
    """Kill; either node may be active afterwards."""
    drill.begin()
    drill.inject(f"baton-ha on {drill.active.name} is killed", lambda: daemon.kill(drill.active, "baton-ha"))
    began = time.monotonic()
    drill.recovered()
    daemon.restarted(drill, drill.active, "baton-ha")
    active, standby = drill.pair.roles(drill.bed)
    drill.times(active, required=False)
    drill.data["extra"] = [("active afterwards", f"{active.name} (before: {drill.active.name})")]
    drill.wait_standby_warm(standby)
    drill.data["rewarm_ms"] = round((time.monotonic() - began) * 1000)
    drill.finish()
