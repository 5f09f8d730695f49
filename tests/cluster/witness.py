# SPDX-License-Identifier: GPL-2.0-or-later
"""A third host that only votes: corosync-qnetd beside the two nodes, corosync-qdevice on each of them.

    node 1 [eth2] --- bridge wit --- [eth2] node 2      the two other networks are those of pair.py
                          |
                     qnetd [eth0]

Two of three votes make a quorum, so of two nodes that cannot hear each other one goes on and the other does not.
"""

import signal
import subprocess
import time

import qdevice
from pair import sh

NET = "10.99.0"


class Witness:
    """The third host, and the voting daemons of the two nodes."""

    def __init__(self, pair):
        self.pair = pair
        self.ns = f"{pair.name}-w"
        self.conf = pair.dir / "corosync.conf"
        self.plain = self.conf.read_text()
        self.voters = {}
        self.qnetd = None

    def _spawn(self, ns, name, *argv):
        """A daemon whose folder below /run is its own."""
        log = open(self.pair.dir / f"{name}.log", "ab")
        script = f"mount -t tmpfs none /run && mkdir /run/corosync-qdevice /run/corosync-qnetd && exec {' '.join(argv)}"
        return subprocess.Popen(("ip", "netns", "exec", ns, "sh", "-c", script), stdout=log, stderr=log)

    def _network(self):
        hub = f"{self.pair.name}-h"
        sh("ip", "netns", "add", self.ns)
        sh("ip", "-n", hub, "link", "add", "wit", "type", "bridge")
        sh("ip", "-n", hub, "link", "set", "wit", "up")
        for number, ns, device in ((1, self.pair.nodes[0].ns, "eth2"), (2, self.pair.nodes[1].ns, "eth2"), (3, self.ns, "eth0")):
            sh("ip", "-n", hub, "link", "add", f"wit{number}", "type", "veth", "peer", "name", device, "netns", ns)
            sh("ip", "-n", hub, "link", "set", f"wit{number}", "master", "wit", "up")
            sh("ip", "-n", ns, "addr", "add", f"{NET}.{number}/24", "dev", device)
            sh("ip", "-n", ns, "link", "set", device, "up")

    def start_qnetd(self):
        """It votes, from now on."""
        self.qnetd = self._spawn(self.ns, "qnetd", "corosync-qnetd", "-f", "-s", "off")

    def stop_qnetd(self):
        """Nobody votes but the nodes."""
        self.qnetd.kill()
        self.qnetd.wait()

    def start_voter(self, node):
        """Once corosync is there, for which the daemon does not wait."""
        self.pair.wait(f"corosync on node {node.number}", lambda: self.votes(node) >= 1, 30)
        self.voters[node] = self._spawn(node.ns, f"qdevice-{node.number}", "corosync-qdevice", "-f")

    def all_vote(self):
        """Wait until both nodes count three votes."""
        self.pair.wait("three votes", lambda: all(self.votes(node) == 3 for node in self.pair.nodes), 30)

    def votes(self, node):
        """How many votes the node counts."""
        out = subprocess.run(node.inside("corosync-quorumtool", "-s"), capture_output=True, text=True, check=False).stdout
        return next((int(line.split()[2]) for line in out.splitlines() if line.startswith("Total votes:")), 0)

    def restart(self, text):
        """Both nodes anew, with another corosync.conf."""
        for node in self.pair.nodes:
            for what in ("agent", "corosync"):
                if getattr(node, what):
                    node.kill(what)
        self.conf.write_text(text)
        for node in self.pair.nodes:
            node.start_corosync()

    def __enter__(self):
        self._network()
        self.start_qnetd()
        self.restart(self.plain.replace("\ttwo_node: 1\n", qdevice.device(f"{NET}.3")))
        for node in self.pair.nodes:
            self.start_voter(node)
        self.all_vote()
        for node in self.pair.nodes:
            node.start_agent()
        return self

    def __exit__(self, *_):
        for child in [*self.voters.values(), self.qnetd]:
            child.kill()
            child.wait()
        self.restart(self.plain)
        for node in self.pair.nodes:
            node.start_agent()
        sh("ip", "netns", "del", self.ns)


def scenario(pair, settle):
    """With a witness a split has one active node; the witness may go; who dies or is cut off from all is replaced."""
    with Witness(pair) as witness:
        active, standby = settle(pair)
        witness.stop_qnetd()
        pair.wait("the vote to be gone", lambda: witness.votes(active) == 2, 30)
        time.sleep(2)                  # nothing is what has to happen
        assert active.gate()["open"] and not standby.gate()["open"] and pair.dual.none == 0
        witness.start_qnetd()
        witness.all_vote()

        if active.number == 1:         # the witness prefers node 1: the hard case is that the other one is active
            assert active.ask(command="handover")["ok"]
            active, standby = settle(pair)
        pair.dual.reset()
        pair.cut(("lan", "sync"))
        pair.wait("one that has lost", lambda: "WAIT_QUORUM" in [n.status()["state"] for n in pair.nodes], 30)
        pair.wait("one that goes on", lambda: any(n.gate()["open"] for n in pair.nodes), 30)
        time.sleep(2)                  # nothing more is what has to happen
        winner, loser = sorted(pair.nodes, key=lambda n: not n.gate()["open"])
        assert winner is standby and winner.gate()["open"] and not loser.gate()["open"]
        split = pair.dual.none
        pair.cut(("lan", "sync"), False)
        again, _ = pair.roles()
        assert again is winner
        assert pair.dual.both == 0, f"two gates open for {pair.dual.both * 1000:.0f} ms"

        active, standby = settle(pair)
        began = time.time()
        pair.cut(("lan", "sync", "wit"), nodes=(active.number,))
        pair.wait("a promotion", lambda: standby.gate()["open"], 30)
        cut_off = time.time() - began
        assert not active.gate()["open"] and pair.dual.both == 0, f"two gates open for {pair.dual.both * 1000:.0f} ms"
        pair.cut(("lan", "sync", "wit"), False, nodes=(active.number,))
        witness.all_vote()
        again, _ = pair.roles()
        assert again is standby

        active, standby = settle(pair)
        began = time.time()
        voter = witness.voters.pop(active)
        voter.send_signal(signal.SIGSTOP)
        pair.freeze(active)
        pair.wait("a promotion", lambda: standby.gate()["open"], 30)
        took = time.time() - began
        for what in ("agent", "corosync"):
            active.kill(what)
        voter.kill()
        voter.wait()
        active.start_corosync()
        witness.start_voter(active)
        witness.all_vote()
        active.start_agent()
        again, _ = pair.roles()
        assert again is standby
        assert pair.dual.both == 0, f"two gates open for {pair.dual.both * 1000:.0f} ms"
        return (f"split: the other one goes on, no gate open for {split * 1000:.0f} ms; the active is cut off: after {cut_off * 1000:.0f} ms; "
                f"it dies: after {took * 1000:.0f} ms")
