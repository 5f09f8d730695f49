# SPDX-License-Identifier: GPL-2.0-or-later
"""Steps of the scenarios in which the active director is paused for a known time."""

import time

import freeze


def run(drill, seconds):
    """Pause, go on after exactly so long, and only then wait for the clients."""
    drill.begin()
    paused = drill.active
    drill.inject(f"{paused.name} is paused for {seconds} s", paused.freeze)
    lying = freeze.unsent(paused)
    drill.traffic.quiet_moment(max(0, seconds - (time.time() - drill.at)))
    away = time.time() - drill.at
    counts = {}
    freeze.thawed(drill, paused, lying, counts)
    drill.recovered()
    drill.times(drill.standby)
    drill.expect(drill.pair.state(drill.standby) == "ACTIVE", f"{drill.standby.name} is active")
    freeze.judge(drill, counts, lying, away)
    drill.finish()
