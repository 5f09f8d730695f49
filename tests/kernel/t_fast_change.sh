# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# What ends the fast path of a connection that was on it: firewall rules wherever they are, routes, rules of
# routing, neighbours, interfaces, IPsec policies, the gate, services and servers, and the switch.
. ./lib.sh

load
topology
serve udp 7000 s1
serve_at=$vip_dr serve udp 7000 dr1
baton d service add udp $vip:7000 scheduler rr
baton d server add udp $vip:7000 198.51.100.21:7000 nat
baton d service add udp $vip_dr:7000 scheduler rr
baton d server add udp $vip_dr:7000 192.0.2.21:7000 dr
watch d
hold c udp $vip:7000 1
proven d s1=1

say 'a rule that drops, in each hook that a packet passes'
in_ns d nft -f - <<'END'
table ip t {
	chain prerouting { type filter hook prerouting priority 0; }
	chain input { type filter hook input priority 0; }
	chain forward { type filter hook forward priority 0; }
	chain output { type filter hook output priority 0; }
	chain postrouting { type filter hook postrouting priority 0; }
	chain marks { type filter hook prerouting priority 10; }
}
END
slow d s1=1
for chain in prerouting input forward output postrouting; do
	proven d s1=1
	in_ns d nft add rule ip t $chain udp dport 7000 drop
	if [[ $chain == forward ]]; then
		in_ns d nft add rule ip t $chain udp sport 7000 drop
	fi
	held ask timeout=1
	quiet_in d nft flush chain ip t $chain
	held ask s1=1
done
proven d s1=1

say 'rules that write into packets keep them'
in_ns d nft add rule ip t marks meta mark set 5
held ask s1=1
held ask s1=1
slow d s1=1
quiet_in d nft flush chain ip t marks
in_ns d nft add rule ip t postrouting ip dscp set cs1
held ask s1=1
held ask s1=1
slow d s1=1
quiet_in d nft flush chain ip t postrouting
proven d s1=1

say 'routes: a way that ends, a rule'
in_ns d ip route add blackhole 198.51.100.21/32
held ask timeout=1
in_ns d ip route del blackhole 198.51.100.21/32
proven d s1=1
in_ns d ip rule add iif in to 192.0.2.50 blackhole
held ask timeout=1
in_ns d ip rule del iif in to 192.0.2.50 blackhole
proven d s1=1

say 'neighbours: one that moves, one that is gone'
mac=$(quiet_in s1 cat /sys/class/net/eth0/address)
quiet_in s1 ip link set eth0 address 02:00:00:00:00:77
in_ns d ip neigh replace 198.51.100.21 lladdr 02:00:00:00:00:77 dev in nud reachable
fast d s1=1
quiet_in s1 ip link set eth0 address "$mac"
in_ns d ip neigh del 198.51.100.21 dev in
slow d s1=1
proven d s1=1

say 'IPsec policies'
in_ns d ip xfrm policy add src 203.0.113.1/32 dst 203.0.113.2/32 dir out
slow d s1=1
slow d s1=1
in_ns d ip xfrm policy flush
proven d s1=1

say 'the switches'
in_ns d batonctl tunable set fastpath off
slow d s1=1
slow d s1=1
in_ns d batonctl tunable set fastpath on
proven d s1=1
baton d service set udp $vip:7000 fastpath off
quiet_in d batonctl save | grep -q "^service udp $vip:7000 scheduler rr sync on fastpath off"
slow d s1=1
slow d s1=1
baton d service set udp $vip:7000 fastpath on
proven d s1=1
baton d server set udp $vip:7000 198.51.100.21:7000 weight 7
slow d s1=1
proven d s1=1

say 'the gate'
before=$(dropped d gate_shut)
in_ns d gatectl set standby 1
held ask timeout=1
(($(dropped d gate_shut) > before)) || fail 'not counted'
in_ns d gatectl set active 2
slow d s1=1
proven d s1=1

say 'a lease ends: not one more, by itself'
in_ns d gatectl set standby 2
in_ns d gatectl set active 3 60000
held ask s1=1
proven d s1=1
in_ns d gatectl renew 3 100
wait_for 5 is 'active expired epoch=3 lease=100' quiet_in d gatectl show
before=$(dropped d lease_expired)
held ask timeout=1
(($(dropped d lease_expired) > before)) || fail 'not counted'
in_ns d gatectl set active 4
proven d s1=1

say 'DR: the server moves; the interface goes down and comes back'
hold c udp $vip_dr:7000 1
proven d dr1=1
quiet_in dr1 ip link set eth0 address 02:00:00:00:00:78
in_ns d ip neigh replace 192.0.2.21 lladdr 02:00:00:00:00:78 dev lan nud reachable
fast d dr1=1
in_ns d ip link set lan down
held ask timeout=1
in_ns d ip link set lan up
held ask dr1=1
proven d dr1=1

say 'a server that is removed'
baton d server del udp $vip_dr:7000 192.0.2.21:7000
held ask refused=1
unload
