# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# The fast path in IPv6: NAT both ways and DR, TCP and UDP, with checksums of all kinds and large segments. What is
# unusual is not for it (extension headers, a hop limit or a size that is too much), and what changes is obeyed:
# rules, routes, neighbours, forwarding, interfaces that go down or away, the gate.
. ./lib.sh

load
topology
topology6
serve_at='[::]' serve tcp 7000 s1 s2 dr1 dr2
serve_at='[::]' serve udp 7000 s1
nat_service6 d tcp 7000 rr
dr_service6 d tcp 7000 rr
baton d service add udp "[$vip6]:7000" scheduler rr
baton d server add udp "[$vip6]:7000" "[$in6:21]:7000" nat
watch d

say 'NAT, both directions; DR'
hold c tcp "[$vip6_dr]:7000" 2
proven d 'dr1=1 dr2=1'
hold c tcp "[$vip6]:7000" 2
proven d 's1=1 s2=1'
before=$(counted d in_packets) before_out=$(counted d out_packets)
fast d 's1=1 s2=1'
(($(counted d in_packets) >= before + 4)) || fail "counted $(counted d in_packets) after $before"
(($(counted d out_packets) >= before_out + 4)) || fail "counted $(counted d out_packets) after $before_out"

say 'checksums that the sender makes and the receiver checks'
for n in c s1 s2; do
	quiet_in $n ethtool -K eth0 tx off rx off >/dev/null
done
fast d 's1=1 s2=1'

say 'the ends of connections are seen'
forget d
held close
closed() { is 2 in_state d tcp_established; }
wait_for 10 closed
[[ $(seen d) == [1-9]*' '[1-9]* ]] || fail "seen: $(seen d)"

say 'large segments, both ways'
mkdir www
head -c 2000000 /dev/urandom >www/file
web_server s1 "$work/www"
baton d service add tcp "[$vip6]:80" scheduler rr
baton d server add tcp "[$vip6]:80" "[$in6:21]:80" nat
for tx in on off; do
	for n in c s1; do
		quiet_in $n ethtool -K eth0 tx $tx tso $tx gso $tx gro $tx >/dev/null
	done
	forget d
	in_ns c curl -sS --max-time 60 -o got "http://[$vip6]/file"
	cmp www/file got
	in=$(seen d)
	((${in% *} + ${in#* } < 20)) || fail "$in packets took the slow path"
done

say 'UDP; a hop limit that ends here is told, other headers arrive'
send() { printf '%s\n' "$1" | quiet_in c socat -t 2 -T 2 - "udp6:[$vip6]:7000,sp=5555,bind=[$lan6:50]${2:+,$2}"; }
expect 's1 a' send a
expect 's1 b' send b
forget d
expect 's1 c' send c
expect '0 0' seen d
send d setsockopt-int=41:16:1 || true
wait_for 10 is 1 dropped d ttl
forget d
expect 's1 e' send e setsockopt=41:59:x0000010400000000
[[ $(seen d) == '1 '* ]] || fail "seen: $(seen d)"

say 'rules, routes, forwarding'
hold c udp "[$vip6]:7000" 1
proven d s1=1
in_ns d nft -f - <<'END'
table ip6 t {
	chain forward { type filter hook forward priority 0; }
	chain postrouting { type filter hook postrouting priority 0; }
}
END
slow d s1=1
proven d s1=1
in_ns d nft add rule ip6 t forward udp sport 7000 drop
held ask timeout=1
quiet_in d nft flush chain ip6 t forward
held ask s1=1
in_ns d nft add rule ip6 t postrouting ip6 dscp set cs1
held ask s1=1
held ask s1=1
slow d s1=1
quiet_in d nft delete table ip6 t
proven d s1=1
in_ns d ip -6 route add blackhole $in6:21/128
held ask timeout=1
in_ns d ip -6 route del blackhole $in6:21/128
proven d s1=1
in_ns d ip -6 rule add iif in to $lan6:50 blackhole
held ask timeout=1
in_ns d ip -6 rule del iif in to $lan6:50 blackhole
proven d s1=1
quiet_in d sh -c 'echo 0 >/proc/sys/net/ipv6/conf/all/forwarding'
held ask timeout=1
forwards6 d
proven d s1=1

say 'neighbours: one that moves, one that is gone'
mac=$(quiet_in s1 cat /sys/class/net/eth0/address)
in_ns d ip neigh replace $in6:21 lladdr 02:00:00:00:00:77 dev in nud reachable
held ask timeout=1
in_ns d ip neigh replace $in6:21 lladdr "$mac" dev in nud reachable
fast d s1=1
in_ns d ip neigh del $in6:21 dev in
slow d s1=1
proven d s1=1

say 'the gate'
in_ns d gatectl set standby 1
held ask timeout=1
in_ns d gatectl set active 2
slow d s1=1
proven d s1=1

say 'a link that gets narrower; one that goes down, and away'
expect 'answer 1443' in_ns c netpeer big udp "[$vip6]:7000" 1440
ip -n d link set in mtu 1400
ip -n in link set d-in mtu 1400
expect 'mtu 1400' in_ns c sh -c "netpeer big udp '[$vip6]:7000' 1440 || true"
expect 1 dropped d too_big
proven d s1=1
ip -n d link set in down
held ask timeout=1
in_ns d ip link del in
fails quiet_in d ip link show in

say 'with everything on the fast path the namespace goes, then the module'
hold c tcp "[$vip6_dr]:7000" 2
proven d 'dr1=1 dr2=1'
ip netns del d
unload
