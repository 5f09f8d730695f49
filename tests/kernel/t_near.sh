# SPDX-License-Identifier: GPL-2.0-or-later
#
# A standby knows its neighbours before it needs them: every server, and the clients of the connections that it was told
# of. It asks in its own name, keeps what it learned, and stops asking when its gate opens. An
# open gate tells the LAN who has the guarded addresses, without being asked to.
# quick: 6.1
. ./lib.sh

load
topology a b
topology6 a b
far
serve tcp 80 s1 s2
serve_at=$vip_dr serve tcp 80 dr1 dr2
for n in a b; do
	ip -n $n route add 203.0.113.0/24 via 192.0.2.1
	nat_service $n tcp 80 rr
	dr_service $n tcp 80 rr
	nat_service6 $n tcp 80 rr
	in_ns $n gatectl guard $vip $vip_dr 198.51.100.1 $vip6 $in6:1
done
in_ns a gatectl set active 1

# known FAMILY ADDRESS DEVICE: b has its link address
known() { ip "$1" -n b neigh show "$2" dev "$3" | grep -q 'lladdr'; }
forget() { ip -n b neigh flush all; ip -6 -n b neigh flush all; }

say 'nobody has asked for anything, and an active node does not'
forget
nap 1.5
fails known -4 198.51.100.21 in

say 'a standby finds out about all of its servers'
capture c 1 eth0 "arp src host $vip or arp src host $vip_dr"
in_ns b gatectl set standby 1
printf '%s\n' "addr add $vip/32 dev lan" "addr add $vip_dr/32 dev lan" 'addr add 198.51.100.1/24 dev in' |
	ip -n b -batch -
take6 b
for server in 198.51.100.21 198.51.100.22; do
	wait_for 15 known -4 $server in
done
for server in 192.0.2.21 192.0.2.22; do
	wait_for 15 known -4 $server lan
done
for server in $in6:21 $in6:22; do
	wait_for 15 known -6 $server in
done
fails known -4 192.0.2.1 lan

say 'and about the way to the clients of what it is told'
hold far tcp $vip:80 4
in_ns a syncpipe drain a b
wait_for 15 known -4 192.0.2.1 lan
fails known -4 203.0.113.50 lan

say 'never with an address that is not its own'
fails grep ARP "$capture"

say 'what is lost is found out again'
forget
wait_for 15 known -4 198.51.100.21 in

say 'an open gate tells where the addresses are now, and the first packet waits for nobody'
mac=$(quiet_in b cat /sys/class/net/lan/address)
at_b() { ip -n c neigh show $vip dev eth0 | grep -q "$mac"; }
in_ns c ping -q -c 1 -W 5 $vip
fails at_b
capture s1 1 eth0 'arp src host 198.51.100.12 or arp src host 198.51.100.1 and arp dst host 198.51.100.21'
in_ns a gatectl set standby 2
in_ns b gatectl set active 3
wait_for 5 at_b
in_ns c netpeer many tcp $vip:80 2
fails grep 'who-has 198.51.100.2[12]' "$capture"

say 'an active node asks no more'
forget
nap 11
fails known -6 $in6:22 in
for n in a b; do
	in_ns $n gatectl guard
done
unload
