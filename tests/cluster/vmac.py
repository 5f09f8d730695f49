# SPDX-License-Identifier: GPL-2.0-or-later
"""A link address that both nodes have: the agent's device for it, from its beginning to its end."""

import json
import signal
import subprocess
import sys

import lan
from pair import VIP, VIP6, sh

MAC = "00:00:5e:00:01:0a"
DEVICE = "baton-00010a"


def device(node):
    """What the kernel says of it; None: it is not there."""
    done = subprocess.run(node.inside("ip", "-d", "-j", "addr", "show", "dev", DEVICE), capture_output=True, text=True,
                          check=False)
    return json.loads(done.stdout)[0] if not done.returncode else None


def is_whole(node):
    """A macvlan of eth0 in mode bridge with the address, up, and nothing on it but the virtual addresses."""
    link = device(node)
    if not link or link["address"] != MAC or link.get("link") != "eth0" or "UP" not in link["flags"]:
        return False
    kind = link["linkinfo"]
    addresses = sorted(a["local"] for a in link["addr_info"])
    return (kind["info_kind"], kind["info_data"]["mode"]) == ("macvlan", "bridge") and addresses == sorted((VIP, VIP6))


def is_plain(node):
    return device(node) is None and node.has_vip() and node.has_vip6()


def announced(pair, settle):
    """What the LAN hears of a handover: every source is the virtual one."""
    active, standby = settle(pair)
    with subprocess.Popen(("ip", "netns", "exec", f"{pair.name}-h", sys.executable, "-c", lan.LISTEN, "lan"),
                          stdout=subprocess.PIPE, text=True) as wire:
        wire.stdout.readline()
        before = standby.gate()["probed"]
        assert active.ask(command="handover")["ok"]
        pair.wait("three rounds", lambda: standby.gate()["probed"] >= before + 3, 10)
        wire.terminate()
        heard = [line.split() for line in wire.stdout]
    for address in (VIP, VIP6):
        sources = [mac for _, what, mac in heard if what == address]
        assert len(sources) >= 3 and set(sources) == {MAC}, heard


def stays(pair):
    """An agent that is killed changes nothing; one that is stopped on a standby takes the device away."""
    active, standby = pair.roles()
    before = device(active)["ifindex"]
    active.kill("agent")
    assert device(active)["ifindex"] == before
    active.start_agent()
    pair.wait("the role is where it was", lambda: active.status()["state"] == "ACTIVE")
    assert device(active)["ifindex"] == before and is_whole(active)
    standby.kill("agent", signal.SIGTERM)
    assert device(standby) is None and standby.gate()["macs"] == 0


def refused(pair):
    """Something else has the name: it is left alone, and said so; what goes or is set down comes back."""
    _, standby = pair.roles()
    standby.kill("agent", signal.SIGTERM)
    sh(*standby.inside("ip", "link", "add", DEVICE, "link", "eth0", "type", "macvlan", "mode", "private"))
    standby.start_agent()
    pair.wait("a word about it", lambda: standby.when("vip_failed"))
    assert device(standby)["linkinfo"]["info_data"]["mode"] == "private"
    sh(*standby.inside("ip", "link", "del", DEVICE))
    pair.wait("the device", lambda: is_whole(standby))
    sh(*standby.inside("ip", "link", "set", DEVICE, "down"))
    pair.wait("the device is up again", lambda: is_whole(standby))
    sh(*standby.inside("ip", "link", "del", DEVICE))
    pair.wait("the device again", lambda: is_whole(standby))


def virtual_mac(pair, settle):
    """From a plain configuration to one with a virtual_mac and back; nothing is left of either."""
    plain = (pair.dir / "baton.conf").read_text()
    pair.configure(plain.replace("interface = eth0\n", f"interface = eth0\nvirtual_mac = {MAC}\n"))
    for node in pair.nodes:
        pair.wait("the device", lambda node=node: is_whole(node))
        assert not node.has_vip() and not node.has_vip6()
        assert node.gate()["macs"] == 1, node.gate()
        assert all(vip["virtual_mac"] == MAC and vip["device"] == DEVICE and vip["present"] for vip in node.status()["vips"])
    announced(pair, settle)
    stays(pair)
    for node in pair.nodes:
        if not node.agent:
            node.start_agent()
    refused(pair)
    pair.configure(plain)
    for node in pair.nodes:
        pair.wait("as it was", lambda node=node: is_plain(node))
    assert pair.dual.both == 0
