# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# iperf3 through the director: TCP up and down, and datagrams larger than the way takes, by NAT, DR, IPIP, GRE and GUE
# with their checksums, and to a server on the director, in IPv4 and IPv6. Both ends count the same bytes, nothing is
# reset or lost, and every checksum of every packet is right behind the last device. The ways inside are wide
# enough for tunnels: who has to be told what fits is in t_tunnel*.

. /baton/lib_offload.sh

bytes=262144 datagrams=20 gue=6080
declare -A at=([nat]=$vip [dr]=$vip_dr [ipip]=$vip_dr [gre]=$vip_dr [gue]=$vip_dr [local]=$vip)
declare -A at6=([nat]=$vip6 [dr]=$vip6_dr [ipip]=$vip6_dr [gre]=$vip6_dr [gue]=$vip6_dr [local]=$vip6)
declare -A port=([nat]=5201 [dr]=5201 [ipip]=5202 [gre]=5203 [gue]=5204 [local]=5205)
declare -A words=([nat]=nat [dr]=dr [ipip]=tunnel [gre]='tunnel gre tunnel-checksum on'
	[gue]="tunnel gue tunnel-checksum on tunnel-port $gue" [local]=nat)
methods='nat dr ipip gre gue local'

# iperf_networks: those of lib_topology.sh, and what takes tunnels apart on dr1
iperf_networks() {
	local port family dev

	modprobe -a ipip ip6_tunnel ip_gre ip6_gre fou fou6
	topology
	topology6
	for port in d:lan lan:d-lan dr1:eth0 lan:dr1-eth0; do
		ip -n ${port%:*} link set ${port#*:} mtu 1600
	done
	bare_ports lan:c-eth0 lan:dr1-eth0 in:s1-eth0
	ip -n dr1 link add gre4 type gre local 192.0.2.21 csum
	ip -n dr1 link add gre6 type ip6gre local $lan6:21 csum
	for family in -4 -6; do
		in_ns dr1 ip $family fou add port $gue gue
	done
	# what a tunnel's end puts together is overtaken by the last of a train
	for dev in tunl0 ip6tnl0 gre4 gre6; do
		ip -n dr1 link set $dev up
		quiet_in dr1 ethtool -K $dev gro off
	done
}

# slow_words: what iperf3's ends tell each other must not overtake the bytes that they count: it goes another way,
# and slowly
slow_words() {
	local match

	plug lan c slow -
	net_up
	in_ns lan bridge link set dev c-slow learning off flood off mcast_flood off bcast_flood off
	in_ns c tc qdisc add dev slow root netem delay 100ms
	in_ns c sh -c 'echo 20000 29999 >/proc/sys/net/ipv4/ip_local_port_range'
	in_ns c tc qdisc add dev eth0 clsact
	for match in 'ip pref 1 u32 match ip' 'ipv6 pref 2 u32 match ip6'; do
		in_ns c tc filter add dev eth0 egress protocol $match protocol 6 0xff match ${match##* } sport 0x4000 0xc000 \
			action mirred egress redirect dev slow
	done
}

listeners() { quiet_in "$1" ss -Hltn "sport = :$2" | wc -l; }
# server METHOD: NS, its addresses
server() {
	case $1 in
	nat)	echo s1 198.51.100.21 $in6:21 ;;
	local)	echo d 192.0.2.11 $lan6:11 ;;
	*)	echo dr1 192.0.2.21 $lan6:21 ;;
	esac
}
# iperf_services: and what serves them
iperf_services() {
	local method n real real6 p protocol

	for method in $methods; do
		read -r n real real6 < <(server $method)
		p=${port[$method]}
		for protocol in tcp udp; do
			echo "service $protocol ${at[$method]}:$p scheduler rr"
			echo "server $protocol ${at[$method]}:$p $real:$p ${words[$method]}"
			echo "service $protocol [${at6[$method]}]:$p scheduler rr"
			echo "server $protocol [${at6[$method]}]:$p [$real6]:$p ${words[$method]}"
		done
		# by DR and tunnels answers come from the virtual address
		[[ $n != dr1 ]] || real=${at[$method]} real6=${at6[$method]}
		quiet_in "$n" iperf3 -s -B $real -p $p >server.$method 2>&1 &
		quiet_in "$n" iperf3 -s -B $real6 -p $p >server.$method.6 2>&1 &
	done >services
	for method in $methods; do
		read -r n _ < <(server $method)
		wait_for 10 is 2 listeners "$n" ${port[$method]}
	done
	baton d apply services
}

# count_large: what leaves d, by the port of the switch that it comes out of
count_large() {
	local n

	for n in lan in; do
		quiet_in $n nft "add table netdev t
			add chain netdev t from_d { type filter hook ingress device d-$n priority 0; }
			add rule netdev t from_d meta length > 1600 counter"
	done
}
# large: so many packets left d that were larger than any way
large() {
	local n
	for n in lan in; do
		quiet_in $n nft list table netdev t
	done | awk 'match($0, /packets [0-9]+/) { n += substr($0, RSTART + 8, RLENGTH - 8) } END { print n + 0 }'
}

client_port=45056
# iperf METHOD FAMILY WORDS...: from c; what it says, as JSON, in $said
iperf() {
	local method=$1 to=${at[$1]}
	[[ $2 == 4 ]] || to=${at6[$1]}
	shift 2
	client_port=$((client_port + 1))
	quiet_in c timeout 20 iperf3 -J -c "$to" -p "${port[$method]}" --cport $client_port "$@" >said 2>&1 ||
		{ cat said server.*; fail "iperf3 $method $to $*"; }
	said=$(tr -d '[:space:]' <said)
}
# number MEMBER WORD: of what was said at the end
number() {
	[[ $said =~ \"$1\":\{[^}]*\"$2\":([0-9]+) ]] || fail "no $1 $2 in $said"
	echo "${BASH_REMATCH[1]}"
}
# stream METHOD FAMILY WORDS...: TCP, as many bytes as were wanted at either end
stream() {
	local sent received
	iperf "$@" -n $bytes
	sent=$(number sum_sent bytes)
	received=$(number sum_received bytes)
	((sent >= bytes && received == sent)) || fail "$*: $received of $sent bytes"
}
# train METHOD FAMILY: datagrams, none of which is lost
train() {
	iperf "$@" -u -b 100M -l 4000 -n $((datagrams * 4000))
	(($(number sum packets) >= datagrams && $(number sum lost_packets) == 0)) || { cat said; fail "$*: datagrams were lost"; }
}
# of WORD: in what was said of a capture
of() {
	[[ $seen =~ (^| )$1=([0-9]+) ]]
	echo "${BASH_REMATCH[2]}"
}
# sound NS LEAST: every checksum of the record, of at least so many packets
sound() {
	recorded "$1"
	seen=$(sumcheck "pcap.$1" $gue) || { echo "$seen"; fail "$1 got a wrong checksum"; }
	say "$1: $seen"
	(($(of tcp) >= $2 && $(of resets) == 0 && $(of largest) <= 1600)) || fail "$1: that is not what comes over a cable"
}

# iperf_round on|gathered|off: everything once. Senders leave everything to devices; or they leave nothing, and the
# director puts together what comes in; or nobody does anything of that
iperf_round() {
	local n method family before came off=0

	say "offloads: $1"
	[[ $1 != off ]] || off=1
	offloads "$([[ $1 == on ]] && echo on || echo off)" c s1 dr1
	gathers "$([[ $1 == gathered ]] && echo on || echo off)"
	for n in c s1 dr1; do
		record $n eth0 2000 ''
	done
	for method in $methods; do
		for family in 4 6; do
			before=$(large)
			stream $method $family
			came=$(($(large) - before))
			say "$method, IPv$family: $came large packets"
			[[ $method == local ]] || (((came == 0) == off)) || fail 'not as they came'
			stream $method $family -R
			train $method $family
		done
	done
	sound s1 100
	sound dr1 400
	(($(of gre) >= 200 && $(of udp) >= 100)) || fail 'tunnels without checksums'
	sound c 400
	expect 0 sums c d s1 dr1
}

# iperf_rounds HOW...: a whole script
iperf_rounds() {
	local how reason again

	load
	iperf_networks
	slow_words
	iperf_services
	count_large
	for how; do
		iperf_round "$how"
	done
	again=$(lost c d s1 dr1)
	((again < 10)) || fail "$again segments were sent again"
	for reason in too_big no_route write not_syn no_server; do
		expect 0 dropped d $reason
	done
	unload
}
