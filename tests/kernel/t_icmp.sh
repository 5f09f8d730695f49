# SPDX-License-Identifier: GPL-2.0-or-later
#
# ICMP errors find their way through NAT, both ways.
#
#	c .50 --- 203.0.113.0/24 --- .1 r .1 --- 192.0.2.0/24 (lan) --- d --- in --- s1
#
# To the client: a server's "port unreachable", its quoted packet rewritten; the director's own
# "fragmentation needed" when the way to the server is narrow. To the server: "fragmentation
# needed" from router r, when the way to the client is narrow.
. ./lib.sh

load
topology
far
ip -n d route add 203.0.113.0/24 via 192.0.2.1
serve udp 7000 s1
baton d service add udp $vip:0 scheduler rr
baton d server add udp $vip:0 198.51.100.21:0 nat

say 'port unreachable, from the server to the client, as if the virtual address had sent it'
expect 's1 hello' in_ns c netpeer ask udp $vip:7000
capture c 1 eth0 icmp
expect refused in_ns c sh -c "netpeer ask udp $vip:9 || true"
wait_for 10 says "$capture" unreachable
cat "$capture"
grep -qE "$vip > 192.0.2.50: ICMP $vip udp port 9 unreachable" "$capture"
grep -qE "192.0.2.50\.[0-9]+ > $vip\.9: " "$capture"
fails grep -q 198.51.100 "$capture"

say 'fragmentation needed, by the director to the client'
ip -n d link set in mtu 1400
ip -n in link set d-in mtu 1400
expect 'mtu 1400' in_ns far sh -c "netpeer big udp $vip:7000 1440 || true"
expect 1 dropped d too_big
expect 'answer 1303' in_ns far netpeer big udp $vip:7000 1300
ip -n d link set in mtu 1500
ip -n in link set d-in mtu 1500

say 'fragmentation needed, by a router to the server'
ip -n r route replace 203.0.113.50/32 dev far mtu 1280
mkdir www
head -c 500000 /dev/urandom >www/file
web_server s1 "$work/www"
baton d service add tcp $vip:80 scheduler rr
baton d server add tcp $vip:80 198.51.100.21:80 nat
capture s1 1 eth0 icmp
in_ns far curl -sS --max-time 60 -o got "http://$vip/file"
cmp www/file got
wait_for 10 says "$capture" 'need to frag \(mtu 1280\)'
quiet_in s1 ip route get 203.0.113.50 | tee route
grep -q 'mtu 1280' route

unload
