# SPDX-License-Identifier: GPL-2.0-or-later
"""Corosync is killed on both directors at once, and started again.

The active has no cluster any more that could allow it anything: its lease ends. The standby has none that
could tell it anything: it takes nothing (unless it saw the other one leave before its own end, and took over
by right). Nobody forwards until corosync is back; then the node whose table is alive goes
on. Expected: at no time two active directors, one at the end, the other a warm standby, every connection
alive.
"""

import threading
import time

GAP_MS = {"default": 10000}
ROLE_CHANGES = (1, 2)
FORBIDDEN = ("handover_begin", "fence")


def each(drill, command):
    """`command` on both guests at the same time."""
    threads = [threading.Thread(target=guest.run, args=(command,), kwargs={"timeout": 90}) for guest in drill.bed.guests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run(drill):
    """Kill both, start both."""
    drill.begin()

    def action():
        at = time.time()
        each(drill, "systemctl kill --signal=KILL corosync")
        return at

    drill.inject("corosync on both directors is killed", action)
    began = time.monotonic()
    each(drill, "systemctl restart corosync && systemctl start baton.target")
    drill.recovered()
    active, standby = drill.pair.roles(drill.bed)
    drill.times(active, required=False, detects=False)
    drill.data["extra"] = [("active afterwards", f"{active.name} (before: {drill.active.name})")]
    drill.wait_standby_warm(standby)
    drill.data["rewarm_ms"] = round((time.monotonic() - began) * 1000)
    drill.finish()
