# SPDX-License-Identifier: GPL-2.0-or-later
"""The active director loses power; as soon as it is back and warm, the other one does.

The second failure meets a table that no traffic made here: it was synced over, lost with the machine, and synced back.
Expected: every connection lives through both, the silent ones too, which have not sent a byte since before the first.
"""

import judge
from testbed.say import say

GAP_MS = {"default": 600, "fast": 200}
ROLE_CHANGES = 2
FORBIDDEN = judge.SUDDEN


def run(drill):
    """One after the other."""
    drill.begin()
    first, second = drill.active, drill.standby
    drill.inject(f"{first.name} loses power", first.poweroff)
    drill.bed.wait_for(f"{second.name} to be active", lambda: drill.pair.state(second) == "ACTIVE", 30)
    drill.flowing()
    drill.times(second)
    drill.rebuild(first, first.start)
    drill.traffic.command("mark second")
    say(f"fault: {second.name} loses power")
    at = second.poweroff()
    drill.bed.wait_for(f"{first.name} to be active", lambda: drill.pair.state(first) == "ACTIVE", 30)
    took = drill.pair.events(first, at)
    drill.recovered()
    drill.rebuild(second, second.start)
    drill.finish()
    again = next((mark for mark in drill.data["marks"] if mark["name"] == "second"), {})
    drill.within("second gap", again.get("gap_ms", float("inf")), GAP_MS)
    opened = [event_at for event_at, event, _ in took if event == "gate_open"]
    drill.data["extra"] = [("second fault -> gate open", f"{(min(opened) - at) * 1000:.0f} ms" if opened else "not seen")]
    drill.expect(opened, f"{first.name}'s timeline has gate_open after the second fault")
