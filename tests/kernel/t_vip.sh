# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# Virtual addresses that two directors have at once: neighbours hear of them only from the one whose
# gate is open, in ARP and in neighbour discovery. The other one takes no packet for them, not even from who
# believes it to be there, and sends none from them. An announcement moves them at once, and only
# the active node may make one; what others claim it tells. The module stays while it guards any.
. ./lib.sh

load
topology a b
topology6 a b
for n in a b; do
	in_ns $n gatectl guard 192.0.2.77 2001:db8:1::77 $vip
	ip -n $n addr add 192.0.2.77/32 dev lan
done
in_ns b gatectl set standby 1
in_ns a gatectl set active 1
# Without "nodad": could b ask, it would find that a has the address, and never use it.
ip -6 -n a addr add 2001:db8:1::77/128 dev lan preferred_lft 0 nodad
ip -6 -n b addr add 2001:db8:1::77/128 dev lan preferred_lft 0

mac_of() { quiet_in "$1" cat /sys/class/net/lan/address; }
# neighbour FAMILY ADDRESS [NAME]: what c, or NAME, believes
neighbour() { ip "$1" -n "${3:-c}" neigh show "$2" dev eth0 | grep -oE 'lladdr [0-9a-f:]+' | cut -d' ' -f2; }
forget() { ip -n c neigh flush dev eth0; ip -6 -n c neigh flush dev eth0; }
# asked DIRECTOR: c asks who has the addresses, and only DIRECTOR answers
asked() {
	forget
	in_ns c ping -q -c 1 -W 5 192.0.2.77
	in_ns c ping -q -c 1 -W 5 2001:db8:1::77
	expect "$(mac_of "$1")" neighbour -4 192.0.2.77
	expect "$(mac_of "$1")" neighbour -6 2001:db8:1::77
}

say 'the active one answers, the other is not heard of'
asked a
settled() { ! ip -6 -n b addr show dev lan tentative | grep 2001:db8:1::77; }
wait_for 10 settled
refused_by_dad() { ip -6 -n b addr show dev lan dadfailed | grep 2001:db8:1::77; }
fails refused_by_dad

say 'and on any other network'
ip -n s1 neigh flush dev eth0
ip -n s1 route add 192.0.2.77 dev eth0
in_ns s1 ping -q -c 1 -W 5 192.0.2.77
expect "$(quiet_in a cat /sys/class/net/in/address)" neighbour -4 192.0.2.77 s1

say 'who believes it to be at the standby is not answered; no service has to be there for that'
before=$(dropped b gate_shut)
ip -n c neigh replace 192.0.2.77 lladdr "$(mac_of b)" dev eth0
ip -6 -n c neigh replace 2001:db8:1::77 lladdr "$(mac_of b)" dev eth0
fails in_ns c ping -q -c 2 -i 0.2 -W 1 192.0.2.77
fails in_ns c ping -q -c 2 -i 0.2 -W 1 2001:db8:1::77
expect $((before + 4)) dropped b gate_shut
forget

say 'nothing leaves the standby from them, to neighbours that it knows either'
in_ns b ping -q -c 1 -W 5 192.0.2.50
in_ns b ping -q -c 1 -W 5 2001:db8:1::50
capture c 1 eth0 "ether src $(mac_of b) and (src host 192.0.2.77 or src host 2001:db8:1::77)"
fails in_ns b ping -q -c 1 -W 1 -I 192.0.2.77 192.0.2.50
fails in_ns b ping -q -c 1 -W 1 -I 2001:db8:1::77 2001:db8:1::50
fails in_ns b ping -q -c 1 -W 1 192.0.2.77
in_ns b ping -q -c 1 -W 5 192.0.2.50
fails grep -E 'IP6? ' "$capture"

say 'the standby does not claim them in its own questions either'
capture c 1 eth0 'arp src host 192.0.2.77 or (icmp6 and src 2001:db8:1::77 and not ether src '"$(mac_of a)"')'
in_ns b ping -q -c 1 -W 1 -I 192.0.2.77 192.0.2.22 || true
in_ns b ping -q -c 1 -W 1 -I 2001:db8:1::77 2001:db8:1::22 || true
in_ns b ping -q -c 1 -W 5 2001:db8:1::50
fails grep -E 'ARP|ICMP6' "$capture"

say 'announcements'
expect EPERM in_ns b sh -c 'gatectl announce lan 2001:db8:1::77 | cut -d: -f1'
expect EADDRNOTAVAIL in_ns a sh -c 'gatectl announce lan ff02::77 | cut -d: -f1'
expect ENODEV in_ns a sh -c 'gatectl announce nowhere 2001:db8:1::77 | cut -d: -f1'
in_ns a gatectl set standby 2
in_ns b gatectl set active 3
in_ns b gatectl announce lan 192.0.2.77
in_ns b gatectl announce lan 2001:db8:1::77
wait_for 10 is "$(mac_of b)" neighbour -4 192.0.2.77
wait_for 10 is "$(mac_of b)" neighbour -6 2001:db8:1::77
asked b

say 'who else claims one is counted, named and told; where nobody has it, nobody cares'
expect 0 in_ns b gatectl rivals
background quiet_in b batonctl --json monitor
monitor=$job
wait_for 10 grep -q '"exists"' "$job_out"
# an announcement of IPv4 has two forms
in_ns dr1 gatectl announce eth0 192.0.2.77
in_ns dr1 gatectl announce eth0 2001:db8:1::77
wait_for 10 is 3 in_ns b gatectl rivals
wait_for 10 grep '"change","object":"gate"' "$job_out"
kill "$monitor"
dmesg | grep "baton: $(quiet_in dr1 cat /sys/class/net/eth0/address) on lan claims the virtual address 192.0.2.77"
in_ns s1 gatectl announce eth0 192.0.2.77
in_ns dr1 gatectl announce eth0 192.0.2.99
in_ns s1 ping -q -c 1 -W 5 198.51.100.12
in_ns dr1 ping -q -c 1 -W 5 192.0.2.12
expect 3 in_ns b gatectl rivals
expect 0 in_ns a gatectl rivals

say 'a lease that ran out'
in_ns b gatectl set active 4 200
wait_for 5 is 'active expired epoch=4 lease=200' quiet_in b gatectl show
forget
fails in_ns c ping -q -c 1 -W 1 2001:db8:1::77
fails in_ns c ping -q -c 1 -W 1 192.0.2.77

say 'the module stays as long as anybody has a list'
fails rmmod baton
in_ns a gatectl guard
fails rmmod baton
in_ns b gatectl guard
unload
