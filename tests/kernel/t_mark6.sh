# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# Services by firewall mark in IPv6, whatever t_mark shows of IPv4: TCP and UDP of two addresses and several
# ports; a persistent client's one server for all of it; errors to an address that only is routed through; what a
# peer is told, and how it goes on; in-tree ip_vs with the same packets.
#
#	far ::50 --- 2001:db8:3::/64 --- ::1 r ::1 --- 2001:db8:1::/64 (lan) --- a, b
. ./lib.sh

load
topology a b
topology6 a b
far
other6=2001:db8:9::7
ipv6_on r far
addresses6 r "addr add $lan6:1/64 dev lan" 'addr add 2001:db8:3::1/64 dev far' "route add $other6/128 via $lan6:11"
addresses6 far 'addr add 2001:db8:3::50/64 dev eth0' 'route add default via 2001:db8:3::1'
forwards6 r
addresses6 c "route add $other6/128 via $lan6:11"
for port in 7000 7001; do
	for protocol in tcp udp; do
		serve_at='[::]' serve $protocol $port s1 s2
	done
done
# marked NS: mark 7 is for two ports and that of the web, of two addresses, which are this host's
marked() {
	quiet_in "$1" nft -f - <<-END
		table inet marks {
			chain pre {
				type filter hook prerouting priority mangle;
				ip6 daddr { $vip6, $other6 } meta l4proto { tcp, udp } th dport { 80, 7000, 7001 } meta mark set 7
			}
		}
	END
	takes_marked "$1" 7
	ip -6 -n "$1" route add default via $lan6:1
}
for n in a b; do
	marked $n
	baton $n service add mark6 7 scheduler rr
	baton $n server add mark6 7 "[$in6:21]:0"
	baton $n server add mark6 7 "[$in6:22]:0"
done
in_ns b gatectl set standby 1
in_ns a gatectl set active 2
many() { quiet_in c netpeer many "$1" "$2" "${3:-2}"; }

say 'whatever its protocol, address and port'
for protocol in tcp udp; do
	expect 's1=1 s2=1' many $protocol "[$vip6]:7000"
	expect 's1=1 s2=1' many $protocol "[$other6]:7001"
done
baton a connection list service mark6 7 | tee out
grep "^udp client \\[$lan6:50\\]:[0-9]* virtual \\[$other6\\]:7001 mark 7 server \\[$in6:2[12]\\]:7001 nat" out

say 'no server for an address that only is routed to us: told all the same'
for s in 1 2; do
	baton a server set mark6 7 "[$in6:2$s]:0" weight 0
done
expect refused in_ns c sh -c "netpeer ask udp [$other6]:7000 || true"
expect 'refused=1' many tcp "[$other6]:7000" 1
for s in 1 2; do
	baton a server set mark6 7 "[$in6:2$s]:0" weight 1
done

say 'an error to an address that only is routed to us, to each of the servers by NAT'
mkdir www
head -c 300000 /dev/urandom >www/file
for s in s1 s2; do
	web_server $s "$work/www"
done
ip -6 -n r route replace 2001:db8:3::50/128 dev far mtu 1280
capture s1 1 eth0 'icmp6 and ip6[40] == 2'
first=$capture
capture s2 1 eth0 'icmp6 and ip6[40] == 2'
for _ in 1 2; do
	quiet_in far curl -sS --max-time 20 -o got "http://[$other6]/file"
	cmp www/file got
done
wait_for 10 says "$first" 'packet too big, mtu 1280'
wait_for 10 says "$capture" 'packet too big, mtu 1280'
grep -q 'icmp6 sum ok' "$capture"

say 'the same for a datagram, whose client has closed its port'
printf 'x\n' | quiet_in far socat -t 2 - "UDP6:[$other6]:7000,sp=5000" | tee out
read -r server _ <out
capture "$server" 1 eth0 'icmp6 and ip6[40] == 1'
quiet_in far complain 1 4 0 [2001:db8:3::50]:0 "[$other6]:0" udp "[$other6]:7000" '[2001:db8:3::50]:5000'
wait_for 10 says "$capture" "2001:db8:3::50 > $in6:2${server#s}: .*icmp6 sum ok.*unreachable"

say 'one server a client, for all of it'
baton a connection kill service mark6 7
for n in a b; do
	baton $n service set mark6 7 persistent 300
done
one=$(many tcp "[$vip6]:7000")
[[ $one == s[12]=2 ]]
expect "$one" many udp "[$other6]:7001"
expect "$one" many tcp "[$other6]:7000"
expect 1 in_state a template
baton a connection list | grep "^any client \\[$lan6:50\\]:0 mark 7 server .* state template "

say 'the peer'
hold c tcp "[$other6]:7001" 3
in_ns a syncpipe drain a b | tee out
grep -q 'rejected=0 .*overrun=0' out
in_ns a syncpipe equal a b
hand_over a b 4
ip -6 -n c route replace $other6/128 via $lan6:12
held ask "${one%=*}=3"
expect "$one" many udp "[$vip6]:7000"
expect "$one" many tcp "[$vip6]:7001"
held close

say 'ip_vs: the same packets, the same servers'
modprobe -a ip_vs ip_vs_rr
ns v
plug lan v lan 192.0.2.13/24
plug in v in 198.51.100.13/24
net_up
ipv6_on v
addresses6 v "addr add $lan6:13/64 dev lan" "addr add $in6:13/64 dev in"
forwards6 v
marked v
leave6 b
take6 v
ip -6 -n c neigh flush all
for n in s1 s2; do
	ip -6 -n $n neigh flush all
done
quiet_in v ipvsadm -A -f 7 -6 -s rr -p 300
quiet_in v ipvsadm -a -f 7 -6 -r "[$in6:21]:0" -m
quiet_in v ipvsadm -a -f 7 -6 -r "[$in6:22]:0" -m
ip -6 -n c route replace $other6/128 via $lan6:13
one=$(many tcp "[$vip6]:7000")
[[ $one == s[12]=2 ]]
expect "$one" many udp "[$other6]:7001"
expect "$one" many tcp "[$other6]:7000"
quiet_in v ipvsadm -C
unload
