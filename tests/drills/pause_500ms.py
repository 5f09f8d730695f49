# SPDX-License-Identifier: GPL-2.0-or-later
"""The active director is paused for half a second: about as long as its peer takes to miss it.

Its lease has run out when it goes on, so it must not send a packet of others' before it has the role again. Which
director that is, is a race that either may win: the peer, whose time to take over has just come, or the
paused one, which wins an election of the two with a higher epoch. Expected: one active director and a warm
standby; at no time two; from the paused one not one packet or ARP for a virtual address between its return
and the opening of its gate, if it gets that far; every connection lives.

An emulator stops every clock of its guest but one, which counts whole seconds, so there the kernel cannot know of so short a pause:
what is sent is bounded by what was left of the lease, and that is what is asked.
"""

import time

import judge
from testbed import net
from testbed.say import say

GAP_MS = {"default": 1200}
ROLE_CHANGES = (0, 2)
FORBIDDEN = judge.THAWED
PAUSE_S = 0.5
LEASE_MS = 250  # the module's, of the default profile


def early(drill, paused, thawed):
    """Frames that the paused director sent after it went on and before it had the role again."""
    seen = [at for at in drill.actives.times(paused) if at > thawed]
    opened = [drill.at + entry["ms"] / 1000 for entry in drill.data["timeline_paused"] if entry["event"] == "gate_open"]
    # Its clock is known to some milliseconds only; its own word is the only one about when its gate opened.
    return [at for at in seen if not opened or at < min(opened) - drill.data["clock_error_ms"] / 1000]


def run(drill):
    """Pause, go on, see who has it."""
    blind = drill.bed.accel == "tcg"
    drill.exclusive = not blind
    drill.begin()
    paused = drill.active
    drill.inject(f"{paused.name} is paused for {PAUSE_S} s", paused.freeze)
    drill.traffic.quiet_moment(max(0, PAUSE_S - (time.time() - drill.at)))
    thawed = paused.thaw()
    away = thawed - drill.at
    say(f"{paused.name} goes on after {away:.2f} s")
    drill.recovered()
    active, standby = drill.pair.roles(drill.bed)
    drill.times(active, required=False)
    drill.data["timeline_paused"] = drill.moments(drill.pair.events(paused, drill.at))
    drill.data["clock_error_ms"] = drill.pair.clock_error_ms(paused)
    drill.wait_standby_warm(standby)
    drill.data["rewarm_ms"] = round((time.time() - thawed) * 1000)
    drill.finish()
    frames = early(drill, paused, thawed)
    drill.data["frames_after_thaw"] = len(frames)
    drill.data["extra"] = [("active afterwards", f"{active.name} (before: {paused.name})"),
                           ("frames of the paused one without the role", f"{len(frames)} (paused for {away:.2f} s)")]
    if blind:
        rest = (max(frames, default=thawed) - thawed) * 1000
        drill.expect(rest < LEASE_MS + drill.data["clock_error_ms"],
                     f"what the paused node sent was sent within its lease ({rest:.0f} ms)")
    else:
        drill.expect(not frames, f"the paused node sent nothing on {net.tap(paused.number, 'lan')} that only the active one may "
                     f"({len(frames)} frames)")
