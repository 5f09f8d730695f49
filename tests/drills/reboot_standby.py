# SPDX-License-Identifier: GPL-2.0-or-later
"""The standby is reset and returns; then the active loses power.

A cold node joins a pair that serves 1,000 connections, half of them idle for good: it has to
get every one of them, without the traffic noticing, and prove it. The proof is put to the test
at once: the active loses power, and what lives afterwards lives from the transferred table.
Expected: every connection lives, the silent ones too.
"""

import time

import judge
from testbed.say import say

GAP_MS = {"default": 600, "fast": 200}
ROLE_CHANGES = 1
FORBIDDEN = judge.SUDDEN


def run(drill):
    """Reset the standby, warm again, power off the active."""
    drill.begin(download=False)
    began = time.monotonic()
    drill.traffic.command("mark standby-reset")
    say(f"{drill.standby.name} is reset")
    drill.standby.reset()
    drill.bed.wait_for(f"{drill.standby.name} to go down",
                       lambda: drill.standby.run("true", timeout=5, check=False).returncode != 0, limit=30)
    drill.standby.wait_up()
    drill.wait_standby_warm(drill.standby)
    drill.data["rewarm_ms"] = round((time.monotonic() - began) * 1000)
    drill.traffic.download()
    drill.traffic.quiet_moment(3)
    drill.inject(f"{drill.active.name} loses power", drill.active.poweroff)
    drill.recovered()
    drill.times(drill.standby)
    drill.finish()
