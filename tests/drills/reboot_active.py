# SPDX-License-Identifier: GPL-2.0-or-later
"""An operator reboots the active director without a thought: `systemctl reboot`.

systemd stops the agent as it stops everything; the agent hands the role over before it ends. Expected: that costs what a
handover costs, no connection, no reset, no datagram; the machine comes back as a standby, takes nothing, and is brought up to
date.
"""

import judge

GAP_MS = {"default": 150}
ROLE_CHANGES = 1
FORBIDDEN = judge.AGREED


def run(drill):
    """Reboot under traffic."""
    drill.lossless = True
    drill.begin()
    drill.inject(f"{drill.active.name} is rebooted", lambda: drill.active.tell("systemctl reboot", 20))
    drill.bed.wait_for(f"{drill.standby.name} to be active", lambda: drill.pair.state(drill.standby) == "ACTIVE", 30)
    drill.recovered()
    drill.times(drill.standby, detects=False)
    drill.bed.wait_for(f"{drill.active.name} to go down",
                       lambda: drill.active.run("true", timeout=5, check=False).returncode != 0, limit=60)
    drill.rebuild(drill.active, lambda: None)
    drill.finish()
