# SPDX-License-Identifier: GPL-2.0-or-later
"""Steps of the scenarios in which the active director stands still for a known time."""

import time

import freeze


def run(drill, seconds, stalls=False):
    """Pause, go on after exactly so long, and only then wait for the clients; with `stalls` its clocks go on meanwhile."""
    drill.begin()
    paused = drill.active
    drill.inject(f"{paused.name} is {'not run by its host' if stalls else 'paused'} for {seconds} s",
                 paused.stall if stalls else paused.freeze)
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
