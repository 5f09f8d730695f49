# SPDX-License-Identifier: GPL-2.0-or-later
"""What the drills ask the directors, through their own tools inside the guests."""

import subprocess
import time

import witness
from testbed import net
from testbed.say import BedError, say


class Pair:
    """The two directors as drills see them; what is asked how is the subclass's matter."""

    # Whether the pair can prove that it is warm; without it, that is no expectation.
    PROOF = True

    def state(self, guest):
        """ACTIVE, STANDBY, another word, or None when nothing answers."""
        raise NotImplementedError

    def proof(self, guest):
        """(connections, sentence) when the standby is proven to have the active's table, else None."""
        raise NotImplementedError

    def adopted(self, guest):
        """Connections that it took in from their middle since it was loaded."""
        raise NotImplementedError

    def relayed(self, guest):
        """Packets that it passed on to the other one after handovers."""
        raise NotImplementedError

    def handover(self, guest):
        """Have it give its role away; the command, finished."""
        raise NotImplementedError

    def timeline(self, guest):
        """[(guest's time, event, detail)]"""
        raise NotImplementedError

    def heal(self, guest):
        """Start what a failed drill may have left stopped."""

    def roles(self, bed, limit=120):
        """(active, standby) once there is exactly one of each."""
        def look():
            states = [self.state(guest) for guest in bed.guests]
            for index in (0, 1):
                if states[index] == "ACTIVE" and states[1 - index] == "STANDBY":
                    return bed.guests[index], bed.guests[1 - index]
            return None
        return bed.wait_for("one active and one standby director", look, limit)

    def wait_warm(self, bed, guest, connections=0, limit=120):
        """Wait for the proof that `guest` holds the active's table, of at least so many connections."""
        def look():
            proof = self.proof(guest)
            return proof if proof and proof[0] >= connections else None
        return bed.wait_for(f"{guest.name} to be proven warm with at least {connections} connections", look, limit)[1]

    def events(self, guest, since):
        """The timeline after host time `since`, in the host's time."""
        clock = Clock(guest)
        events = [(clock.host(at), event, detail) for at, event, detail in self.timeline(guest)]
        return [entry for entry in events if entry[0] >= since - 2 * clock.error - 0.005]

    def clock_error_ms(self, guest):
        """How far off those times may be."""
        return Clock(guest).error * 1000 + 5


class Baton(Pair):
    """Asked through its own tool."""

    EXPLAIN = ("batonctl status", "batonctl sync status", "batonctl ha status", "corosync-quorumtool -s",
               "systemctl --no-pager --failed", "ip -br address",
               "journalctl -b --no-pager -o short-precise -n 80 -u baton-ha -u baton-syncd -u baton-rules -u corosync",
               "dmesg | tail -n 20")

    def heal(self, guest):
        guest.run(witness.LEFT, 120, check=False)
        guest.run("systemctl start corosync baton.target", 60, check=False)

    def agent(self, guest):
        """The failover agent's status; {} when it fails."""
        return guest.json("batonctl ha status --json", 15, empty={})

    def gate(self, guest):
        """open, shut or expired, as the kernel says."""
        return guest.json("batonctl status --json", 15, empty={}).get("gate", {}).get("state")

    def adopted(self, guest):
        if not guest.alive() or guest.frozen:
            return 0
        return guest.json("batonctl status --json", 15, empty={}).get("module", {}).get("adopted", 0)

    def relayed(self, guest):
        return guest.json("batonctl status --json", 15, empty={}).get("gate", {}).get("relayed", 0)

    def handover(self, guest):
        return guest.run("batonctl handover", timeout=60, check=False)

    def sync(self, guest):
        """The sync daemon's status; {} when it fails."""
        return guest.json("batonctl sync status --json", 15, empty={})

    def state(self, guest):
        return self.agent(guest).get("state") if guest.alive() and not guest.frozen else None

    def proof(self, guest):
        now = self.sync(guest)
        if not (now.get("warm") and now.get("digests_equal")):
            return None
        count = now.get("connections", 0)
        return count, (f"{guest.name}: {count} connections, digests of all buckets equal, "
                       f"proof {now.get('warm_age_ms', '?')} ms old")

    def timeline(self, guest):
        return [(entry["t"], entry["event"], entry.get("detail", "")) for entry in self.agent(guest).get("timeline", [])]


class Keepalived(Pair):
    """keepalived with the kernel's ip_vs and its sync daemon, set up as well as they go: to compare with."""

    PROOF = False
    EXPLAIN = ("ipvsadm -Ln", "ip -br address", "journalctl -b --no-pager -n 40 -u keepalived", "cat /proc/net/ip_vs_stats")

    def state(self, guest):
        if not guest.alive() or guest.frozen:
            return None
        try:
            found = guest.run("systemctl is-active -q keepalived && ip -o -4 address show eth0", 15).stdout
        except BedError:
            return None
        return "ACTIVE" if net.VIP_NAT in found else "STANDBY"

    def proof(self, guest):
        return 1 << 30, "ip_vs has no proof"

    def adopted(self, guest):
        return 0

    def relayed(self, guest):
        return 0

    def handover(self, guest):
        """What operators do: a stop tells the peer at once; then it is there again, as the backup."""
        return guest.run("systemctl stop keepalived && sleep 2 && systemctl start keepalived", timeout=60, check=False)

    def timeline(self, guest):
        return []


class Clock:
    """A guest's clock against ours: offsets from the quickest of several exchanges over ssh."""

    SCRIPT = "exec bash -c 'while read -r _; do echo $EPOCHREALTIME; done'"

    def __init__(self, guest):
        self.offset, self.error = self._measure(guest)

    def _measure(self, guest):
        child = subprocess.Popen(guest.ssh_argv(self.SCRIPT), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                 bufsize=1)
        best = None
        try:
            for _ in range(20):
                before = time.time()
                child.stdin.write("\n")
                line = child.stdout.readline()
                after = time.time()
                if not line:
                    raise BedError(f"{guest.name}: its clock cannot be read")
                if best is None or after - before < best[0]:
                    best = (after - before, float(line) - (before + after) / 2)
        finally:
            child.stdin.close()
            child.wait()
        return best[1], best[0] / 2

    def host(self, guest_time):
        """A guest's time as the host's clock would have shown it."""
        return guest_time - self.offset


def first(events, *names):
    """Host time of the first event of one of these names, or None."""
    times = [at for at, event, _ in events if event in names]
    return min(times) if times else None


def explain(bed, pair):
    """Print what both guests say about themselves: for a drill that failed."""
    for guest in bed.guests:
        if not guest.alive() or guest.frozen:
            say(f"{guest.name}: {'frozen' if guest.frozen else 'powered off'}")
            continue
        for command in pair.EXPLAIN:
            try:
                done = guest.run(command, timeout=20, check=False)
                print(f"--- {guest.name}: {command}\n{done.stdout}{done.stderr}")
            except BedError as error:
                print(f"--- {error}")
