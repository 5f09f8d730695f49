# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# Who has the addresses? A standby asks the LAN, without a word about itself: an active node answers, and so does a
# stranger; a node whose gate is shut, whose lease is over or that is cut off does not. Neighbours learn nothing from the
# question, and it is asked on the interface that it names. Another machine's answer to the active one is no rival's claim.
. ./lib.sh

load
topology a b
topology6 a b
v4=192.0.2.77
v6=2001:db8:1::77
for n in a b; do
	in_ns $n gatectl guard $v4 $v6 $vip
	ip -n $n addr add $v4/32 dev lan
	ip -6 -n $n addr add $v6/128 dev lan preferred_lft 0 nodad
done
in_ns b gatectl set standby 1
in_ns a gatectl set active 1
mac_of() { quiet_in "$1" cat "/sys/class/net/${2:-lan}/address"; }
a=$(mac_of a)
number=0
# asks NAME ADDRESS...: on its interface "lan"; what answers, sorted
asks() {
	local n=$1
	shift
	number=$((number + 1))
	in_ns "$n" gatectl probe $number 700 "${on:-lan}" "$@" | sort
}
ping_a() { in_ns c ping -q -c 1 -W 5 $v4 && in_ns c ping -q -c 1 -W 5 $v6; }
ping_a

say 'the active one answers, in both families'
expect "$v4 $a
$v6 $a" asks b $v4 $v6
expect '2 2' in_ns b gatectl probes
expect 0 in_ns a gatectl rivals

say 'what is asked says nothing about who asks: no neighbour changes its mind'
capture c 2 eth0 "ether src $(mac_of b) and (arp or (icmp6 and ip6[40] == 135 and dst ff02::1:ff00:77))"
expect "$v4 $a
$v6 $a" asks b $v4 $v6
wait_for 5 says "$capture" 'who-has 192.0.2.77 tell 0.0.0.0'
wait_for 5 says "$capture" ":: > ff02::1:ff00:77: .*neighbor solicitation.* who has $v6"
fails grep -E 'bad|wrong|source link-address' "$capture"
for n in $v4 $v6; do
	ip -n c neigh show $n dev eth0 | grep -q "$a"
done
fails quiet_in c sh -c "ip neigh show dev eth0 | grep -q $(mac_of b)"

say 'the address need not be there, nor on that interface'
ip -n b addr del $v4/32 dev lan
ip -6 -n b addr del $v6/128 dev lan
expect "$v4 $a
$v6 $a" asks b $v4 $v6
ip -n b addr add $v4/32 dev lan
ip -6 -n b addr add $v6/128 dev lan preferred_lft 0 nodad
on='in' expect "$v4 $(mac_of a in)" asks b $v4

say 'a stranger answers as well as the owner does'
ip -n dr1 addr add $v4/32 dev lo
quiet_in dr1 sh -c 'echo 0 >/proc/sys/net/ipv4/conf/all/arp_ignore'
both=$(printf '%s %s\n' $v4 "$a" $v4 "$(mac_of dr1 eth0)" | sort)
expect "$both" asks b $v4

say 'asked by the active one he is reported, and is no rival; what he announces still is'
expect "$v4 $(mac_of dr1 eth0)" asks a $v4
expect 0 in_ns a gatectl rivals
expect '1 1' in_ns a gatectl probes
in_ns a gatectl probe 99 10 lan $v4
in_ns dr1 gatectl announce eth0 $v4
wait_for 5 is 2 in_ns a gatectl rivals
ip -n dr1 addr del $v4/32 dev lo
quiet_in dr1 sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore'

say 'nobody else has them: the standby is silent, and its own answers are not heard'
expect '' asks a $v4 $v6

say 'a lease that is over, a gate that is shut, a node that is cut off'
in_ns a gatectl set active 2 100
wait_for 5 is 'active expired epoch=2 lease=100' quiet_in a gatectl show
expect '' asks b $v4 $v6
in_ns a gatectl set active 4
expect "$v4 $a
$v6 $a" asks b $v4 $v6
ip -n lan link set a-lan nomaster
expect '' asks b $v4 $v6
ip -n lan link set a-lan master br0
wait_for 10 is "$v4 $a
$v6 $a" asks b $v4 $v6
in_ns a gatectl set standby 5
expect '' asks b $v4 $v6

say 'after the time for answers nobody listens, and a claim is a rival again'
in_ns b gatectl set active 6
in_ns b gatectl probe 98 10 lan $v6
nap 1.2
before=$(quiet_in b gatectl rivals)
in_ns dr1 gatectl announce eth0 $v6
wait_for 5 is $((before + 1)) in_ns b gatectl rivals

say 'a proxy of this kernel does not answer who asks from nobody'
quiet_in dr2 sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward
	echo 1 >/proc/sys/net/ipv4/conf/eth0/proxy_arp; echo 0 >/proc/sys/net/ipv4/neigh/eth0/proxy_delay'
ip -n dr2 link add far type dummy
ip -n dr2 link set far up
ip -n dr2 route add $v4/32 dev far
expect '' asks b $v4

say 'what is refused'
expect EADDRNOTAVAIL in_ns b sh -c "gatectl probe 1 0 lan 192.0.2.78 | cut -d: -f1"
expect ENODEV in_ns b sh -c "gatectl probe 1 0 nowhere $v4 | cut -d: -f1"
expect EOPNOTSUPP in_ns b sh -c "gatectl probe 1 0 lo $v4 | cut -d: -f1"
ip -n b link set in down
expect ENETDOWN in_ns b sh -c "gatectl probe 1 0 in $v4 | cut -d: -f1"
quiet_in b sh -c 'echo 1 >/proc/sys/net/ipv6/conf/lan/disable_ipv6'
expect EOPNOTSUPP in_ns b sh -c "gatectl probe 1 0 lan $v6 | cut -d: -f1"
target=$(quiet_in b cat /sys/class/net/lan/ifindex)
target=$(printf '%02x000000' "$target")02000000c000024d000000000000000000000000
printf "PROBE PROBE{ NUMBER=1 TARGETS=+$target }\n%.0s" {1..200} | quiet_in b nlsay >often
grep -q ' => ok' often
grep 'EBUSY: the LAN was asked too often within a second' often

say 'the module goes with answers under way'
nap 1.2
for n in a b; do
	in_ns $n gatectl probe 97 0 lan $v4
	in_ns $n gatectl guard
done
unload
