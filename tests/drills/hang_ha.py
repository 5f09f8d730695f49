# SPDX-License-Identifier: GPL-2.0-or-later
"""The failover agent of the active director hangs (SIGSTOP): it neither dies nor does anything.

Nobody renews the lease, so the kernel shuts the gate by itself within a quarter of a second. The peer still
sees agent and node in the cluster and may not take what it was not given. systemd's watchdog
ends the agent after five seconds and starts another one. Expected: never two active directors; after the
watchdog one of the two is active, every connection alive, the other one a warm standby.
"""

import time

import daemon


def run(drill):
    """Stop the agent; either node may be active afterwards."""
    drill.begin()
    drill.inject(f"baton-ha on {drill.active.name} hangs", lambda: daemon.kill(drill.active, "baton-ha", "STOP"))
    began = time.monotonic()
    shut = drill.bed.wait_for(f"the gate of {drill.active.name} to shut by itself",
                              lambda: drill.pair.gate(drill.active) != "open" and time.monotonic(), limit=10)
    daemon.restarted(drill, drill.active, "baton-ha")
    drill.recovered()
    active, standby = drill.pair.roles(drill.bed)
    drill.times(active, required=False, detects=False)
    drill.data["extra"] = [("active afterwards", f"{active.name} (before: {drill.active.name})"),
                           ("gate seen shut after", f"{(shut - began) * 1000:.0f} ms at most")]
    drill.wait_standby_warm(standby)
    drill.data["rewarm_ms"] = round((time.monotonic() - began) * 1000)
    drill.finish()
