# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody else on the clients' network is given a virtual address by mistake.

The host says so on the network (a gratuitous ARP), as hosts do when they come up, three times. It drops what is not
for it, as one with a packet filter does; one that answers would end the connections whose packets it gets.
Expected: the active director announces against it at once, so that the client's ARP table names it again
before anybody has waited; its agent says that there is somebody, its kernel's log who it was; every connection
lives. What the host answers to a client that asks everybody no director can help.
"""

import subprocess
import time

import daemon
import judge
import split
from testbed import net, pcap
from testbed.say import say

GAP_MS = {"default": 500}
ROLE_CHANGES = 0
FORBIDDEN = judge.STILL
NAME = "stranger"
ADDRESS = "192.0.2.66"
MAC = "52:54:00:ba:66:66"
TIMES = 3
ROUND_S = 2


def plug_in(bed):
    """The host, with the address, silent so far."""
    net.sh(f"""ip netns add {NAME}
        ip link add {NAME} type veth peer name eth0 netns {NAME}
        ip link set {NAME} master br-lan up
        ip -n {NAME} link set eth0 address {MAC} up
        ip -n {NAME} addr add {ADDRESS}/24 dev eth0
        ip -n {NAME} addr add {net.VIP_NAT}/32 dev eth0""")
    net.sysctl(NAME, "ipv6/conf/all/disable_ipv6", 1)
    # asked by a client it would answer, too: here the claim alone is looked at
    net.sysctl(NAME, "ipv4/conf/all/arp_ignore", 8)
    net.sysctl(NAME, "ipv4/conf/eth0/arp_notify", 1)
    subprocess.run(net.inside(NAME, "nft", "table inet silent { chain in { type filter hook input priority 0; policy drop; }; }"),
                   check=True)
    bed.wait_for(f"the port of {NAME} to forward", lambda: "state forwarding" in net.sh(f"bridge link show dev {NAME}").stdout)


def claim():
    """It says what it has, as when its link address had changed; the host's time just before."""
    at = time.time()
    net.sh(f"ip -n {NAME} link set eth0 address {MAC}")
    return at


def claims(path):
    """How many of them the client got so far."""
    return len(pcap.read(path))


def run(drill):
    """Plug in, let it claim, look who is believed."""
    drill.begin()
    took = []
    try:
        plug_in(drill.bed)
        with drill.bed.capture("claims", "client", "eth0", f"arp src host {net.VIP_NAT} and ether src {MAC}") as path:
            drill.inject(f"{NAME} claims {net.VIP_NAT}", claim)
            for number in range(TIMES):
                at = claim() if number else drill.at
                drill.bed.wait_for("the claim to be on the wire", lambda number=number: claims(path) > number, limit=10, step=0.02)
                drill.bed.wait_for(f"the client to believe {drill.active.name} again",
                                   lambda: split.believed("client") == net.mac(drill.active.number, "lan"), limit=30, step=0.005)
                took.append((time.time() - at) * 1000)
                drill.traffic.quiet_moment(ROUND_S)
    finally:
        net.sh(f"ip netns del {NAME}", check=False)
    drill.recovered()
    daemon.same_roles(drill)
    told = [event for _, event, _ in drill.pair.events(drill.active, drill.at) if event == "rival"]
    log = drill.active.run(f"dmesg | grep -c 'baton: {MAC} on eth0 claims the virtual address {net.VIP_NAT}'", check=False).stdout
    drill.expect(told, f"the agent of {drill.active.name} says that there is a rival")
    drill.expect(int(log or 0) > 0, f"the kernel of {drill.active.name} says who it is")
    drill.wait_standby_warm(drill.standby)
    drill.finish()
    say("believed again after " + " ".join(f"{ms:.0f}" for ms in took) + " ms")
    drill.data["extra"] = [("client believes the active again", f"{max(took):.0f} ms after the claim began, at most")]
