# SPDX-License-Identifier: GPL-2.0-or-later
#
# A link address that two directors have, on a macvlan of each, behind a switch. From the one whose gate is not open
# no frame comes that has it as its source, whatever provokes one, and none that comes in is heard there. As
# the gate moves the switch learns from the first frame; no host asks anybody, and connections of NAT and DR go on, in
# IPv4 and IPv6, without a lost packet.
# limit: 240
# quick: 6.1
. ./lib.sh

load
topology a b
topology6 a b
ipv6_on lan
leave a
leave6 a
mac_lan=00:00:5e:00:01:0a mac_in=00:00:5e:00:01:0b
declare -A number=([a]=11 [b]=12)

# The devices talk as much as they can: they have link-local addresses, and all that comes of that.
devices() {
	printf '%s\n' "link add link lan name vlan address $mac_lan type macvlan mode bridge" \
		"link add link in name vin address $mac_in type macvlan mode bridge" \
		'link set vlan up' 'link set vin up' "addr add $vip/32 dev vlan" "addr add $vip_dr/32 dev vlan" \
		'addr add 198.51.100.1/32 dev vin' | ip -n "$1" -batch -
	addresses "$1"
}
addresses() {
	addresses6 "$1" "addr replace $vip6/128 dev vlan preferred_lft 0" \
		"addr replace $vip6_dr/128 dev vlan preferred_lft 0" "addr replace $in6:1/128 dev vin preferred_lft 0" \
		"addr replace $lan6:${number[$1]}/64 dev lan"
}
guard() { in_ns "$1" gatectl guard $vip $vip_dr 198.51.100.1 $vip6 $vip6_dr $in6:1 $mac_lan $mac_in; }
# port SWITCH MAC: behind which the switch believes it to be
port() { bridge -n "$1" fdb show br br0 | awk -v mac="$2" '$1 == mac { print $3 }'; }
# lladdr FAMILY NAME ADDRESS: what NAME believes
lladdr() { ip "$1" -n "$2" neigh show "$3" dev eth0 | grep -oE 'lladdr [0-9a-f:]+' | cut -d' ' -f2; }
mac_of() { quiet_in "$1" cat "/sys/class/net/$2/address"; }
flush() { ip -n c neigh flush all; }

# listen NAME: for frames with a shared source that come out of NAME; heard: the ports where there were any
listen() {
	capture lan 1 "$1-lan" -e -Q in ether src $mac_lan
	ears=("$capture") ears_jobs=("$job")
	capture in 1 "$1-in" -e -Q in ether src $mac_in
	ears+=("$capture") ears_jobs+=("$job")
}
heard() {
	nap 0.2
	kill "${ears_jobs[@]}" 2>/dev/null || true
	wait "${ears_jobs[@]}" 2>/dev/null || true
	cat "${ears[@]}" | grep -E 'ethertype' || true
}
# silent NAME COMMAND...: none of them meanwhile
silent() {
	listen "$1"
	shift
	"$@"
	expect '' heard
}
# provoke NAME: whatever makes a host speak. The link-local address of vlan is of this kind itself.
provoke() {
	local n=$1
	flush
	quiet_in c ping -q -c 1 -W 1 $vip6 || true
	quiet_in c arping -q -c 1 -w 1 -I eth0 $vip || true
	quiet_in "$n" arping -q -c 1 -w 1 -I vlan 192.0.2.50 || true
	quiet_in "$n" arping -q -U -c 1 -w 1 -I vlan $vip || true
	for address in 192.0.2.50 $lan6:50 ff02::1 ff02::2; do
		quiet_in "$n" ping -q -c 1 -W 0.2 -I vlan $address || true
	done
	quiet_in "$n" ping -q -c 1 -W 0.2 -I $vip 192.0.2.50 || true
	printf '%s\n' 'addr add 192.0.2.78/24 dev vlan noprefixroute' 'route add 203.0.113.0/24 dev vlan' \
		'neigh replace 203.0.113.9 lladdr 02:00:00:00:00:01 dev vlan' | ip -n "$n" -batch -
	ip -6 -n "$n" addr add $lan6:78/64 dev vlan noprefixroute
	quiet_in s1 ping -q -c 1 -W 0.2 203.0.113.9 || true
	for dev in vlan lan; do
		ip -n "$n" link set $dev down
		ip -n "$n" link set $dev up
	done
	addresses "$n"
	nap 2
	printf '%s\n' 'addr del 192.0.2.78/24 dev vlan' | ip -n "$n" -batch -
}

say 'a device that is there, and one that comes later'
in_ns b gatectl set standby 1
ip -n s1 route add 203.0.113.0/24 via 198.51.100.12
ip -n lan link set br0 type bridge mcast_snooping 1 mcast_querier 1 mcast_query_interval 100
devices a
guard a
guard b
in_ns a gatectl set active 1
silent b devices b
say 'the standby is silent, whatever comes'
silent b provoke b
listen a
in_ns a gatectl announce vlan $vip
in_ns a gatectl announce vin 198.51.100.1
[[ $(heard | wc -l) == 2 ]] || fail 'what does not hear the active one proves nothing'

say 'the active one has the addresses, under the shared one alone; its own it has under its own'
capture c 1 eth0 "arp and arp[6:2] == 2 and not ether src $mac_lan and (arp[14:4] == 0xc0000264)"
flush
in_ns c ping -q -c 1 -W 5 $vip
in_ns c ping -q -c 1 -W 5 $vip6
expect $mac_lan lladdr -4 c $vip
expect $mac_lan lladdr -6 c $vip6
expect a-lan port lan $mac_lan
nap 0.3
fails grep ARP "$capture"
capture c 1 eth0 "arp and arp[14:4] == 0xc000020b and ether src $mac_lan"
in_ns c arping -q -c 2 -w 3 -I eth0 192.0.2.11
in_ns c ping -q -c 1 -W 5 192.0.2.11
expect "$(mac_of a lan)" lladdr -4 c 192.0.2.11
nap 0.3
fails grep ARP "$capture"

say 'what it asks from a virtual address it asks in its own name'
capture c 1 eth0 "arp and arp[6:2] == 1 and ether src $(mac_of a lan)"
ip -n a neigh flush dev lan
in_ns a ping -q -c 1 -W 5 -I $vip 192.0.2.50
wait_for 5 says "$capture" 'who-has 192.0.2.50 .*tell 192.0.2.11'
expect $mac_lan lladdr -4 c $vip

say 'a switch that has forgotten where it is sends to both: the standby hears nothing'
ip -n c route add 198.51.100.21 via $vip
before=$(dropped b gate_shut)
bridge -n lan fdb del $mac_lan dev a-lan master
in_ns c ping -c 1 -W 5 $vip | tee pings
in_ns c ping -c 1 -W 5 198.51.100.21 | tee -a pings
bridge -n lan fdb del $mac_lan dev a-lan master || true
in_ns c ping -c 2 -i 0.2 -W 5 198.51.100.21 | tee -a pings
fails grep DUP pings
(($(dropped b gate_shut) > before)) || fail 'nothing came to the standby at all'

say 'connections'
serve tcp 7000 s1 s2
serve udp 7001 s1 s2
serve_at=$vip_dr serve tcp 7000 dr1 dr2
serve_at=[$in6:21] serve tcp 7006 s1
serve_at=[$in6:22] serve tcp 7006 s2
serve_at=[$vip6_dr] serve tcp 7006 dr1 dr2
for n in a b; do
	nat_service $n tcp 7000 wlc
	nat_service $n udp 7001 wlc
	dr_service $n tcp 7000 wlc
	nat_service6 $n tcp 7006 wlc
	dr_service6 $n tcp 7006 wlc
done
declare -A fd out
# keep NAME ENDPOINT: 20 connections; all_live: each of them answers
keep() {
	hold c tcp "$2" 20
	fd[$1]=$held_fd out[$1]=$work/held$held_no.out
}
all_live() {
	local name lines
	for name in "${!fd[@]}"; do
		lines=$(wc -l <"${out[$name]}")
		echo ask >&"${fd[$name]}"
		wait_for 60 more_lines "${out[$name]}" "$lines"
		expect "$(sed -n '1s/ready/ask/; 1s/ *$//p' "${out[$name]}")" last_line "${out[$name]}"
	done
}
keep nat $vip:7000
keep dr $vip_dr:7000
keep nat6 "[$vip6]:7006"
keep dr6 "[$vip6_dr]:7006"
all_live

say 'the role moves: the switch learns from the first frame, and nobody has to ask'
# stream, ended: datagrams to the NAT service, each of which is answered once
stream() {
	mkfifo "$work/stream.in"
	quiet_in c netpeer stream udp $vip:7001 100 <"$work/stream.in" >"$work/stream.out" 2>&1 &
	exec {stream_fd}>"$work/stream.in"
	wait_for 10 grep -q ready "$work/stream.out"
}
ended() {
	echo >&"$stream_fd"
	wait_for 20 grep -E '^sent=' "$work/stream.out"
	grep -qE '^sent=[0-9]+ lost=0 duplicated=0 reordered=[0-9]+ refused=0 ' "$work/stream.out" ||
		fail "not every datagram was answered once: $(cat "$work/stream.out")"
}
# moves FROM TO EPOCH MS: as at a handover; nothing but the gate's own announcement is sent
moves() {
	in_ns "$1" gatectl give $(($3 - 1)) "$4"
	in_ns "$1" syncpipe drain "$1" "$2"
	listen "$2"
	in_ns "$2" gatectl set active "$3"
	expect "$2-lan" port lan $mac_lan
	expect "$2-in" port in $mac_in
}
relayed() { quiet_in "$1" gatectl relayed; }
# has_group PORT: does the switch send questions for $vip6 there? The kernel of the checkers has none that listens.
listens() { bridge -n lan mdb show >/dev/null 2>&1; }
has_group() { bridge -n lan mdb show | grep "port $1 grp ff02::1:ff00:100 "; }
for address in $vip $vip_dr $vip6 $vip6_dr; do
	ip -n c neigh replace $address lladdr $mac_lan dev eth0 nud permanent
done
capture c 1 eth0 "arp and ether src $(mac_of c eth0) and (arp[24:4] == 0xc0000264 or arp[24:4] == 0xc0000265)"
asked=$capture
if listens; then
	has_group a-lan
fi
stream
# from here on the switch asks once in two minutes: what is reported is reported unasked
ip -n lan link set br0 type bridge mcast_query_interval 12500
nap 1.3
! listens || fails has_group b-lan
moves a b 2 3000
heard | tee first
grep -qE "$mac_lan > .*who-has $vip .*tell $vip" first
nap 0.3
all_live
if listens; then
	wait_for 5 has_group b-lan
fi
fails grep 'who-has' "$asked"
silent a provoke a
moves b a 3 3000
nap 0.3
ended
all_live
(($(relayed a) + $(relayed b) > 0)) || fail 'nothing came while the role moved'

say 'the LAN says who has them: a question leaves in the name of the node, and the answer is the other one'
expect "$vip $mac_lan" in_ns b gatectl probe 1 1000 lan $vip
expect "$vip6 $mac_lan" in_ns b gatectl probe 2 1000 lan $vip6
expect '' in_ns a gatectl probe 3 1000 lan $vip $vip6
say 'two who are active find each other, under one and the same address'
expect 0 in_ns a gatectl rivals
in_ns b gatectl set active 4
(($(in_ns a gatectl rivals) >= 3)) || fail 'the other one was not heard'
expect b-lan port lan $mac_lan
expect "$vip $mac_lan" in_ns a gatectl probe 4 1000 lan $vip
in_ns a gatectl set standby 4
in_ns b gatectl announce vlan $vip
expect b-lan port lan $mac_lan

say 'a lease runs out, and nobody is there to say so'
in_ns b gatectl set active 5 300
expect b-lan port lan $mac_lan
wait_for 5 is 'active expired epoch=5 lease=300' quiet_in b gatectl show
silent b provoke b

say 'a device that is made anew, one that changes its address, and one that gets it'
renew() {
	ip -n b link del vlan
	printf '%s\n' "link add link lan name vlan address $mac_lan type macvlan mode bridge" 'link set vlan up' \
		"addr add $vip/32 dev vlan" | ip -n b -batch -
	addresses b
	nap 1
}
silent b renew
capture lan 1 b-lan -e -Q in ether src 02:00:00:00:00:77
in_ns b ip link set vlan address 02:00:00:00:00:77
in_ns b arping -q -U -c 1 -w 1 -I vlan $vip || true
wait_for 5 says "$capture" ethertype
given() {
	in_ns b ip link set vlan address $mac_lan
	quiet_in b arping -q -U -c 1 -w 1 -I vlan $vip || true
}
silent b given

say 'a device that goes to another namespace is its business'
ip -n b link set vin netns c
ip -n c link set vin up
ip -n c link del vin

say 'what is no list, or no address'
refused 1 EADDRNOTAVAIL in_ns b gatectl guard $vip 01:00:5e:00:00:01
refused 1 EADDRNOTAVAIL in_ns b gatectl guard $vip 00:00:00:00:00:00
refused 1 EINVAL in_ns b gatectl guard $mac_lan

say 'without the list the device speaks'
for n in a b; do
	in_ns $n gatectl guard $vip
done
capture lan 1 b-lan -e -Q in ether src $mac_lan
quiet_in b arping -q -U -c 1 -w 1 -I vlan $vip || true
wait_for 5 says "$capture" ethertype
guard b
for n in a b; do
	in_ns $n gatectl guard
done
unload
