# SPDX-License-Identifier: GPL-2.0-or-later
"""The failover agent of the active director hangs (SIGSTOP): it neither dies nor does anything.

Nobody renews the lease, so the kernel shuts the gate by itself within a quarter of a second. The peer still
sees agent and node in the cluster, but hears nothing from that agent while its own messages come round: when the
lease is over beyond doubt (about a second and a half) it takes over. systemd's watchdog ends the agent
after five seconds and starts another one, which is the standby. Expected: never two active directors, and the
role moves before the watchdog strikes.
"""

import time

import daemon

GAP_MS = {"default": 2500}
ROLE_CHANGES = 1
FORBIDDEN = ("handover_begin", "fence", "last_word")


def run(drill):
    """Stop the agent; the other node takes over."""
    drill.begin()
    drill.inject(f"baton-ha on {drill.active.name} hangs", lambda: daemon.kill(drill.active, "baton-ha", "STOP"))
    began = time.monotonic()
    shut = drill.bed.wait_for(f"the gate of {drill.active.name} to shut by itself",
                              lambda: drill.pair.gate(drill.active) != "open" and time.monotonic(), limit=10)
    daemon.restarted(drill, drill.active, "baton-ha")
    drill.recovered()
    before = drill.active
    active, standby = drill.pair.roles(drill.bed)
    drill.expect(active is not before, "the peer has taken over")
    drill.times(active, required=False, detects=False)
    drill.data["extra"] = [("active afterwards", f"{active.name} (before: {before.name})"),
                           ("gate seen shut after", f"{(shut - began) * 1000:.0f} ms at most")]
    drill.wait_standby_warm(standby)
    drill.data["rewarm_ms"] = round((time.monotonic() - began) * 1000)
    drill.finish()
