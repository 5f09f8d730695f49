# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# Services by firewall mark: what nftables marks goes to its servers, whatever its protocol, address
# and port, in IPv4 and IPv6, also if its address is not this host's but routed to it by the mark; what
# has no mark goes where it went. A persistent client has one server for all of it. An ICMP error to
# such an address, which nobody marks, reaches the server. A peer knows to which service it belongs.
# In-tree ip_vs treats the same packets the same way.
#
#	far .50 --- 203.0.113.0/24 --- .1 r .1 --- 192.0.2.0/24 (lan) --- a, b
. ./lib.sh

load
topology a b
topology6 a b
far
other=10.9.8.7
other6=2001:db8:9::7
for port in 7000 7001; do
	serve tcp $port s1 s2
	serve udp $port s1 s2
done
serve_at='[::]' serve tcp 7006 s1 s2

# rules NS: mark 7 is for three ports of two addresses, 8 for 9000 of one of them
rules() {
	quiet_in "$1" nft -f - <<-END
		table inet marks {
			chain pre {
				type filter hook prerouting priority mangle;
				ip daddr { $vip, $other } meta l4proto { tcp, udp } th dport { 7000, 7001 } meta mark set 7
				ip6 daddr { $vip6, $other6 } tcp dport 7006 meta mark set 7
				ip daddr $vip udp dport 9000 meta mark set 8
			}
		}
	END
}
# marked NS: so, and routed to this host, which else only is a router to the second address
marked() {
	rules "$1"
	takes_marked "$1" 7
	ip -n "$1" route add default via 192.0.2.1
}
for n in a b; do
	marked $n
	baton $n service add mark 7 scheduler rr
	baton $n server add mark 7 198.51.100.21:0
	baton $n server add mark 0x7 198.51.100.22:0
	baton $n service add mark6 7 scheduler rr
	baton $n server add mark6 7 "[$in6:21]:0"
	baton $n server add mark6 7 "[$in6:22]:0"
done
ip -n c route add $other via 192.0.2.11
ip -n r route add $other via 192.0.2.11
ip -n c -6 route add $other6 via $lan6:11
in_ns b gatectl set standby 1
in_ns a gatectl set active 2
established() { baton_json "$1" connection list service mark 7 | jq 'map(select(.state == "tcp_established")) | length'; }
many() { quiet_in "${3:-c}" netpeer many "$1" "$2" 2; }

say 'whatever its protocol, address and port'
expect 's1=1 s2=1' many tcp $vip:7000
expect 's1=1 s2=1' many tcp $other:7001
expect 's1=1 s2=1' many udp $vip:7001
expect 's1=1 s2=1' many udp $other:7000
expect 's1=1 s2=1' many tcp "[$vip6]:7006"
expect 's1=1 s2=1' many tcp "[$other6]:7006"
baton a connection list | tee out
grep "^udp client 192.0.2.50:[0-9]* virtual $other:7000 mark 7 server 198.51.100.2[12]:7000 nat" out

say 'no mark, another service: the mark goes first, then the address'
nat_service a tcp 7000 rr
expect 's1=1 s2=1' many tcp $vip:7000
expect 0 conns a service tcp $vip:7000
(($(conns a service mark 7) >= 8))
quiet_in a nft 'flush table inet marks'
expect 's1=1 s2=1' many tcp $vip:7000
expect 2 conns a service tcp $vip:7000
baton a service del tcp $vip:7000
rules a

say 'a port of its own; one datagram, one server'
baton a service add mark 8 scheduler rr onepacket on
baton a server add mark 8 198.51.100.21:9001
capture s1 1 eth0 udp dst port 9001
printf x | quiet_in c socat -u - UDP4-SENDTO:$vip:9000
wait_for 10 says "$capture" '192.0.2.50\.[0-9]+ > 198.51.100.21\.9001: '
expect 0 conns a service mark 8
baton a service del mark 8
refused 2 'must be 0' quiet_in a batonctl server add mark 7 192.0.2.21:80 dr
refused 2 'is not a mark' quiet_in a batonctl service add mark 0
refused 1 'there is such a service already' quiet_in a batonctl service add mark 7
refused 1 'there is no such service' quiet_in a batonctl service del mark6 9

say 'no server, or no hop left, for an address that only is routed to us: told all the same'
for s in 1 2; do
	baton a server set mark 7 198.51.100.2$s:0 weight 0
done
expect refused in_ns c sh -c "netpeer ask udp $other:7000 || true"
expect 'refused=1' quiet_in c netpeer many tcp $other:7000 1
for s in 1 2; do
	baton a server set mark 7 198.51.100.2$s:0 weight 1
done
capture c 1 eth0 'icmp[0] == 11'
printf x | quiet_in c socat -u - UDP4-SENDTO:$other:7000,ttl=1
wait_for 10 says "$capture" "192.0.2.11 > 192.0.2.50: ICMP time exceeded in-transit"

say 'an error to an address that only is routed to us'
mkdir www
head -c 300000 /dev/urandom >www/file
for s in s1 s2; do
	web_server $s "$work/www"
done
quiet_in a nft "add rule inet marks pre ip daddr $other tcp dport 80 meta mark set 7"
ip -n r route replace 203.0.113.50/32 dev far mtu 1280
capture s1 1 eth0 icmp
first=$capture
capture s2 1 eth0 icmp
for _ in 1 2; do
	quiet_in far curl -sS --max-time 60 -o got "http://$other/file"
	cmp www/file got
done
wait_for 10 says "$first" 'need to frag \(mtu 1280\)'
wait_for 10 says "$capture" 'need to frag \(mtu 1280\)'

say 'one server a client, for all of it'
baton a connection kill service mark 7
for n in a b; do
	baton $n service set mark 7 persistent 300
done
one=$(many tcp $vip:7000)
[[ $one == s[12]=2 ]]
expect "$one" many udp $other:7001
expect "$one" many tcp $other:7000
expect 1 in_state a template
baton a connection list | grep '^any client 192.0.2.50:0 mark 7 server .* state template '

say 'saved and applied'
baton a save | tee saved
grep -qx 'service mark 7 scheduler rr sync on persistent 300 prefix 32' saved
grep -qx 'server mark6 7 \[2001:db8:2::22\]:0 nat weight 1' saved
expect 'nothing to change' baton a apply saved
baton_json a service list mark 7 | jq -e '.[0] | .mark == 7 and .family == "ipv4" and (has("address") | not)'

say 'the peer'
hold c tcp $other:7001 3
in_ns a syncpipe drain a b | tee out
grep -q 'rejected=0 .*overrun=0' out
in_ns a syncpipe equal a b
expect 3 established b
hand_over a b 4
ip -n c route replace $other via 192.0.2.12
held ask "${one%=*}=3"
expect "$one" many tcp $vip:7000
held close

say 'ip_vs: the same packets, the same servers'
modprobe -a ip_vs ip_vs_rr
ns v
plug lan v lan 192.0.2.13/24
plug in v in 198.51.100.13/24
net_up
ipv6_on v
forwards v
marked v
leave b
take v
quiet_in v ipvsadm -A -f 7 -s rr -p 300
quiet_in v ipvsadm -a -f 7 -r 198.51.100.21 -m
quiet_in v ipvsadm -a -f 7 -r 198.51.100.22 -m
ip -n c route replace $other via 192.0.2.13
one=$(many tcp $vip:7000)
[[ $one == s[12]=2 ]]
expect "$one" many udp $other:7001
expect "$one" many tcp $other:7000
quiet_in v ipvsadm -C
unload
