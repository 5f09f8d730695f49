# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# Servers on the director itself, beside others: by NAT at another address and port, by DR and tunnel
# at the virtual address, in IPv4, and in IPv6 even if the server's own address is IPv4; for clients
# elsewhere and on the director. Nothing leaves the host for them, the rest goes where it should.
. ./lib.sh

load
topology
topology6
serve_at=192.0.2.11 serve tcp 7001 d
serve_at=192.0.2.11 serve udp 7001 d
serve tcp 7000 s1
serve udp 7000 s1
for port in 7002 7003; do
	serve_at=$vip serve tcp $port d
	serve_at=$vip serve udp $port d
done
serve_at="[$vip6]" serve tcp 7004 d
serve_at=$vip_dr serve tcp 7005 d
serve tcp 7005 dr1
for protocol in tcp udp; do
	baton d service add $protocol $vip:7000 scheduler rr
	baton d server add $protocol $vip:7000 192.0.2.11:7001 nat
	baton d server add $protocol $vip:7000 198.51.100.21:7000 nat
	baton d service add $protocol $vip:7002 scheduler rr
	baton d server add $protocol $vip:7002 192.0.2.11:7002 dr
	baton d service add $protocol $vip:7003 scheduler rr
	baton d server add $protocol $vip:7003 192.0.2.11:0 tunnel gue
done
baton d service add tcp "[$vip6]:7004" scheduler rr
baton d server add tcp "[$vip6]:7004" 192.0.2.11:7004 tunnel
baton d service add tcp $vip_dr:7005 scheduler rr
baton d server add tcp $vip_dr:7005 192.0.2.11:7005 dr
baton d server add tcp $vip_dr:7005 192.0.2.21:7005 dr

for client in c d; do
	say "for a client on $client"
	for protocol in tcp udp; do
		expect 'd=2 s1=2' in_ns $client netpeer many $protocol $vip:7000 4
		expect 'd=2' in_ns $client netpeer many $protocol $vip:7002 2
		expect 'd=2' in_ns $client netpeer many $protocol $vip:7003 2
	done
	expect 'd=2' in_ns $client netpeer many tcp "[$vip6]:7004" 2
done
expect 'd=2 dr1=2' in_ns c netpeer many tcp $vip_dr:7005 4
expect 4 conns d service tcp $vip:7002 server 192.0.2.11:7002

say 'connections, and what they carry'
hold c tcp $vip:7000 4
expect 4 in_state d tcp_established
out=$(counted d out_packets)
held ask 'd=2 s1=2'
(($(counted d out_packets) > out))
text=$(head -c 1900 /dev/zero | tr '\0' x)
expect "d $text" quiet_in c netpeer ask udp $vip:7002 "$text"
baton d server set tcp $vip:7000 198.51.100.21:7000 weight 0
expect 'd=2' in_ns c netpeer many tcp $vip:7000 2
held close

say 'nothing listens'
baton d service add tcp $vip:7009 scheduler rr
baton d server add tcp $vip:7009 192.0.2.11:7009 nat
expect 'refused=1' in_ns c netpeer many tcp $vip:7009 1
expect 0 dropped d no_route
expect 0 dropped d too_big
expect 0 dropped d ttl
unload
