# SPDX-License-Identifier: GPL-2.0-or-later
"""The operator moves the role to the other director, for maintenance.

`batonctl handover` on the active: it passes everything that is not yet over, shuts its gate,
the other opens its own and announces. What clients and servers send meanwhile waits in the old active's
kernel, which passes it on to the new one, as it does with what comes from hosts that have not learned
yet. Expected: the command succeeds, the roles are swapped, every connection lives, of a stream of
numbered datagrams each is answered once, and nobody waits as long as for a failure; the old active is a
warm standby at once.
"""

import time

import judge
from testbed.say import say

# One handover alone: emulated, on two busy cores, 15 to 66 ms. What nine of ten take handover-loop asks.
GAP_MS = {"default": 60}
ROLE_CHANGES = 1
FORBIDDEN = judge.AGREED


def give(drill, giver):
    """One handover by the operator's command, and nothing else; the host's time just before it."""
    at = time.time()
    done = drill.pair.handover(giver)
    say(f"{giver.name}: the handover's exit status is {done.returncode}; {done.stdout.strip()} {done.stderr.strip()}")
    drill.expect(done.returncode == 0, "the handover succeeded")
    return at


def move(drill, giver):
    """The same, and what both say of it; the host's time just before."""
    at = give(drill, giver)
    drill.events.read()
    return at


def run(drill):
    """Handover by the operator's command, inside the guest."""
    drill.lossless = True
    drill.begin()
    before = drill.pair.relayed(drill.active)
    drill.inject(f"handover from {drill.active.name} to {drill.standby.name}", lambda: move(drill, drill.active))
    drill.recovered()
    drill.times(drill.standby, detects=False)
    drill.data["timeline_before"] = drill.moments(drill.pair.events(drill.active, drill.at))
    drill.expect(drill.pair.state(drill.standby) == "ACTIVE", f"{drill.standby.name} is active")
    began = time.monotonic()
    drill.wait_standby_warm(drill.active)
    drill.data["rewarm_ms"] = round((time.monotonic() - began) * 1000)
    drill.data["relayed"] = drill.pair.relayed(drill.active) - before
    drill.finish()
    drill.data["extra"] = [("packets passed on by the old active", str(drill.data["relayed"]))]
