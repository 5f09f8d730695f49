# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# Every packet and every byte is counted once, in both directions, by its server, its service and the
# namespace: datagrams of known sizes by NAT and DR, IPv4 and IPv6, on the fast path and off it. Errors are
# not. What a server counted stays with its service when it is deleted, and what a service counted with the total.
. ./lib.sh

load
topology
topology6
serve udp 7000 s1 s2
serve_at=$vip_dr serve udp 7001 dr1
serve_at='[::]' serve udp 7006 s1
nat_service d udp 7000 rr
baton d service add udp $vip_dr:7001 scheduler rr
baton d server add udp $vip_dr:7001 192.0.2.21:7001 dr
baton d service add udp "[$vip6]:7006" scheduler rr
baton d server add udp "[$vip6]:7006" "[$in6:21]:7006" nat
watch d

five='"\(.connections) \(.in_packets) \(.in_bytes) \(.out_packets) \(.out_bytes)"'
# of_server SERVICE ADDRESS, of_service SERVICE, of_all: "CONNECTIONS IN BYTES OUT BYTES"
of_server() { baton_json d server list udp "$1" | jq -r ".[] | select(.address == \"$2\") | .stats | $five"; }
of_service() { baton_json d service list udp "$1" | jq -r ".[0].stats | $five"; }
of_all() { baton_json d stats | jq -r "$five"; }
# A question is "who", its answer "NAME who", each with a line feed behind two headers.
# sum CONNECTIONS QUESTIONS HEADERS NAME: what these are counted as; without NAME answers are not seen
sum() {
	local name=${4-} answers=$2
	[[ $name ]] || answers=0
	echo "$1 $2 $(($2 * ($3 + 4))) $answers $((answers * ($3 + 5 + ${#name})))"
}
# plus SUM SUM
plus() { printf '%s\n%s\n' "$1" "$2" | awk '{ for (i = 1; i <= NF; i++) n[i] += $i } END { print n[1], n[2], n[3], n[4], n[5] }'; }

expect '0 0 0 0 0' of_all
conns=0 asked=0
for how in off on; do
	say "NAT, fast path $how"
	baton d tunable set fastpath $how
	hold c udp $vip:7000 2
	for _ in 1 2 3; do
		held ask 's1=1 s2=1'
	done
	forget d
	held ask 's1=1 s2=1'
	[[ $how == off ]] || expect '0 0' seen d
	conns=$((conns + 1)) asked=$((asked + 5))
	expect "$(sum $conns $asked 28 s1)" of_server $vip:7000 198.51.100.21
	expect "$(sum $conns $asked 28 s2)" of_server $vip:7000 198.51.100.22
	expect "$(sum $((2 * conns)) $((2 * asked)) 28 s1)" of_service $vip:7000
	expect "$(of_service $vip:7000)" of_all
done
nat=$(of_service $vip:7000)

say 'an error is no packet of it'
baton d service add udp $vip:9 scheduler rr
baton d server add udp $vip:9 198.51.100.21:9
expect refused in_ns c sh -c "netpeer ask udp $vip:9 || true"
expect '1 1 34 0 0' of_service $vip:9
baton d service del udp $vip:9
all=$(plus "$nat" '1 1 34 0 0')
expect "$all" of_all

say 'DR, IPv6'
for how in off on; do
	baton d tunable set fastpath $how
	hold c udp $vip_dr:7001 1
	held ask dr1=1
	held ask dr1=1
	held ask dr1=1
	hold c udp "[$vip6]:7006" 1
	held ask s1=1
	held ask s1=1
	held ask s1=1
done
dr=$(sum 2 8 28) v6=$(sum 2 8 48 s1)
expect "$dr" of_service $vip_dr:7001
expect "$dr" of_server $vip_dr:7001 192.0.2.21
expect "$v6" of_service "[$vip6]:7006"
all=$(plus "$all" "$(plus "$dr" "$v6")")
expect "$all" of_all

say 'a server goes, the counts of its service stay; while it drains it is the same when it comes back; then a service goes'
second=$(of_server $vip:7000 198.51.100.22)
baton d server del udp $vip:7000 198.51.100.22:7000 drain 1h
expect "$nat" of_service $vip:7000
expect "$all" of_all
baton d server add udp $vip:7000 198.51.100.22:7000
expect "$second" of_server $vip:7000 198.51.100.22
expect "$nat" of_service $vip:7000
baton d service del udp $vip:7000
baton d service del udp "[$vip6]:7006"
expect "$all" of_all
nat_service d udp 7000 rr
expect '0 0 0 0 0' of_service $vip:7000
expect "$all" of_all
unload
