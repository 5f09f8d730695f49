# SPDX-License-Identifier: GPL-2.0-or-later
"""Two nodes in network namespaces: corosync, the agent with a gate in a file, and a double of baton-syncd.

    node 1 [eth0] ---- bridge lan ---- [eth0] node 2      virtual addresses 192.0.2.100/24, 2001:db8:2::100/64
           [eth1] ---- bridge sync --- [eth1]
"""

import contextlib
import json
import mmap
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
AGENT = pathlib.Path(os.environ.get("BUILD", TOP / "build")) / "bin/baton-ha-fakegate"
TOOL = (AGENT.parent / "batonctl").resolve()
SURVEY = (AGENT.parent / "survey-fakegate").resolve()
GATE = struct.Struct("=IIIIqIIIIIIqq8III")
OWNER_AT, FIRST_AT, TABLE_AT = 44, 56, 64
FRESH = (1,) + (0,) * 22
VIP = "192.0.2.100"
VIP6 = "2001:db8:2::100"
GATEWAYS = ("192.0.2.1", "2001:db8:2::1")


def sh(*argv):
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


class Syncd(threading.Thread):
    """Says what it is told to about warmth; a flush succeeds at once, or never."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.lock = threading.Lock()
        self.watchers = []
        self.warm = False
        self.flush = "ok"
        self.flushes = 0
        self.hangs = False
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(path))
        self.server.listen()

    def state(self):
        return {"ok": True, "warm": self.warm, "peer": {"present": True, "epoch": 0}}

    def set_warm(self, warm):
        with self.lock:
            self.warm = warm
            for client in self.watchers:
                try:
                    client.sendall(json.dumps({"warm": warm, "peer_present": True}).encode() + b"\n")
                except OSError:
                    pass

    def say(self, **change):
        """Exactly this, to all who watch."""
        with self.lock:
            for client in self.watchers:
                with contextlib.suppress(OSError):
                    client.sendall(json.dumps(change).encode() + b"\n")

    def serve(self, client):
        with client.makefile("r") as lines:
            for line in lines:
                request = json.loads(line)
                while self.hangs:
                    time.sleep(0.1)
                with self.lock:
                    if request["command"] == "watch":
                        client.sendall(json.dumps(self.state()).encode() + b"\n")
                        if client not in self.watchers:
                            self.watchers.append(client)
                    elif request["command"] == "status":
                        client.sendall(json.dumps(dict(self.state(), connections=1000, would_survive=1000)).encode() + b"\n")
                    elif request["command"] == "flush":
                        self.flushes += 1
                        if self.flush == "ok" or (self.flush == "first" and self.flushes == 1):
                            client.sendall(b'{"ok":true}\n')

    def serve_all(self, client):
        with contextlib.suppress(ConnectionError):  # an agent that is killed
            self.serve(client)

    def run(self):
        while True:
            client, _ = self.server.accept()
            threading.Thread(target=self.serve_all, args=(client,), daemon=True).start()


class Node:
    def __init__(self, pair, number):
        self.pair = pair
        self.number = number
        self.ns = f"{pair.name}-{number}"
        self.dir = pair.dir / str(number)
        (self.dir / "state").mkdir(parents=True)
        self.gate_path = self.dir / "gate"
        self.gate_path.write_bytes(GATE.pack(*FRESH))
        with open(self.gate_path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), GATE.size)
        self.syncd = Syncd(self.dir / "syncd")
        self.syncd.start()
        self.corosync = None
        self.agent = None

    def inside(self, *argv):
        return ("ip", "netns", "exec", self.ns) + argv

    def start_corosync(self):
        run = self.dir / "corosync"
        run.mkdir(exist_ok=True)
        # A mount namespace of its own: the state of corosync has fixed paths.
        script = (f"mount --bind {run} /var/lib/corosync && mount -t tmpfs none /run && "
                  f"exec corosync -f -c {self.pair.dir}/corosync.conf")
        log = open(self.dir / "corosync.log", "ab")
        self.corosync = subprocess.Popen(self.inside("sh", "-c", script), stdout=log, stderr=log)

    def start_agent(self):
        log = open(self.dir / "agent.log", "ab")
        env = dict(os.environ, BATON_FAKE_GATE=str(self.gate_path))
        self.agent = subprocess.Popen(
            self.inside(str(AGENT), "--config", f"{self.pair.dir}/baton.conf",
                        "--control", f"{self.dir}/control", "--syncd", f"{self.dir}/syncd",
                        "--state", f"{self.dir}/state",
                        "--timeline", f"{self.dir}/timeline",
                        "--beat-key", f"{self.dir}/beat.key", "--debug"),
            stdout=log, stderr=log, env=env)

    def kill(self, what, sig=signal.SIGKILL):
        process = getattr(self, what)
        process.send_signal(sig)
        if sig in (signal.SIGKILL, signal.SIGTERM):
            process.wait(20)
            setattr(self, what, None)

    def ask(self, timeout=10, **request):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(timeout)
            s.connect(str(self.dir / "control"))
            s.sendall(json.dumps(request).encode() + b"\n")
            with s.makefile("r") as lines:
                return json.loads(lines.readline())

    def tool(self, *words):
        """What batonctl says on this node, as JSON."""
        return self.run_tool(f"{TOOL} --json {' '.join(words)}")

    def survey(self, role):
        """What a rehearsal finds on this node, which is the active or the standby."""
        return self.run_tool(f"BATON_FAKE_GATE={self.gate_path} {SURVEY} {role}")

    def run_tool(self, command):
        """The control sockets are where the tool looks for them."""
        script = ("mount -t tmpfs none /run && mkdir /run/baton-ha /run/baton-syncd && "
                  f"ln -s {self.dir}/control /run/baton-ha/control && ln -s {self.dir}/syncd /run/baton-syncd/control && "
                  f"{command}")
        done = subprocess.run(("unshare", "--mount", "sh", "-c", script), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60, check=False)
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def status(self):
        try:
            return self.ask(command="status")
        except OSError:
            return {"state": "DEAD", "timeline": []}

    def check(self, name):
        """How the health check of that name stands."""
        return next((c for c in self.status().get("checks", []) if c["name"] == name), {"state": "none"})

    def succession(self):
        return self.status().get("succession", {"silent_ms": -1, "agreed": False})

    def block(self, on):
        """Beats do not arrive; corosync's own traffic does."""
        rule = ("table ip beats { chain in { type filter hook input priority 0; udp dport 6667 drop; }; }"
                if on else "delete table ip beats")
        sh(*self.inside("nft", rule))

    def gate(self):
        role, epoch, lease, announced, until, _, sets, guarded, relay, probed, *_, macs, _ = GATE.unpack(self.map[:])
        left = until - time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        return {"open": role == 1 and (not lease or left > 0), "epoch": epoch, "lease_ms": lease,
                "announced": announced, "sets": sets, "guarded": guarded, "relay_ms": relay,
                "probed": probed, "macs": macs}

    def lan_owner(self, on):
        """Whoever is asked on the LAN says that he has the address."""
        struct.pack_into("=I", self.map, OWNER_AT, on)

    def pass_packet(self):
        """The first one since the gate opened; answers with the milliseconds from then on."""
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        struct.pack_into("=q", self.map, FIRST_AT, now)
        return (now - GATE.unpack(self.map[:])[11]) / 1e6

    def table(self, *connections):
        """Up to four connections are in the kernel's table: (number, server)."""
        flat = [value for connection in connections for value in connection]
        struct.pack_into("=8I", self.map, TABLE_AT, *flat, *[0] * (8 - len(flat)))

    def armed(self):
        """Both addresses are there, and mute while the gate is shut."""
        return self.has_vip() and self.has_vip6() and self.gate()["guarded"] == 2

    def has_vip(self):
        out = subprocess.run(self.inside("ip", "-4", "-o", "addr", "show", "dev", "eth0"),
                             check=True, capture_output=True, text=True).stdout
        return f"inet {VIP}/" in out

    def has_vip6(self):
        """It can be used at once, but this host's own connections do not; and it waited for nothing."""
        out = subprocess.run(self.inside("ip", "-6", "-j", "addr", "show", "dev", "eth0"), check=True, capture_output=True,
                             text=True).stdout
        found = [info for link in json.loads(out) for info in link["addr_info"] if info["local"] == VIP6]
        return bool(found) and all(info.get("deprecated") and info.get("nodad") and not info.get("tentative")
                                   and not info.get("dadfailed") for info in found)

    def take_vip(self):
        """Somebody takes the addresses away."""
        sh(*self.inside("ip", "addr", "del", f"{VIP}/24", "dev", "eth0"))
        sh(*self.inside("ip", "addr", "del", f"{VIP6}/64", "dev", "eth0"))

    def remove_module(self):
        """An agent that starts now finds no module."""
        self.gate_path.rename(self.dir / "gate.gone")

    def insert_module(self):
        """As a module comes: open, with no list. The same file, so that the watch sees it."""
        self.map[:] = GATE.pack(*FRESH)
        (self.dir / "gate.gone").rename(self.gate_path)

    def when(self, event, since=0.0):
        """Time of the first event of that name in the timeline after @since, or None."""
        for moment in self.status()["timeline"]:
            if moment["event"] == event and moment["t"] >= since:
                return moment["t"]
        return None


class Pair:
    def __init__(self, directory):
        self.name = f"baton-cl{os.getpid()}"
        self.dir = pathlib.Path(directory)
        self.links = []
        self.nodes = [Node(self, 1), Node(self, 2)]
        self.write_config()
        self.make_network()
        self.dual = Watch(self)

    def write_config(self):
        (self.dir / "baton.conf").write_text(f"""[sync]
interface = eth1
group = 239.255.66.66
port = 6666
key_file = {self.dir}/key
key_id = 1

[ha]
lease_ms = 250
announce_ms = 0 100 1100

[vip]
address = {VIP}/24
interface = eth0

[vip]
address = {VIP6}/64
interface = eth0
""")
        (self.dir / "key").write_text("00" * 32 + "\n")
        (self.dir / "key").chmod(0o600)
        nodes = "".join(f"\tnode {{\n\t\tnodeid: {n}\n\t\tname: n{n}\n\t\tring0_addr: 10.66.0.1{n}\n"
                        f"\t\tring1_addr: 192.0.2.1{n}\n\t}}\n" for n in (1, 2))
        links = "".join(f"\tinterface {{\n\t\tlinknumber: {n}\n\t\tknet_ping_interval: 200\n"
                        "\t\tknet_ping_timeout: 1000\n\t\tknet_pong_count: 2\n\t}\n" for n in (0, 1))
        (self.dir / "corosync.conf").write_text(
            "totem {\n\tversion: 2\n\tcluster_name: baton\n\ttransport: knet\n\ttoken: 300\n"
            f"\tconsensus: 120\n\tjoin: 50\n\tlink_mode: active\n{links}}}\n"
            f"nodelist {{\n{nodes}}}\n"
            "quorum {\n\tprovider: corosync_votequorum\n\ttwo_node: 1\n}\n"
            "logging {\n\tto_syslog: no\n\tto_stderr: yes\n\ttimestamp: hires\n}\n")

    def make_network(self):
        for n in (1, 2):
            sh("ip", "netns", "add", f"{self.name}-{n}")
            sh("ip", "-n", f"{self.name}-{n}", "link", "set", "lo", "up")
        hub = f"{self.name}-h"
        sh("ip", "netns", "add", hub)
        for device, bridge, net in (("eth0", "lan", "192.0.2"), ("eth1", "sync", "10.66.0")):
            sh("ip", "-n", hub, "link", "add", bridge, "type", "bridge")
            sh("ip", "-n", hub, "link", "set", bridge, "up")
            for n in (1, 2):
                ns = f"{self.name}-{n}"
                sh("ip", "-n", hub, "link", "add", f"{bridge}{n}", "type", "veth", "peer", "name",
                   device, "netns", ns)
                sh("ip", "-n", hub, "link", "set", f"{bridge}{n}", "master", bridge, "up")
                sh("ip", "-n", ns, "addr", "add", f"{net}.1{n}/24", "dev", device)
                sh("ip", "-n", ns, "link", "set", device, "up")
        for n in (1, 2):
            sh("ip", "-n", f"{self.name}-{n}", "addr", "add", f"2001:db8:2::1{n}/64", "dev", "eth0", "nodad")
        for address, bits in zip(GATEWAYS, (24, 64)):
            sh("ip", "-n", hub, "addr", "add", f"{address}/{bits}", "dev", "lan", *(("nodad",) if ":" in address else ()))

    def configure(self, text):
        """Another baton.conf, for both; the role stays where it is."""
        (self.dir / "baton.conf").write_text(text)
        for node in self.nodes:
            self.roles()
            node.kill("agent", signal.SIGTERM)
            node.start_agent()
        self.roles()

    @staticmethod
    def freeze(node):
        """Nothing of the node runs any more; what it had open stays open, as of a machine without power."""
        node.corosync.send_signal(signal.SIGSTOP)
        node.agent.send_signal(signal.SIGSTOP)

    def cut(self, bridges, on=True, nodes=(1, 2)):
        """The ports of the bridges forward nothing; the interfaces keep their carrier."""
        for bridge in bridges:
            for n in nodes:
                sh("ip", "netns", "exec", f"{self.name}-h", "bridge", "link", "set", "dev",
                   f"{bridge}{n}", "state", "0" if on else "3")

    def silence(self, node, on=True):
        """The gateways hear nothing of the node any more; all others do, and the carrier stays."""
        rule = (f"table bridge silence {{ chain in {{ type filter hook input priority 0; iifname lan{node.number} drop; }}; }}"
                if on else "delete table bridge silence")
        sh("ip", "netns", "exec", f"{self.name}-h", "nft", rule)

    def start(self):
        for node in self.nodes:
            node.start_corosync()
        for node in self.nodes:
            node.start_agent()

    def close(self):
        self.dual.stop()
        for node in self.nodes:
            for what in ("agent", "corosync"):
                if getattr(node, what):
                    node.kill(what, signal.SIGCONT)
                    node.kill(what)
        for suffix in ("1", "2", "h"):
            subprocess.run(("ip", "netns", "del", f"{self.name}-{suffix}"), check=False)
        if not os.environ.get("KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)

    def wait(self, what, condition, seconds=15):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds} s in vain: {what}; "
                                     + "; ".join(self.describe(n) for n in self.nodes))
            time.sleep(0.01)

    def describe(self, node):
        status = node.status()
        return f"node {node.number} {status['state']} ({status.get('reason')}) gate {node.gate()}"

    def roles(self):
        """(active, standby) once there is exactly one of each, both settled."""
        found = []

        def settled():
            states = [n.status()["state"] for n in self.nodes]
            for a, s in ((0, 1), (1, 0)):
                if states[a] == "ACTIVE" and states[s] in ("STANDBY", "SYNCING"):
                    found[:] = [self.nodes[a], self.nodes[s]]
                    return True
            return False

        self.wait("one active, one standby", settled, 30)
        return found


class Watch(threading.Thread):
    """Looks at both gates all the time: how long were two open, how long none?"""

    def __init__(self, pair):
        super().__init__(daemon=True)
        self.pair = pair
        self.running = True
        self.both = 0.0
        self.none = 0.0
        self.start()

    def run(self):
        last = time.monotonic()
        while self.running:
            time.sleep(0.001)
            now = time.monotonic()
            count = sum(n.gate()["open"] for n in self.pair.nodes)
            if count == 2:
                self.both += now - last
            elif not count:
                self.none += now - last
            last = now

    def reset(self):
        self.both = self.none = 0.0

    def stop(self):
        self.running = False
        self.join()
