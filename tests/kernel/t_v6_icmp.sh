# SPDX-License-Identifier: GPL-2.0-or-later
#
# IPv6: errors find their way through NAT, both ways, and packets that are too large for a way.
#
#	far ::50 --- 2001:db8:3::/64 --- ::1 r ::1 --- 2001:db8:1::/64 (lan) --- d --- in --- s1
#
# To the client: a server's "port unreachable", its quoted packet rewritten; the director's own
# "packet too big" when the way to the server is narrow. To the server: "packet too big" from router
# r, when the way to the client is narrow. Datagrams in pieces pass NAT and DR, the pieces small.
. ./lib.sh

load
topology
topology6
ns r far
plug lan r lan 192.0.2.1/24
link far eth0 203.0.113.50/24 r far 203.0.113.1/24
net_up
ipv6_on r far
addresses6 r "addr add $lan6:1/64 dev lan" 'addr add 2001:db8:3::1/64 dev far'
addresses6 far 'addr add 2001:db8:3::50/64 dev eth0' 'route add default via 2001:db8:3::1'
forwards6 r
addresses6 d "route add 2001:db8:3::/64 via $lan6:1"
serve_at='[::]' serve udp 7000 s1
serve_at="[$vip6_dr]" serve udp 7000 dr1
baton d service add udp "[$vip6]:0" scheduler rr
baton d server add udp "[$vip6]:0" "[$in6:21]:0" nat
baton d service add udp "[$vip6_dr]:7000" scheduler rr
baton d server add udp "[$vip6_dr]:7000" "[$lan6:21]:7000" dr

say 'port unreachable, from the server to the client, as if the virtual address had sent it'
expect 's1 hello' in_ns c netpeer ask udp "[$vip6]:7000"
capture c 1 eth0 'icmp6 and ip6[40] < 128'
expect refused in_ns c sh -c "netpeer ask udp [$vip6]:9 || true"
wait_for 10 says "$capture" unreachable
cat "$capture"
grep -qE "$vip6 > $lan6:50: .*$vip6 udp port 9" "$capture"
grep -qE 'icmp6 sum ok' "$capture"
fails grep -q "$in6" "$capture"

say 'pieces'
reassembled6() { quiet_in "$1" awk '$1 == "Ip6ReasmOKs" { print $2 }' /proc/net/snmp6; }
text=$(head -c 1900 /dev/zero | tr '\0' x)
for n in c s1 dr1; do
	ip -n $n link set eth0 mtu 1300
done
expect "s1 $text" quiet_in c netpeer ask udp "[$vip6]:7000" "$text"
expect "dr1 $text" quiet_in c netpeer ask udp "[$vip6_dr]:7000" "$text"
for n in c s1 dr1; do
	ip -n $n link set eth0 mtu 1500
done
say 'pieces of a client on the director, whose way to the virtual address is wide'
expect "s1 $text" quiet_in d netpeer ask udp "[$vip6]:7000" "$text"
expect 0 dropped d write
expect 0 dropped d too_big

say 'packet too big, by the director to the client'
ip -n d link set in mtu 1400
ip -n in link set d-in mtu 1400
expect 'mtu 1400' in_ns far sh -c "netpeer big udp [$vip6]:7000 1440 || true"
expect 1 dropped d too_big
expect 'answer 1303' in_ns far netpeer big udp "[$vip6]:7000" 1300
ip -n d link set in mtu 1500
ip -n in link set d-in mtu 1500

say 'packet too big, by a router to the server'
ip -n r route replace 2001:db8:3::50/128 dev far mtu 1280
mkdir www
head -c 500000 /dev/urandom >www/file
web_server s1 "$work/www"
baton d service add tcp "[$vip6]:80" scheduler rr
baton d server add tcp "[$vip6]:80" "[$in6:21]:80" nat
capture s1 1 eth0 'icmp6 and ip6[40] == 2'
in_ns far curl -sS --max-time 60 -o got "http://[$vip6]/file"
cmp www/file got
wait_for 10 says "$capture" 'packet too big, mtu 1280'
grep -qE 'icmp6 sum ok' "$capture"
quiet_in s1 ip route get 2001:db8:3::50 | tee route
grep -q 'mtu 1280' route

unload
