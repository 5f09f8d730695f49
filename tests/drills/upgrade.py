# SPDX-License-Identifier: GPL-2.0-or-later
"""Both directors are upgraded under traffic, module and daemons, one after the other, as operators do it.

The standby first: everything is stopped, the module removed and loaded anew; warm again, it gets the role by a handover,
and the other one has its turn. Then the role goes home. Expected: no connection ends and no datagram is lost, at no
time two are active, and after each step the standby is proven warm. What two versions say to each other has tests of its own
(`t_syncd_versions`); here both are the same build.
"""

import time

import handover
from testbed.say import say

STEPS = ("systemctl stop baton.target baton-ha baton-syncd baton-rules", "rmmod baton", "modprobe baton",
         "systemctl start baton.target")


def renew(drill, guest):
    """Everything that is Baton's on a standby, from the module up."""
    say(f"{guest.name} is upgraded")
    before = guest.run("cat /sys/module/baton/srcversion").stdout
    for step in STEPS:
        guest.run(step, timeout=90)
    drill.expect(guest.run("cat /sys/module/baton/srcversion").stdout == before, f"{guest.name} has its module again")
    drill.wait_standby_warm(guest)


def run(drill):
    """Standby, handover, the other, handover."""
    drill.lossless = True
    drill.begin()
    one, other = drill.active, drill.standby

    def action():
        at = time.time()
        renew(drill, other)
        return at

    drill.inject(f"{other.name} is upgraded", action)
    handover.move(drill, one)
    drill.expect(drill.pair.state(other) == "ACTIVE", f"{other.name} is active")
    drill.wait_standby_warm(one)
    renew(drill, one)
    handover.move(drill, other)
    drill.expect(drill.pair.state(one) == "ACTIVE", f"{one.name} is active again")
    drill.wait_standby_warm(other)
    drill.recovered()
    drill.finish()
    drill.expect(drill.data["gap_ms"] < 250, f"nobody waited for a timeout (gap {drill.data['gap_ms']} ms)")
