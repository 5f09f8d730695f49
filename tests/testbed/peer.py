# SPDX-License-Identifier: GPL-2.0-or-later
"""The pair that Baton is compared with: keepalived with the kernel's ip_vs, in the same guests.

VRRPv3, no preemption, the sync daemon on the sync network, the same services, the same addresses. Tuned it is as good as it goes:
adverts every 100 ms, and ip_vs tells the other one of a connection with the second packet from its client, which ends the
handshake. As it comes adverts are a second apart, and the third packet is awaited: a client that is silent
after the handshake is never heard of.
"""

from . import net


ADVERT = {"keepalived": "0.1", "keepalived-default": "1"}
# The packet that a connection is told with, and after how many more it is told again.
SYNC = "net.ipv4.vs.sync_threshold = 2 50\n"


def tuned(software):
    """Whether ip_vs is to be told when to sync."""
    return software == "keepalived"


def _service(vip, port, scheduler, method, protocol="TCP"):
    scheduler = scheduler.replace(" hash-port on", "\n\tmh-port\n\tmh-fallback")
    servers = "".join(f"\treal_server {net.server(vip, method, last)} {port} {{\n\t\tweight 1\n\t}}\n" for last in (21, 22))
    return f"virtual_server {vip} {port} {{\n\tlb_algo {scheduler}\n\tlb_kind {method.upper()}\n\tprotocol {protocol}\n{servers}}}\n"


def keepalived_conf(number, software):
    """keepalived.conf of director 1 or 2; software: keepalived or keepalived-default."""
    return f"""global_defs {{
	router_id dir{number}
	vrrp_version 3
	lvs_sync_daemon eth1 pair id 1
}}
vrrp_instance pair {{
	state BACKUP
	nopreempt
	interface eth0
	virtual_router_id 51
	priority {100 + number}
	advert_int {ADVERT[software]}
	virtual_ipaddress {{
		{net.VIP_NAT}/24 dev eth0
		{net.VIP_DR}/24 dev eth0
		{net.GATEWAY_IN}/24 dev eth2
	}}
	virtual_ipaddress_excluded {{
		{net.VIP_NAT6}/64 dev eth0
		{net.GATEWAY_IN6}/64 dev eth2
	}}
}}
""" + "".join(_service(*service) for service in net.SERVICES) + "".join(
        _service(vip, net.PORT_STREAM, scheduler, method, "UDP") for vip, scheduler, method in net.STREAMS)
