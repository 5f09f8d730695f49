# SPDX-License-Identifier: GPL-2.0-or-later
"""Corosync is killed on the active director.

Its agent is without a cluster and cannot know what the other decides; its kernel's lease ends
by itself. The standby sees the node leave and takes over. Expected: every connection lives, at
no time two directors act, and when corosync is back the old active joins as a warm standby.
"""

import time

import daemon

GAP_MS = {"default": 600}
ROLE_CHANGES = 1
FORBIDDEN = ("handover_begin", "fence")


def run(drill):
    """Kill, takeover, return."""
    drill.begin()
    drill.inject(f"corosync on {drill.active.name} is killed", lambda: daemon.kill(drill.active, "corosync"))
    drill.recovered()
    drill.times(drill.standby, required=False)
    began = time.monotonic()
    drill.active.run("systemctl restart corosync", timeout=60)
    drill.active.run("systemctl start baton.target", timeout=60)
    active, standby = drill.pair.roles(drill.bed)
    drill.data["extra"] = [("active afterwards", f"{active.name} (before: {drill.active.name})")]
    drill.wait_standby_warm(standby)
    drill.data["rewarm_ms"] = round((time.monotonic() - began) * 1000)
    drill.finish()
