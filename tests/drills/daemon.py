# SPDX-License-Identifier: GPL-2.0-or-later
"""Steps that the scenarios which kill a daemon share."""

import time


def pid(guest, unit):
    """The unit's main process, 0 when it has none."""
    return int(guest.run(f"systemctl show -P MainPID {unit}").stdout.strip() or 0)


def kill(guest, unit, signal="KILL"):
    """A signal to the unit's processes; returns the host's time just before, remembers the process."""
    guest.killed = pid(guest, unit)
    at = time.time()
    guest.run(f"systemctl kill --signal={signal} {unit}")
    return at


def restarted(drill, guest, unit):
    """Wait until systemd has the unit running again, as another process."""
    drill.bed.wait_for(f"{unit} to be started again on {guest.name}",
                       lambda: pid(guest, unit) not in (0, guest.killed), limit=60)


def unheard(drill):
    """Wait until the standby says that it does not hear its peer."""
    drill.bed.wait_for("the standby to say that it does not hear its peer",
                       lambda: drill.pair.sync(drill.standby).get("peer", {}).get("present") is False, limit=30)


def same_roles(drill):
    """Nobody took over."""
    drill.expect(drill.pair.state(drill.active) == "ACTIVE", f"{drill.active.name} is still active")
    drill.expect(drill.pair.state(drill.standby) == "STANDBY", f"{drill.standby.name} is still standby")
