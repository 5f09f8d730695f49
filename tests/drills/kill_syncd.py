# SPDX-License-Identifier: GPL-2.0-or-later
"""The sync daemon of the active director is killed.

The kernel's table and the gate do not depend on it, so traffic does not notice. systemd starts
it again; it resumes its role from the kernel's gate and the standby is proven warm again.
Expected: no role change, every connection lives, the gap is that of an undisturbed second.
"""

import time

import daemon
import judge

GAP_MS = {"default": 250}
ROLE_CHANGES = 0
FORBIDDEN = judge.STILL


def run(drill):
    """Kill, watch systemd restart it, warm again."""
    drill.begin()
    drill.inject(f"baton-syncd on {drill.active.name} is killed", lambda: daemon.kill(drill.active, "baton-syncd"))
    began = time.monotonic()
    drill.recovered()
    daemon.restarted(drill, drill.active, "baton-syncd")
    drill.wait_standby_warm(drill.standby)
    drill.data["rewarm_ms"] = round((time.monotonic() - began) * 1000)
    daemon.same_roles(drill)
    drill.finish()
