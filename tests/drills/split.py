# SPDX-License-Identifier: GPL-2.0-or-later
"""The two directors cannot hear each other; clients and servers hear both (profile lab).

With `two_node` and no fencing both halves may go on: the standby takes over, the active does not know.
After three seconds they hear each other again. Expected: exactly one active director within two seconds, and
the client's ARP table names it; the other one is a warm standby again; every connection lives, since all
clients moved when the second one announced. That two were active is the price of this profile: it is
measured, by what both sent on the clients' network.
"""

import subprocess
import threading
import time

import judge
from testbed import net

GAP_MS = {"default": 600}
ROLE_CHANGES = 1
FORBIDDEN = judge.SUDDEN
APART_S = 3
ONE_AGAIN_S = 2


def apart(yes):
    """Part them, or let them hear each other again; the host's time before."""
    at = time.time()
    net.apart(yes)
    return at


def believed(guest):
    """The hardware address that the client has for the NAT address."""
    done = subprocess.run(["ip", "-n", guest, "neigh", "show", net.VIP_NAT], capture_output=True, text=True, check=False)
    words = done.stdout.split()
    return words[words.index("lladdr") + 1] if "lladdr" in words else None


class Belief(threading.Thread):
    """Looks all the time whom the client believes."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen = []
        self.running = True
        self.start()

    def run(self):
        while self.running:
            self.seen.append((time.time(), believed("client")))
            time.sleep(0.02)

    def last_wrong(self, since, right):
        """The last moment after `since` at which it was not `right`; `since` if it always was."""
        self.running = False
        self.join()
        return max((at for at, mac in self.seen if at > since and mac != right), default=since)


def run(drill):
    """Apart, both active, together again."""
    drill.exclusive = False
    drill.begin()
    try:
        drill.inject("the directors cannot hear each other", lambda: apart(True))
        drill.bed.wait_for(f"{drill.standby.name} to take over", lambda: drill.pair.state(drill.standby) == "ACTIVE", 30)
        drill.expect(drill.pair.state(drill.active) == "ACTIVE", f"{drill.active.name} goes on, too")
        drill.traffic.quiet_moment(APART_S)
        belief = Belief()
        healed = apart(False)
        active, standby = drill.pair.roles(drill.bed, limit=30)
    finally:
        apart(False)
    drill.recovered()
    drill.times(drill.standby)
    drill.wait_standby_warm(standby)
    drill.data["rewarm_ms"] = round((time.time() - healed) * 1000)
    drill.finish()
    seen = [at for at in drill.actives.times(drill.standby) if drill.at <= at <= healed]
    drill.expect(seen, f"{drill.standby.name} was seen to be active")
    known = belief.last_wrong(healed, net.mac(active.number, "lan")) - healed
    one = max([at for at in drill.actives.times(standby) if at > healed], default=healed) - healed
    drill.expect(max(known, one) < ONE_AGAIN_S, f"one active director, which the client believes, within {ONE_AGAIN_S} s "
                 f"({one:.2f} s, {known:.2f} s)")
    drill.data["extra"] = [("last word of the other one as if active", f"{one * 1000:.0f} ms after the end of the split"),
                           ("client believed the wrong one until", f"{known * 1000:.0f} ms after it"),
                           ("active afterwards", f"{active.name} (before: {drill.active.name})")]
