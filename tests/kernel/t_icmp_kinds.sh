# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# ICMP errors of every kind, about TCP and UDP, IPv4 and IPv6: unreachable, quench, too large, time exceeded,
# parameter problem. What comes to a server, and to a client, by NAT is byte for byte, checksums included, what a
# router would have said to it about its own packet; by DR it is what was sent. And what the director says
# itself when no server is left quotes what the client sent.
#
# dr2 is the router before the client, s2 the one before the server.
. ./lib.sh

load
topology
topology6
kinds4=('3 1 0' '3 4 1300' '3 13 0' '4 0 0' '11 0 0' '11 1 0' '12 0 0x14000000')
kinds6=('1 0 0' '1 4 0' '2 0 1300' '3 0 0' '3 1 0' '4 1 6')
errors4='icmp[0] != 0 and icmp[0] != 8' errors6='icmp6 and ip6[40] < 128'
for protocol in tcp udp; do
	serve_at='[::]' serve $protocol 7000 s1
	for key in "$vip 198.51.100.21" "[$vip6] [$in6:21]"; do
		baton d service add $protocol "${key% *}:7000" scheduler rr
		baton d server add $protocol "${key% *}:7000" "${key#* }:7000"
	done
	for key in "$vip_dr 192.0.2.21" "[$vip6_dr] [$lan6:21]"; do
		serve_at=${key% *} serve $protocol 7000 dr1
		baton d service add $protocol "${key% *}:7000" scheduler rr
		baton d server add $protocol "${key% *}:7000" "${key#* }:7000" dr
	done
done

# packets [FAMILY]: each of the last capture in one line, without what routers change of a header of that family
packets() {
	awk -v family="${1:-}" '/0x0000:/ { if (line) print line; line = ""
			if (family == 4) $2 = $3 = $4 = $5 = $6 = $7 = ""; if (family == 6) $5 = "" }
		/0x[0-9a-f]*:/ { $1 = ""; line = line $0 }
		END { print line }' "$capture" | tr -d ' '
}
# of FAMILY: the array kinds, and filter
of() {
	kinds=("${kinds4[@]}") filter=$errors4
	[[ $1 == 4 ]] || kinds=("${kinds6[@]}") filter=$errors6
}
# begin FAMILY PROTOCOL ADDRESS: a connection from port 5000
begin() {
	local to=${2^^}$1
	printf 'x\n' | quiet_in c socat -t 1 - "$to:$3:7000,sp=5000,reuseaddr" | grep -x '[ds]r*1 x'
}
# alike NS FAMILY: what came there came twice, once through d and once not
alike() {
	wait_for 10 says "$capture" 'packets captured'
	packets "$2" | sort | uniq -c | tee out
	expect ${#kinds[@]} grep -c '^ *2 ' out
	expect ${#kinds[@]} grep -c . out
}

# errors FAMILY PROTOCOL CLIENT VIRTUAL SERVER OUTER-ROUTER INNER-ROUTER
errors() {
	local kind kinds filter
	of "$1"
	begin "$1" "$2" "$4"
	say "$2, IPv$1, to the server"
	capture s1 $((2 * ${#kinds[@]})) eth0 -x "$filter"
	for kind in "${kinds[@]}"; do
		quiet_in dr2 complain $kind "$6:0" "$4:0" "$2" "$4:7000" "$3:5000"
		quiet_in s2 complain $kind "$6:0" "$5:0" "$2" "$5:7000" "$3:5000"
	done
	alike s1 "$1"
	say "$2, IPv$1, to the client"
	capture c $((2 * ${#kinds[@]})) eth0 -x "$filter"
	for kind in "${kinds[@]}"; do
		quiet_in s2 complain $kind "$7:0" "$3:0" "$2" "$3:5000" "$5:7000"
		quiet_in dr2 complain $kind "$4:0" "$3:0" "$2" "$3:5000" "$4:7000"
	done
	alike c "$1"
}
# errors_dr FAMILY PROTOCOL CLIENT VIRTUAL ROUTER: in the name of the router, since that has the virtual address, too
errors_dr() {
	local kind kinds filter
	of "$1"
	begin "$1" "$2" "$4"
	say "$2, IPv$1, to a server by DR"
	capture dr1 ${#kinds[@]} eth0 -x "$filter"
	first=$capture
	capture d ${#kinds[@]} lan -x -Q in "$filter"
	for kind in "${kinds[@]}"; do
		quiet_in c complain $kind "$5:0" "$4:0" "$2" "$4:7000" "$3:5000"
	done
	wait_for 10 says "$first" 'packets captured'
	wait_for 10 says "$capture" 'packets captured'
	packets "$1" >sent
	capture=$first
	packets "$1" | diff sent -
}
for protocol in tcp udp; do
	errors 4 $protocol 192.0.2.50 $vip 198.51.100.21 192.0.2.22 198.51.100.22
	errors 6 $protocol "[$lan6:50]" "[$vip6]" "[$in6:21]" "[$lan6:22]" "[$in6:22]"
	errors_dr 4 $protocol 192.0.2.50 $vip_dr 192.0.2.22
	errors_dr 6 $protocol "[$lan6:50]" "[$vip6_dr]" "[$lan6:22]"
done
expect 0 dropped d icmp_unrelated
expect 0 dropped d checksum

say 'about no connection; a quote that is cut, and one that lies'
quiet_in dr2 complain 11 0 0 192.0.2.22:0 $vip:0 udp $vip:7000 192.0.2.50:5999
wait_for 10 is 1 dropped d icmp_unrelated
capture s1 2 eth0 "$errors4"
quiet_in dr2 complain 11 0 0 192.0.2.22:0 $vip:0 udp $vip:7000 192.0.2.50:5000 8
quiet_in dr2 complain 11 0 0 192.0.2.22:0 $vip:0 tcp $vip:7000 192.0.2.50:5000 8
wait_for 10 says "$capture" 'packets captured'
expect 2 grep -c '198.51.100.21.7000 > 192.0.2.50.5000' "$capture"
fails grep -E 'wrong icmp|bad cksum' "$capture"

say 'no server is left: what is quoted is what was sent'
quiet_in c ethtool -K eth0 tx off >/dev/null
for protocol in tcp udp; do
	for key in "4 $vip 198.51.100.21" "6 [$vip6] [$in6:21]"; do
		read -r family at server <<<"$key"
		baton d server set $protocol "$at:7000" "$server:7000" weight 0
		of "$family"
		capture c 2 eth0 -x "dst port 7000 or ($filter)"
		expect refused in_ns c sh -c "netpeer ask $protocol $at:7000 || true"
		wait_for 10 says "$capture" 'packets captured'
		says "$capture" "${at//[][]} > .* $protocol port 7000"
		{ read -r sent && read -r told; } < <(packets)
		[[ -n $sent && $told == *"$sent" ]] || fail "$told does not quote $sent"
	done
done
# a client that is told while it still sends asks once more
(($(dropped d no_server) >= 4)) || fail 'no_server was not counted'
unload
