# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody removes the kernel module under the agents.

While it guards virtual addresses the module refuses to go, on the active director and on the standby: without it the
addresses would answer, and packets of half a connection would get resets. Stop the standby's agent, which takes the
addresses away, and the module does go, under a sync daemon that runs. The first who asks for it has the kernel load it again,
empty. Expected: the agent, started, shuts its gate; the sync daemon says that the services differ, the standby
is not warm, and the active serves on and refuses a handover; once the rules are applied, the standby is proven
warm without more help, and a handover works. No packet is lost.
"""

import time

import daemon
import handover
import judge
from testbed.say import say

GAP_MS = {"default": 200}
ROLE_CHANGES = 1
FORBIDDEN = judge.AGREED


def refused(drill, guest, command, sentence):
    """A command that must not succeed; what it says."""
    done = guest.run(command, timeout=60, check=False)
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:] or [""]
    say(f"{guest.name}: {command}: exit {done.returncode} {said[0]}")
    drill.expect(done.returncode != 0, sentence)
    return said[0]


def run(drill):
    """Try to remove, remove, put back, hand over."""
    drill.lossless = True
    drill.begin()

    def action():
        at = time.time()
        for guest in drill.bed.guests:
            refused(drill, guest, "rmmod baton", f"the module of {guest.name} refuses to go")
        drill.standby.run("systemctl stop baton-ha && rmmod baton", timeout=60)
        return at

    try:
        drill.inject("the module is removed", action)
        drill.standby.run("systemctl start baton-ha", timeout=60)
        drill.bed.wait_for(f"{drill.standby.name} not to be warm, and shut", lambda: drill.pair.state(drill.standby) == "SYNCING" and
                           drill.pair.gate(drill.standby) == "shut", 30)
        drill.bed.wait_for("the sync daemon to say why",
                           lambda: "differ" in drill.standby.run("batonctl sync status", check=False).stdout, 30)
        told = refused(drill, drill.active, "batonctl handover", "the handover to a node without services is refused")
        drill.expect(drill.pair.state(drill.active) == "ACTIVE", f"{drill.active.name} is still active")
    finally:
        began = time.monotonic()
        drill.standby.run("systemctl restart baton-rules && systemctl start baton-ha", timeout=60)
    drill.wait_standby_warm(drill.standby)
    drill.data["rewarm_ms"] = round((time.monotonic() - began) * 1000)
    drill.recovered()
    daemon.same_roles(drill)
    handover.move(drill, drill.active)
    drill.expect(drill.pair.state(drill.standby) == "ACTIVE", f"{drill.standby.name} is active")
    drill.wait_standby_warm(drill.active)
    drill.data["extra"] = [("handover meanwhile", told[:90])]
    drill.finish()
