# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# The fast path: established packets of NAT, both ways, and DR pass no hook after it, and arrive as they
# should: TCP and UDP, checksums of all kinds, large segments, VLANs. What is unusual does pass the hooks: ends of
# connections, options, a TTL or a size that is too much. Counters, states and idle times stay right.
. ./lib.sh

load
topology
serve tcp 7000 s1 s2
serve udp 7000 s1
serve tcp 7000 dr1 dr2
nat_service d tcp 7000 rr
dr_service d tcp 7000 rr
baton d service add udp $vip:7000 scheduler rr
baton d server add udp $vip:7000 198.51.100.21:7000 nat
watch d

say 'NAT, both directions'
baton d tunable set timeout_tcp_established 5
hold c tcp $vip:7000 2
proven d 's1=1 s2=1'
before=$(counted d in_packets) before_out=$(counted d out_packets)
fast d 's1=1 s2=1'
(($(counted d in_packets) >= before + 4)) || fail "counted $(counted d in_packets) after $before"
(($(counted d out_packets) >= before_out + 4)) || fail "counted $(counted d out_packets) after $before_out"

say 'checksums that the sender makes and the receiver checks'
for n in c s1 s2 dr1 dr2; do
	quiet_in $n ethtool -K eth0 tx off rx off >/dev/null
done
fast d 's1=1 s2=1'

say 'a use of the fast path is a use: it does not age'
for _ in 1 2 3 4; do
	nap 2
	held ask 's1=1 s2=1'
done
expect 2 in_state d tcp_established
baton d tunable set timeout_tcp_established 900

say 'the ends of connections are seen'
forget d
held close
closed() { ! in_state d tcp_established 2>/dev/null; }
wait_for 10 closed
[[ $(seen d) == [1-9]*' '[1-9]* ]] || fail "seen: $(seen d)"

say 'UDP'
hold c udp $vip:7000 1
proven d 's1=1'

say 'DR'
hold c tcp $vip_dr:7000 2
proven d 'dr1=1 dr2=1'

say 'a TTL that ends here is told, options arrive'
send() { printf '%s\n' "$1" | quiet_in c socat -t 2 -T 2 - "udp4:$vip:7000,sp=5555,bind=192.0.2.50${2:+,$2}"; }
expect 's1 a' send a
expect 's1 b' send b
forget d
expect 's1 c' send c
expect '0 0' seen d
capture c 1 eth0 'icmp[0] == 11'
send d ttl=1 || true
wait_for 10 says "$capture" 'time exceeded'
expect 1 dropped d ttl
say 'the same addresses and ports, from another interface'
ip -n s2 addr add 192.0.2.50/32 dev lo
forget d
printf 'f\n' | quiet_in s2 socat -t 0.1 - "udp4:$vip:7000,sp=5555,bind=192.0.2.50"
wait_for 5 is '1 0' seen d
ip -n s2 addr del 192.0.2.50/32 dev lo
forget d
expect 's1 e' send e ipoptions=x01010100
expect '1 0' seen d

say 'large segments, both ways, and a link that gets narrower'
mkdir www
head -c 3000000 /dev/urandom >www/file
web_server s1 "$work/www"
baton d service add tcp $vip:80 scheduler rr
baton d server add tcp $vip:80 198.51.100.21:80 nat
for tx in on off; do
	for n in c s1; do
		quiet_in $n ethtool -K eth0 tx $tx tso $tx gso $tx gro $tx >/dev/null
	done
	forget d
	in_ns c curl -sS --max-time 60 -o got "http://$vip/file"
	cmp www/file got
	in=$(seen d)
	((${in% *} + ${in#* } < 20)) || fail "$in packets took the slow path"
done
expect 'answer 1443' in_ns c netpeer big udp $vip:7000 1440
hold c udp $vip:7000 1
proven d 's1=1'
ip -n d link set in mtu 1400
ip -n in link set d-in mtu 1400
expect 'mtu 1400' in_ns c sh -c "netpeer big udp $vip:7000 1440 || true"
expect 1 dropped d too_big
ip -n d link set in mtu 1500
ip -n in link set d-in mtu 1500
proven d 's1=1'

say 'through VLANs'
for n in d s2; do
	ip -n $n link add link "$([[ $n == d ]] && echo in || echo eth0)" name v7 type vlan id 7
done
ip -n d addr add 10.7.0.1/24 dev v7
ip -n d link set v7 up
ip -n s2 addr add 10.7.0.2/24 dev v7
ip -n s2 link set v7 up
ip -n s2 route replace default via 10.7.0.1
baton d service add tcp $vip:7001 scheduler rr
baton d server add tcp $vip:7001 10.7.0.2:7000 nat
hold c tcp $vip:7001 1
# neighbour discovery comes by there, too
quiet_in d nft add rule inet seen pre iifname v7 meta l4proto tcp counter comment '"out"'
proven d s2=1

say 'an interface goes: nothing holds it, nothing is sent to it'
ip -n d link del v7
held ask timeout=1

say 'with everything on the fast path the namespace goes, then the module'
ip netns del d
unload
