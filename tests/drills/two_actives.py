# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody opens the standby's gate by force while its agent cannot prevent it: two active directors for three seconds.

The agent is stopped (SIGSTOP), the sync network cut, so that the active one does not hear of the other's higher epoch and
gives way, the gate opened with `batonctl gate open force`, and a host of the LAN has to ask anew who
has the virtual addresses; both answer. Then the agent goes on, and the network is plugged in. Expected: it shuts the gate at once, as the role is not
this node's; within two seconds the host's ARP table and the bridge's table of addresses point to the
active one; that one served all the time. When it hears of the other kernel's higher epoch, which would not take its
connections, it is elected anew with one above that. Connections whose packets went to the wrong one are known there, too, so none ends.
"""

import re
import subprocess
import time

import daemon
import split
from testbed import net
from testbed.say import say

GAP_MS = {"default": 600}
ROLE_CHANGES = 1
FORBIDDEN = ("handover_begin", "fence", "promote: is gone", "promote: fell silent", "promote: its lease is over")
BOTH_S = 3
ONE_AGAIN_S = 2


def port_of(mac):
    """The tap behind which the LAN's bridge knows a hardware address."""
    found = re.search(rf"^{mac} dev (\S+)", net.sh("bridge fdb show br br-lan dynamic").stdout, re.MULTILINE)
    return found[1] if found else None


def run(drill):
    """Open by force, let the agent see it."""
    drill.exclusive = False
    drill.begin()
    mac = net.mac(drill.active.number, "lan")

    def action():
        drill.standby.run("systemctl service-watchdogs no")     # it would start the agent anew, which takes an open gate for its own
        net.link(drill.standby.number, "sync", False)
        at = daemon.kill(drill.standby, "baton-ha", "STOP")
        drill.standby.run("batonctl gate open force")
        subprocess.run(["ip", "-n", "client", "neigh", "flush", "all"], check=True)
        return at

    try:
        drill.inject(f"the gate of {drill.standby.name} is opened by force", action)
        drill.expect(drill.pair.gate(drill.standby) == "open", f"the gate of {drill.standby.name} is open")
        drill.traffic.quiet_moment(BOTH_S)
        believed = split.believed("client")
        belief = split.Belief()
    finally:
        went_on = time.time()
        drill.standby.run("systemctl kill --signal=CONT baton-ha; systemctl service-watchdogs yes")
    try:
        drill.bed.wait_for(f"the gate of {drill.standby.name} to be shut", lambda: drill.pair.gate(drill.standby) == "shut", 30)
    finally:
        net.link(drill.standby.number, "sync", True)
    drill.traffic.quiet_moment(ONE_AGAIN_S)
    took = belief.last_wrong(went_on, mac) - went_on
    drill.expect(took <= ONE_AGAIN_S, f"the client believes {drill.active.name} within {ONE_AGAIN_S} s ({took:.2f} s)")
    drill.expect(port_of(mac) == net.tap(drill.active.number, "lan"), f"so does the bridge (it has {port_of(mac)})")
    drill.recovered()
    daemon.same_roles(drill)
    drill.wait_standby_warm(drill.standby)
    drill.finish()
    say(f"the client believed {believed} meanwhile, and again the active one after {took * 1000:.0f} ms")
    drill.data["extra"] = [("whom the client believed meanwhile", "the active one" if believed == mac else "the other one"),
                           ("client believes the active again", f"{took * 1000:.0f} ms after the agent went on")]
