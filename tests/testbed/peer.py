# SPDX-License-Identifier: GPL-2.0-or-later
"""The pair that Baton is compared with: keepalived with the kernel's ip_vs, in the same guests.

VRRPv3 with adverts every 100 ms, no preemption, the sync daemon on the sync network, the same
services, the same addresses: as fast as it goes.
"""

from . import net


def _service(vip, port, scheduler, method, protocol="TCP"):
    prefix = net.PREFIX["in" if method == "nat" else "lan"]
    scheduler = scheduler.replace(" hash-port on", "\n\tmh-port\n\tmh-fallback")
    servers = "".join(f"\treal_server {prefix}.{last} {port} {{\n\t\tweight 1\n\t}}\n" for last in (21, 22))
    return f"virtual_server {vip} {port} {{\n\tlb_algo {scheduler}\n\tlb_kind {method.upper()}\n\tprotocol {protocol}\n{servers}}}\n"


def keepalived_conf(number):
    """keepalived.conf of director 1 or 2."""
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
	advert_int 0.1
	virtual_ipaddress {{
		{net.VIP_NAT}/24 dev eth0
		{net.VIP_DR}/24 dev eth0
		{net.GATEWAY_IN}/24 dev eth2
	}}
}}
""" + "".join(_service(*service) for service in net.SERVICES) + "".join(
        _service(vip, net.PORT_STREAM, scheduler, method, "UDP") for vip, scheduler, method in net.STREAMS)
