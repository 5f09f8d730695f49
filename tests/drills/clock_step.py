# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody sets the clocks: the active director's an hour ahead, the standby's an hour back, and restarts the sync daemons.

Nothing that decides, renews, ages or proves goes by that clock, and no daemon knows from before what a time has to look like.
Expected: no role change, nobody waits, every connection lives, the standby is proven warm again by the restarted daemons, also
when the clocks have been set back; and the timeline of the last change of the active node still has the events of both nodes in
their order, seconds apart and not two hours.
"""

import time

import daemon
import handover
import judge

GAP_MS = {"default": 200}
ROLE_CHANGES = 0
FORBIDDEN = judge.STILL
STEP_S = 3600
SPAN_MS = 120000


def step(guest, seconds):
    """Set the guest's clock."""
    guest.run(f"date -s @$(($(date +%s) + {seconds}))")


def restart(drill):
    """Both sync daemons begin anew, by what their clocks say now; the standby is proven warm by them."""
    for guest in drill.bed.guests:
        guest.killed = daemon.pid(guest, "baton-syncd")
        guest.run("systemctl restart baton-syncd", timeout=60)
        daemon.restarted(drill, guest, "baton-syncd")
    drill.wait_standby_warm(drill.standby)


def timeline(drill):
    """Both nodes' events of the last change, as the active shows them."""
    told = drill.active.json("batonctl timeline --json", 15, empty={})
    events = told.get("events", [])
    drill.expect({event["node"] for event in events} == {1, 2}, "the timeline has events of both nodes")
    drill.expect(all(event["after_ms"] < SPAN_MS for event in events), "the timeline's clocks are aligned")
    drill.data["extra"] = [("timeline's clocks aligned to", f"{told.get('clock_error_ms', 0):.1f} ms")]


def run(drill):
    """Step both, look, step both back."""
    active, standby = drill.pair.roles(drill.bed)
    drill.pair.wait_warm(drill.bed, standby)
    handover.move(drill, active)  # a change in which both nodes had a part
    drill.begin()

    def action():
        at = time.time()
        step(drill.active, STEP_S)
        step(drill.standby, -STEP_S)
        return at

    try:
        drill.inject("the clocks are set an hour ahead and an hour back", action)
        drill.recovered()
        daemon.same_roles(drill)
        drill.wait_standby_warm(drill.standby)
        timeline(drill)
        restart(drill)
    finally:
        step(drill.active, -STEP_S)
        step(drill.standby, STEP_S)
    restart(drill)
    daemon.same_roles(drill)
    drill.finish()
