# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Servers that are reached through tunnels. They are behind router r, have the virtual addresses and
# answer clients past the director.
#
#	c .50 ----- lan 192.0.2.0/24 ----- .11 d
#	            2001:db8:1::/64
#	                  | .1
#	                  r
#	                  | .1
#	t1 .21 ---- back 203.0.113.0/24 --- .22 t2
#	            2001:db8:3::/64

back=203.0.113
back6=2001:db8:3:

# tunnel_topology MODULE...: everything above; the modules, which the servers' tunnels need, come first
tunnel_topology() {
	local n
	modprobe -a "$@"
	switch lan
	switch back
	ns c d r t1 t2
	plug lan c eth0 192.0.2.50/24
	plug lan d lan 192.0.2.11/24
	plug lan r lan 192.0.2.1/24
	plug back r back $back.1/24
	in_net d "addr add $vip/32 dev lan"
	in_net d "route add $back.0/24 via 192.0.2.1"
	for n in 1 2; do
		plug back t$n eth0 $back.2$n/24
		in_net t$n "addr add $vip/32 dev lo"
		in_net t$n "route add default via $back.1"
	done
	net_up
	ipv6_on c d r t1 t2
	addresses6 c "addr add $lan6:50/64 dev eth0"
	addresses6 d "addr add $lan6:11/64 dev lan" "addr add $vip6/128 dev lan preferred_lft 0" \
		"route add $back6:/64 via $lan6:1"
	addresses6 r "addr add $lan6:1/64 dev lan" "addr add $back6:1/64 dev back"
	for n in 1 2; do
		addresses6 t$n "addr add $back6:2$n/64 dev eth0" "addr add $vip6/128 dev lo" \
			"route add default via $back6:1"
	done
	forwards r
	forwards6 r
}

# tunnels_up: on both servers, all that unwraps an IP header alone; with its packets as they come
tunnels_up() {
	local n dev
	for n in t1 t2; do
		ip -6 -n $n tunnel change ip6tnl0 mode any
		for dev in tunl0 ip6tnl0 sit0; do
			ip -n $n link set $dev up
			quiet_in $n ethtool -K $dev gro off
		done
	done
}

# serve_tunneled PORT: netpeer on both servers, TCP and UDP; in IPv6 on the port after that
serve_tunneled() {
	local protocol
	for protocol in tcp udp; do
		serve_at=$vip serve $protocol "$1" t1 t2
		serve_at="[$vip6]" serve $protocol $(($1 + 1)) t1 t2
	done
}

# tunnel_service PROTOCOL VIRTUAL SERVER WORDS...: a service with that one server
tunnel_service() {
	local protocol=$1 virtual=$2 server=$3
	shift 3
	baton d service add "$protocol" "$virtual" scheduler rr
	baton d server add "$protocol" "$virtual" "$server:${virtual##*:}" tunnel "$@"
}

# unlearn: c and d do not remember what fits on which way
unlearn() {
	local n
	for n in c d; do
		ip -n $n route flush cache
		ip -6 -n $n route flush cache
	done
}

# narrow MTU: the way from r to the servers; without MTU it is as wide as before
narrow() {
	local family prefix n
	for n in 1 2; do
		for family in -4 -6; do
			prefix=$back.2$n/32
			[[ $family == -4 ]] || prefix=$back6:2$n/128
			if (($#)); then
				ip $family -n r route replace "$prefix" dev back mtu "$1"
			else
				ip $family -n r route del "$prefix"
			fi
		done
	done
	unlearn
}

# tells_mtu OVERHEAD ENDPOINT: what does not fit is told to the client: first by d, which knows the
# way to r, then, through d, by r, which knows the rest
tells_mtu() {
	local headers=28
	[[ $2 != \[* ]] || headers=48
	expect "mtu $((1500 - $1))" in_ns c sh -c "netpeer big udp $2 $((1490 - headers)) || true"
	narrow 1400
	expect "mtu $((1400 - $1))" in_ns c sh -c "netpeer big udp $2 $((1400 - headers)) || true"
	expect 'answer 1203' in_ns c netpeer big udp "$2" 1200
	narrow
}
# intact NS IF FILTER COMMAND...: while COMMAND runs, packets to NS leave r with checksums; those that
# match are seen there and every checksum in them is right
intact() {
	local n=$1 dev=$2 filter=$3
	shift 3
	quiet_in r ethtool -K back tx off gso off tso off >/dev/null
	capture "$n" 60 "$dev" "$filter"
	"$@"
	wait_for 10 says "$capture" 'packets captured'
	fails grep -E 'incorrect|bad.*cksum|bad.*checksum' "$capture"
	(($(grep -c '(correct)' "$capture") >= 50)) || { cat "$capture"; fail 'too few checksums'; }
	quiet_in r ethtool -K back tx on gso on tso on >/dev/null
}

# resent: TCP segments that c has sent again so far
resent() { quiet_in c awk '/^Tcp: [0-9]/ { print $13 }' /proc/net/snmp; }

# upload SERVER ENDPOINT [BYTES [MOST]]: so much (2 MB) from c, which arrives whole, and large segments
# the first time: what is not cut right arrives only when it is sent again, small. At most MOST (50) are.
upload() {
	local before most=${4:-50}
	head -c "${3:-2000000}" /dev/urandom >file
	in_ns "$1" socat -u "TCP6-LISTEN:${2##*:},reuseaddr,ipv6only=0" "CREATE:up.$1" &
	wait_for 10 listening "$1" tcp "${2##*:}"
	before=$(resent)
	case $2 in
	\[*)	in_ns c socat -u FILE:file "TCP6:$2" ;;
	*)	in_ns c socat -u FILE:file "TCP4:$2" ;;
	esac
	wait $!
	cmp file "up.$1"
	(($(resent) - before <= most)) || fail "$(($(resent) - before)) segments were sent again"
}

# tells_unreachable ENDPOINT CAPTURE-FILTER: while r has no way to the servers
tells_unreachable() {
	capture c 1 eth0 "$2"
	in_ns c sh -c "netpeer ask udp $1 || true"
	wait_for 10 says "$capture" 'packet captured|packets captured'
	grep -iE 'unreachable' "$capture"
}
cut_off() {
	local n
	for n in 1 2; do
		ip -n r route "$1" unreachable $back.2$n/32
		ip -6 -n r route "$1" unreachable $back6:2$n/128
	done
}
