# SPDX-License-Identifier: GPL-2.0-or-later
"""The profile witness for a drill: corosync-qnetd on the host, which both directors reach by a network of its own."""

import contextlib

import qdevice
from testbed import net
from testbed.say import say

CONF = "/etc/corosync/corosync.conf"
PLAIN = f"{CONF}.plain"


class Witness:
    """The third machine: it votes, and nothing else."""

    def __init__(self, bed):
        self.bed = bed
        self.process = None

    def start(self):
        """From now on it votes."""
        (self.bed.folder / "qnetd.sh").write_text("mkdir -p /run/corosync-qnetd && exec corosync-qnetd -f -s off\n")
        self.process = self.bed.spawn(None, "sh", self.bed.folder / "qnetd.sh", log="qnetd.log")

    def stop(self):
        """It dies."""
        self.process.kill()
        self.process.wait()

    def votes(self, guest):
        """How many votes a director counts."""
        out = guest.run("corosync-quorumtool -s", check=False).stdout
        return next((int(line.split()[2]) for line in out.splitlines() if line.startswith("Total votes:")), 0)

    def wait_votes(self, wanted, guests=None):
        """Wait until the directors count so many."""
        self.bed.wait_for(f"{wanted} votes", lambda: all(self.votes(guest) == wanted for guest in guests or self.bed.guests), 60)


# On a busy machine corosync can form one ring after the other for a minute when the device that it waits for has gone.
STOP = ("systemctl stop baton-ha && { timeout 30 systemctl stop corosync-qdevice corosync || "
        "systemctl kill -s KILL corosync-qdevice corosync; }")
# Also for after a drill that was given up in the middle.
LEAVE = f"systemctl disable -q corosync-qdevice && mv {PLAIN} {CONF} && sync"
LEFT = f"[ ! -e {PLAIN} ] || {{ {STOP}; {LEAVE}; }}"


def _restart(guests, change, voter):
    """Both directors anew, with another corosync.conf: who belongs to a cluster cannot change under its feet."""
    for guest in guests:
        guest.run(STOP, timeout=120)
    for guest in guests:
        guest.run(f"{change} && systemctl start corosync{' corosync-qdevice' if voter else ''}", timeout=60)
    for guest in guests:
        guest.run("systemctl start baton-ha", timeout=60)


@contextlib.contextmanager
def profile(drill):
    """Both directors have a witness in place of two_node; the witness."""
    say("a third machine gets a vote")
    witness = Witness(drill.bed)
    witness.start()
    try:
        _restart(drill.bed.guests, f"cp {CONF} {PLAIN} && cat >{CONF}.device <<'END' &&\n{qdevice.device(net.PREFIX['mgmt'] + '.1')}END\n"
                 f"sed -i -e '/two_node: 1/r {CONF}.device' -e '/two_node: 1/d' {CONF} && "
                 "systemctl enable -q corosync-qdevice && sync", True)
        witness.wait_votes(3)
        drill.pair.roles(drill.bed)
        yield witness
    finally:
        witness.stop()
        alive = [guest for guest in drill.bed.guests if guest.alive()]
        _restart(alive, LEAVE, False)
