# SPDX-License-Identifier: GPL-2.0-or-later
"""Both directors get another release under traffic, and then their old one again, as operators do it.

The standby first: everything is stopped, the files are replaced, the module removed and loaded anew; warm again, it gets the role
by a handover, and the other one has its turn. The same way back. So either release is active beside a standby of the other,
and hands over to it, in both orders. Expected: no connection ends and no datagram is lost, at no time two are active, after
each step the standby is proven warm, and module, daemons and tool are of the release that was installed.
"""

import time

import handover
import judge
from testbed import payload
from testbed.say import say

GAP_MS = {"default": 250}
ROLE_CHANGES = 4
FORBIDDEN = judge.AGREED
NEXT = "0.999.0"
STOP = ("systemctl stop baton.target baton-ha baton-syncd baton-rules", "rmmod baton")
START = ("systemctl daemon-reload", "modprobe baton", "systemctl start baton.target")


def releases(drill, guest):
    """What module, sync daemon and agent say that they are."""
    status = guest.json("batonctl status --json", 15)
    return {part: status.get(part, {}).get("version") for part in ("module", "syncd")} | {
        "agent": drill.pair.agent(guest).get("version"), "tool": guest.run("batonctl --version").stdout.split()[-1]}


def renew(drill, guest, archive, number):
    """Everything that is Baton's on a standby, from the module up."""
    say(f"{guest.name} gets release {number}")
    for step in STOP:
        guest.run(step, timeout=90)
    guest.unpack(archive)
    for step in START:
        guest.run(step, timeout=90)
    drill.wait_standby_warm(guest)
    found = releases(drill, guest)
    drill.expect(set(found.values()) == {number}, f"all of {guest.name} is release {number} ({found})")


def move(drill, giver, taker):
    """The role goes to the one that was renewed; the one that had it is next."""
    handover.move(drill, giver)
    drill.expect(drill.pair.state(taker) == "ACTIVE", f"{taker.name} is active")
    drill.wait_standby_warm(giver)


def run(drill):
    """There and back."""
    one, other = drill.pair.roles(drill.bed)
    own = releases(drill, one)["module"]
    new = payload.release(drill.bed.folder, drill.bed.image, NEXT)
    old = payload.release(drill.bed.folder, drill.bed.image, None)
    drill.lossless = True
    drill.begin()
    one, other = drill.active, drill.standby

    def action():
        at = time.time()
        renew(drill, other, new, NEXT)
        return at

    drill.inject(f"{other.name} gets another release", action)
    move(drill, one, other)
    renew(drill, one, new, NEXT)
    move(drill, other, one)
    say("and back again")
    renew(drill, other, old, own)
    move(drill, one, other)
    renew(drill, one, old, own)
    move(drill, other, one)
    drill.recovered()
    drill.finish()
    drill.data["extra"] = [("releases", f"{own} and {NEXT}"), ("handovers", "4")]
