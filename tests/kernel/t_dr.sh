# SPDX-License-Identifier: GPL-2.0-or-later
#
# Direct routing: the director passes the packet on as it is, the server answers the client
# itself. So the director sees one direction only, and the connection still comes to
# established and ends. The director need not forward for anybody else. What is too large for the way to the
# server is told to the client, IPv4 and IPv6.
. ./lib.sh

load
topology
topology6
quiet_in d sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv6/conf/all/forwarding'
serve tcp 7000 dr1 dr2
serve_at=$vip_dr serve udp 7000 dr1 dr2
dr_service d tcp 7000 rr
dr_service d udp 7000 rr

expect 'dr1=10 dr2=10' in_ns c netpeer many tcp $vip_dr:7000 20
expect 'dr1=10 dr2=10' in_ns c netpeer many udp $vip_dr:7000 20
expect 0 counted d out_packets

hold c tcp $vip_dr:7000 6
expect 6 in_state d tcp_established
held ask 'dr1=3 dr2=3'
held close
gone() { ! in_state d tcp_established 2>/dev/null; }
wait_for 10 gone

say 'too large'
serve_at=$vip_dr serve udp 7004 dr1
serve_at="[$vip6_dr]" serve udp 7006 dr1
baton d service add udp $vip_dr:7004 scheduler rr
baton d server add udp $vip_dr:7004 192.0.2.21:7004 dr
baton d service add udp "[$vip6_dr]:7006" scheduler rr
baton d server add udp "[$vip6_dr]:7006" "[$lan6:21]:7006" dr
ip -n d route add 192.0.2.21/32 dev lan mtu 1300
addresses6 d "route add $lan6:21/128 dev lan mtu 1300"
for at in $vip_dr:7004 "[$vip6_dr]:7006"; do
	expect 'mtu 1300' in_ns c sh -c "netpeer big udp $at 1400 || true"
	expect 'answer 1204' in_ns c netpeer big udp "$at" 1200
done
expect 2 dropped d too_big
unload
