# SPDX-License-Identifier: GPL-2.0-or-later
"""The operator moves the role, and back as soon as the other one lets him; three times there and back.

The one that has just given the role away is asked to take it again while it may still get what was passed on to it, and
before anybody has proven anything to anybody. Expected: a handover that comes too early is refused with a reason and changes
nothing; those that are done lose no datagram and no connection; when it is over the digests of both tables are equal.
"""

import time

import handover
import judge
from testbed.say import say

FLIPS = 3
LIMIT_S = 30

GAP_MS = {"default": 100}
ROLE_CHANGES = 2 * FLIPS
FORBIDDEN = judge.AGREED


def at_once(drill, giver, refused):
    """Ask until it is granted; each refusal is counted."""
    end = time.monotonic() + LIMIT_S
    while True:
        done = drill.pair.handover(giver)
        if done.returncode == 0:
            return
        refused.append((done.stderr.strip() or done.stdout.strip()).splitlines()[-1:] or [""])
        if time.monotonic() > end:
            drill.expect(False, f"{giver.name} may give the role back within {LIMIT_S} s ({refused[-1][0]})")
            return


def run(drill):
    """There, back at once, and again."""
    drill.lossless = True
    drill.begin()
    one, other = drill.active, drill.standby
    refused = []
    drill.inject(f"{FLIPS} times there and back", lambda: handover.move(drill, one))
    at_once(drill, other, refused)
    for _ in range(FLIPS - 1):
        at_once(drill, one, refused)
        at_once(drill, other, refused)
    took = time.time() - drill.at
    drill.events.read()
    drill.recovered()
    drill.expect(drill.pair.state(one) == "ACTIVE", f"{one.name} is active, as before")
    drill.times(one, required=False, detects=False)
    drill.wait_standby_warm(other)
    drill.finish()
    for reason in refused[:1]:
        say(f"refused {len(refused)} times, first: {reason[0]}")
    drill.data["extra"] = [("handovers; in all", f"{2 * FLIPS}; {took:.1f} s"), ("refused as too early", str(len(refused)))]
