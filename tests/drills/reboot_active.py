# SPDX-License-Identifier: GPL-2.0-or-later
"""An operator reboots the active director without a thought: `systemctl reboot`.

systemd stops the agent as it stops everything; the agent hands the role over before it ends. Expected: that costs what a
handover costs, no connection, no reset, no datagram; the machine comes back as a standby, takes nothing, and is brought up to
date.
"""

import subprocess
import time


def reboot(guest):
    """The command does not come back in time, as its connection ends with the machine."""
    at = time.time()
    with subprocess.Popen(guest.ssh_argv("systemctl reboot"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as child:
        try:
            child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            child.kill()
    guest.forget_ssh()
    return at


def run(drill):
    """Reboot under traffic."""
    drill.lossless = True
    drill.begin()
    drill.inject(f"{drill.active.name} is rebooted", lambda: reboot(drill.active))
    drill.bed.wait_for(f"{drill.standby.name} to be active", lambda: drill.pair.state(drill.standby) == "ACTIVE", 30)
    drill.recovered()
    drill.times(drill.standby, detects=False)
    drill.bed.wait_for(f"{drill.active.name} to go down",
                       lambda: drill.active.run("true", timeout=5, check=False).returncode != 0, limit=60)
    drill.rebuild(drill.active, lambda: None)
    drill.finish()
    drill.expect(drill.data["gap_ms"] < 250, f"nobody waited for a timeout (gap {drill.data['gap_ms']} ms)")
