# SPDX-License-Identifier: GPL-2.0-or-later
#
# A handover loses no packet: streams of numbered datagrams through NAT and DR, IPv4 and IPv6, while the role
# moves from a to b and back, and each datagram is answered once. Hosts that do not learn are served all the
# same, for as long as the old active was told to pass packets on, as are replies of connections that it never
# heard of. What nobody takes within a second is dropped; what waits when the role is taken back is served.
# quick: 6.12
. ./lib.sh

load
topology a b
topology6 a b
serve udp 7000 s1 s2
serve_at=$vip_dr serve udp 7000 dr1 dr2
serve_at=[$in6:21] serve udp 7006 s1
serve_at=[$in6:22] serve udp 7006 s2
for n in a b; do
	nat_service $n udp 7000 wlc
	dr_service $n udp 7000 wlc
	nat_service6 $n udp 7006 wlc
	in_ns $n gatectl guard $vip $vip_dr 198.51.100.1 $vip6 $in6:1
done
in_ns a gatectl set active 1
in_ns b gatectl set standby 1
printf '%s\n' "addr add $vip/32 dev lan" "addr add $vip_dr/32 dev lan" 'addr add 198.51.100.1/24 dev in' |
	ip -n b -batch -
take6 b

# stream NAME ENDPOINT: in the background; ended NAME: each datagram was answered once
stream() {
	mkfifo "$work/$1.in"
	quiet_in c netpeer stream udp "$2" 100 <"$work/$1.in" >"$work/$1.out" 2>&1 &
	exec {stream_fd}>"$work/$1.in"
	stream_of[$1]=$stream_fd
	wait_for 10 grep -q ready "$work/$1.out"
}
declare -A stream_of
ended() {
	echo >&"${stream_of[$1]}"
	wait_for 20 grep -E '^sent=' "$work/$1.out"
	grep -qE '^sent=[0-9]+ lost=0 duplicated=0 reordered=[0-9]+ refused=0 ' "$work/$1.out" ||
		fail "$1: not every datagram was answered once: $(cat "$work/$1.out")"
}
# gives NAME MS, takes NAME: the epoch rises by itself
gives() { in_ns "$1" gatectl give $epoch "$2"; }
takes() {
	in_ns "$1" gatectl set active $((++epoch))
	for address in $vip $vip_dr $vip6; do
		quiet_in "$1" gatectl announce lan $address
	done
	quiet_in "$1" gatectl announce in 198.51.100.1
	quiet_in "$1" gatectl announce in $in6:1
}
# moves FROM TO MS: with time for packets to wait; what FROM knows TO learns before it opens
moves() {
	gives "$1" "$3"
	in_ns "$1" syncpipe drain "$1" "$2"
	nap 0.05
	takes "$2"
}
relayed() { in_ns "$1" gatectl relayed; }
relay_left() { baton_json "$1" status | json_number '"relay_left_ms":'; }
mac_of() { quiet_in "$1" cat "/sys/class/net/$2/address"; }
epoch=1

say 'there and back, twice, under way'
stream nat $vip:7000
stream dr $vip_dr:7000
stream nat6 "[$vip6]:7006"
for n in a b a b; do
	[[ $n == a ]] && other=b || other=a
	moves $n $other 3000
	nap 0.3
done
ended nat
ended dr
ended nat6
(($(relayed a) > 0 && $(relayed b) > 0)) || fail 'nothing was passed on'
expect 0 dropped a gate_shut
expect 0 dropped b gate_shut
expect 0 dropped a not_taken

say 'the client and the servers stay with a, but b is active: also for what a never heard of'
ip -n c neigh replace $vip lladdr "$(mac_of a lan)" dev eth0 nud permanent
for n in s1 s2; do
	ip -n $n neigh replace 198.51.100.1 lladdr "$(mac_of a in)" dev eth0 nud permanent
done
before=$(relayed a)
moves a b 10000
in_ns c netpeer many udp $vip:7000 8 | tee many
grep -qE '^s[12]=[0-9]+( s2=[0-9]+)?$' many || fail 'not every new connection was served'
(($(relayed a) >= before + 16)) || fail 'not every request and reply was passed on'
in_ns c ping -q -c 1 -W 3 $vip

say 'the time for it is over'
moves b a 3000
moves a b 200
wait_for 5 is 0 relay_left a
before=$(dropped a gate_shut)
expect timeout in_ns c sh -c "netpeer ask udp $vip:7000 || true"
(($(dropped a gate_shut) > before))

say 'nobody takes: what waits is dropped after a second'
moves b a 3000
gives a 3000
expect timeout in_ns c sh -c "netpeer ask udp $vip:7000 || true"
wait_for 5 is 1 dropped a not_taken

say 'the role is taken back: what waits is served'
takes a
gives a 3000
background in_ns c netpeer ask udp $vip:7000 waits
asks() { quiet_in c ss -Hnu dst $vip:7000 | grep -q .; }
wait_for 5 asks
nap 0.2
in_ns a gatectl set active $((++epoch))
wait "$job"
says "$job_out" 's[12] waits'

say 'only who has the role can give it away'
in_ns a gatectl set standby $epoch
gives a 3000
expect 0 relay_left a
expect ERANGE in_ns a sh -c "gatectl give $epoch 10001 | cut -d: -f1"
for n in a b; do
	in_ns $n gatectl guard
done
unload
