# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# ESP by NAT, and routers that cannot take it: what one of them says to a client about its packet to a server, and
# to the virtual address about a server's packet to a client, comes to who sent it, and speaks of the packet that was
# sent: addresses, outside and in what is quoted, are those that this end knows. IPv4 and IPv6.
#
#	far 50 --- r --- lan --- d --- in --- r3 --- 10.3.0.0/24, 2001:db8:4::/64 --- 2 s3
. ./lib.sh

load
topology
topology6
far
ns r3 s3
plug in r3 in 198.51.100.9/24
link r3 back 10.3.0.1/24 s3 eth0 10.3.0.2/24
in_net r3 'route add default via 198.51.100.1'
in_net s3 'route add default via 10.3.0.1'
net_up
forwards r3
ipv6_on r far r3 s3
addresses6 r "addr add $lan6:1/64 dev lan" 'addr add 2001:db8:3::1/64 dev far'
addresses6 far 'addr add 2001:db8:3::50/64 dev eth0' 'route add default via 2001:db8:3::1'
addresses6 r3 "addr add $in6:9/64 dev in" 'addr add 2001:db8:4::1/64 dev back' "route add default via $in6:1"
addresses6 s3 'addr add 2001:db8:4::2/64 dev eth0' 'route add default via 2001:db8:4::1'
forwards6 r
forwards6 r3
ip -n d route add 203.0.113.0/24 via 192.0.2.1
ip -n d route add 10.3.0.0/24 via 198.51.100.9
addresses6 d "route add 2001:db8:3::/64 via $lan6:1" "route add 2001:db8:4::/64 via $in6:9"
serve udp 500 s3
serve_at='[2001:db8:4::2]' serve udp 500 s3
baton d service add udp $vip:500 scheduler rr
baton d server add udp $vip:500 10.3.0.2:500 nat
baton d service add udp "[$vip6]:500" scheduler rr
baton d server add udp "[$vip6]:500" '[2001:db8:4::2]:500' nat

# keys FAMILY ADDRESS: exchanged; esp NS FAMILY ADDRESS: a packet of 1400 bytes, which routers may not cut
keys() { printf 'x\n' | quiet_in far socat -t 2 - "UDP$1:$2:500,sp=500"; }
esp() { head -c 1380 /dev/zero | quiet_in "$1" socat -u -b 1380 - "IP$2-SENDTO:$3:50" || true; }
too_large='icmp[0] == 3 and icmp[1] == 4'
# too_large6 AT A B: IPv6, and the address that is quoted there is 2001:db8:A::B
too_large6() { echo "icmp6 and ip6[40] == 2 and ip6[$1:4] == 0x20010db8 and ip6[$(($1 + 4)):4] == 0x000$2 and ip6[$(($1 + 12)):4] == 0x$3"; }
expect 's3 x' keys 4 $vip
expect 's3 x' keys 6 "[$vip6]"

say 'it passes, both ways'
capture s3 1 eth0 ip proto 50
esp far 4 $vip
wait_for 10 says "$capture" '203.0.113.50 > 10.3.0.2: ESP'
capture far 1 eth0 ip proto 50
esp s3 4 203.0.113.50
wait_for 10 says "$capture" "$vip > 203.0.113.50: ESP"
capture far 1 eth0 ip6 proto 50
esp s3 6 '[2001:db8:3::50]'
wait_for 10 says "$capture" "$vip6 > 2001:db8:3::50: ESP"

say 'a router before the server, to the client'
ip -n r3 link set back mtu 1300
capture far 1 eth0 "$too_large"
esp far 4 $vip
wait_for 10 says "$capture" "$vip > 203.0.113.50: ICMP .*need to frag \(mtu 1300\)"
says "$capture" "203.0.113.50 > $vip: ESP"
fails grep -E '10\.3\.0|198\.51\.100' "$capture"
capture far 1 eth0 "$(too_large6 72 10000 100)"
esp far 6 "[$vip6]"
wait_for 10 says "$capture" "$vip6 > 2001:db8:3::50: \[icmp6 sum ok\] ICMP6, packet too big, mtu 1300"

say 'a router before the client, to the server'
ip -n r3 link set back mtu 1500
ip -n r route replace 203.0.113.50/32 dev far mtu 1300
ip -n r -6 route replace 2001:db8:3::50/128 dev far mtu 1300
capture s3 1 eth0 "$too_large"
esp s3 4 203.0.113.50
wait_for 10 says "$capture" '> 10.3.0.2: ICMP .*need to frag \(mtu 1300\)'
says "$capture" '10.3.0.2 > 203.0.113.50: ESP'
fails grep "$vip:" "$capture"
capture s3 1 eth0 "$(too_large6 56 40000 2)"
esp s3 6 '[2001:db8:3::50]'
wait_for 10 says "$capture" '> 2001:db8:4::2: \[icmp6 sum ok\] ICMP6, packet too big, mtu 1300'
unload
