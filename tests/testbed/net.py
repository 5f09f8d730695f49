# SPDX-License-Identifier: GPL-2.0-or-later
"""The testbed's network: bridges, taps and hosts, all inside the namespace we are process 1 of.

    br-lan   192.0.2.0/24     directors eth0 .11 .12, VIPs .100 (NAT) .101 (DR), client .50, DR servers .21 .22
             2001:db8:2::/64  the same without .101 and the DR servers
    br-sync  10.66.0.0/24     directors eth1 .11 .12
    br-in    198.51.100.0/24  directors eth2 .11 .12, inside gateway .1 (moves with the role), NAT servers .21 .22
             2001:db8:51::/64 the same
    br-mgmt  10.77.0.0/24     directors eth3 .11 .12, this side .1

A host is a network namespace with one veth into a bridge. Bridges have no address but br-mgmt.
"""

import pathlib
import subprocess

BRIDGES = ("lan", "sync", "in", "mgmt")
PREFIX = {"lan": "192.0.2", "sync": "10.66.0", "in": "198.51.100", "mgmt": "10.77.0"}
PREFIX6 = {"lan": "2001:db8:2::", "in": "2001:db8:51::"}
VIP_NAT = "192.0.2.100"
VIP_DR = "192.0.2.101"
VIP_NAT6 = "2001:db8:2::100"
GATEWAY_IN = "198.51.100.1"
GATEWAY_IN6 = "2001:db8:51::1"
# (address, port, scheduler, method); what is new goes where a director needs not be told of it
PORT = 7000
PORT_NEW = 7001
SERVICES = ((VIP_NAT, PORT, "wlc", "nat"), (VIP_DR, PORT, "wlc", "dr"), (VIP_NAT, 80, "wlc", "nat"),
            (VIP_NAT, PORT_NEW, "mh hash-port on", "nat"), (VIP_DR, PORT_NEW, "mh hash-port on", "dr"),
            (VIP_NAT6, PORT, "wlc", "nat"), (VIP_NAT6, PORT_NEW, "mh hash-port on", "nat"))
# the same over UDP, for streams of numbered datagrams: (address, scheduler, method)
PORT_STREAM = 7002
STREAMS = ((VIP_NAT, "wlc", "nat"), (VIP_DR, "wlc", "dr"), (VIP_NAT6, "wlc", "nat"))
CLIENT = "192.0.2.50"
CLIENT6 = "2001:db8:2::50"
# name -> (bridge, last byte)
HOSTS = {"client": ("lan", 50), "dr1": ("lan", 21), "dr2": ("lan", 22), "nat1": ("in", 21), "nat2": ("in", 22)}


def sh(script, check=True):
    """Run a few lines of shell; the script is what an error shows."""
    return subprocess.run(["sh", "-ec", script], check=check, text=True, capture_output=True)


def inside(host, *command):
    """The command line that runs `command` in a host's network namespace."""
    return ["nsenter", f"--net=/run/netns/{host}", "--", *command]


def at(address, port):
    """An address and a port as our tools write them."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def server(vip, method, last):
    """The address of a virtual address's real server."""
    bridge = "in" if method == "nat" else "lan"
    return f"{PREFIX6[bridge]}{last}" if ":" in vip else f"{PREFIX[bridge]}.{last}"


def addresses(host):
    """A host's own addresses."""
    bridge, last = HOSTS[host]
    return [f"{PREFIX[bridge]}.{last}"] + ([] if host.startswith("dr") else [f"{PREFIX6[bridge]}{last}"])


def tap(director, bridge):
    """The tap device of director 1 or 2 on a bridge."""
    return f"d{director}-{bridge}"


def mac(director, bridge):
    """The hardware address of a director's interface on a bridge."""
    return f"52:54:00:ba:{director:02x}:{BRIDGES.index(bridge):02x}"


def sysctl(host, name, value):
    """Set what is below /proc/sys/net in a host."""
    subprocess.run(inside(host, "sh", "-c", f"echo {value} >/proc/sys/net/{name}"), check=True)


def build(directors=(1, 2)):
    """Make everything; process 1's namespaces take it down."""
    sh("mount -t tmpfs tmpfs /run; mkdir -p /run/netns; ip link set lo up")
    pathlib.Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1")
    pathlib.Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1")
    for bridge in BRIDGES:
        sh(f"ip link add br-{bridge} type bridge forward_delay 0 stp_state 0 mcast_snooping 0; ip link set br-{bridge} up")
    sh(f"ip addr add {PREFIX['mgmt']}.1/24 dev br-mgmt")
    for director in directors:
        for bridge in BRIDGES:
            name = tap(director, bridge)
            sh(f"ip tuntap add {name} mode tap vnet_hdr; ip link set {name} master br-{bridge} up")
    for host, (bridge, last) in HOSTS.items():
        sh(f"""ip netns add {host}
            ip link add {host} type veth peer name eth0 netns {host}
            ip link set {host} master br-{bridge} up
            ip -n {host} link set lo up
            ip -n {host} link set eth0 up
            ip -n {host} addr add {PREFIX[bridge]}.{last}/24 dev eth0""")
        for address in addresses(host)[1:]:
            sh(f"ip -n {host} addr add {address}/64 dev eth0 nodad")
    for host in ("nat1", "nat2"):
        sh(f"ip -n {host} route add default via {GATEWAY_IN}; ip -n {host} route add default via {GATEWAY_IN6}")
    for host in ("dr1", "dr2"):
        sysctl(host, "ipv6/conf/all/disable_ipv6", 1)
        sysctl(host, "ipv4/conf/all/arp_ignore", 1)
        sysctl(host, "ipv4/conf/all/arp_announce", 2)
        sh(f"ip -n {host} addr add {VIP_DR}/32 dev lo")


def apart(yes):
    """Keep the directors' frames from each other on the two networks that corosync uses; others hear both."""
    for bridge in ("sync", "lan"):
        for director in (1, 2):
            sh(f"bridge link set dev {tap(director, bridge)} isolated {'on' if yes else 'off'}")


def link(director, bridge, up):
    """Plug or pull a director's cable on a bridge."""
    sh(f"ip link set {tap(director, bridge)} {'up' if up else 'down'}")


def mute(director, bridge, yes):
    """Lose what a director sends on a bridge, or let it pass again; what others send reaches it."""
    if not yes:
        sh("nft delete table netdev mute", check=False)
        return
    sh(f"""nft add table netdev mute
        nft 'add chain netdev mute in {{ type filter hook ingress device {tap(director, bridge)} priority 0; policy drop; }}'""")


def silence(director, bridge, yes):
    """Behind the switch nothing passes between a director and anybody but its peer, on a bridge; all carriers stay."""
    if not yes:
        sh("nft delete table bridge silence", check=False)
        return
    own, other = tap(director, bridge), tap(3 - director, bridge)
    sh(f"""nft 'table bridge silence {{ chain between {{ type filter hook forward priority 0;
        iifname "{own}" oifname != "{other}" drop; oifname "{own}" iifname != "{other}" drop; }}; }}'""")
