# SPDX-License-Identifier: GPL-2.0-or-later
"""What the drills ask Baton: its own tool inside the guests, and nothing else."""

import subprocess
import time

from testbed.say import BedError, say


def status(guest, timeout=15):
    """`batonctl status --json`: the module, the sync daemon and the agent; {} when it fails."""
    return guest.json("batonctl status --json", timeout, empty={})


def sync(guest, timeout=15):
    """The sync daemon's own status; {} when it fails."""
    return guest.json("batonctl sync status --json", timeout, empty={})


def agent(guest, timeout=15):
    """The failover agent's own status, with its timeline; {} when it fails."""
    return guest.json("batonctl ha status --json", timeout, empty={})


def is_active(guest):
    """Whether the agent says that this node has the role."""
    return guest.alive() and not guest.frozen and agent(guest).get("state") == "ACTIVE"


def roles(bed, limit=120):
    """(active, standby) once there is exactly one active node."""
    def look():
        states = [agent(guest).get("state") for guest in bed.guests]
        for index in (0, 1):
            if states[index] == "ACTIVE" and states[1 - index] == "STANDBY":
                return bed.guests[index], bed.guests[1 - index]
        return None
    return bed.wait_for("one active and one standby director (batonctl ha status)", look, limit)


def warm(guest):
    """The standby's proof: its sync status when warm with equal digests, else None."""
    now = sync(guest)
    return now if now.get("warm") and now.get("digests_equal") else None


def wait_warm(bed, guest, connections=0, limit=120):
    """Wait for the proof that `guest` holds the active's table, of at least so many connections."""
    def look():
        proof = warm(guest)
        return proof if proof and proof.get("connections", 0) >= connections else None
    return bed.wait_for(f"{guest.name} warm with at least {connections} connections (batonctl sync status)", look, limit)


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


def timeline(guest, since):
    """The agent's events after host time `since`: [(host time, event, detail)]."""
    clock = Clock(guest)
    events = [(clock.host(entry["t"]), entry["event"], entry.get("detail", ""))
              for entry in agent(guest).get("timeline", [])]
    return [entry for entry in events if entry[0] >= since - 2 * clock.error - 0.005]


def first(events, *names):
    """Host time of the first event of one of these names, or None."""
    times = [at for at, event, _ in events if event in names]
    return min(times) if times else None


def explain(bed):
    """Print what both guests say about themselves: for a drill that failed."""
    for guest in bed.guests:
        if not guest.alive() or guest.frozen:
            say(f"{guest.name}: {'frozen' if guest.frozen else 'powered off'}")
            continue
        for command in ("batonctl status", "batonctl sync status", "batonctl ha status", "corosync-quorumtool -s",
                        "systemctl --no-pager --failed", "ip -br address",
                        "journalctl -b --no-pager -o short-precise -n 80 -u baton-ha -u baton-syncd -u baton-rules -u corosync",
                        "dmesg | tail -n 20"):
            try:
                done = guest.run(command, timeout=20, check=False)
                print(f"--- {guest.name}: {command}\n{done.stdout}{done.stderr}")
            except BedError as error:
                print(f"--- {error}")
