# SPDX-License-Identifier: GPL-2.0-or-later
#
# Instructions per packet of the director's paths, and of what does the same work in the kernel.
# Runs in a guest whose clock counts instructions (see run), so a nanosecond is an instruction and
# the same run twice gives the same figures. $BENCH is quick, full, new or guard.
#
#	c (c0) 10.1.0.0/16 ---- (d0) d (s0) ---- 10.2.0.0/16 (r0) s
#	       fd00:1::/64		  fd00:2::/64
#
# pktgen sends at one end, a filter drops at the other: behind the director or, for the floor,
# right at its ingress. What a path costs is its figure less the floor. Flows are opened, and
# proven in both directions where there are two, before they are measured.
#
# Prints lines "row KEY=VALUE..." and "memory KEY=VALUE..."; report.py reads them.
# limit: 3000
. ./lib.sh

port=7000
conntrack=no

# speak FAMILY: what is measured from now on
speak() {
	family=$1
	case $family in
	ipv4)	vip=10.1.0.100 vip_dr=10.1.0.101 vip_tun=10.1.0.102 server=10.2.0.2 client=10.1.0.2 ;;
	ipv6)	vip=fd00:1::100 vip_dr=fd00:1::101 vip_tun=fd00:1::102 server=fd00:2::2 client=fd00:1::2 ;;
	esac
}
# at ADDRESS...: each with the port, as batonctl and ipvsadm want it
at() {
	local one
	for one; do
		[[ $one == *:* ]] && echo "[$one]:$port" || echo "$one:$port"
	done
}

case ${BENCH:-quick} in
quick)	count=20000 pools=(1 10 1000) scheds=(rr wlc) ;;
guard)	count=8000 pools=(1) scheds=(rr) ;;
new)	count=20000 pools=(1 10 1000) scheds=(rr wlc mh) ;;
full)	count=50000 pools=(1 10 1000) scheds=(rr wlc mh) ;;
esac

mac() { quiet_in "$1" cat "/sys/class/net/$2/address"; }

# drop NS IF, pass NS IF: IP that comes in there ends; ARP does not
drop() {
	quiet_in "$1" tc filter add dev "$2" ingress protocol ip pref 1 matchall action drop
	quiet_in "$1" tc filter add dev "$2" ingress protocol ipv6 pref 2 matchall action drop
}
pass() {
	quiet_in "$1" tc filter del dev "$2" ingress protocol ip pref 1
	quiet_in "$1" tc filter del dev "$2" ingress protocol ipv6 pref 2
}

# generate NS IF COUNT LINE...: pktgen sends; how long that took, thousands of instructions, in $us_total
generate() {
	local where=$1 dev=$2 n=$3 result
	shift 3
	printf '%s\n' "$@" >"$work/lines"
	result=$(quiet_in "$where" bash -c '
		cd /proc/net/pktgen
		echo rem_device_all >kpktgend_0
		echo "add_device $1" >kpktgend_0
		while read -r line; do
			echo "$line" >"$1"
		done <"$3"
		echo "count $2" >"$1"
		echo start >pgctrl
		cat "$1"' - "$dev" "$n" "$work/lines")
	[[ $result =~ pkts-sofar:\ $n\  ]] || fail "pktgen sent less than $n: $result"
	[[ $result =~ Result:\ OK:\ ([0-9]+)\( ]] || fail "pktgen: $result"
	us_total=${BASH_REMATCH[1]}
}

# The generator does not keep what it sent, where it can (6.12): no device does, and who writes
# into a packet that others hold has to copy it first.
common=('pkt_size 100' 'clone_skb 0' 'delay 0' 'flag !SHARED')

# flows N: clients' addresses and ports, all combinations in turn: 1, up to 60000, or (IPv4)
# 1020000. The last port of a range is not used.
flows() {
	local n=$1
	if [[ $family == ipv6 ]]; then
		echo "src6 $client" "udp_src_min 1024" "udp_src_max $((1024 + n))"
	elif ((n <= 60000)); then
		echo "src_min $client" "src_max $client" "udp_src_min 1024" "udp_src_max $((1024 + n))"
	else
		echo "src_min $client" 'src_max 10.1.0.18' 'udp_src_min 1024' 'udp_src_max 61024'
	fi | sed 's/ \(src_max\|udp_src\)/\n\1/g'
}
# one src|dst ADDRESS: lines of pktgen
one() {
	if [[ $family == ipv6 ]]; then
		echo "${1}6 $2"
	else
		printf '%s\n' "${1}_min $2" "${1}_max $2"
	fi
}

# request N FLOWS ADDRESS: from the clients. reply N FLOWS: from the server
request() {
	local lines
	mapfile -t lines < <(one dst "$3"; flows "$2")
	generate c c0 "$1" "${common[@]}" "dst_mac $mac_d0" \
		"udp_dst_min $port" "udp_dst_max $port" "${lines[@]}"
}
reply() {
	local lines
	mapfile -t lines < <(one src "$server"; flows "$2" | sed 's/src/dst/')
	generate s r0 "$1" "${common[@]}" "dst_mac $mac_s0" \
		"udp_src_min $port" "udp_src_max $port" "${lines[@]}"
}

# row PATH SYSTEM CONNECTIONS SERVERS [KEY=VALUE]: of what was generated last
row() {
	local path=$1 system=$2 connections=$3 servers=$4
	shift 4
	printf 'row path=%s system=%s family=%s connections=%s servers=%s conntrack=%s packets=%s microseconds=%s%s\n' \
		"$path" "$system" "$family" "$connections" "$servers" "$conntrack" "$packets" "$us_total" "${*:+ $*}"
}

# measure PATH SYSTEM FLOWS SERVERS DIRECTION [ADDRESS]: every flow at least once
measure() {
	packets=$count
	if (($3 > packets)); then
		packets=$3
	fi
	"$5" "$packets" "$3" "${6:-}"
	row "$1" "$2" "$3" "$4"
}

# open FLOWS ADDRESS: as production has it: seen in both directions, several times
exchange() {
	local n=$1 to=$2 from=$3
	request "$n" "$n" "$to"
	[[ -z $from ]] || reply "$n" "$n"
	request "$n" "$n" "$to"
	request "$n" "$n" "$to"
	[[ -z $from ]] || reply "$n" "$n"
}

topology() {
	ns c d s
	link c c0 10.1.0.2/16 d d0 10.1.0.1/16
	link s r0 10.2.0.2/16 d s0 10.2.0.1/16
	speak ipv4
	in_net d "addr add $vip/32 dev d0"
	in_net d "addr add $vip_dr/32 dev d0"
	in_net d "addr add $vip_tun/32 dev d0"
	net_up
	topology6
	mac_d0=$(mac d d0) mac_s0=$(mac d s0) mac_c0=$(mac c c0) mac_r0=$(mac s r0)
	forwards d
	neighbours | ip -n d -batch -
	for i in "c c0" "d d0" "d s0" "s r0"; do
		quiet_in "${i% *}" tc qdisc add dev "${i#* }" clsact
	done
	drop c c0
	drop s r0
}
topology6() {
	speak ipv6
	ipv6_on c d s
	forwards6 d
	addresses6 c "addr add $client/64 dev c0"
	addresses6 d "addr add fd00:1::1/64 dev d0" "addr add fd00:2::1/64 dev s0" \
		"addr add $vip/128 dev d0" "addr add $vip_dr/128 dev d0" "addr add $vip_tun/128 dev d0"
	addresses6 s "addr add $server/64 dev r0"
}
neighbours() {
	local i
	for i in 10.1.0.{2..18} fd00:1::2; do
		echo "neigh add $i lladdr $mac_c0 dev d0 nud permanent"
	done
	for i in 10.2.0.2 fd00:2::2; do
		echo "neigh add $i lladdr $mac_r0 dev s0 nud permanent"
	done
	for i in $(crowd "${pools[-1]}"); do
		echo "neigh add $i lladdr $mac_r0 dev s0 nud permanent"
	done
}
# crowd N: addresses of so many servers
crowd() {
	local i
	for ((i = 0; i < $1; i++)); do
		echo "10.2.$((1 + i / 250)).$((1 + i % 250))"
	done
}

# rules SYSTEM SERVERS SCHEDULER: a service on each virtual address. One server is the one
# that replies; more of them never do.
# (No process for each of a thousand: starting one costs more than what is measured.)
rules() {
	local one servers nat dr tun
	servers=$server
	(($2 == 1)) || servers=$(crowd "$2")
	# shellcheck disable=SC2086 # addresses
	servers=$(at $servers) nat=$(at "$vip") dr=$(at "$vip_dr") tun=$(at "$vip_tun")
	case $1 in
	baton)
		{
			printf "service udp %s scheduler $3\n" "$nat" "$dr" "$tun"
			for one in $servers; do
				echo "server udp $nat $one nat"
				echo "server udp $dr $one dr"
				echo "server udp $tun $one tunnel"
			done
		} >"$work/rules"
		quiet_in d batonctl apply "$work/rules" >/dev/null ;;
	ip_vs)
		modprobe -a ip_vs ip_vs_rr ip_vs_wlc
		{
			printf -- "-A -u %s -s $3\n" "$nat" "$dr" "$tun"
			for one in $servers; do
				echo "-a -u $nat -r $one -m"
				echo "-a -u $dr -r $one -g"
				echo "-a -u $tun -r $one -i"
			done
		} | quiet_in d ipvsadm -R ;;
	esac
}
no_rules() {
	case $1 in
	baton)	quiet_in d batonctl apply /dev/null >/dev/null ;;
	ip_vs)	# its services go with this, its connections only with the module
		quiet_in d ipvsadm -C
		rmmod ip_vs_rr ip_vs_wlc ip_vs ;;
	esac
}

# director SYSTEM NAME: established flows, four paths
director() {
	local n
	rules "$1" 1 rr
	for n in "${many[@]}"; do
		exchange "$n" "$vip" yes
		measure nat_request "$2" "$n" 1 request "$vip"
		measure nat_reply "$2" "$n" 1 reply
		exchange "$n" "$vip_dr" ''
		measure dr "$2" "$n" 1 request "$vip_dr"
		exchange "$n" "$vip_tun" ''
		measure tunnel "$2" "$n" 1 request "$vip_tun"
	done
	no_rules "$1"
}

# entries SYSTEM: connections in its table
entries() {
	case $1 in
	baton)	conns d ;;
	ip_vs)	quiet_in d sed 1d /proc/net/ip_vs_conn | wc -l ;;
	esac
}

# newcomers SYSTEM [NAME]: every packet opens a connection
newcomers() {
	local n sched name=${2:-$1}
	for sched in "${scheds[@]}"; do
		for n in "${pools[@]}"; do
			rules "$1" "$n" "$sched"
			acquaint "$n"
			packets=$count
			free_before=$(free)
			request "$count" "$count" "$vip"
			row "new_$sched" "$name" "$count" "$n"
			is $((count + n)) entries "$1" || fail "$1: $(entries "$1") connections, not $count"
			memory "$1" "$count"
			no_rules "$1"
		done
	done
}

# acquaint N: routes to the servers are looked up once: another client's connections, one for each of them
acquaint() {
	generate c c0 "$1" "${common[@]}" "dst_mac $mac_d0" "udp_dst_min $port" "udp_dst_max $port" \
		'src_min 10.1.0.4' 'src_max 10.1.0.4' 'udp_src_min 1024' "udp_src_max $((1024 + $1))" \
		"dst_min $vip" "dst_max $vip"
}

# again: the same while clients come and go: half of the connections that were there have just ended,
# and as many come. The table has its size by then, and the kernel's allocator has pages.
# again SCHEDULERS POOLS: words
again() {
	local n sched
	for sched in $1; do
		for n in $2; do
			rules baton "$n" "$sched"
			acquaint "$n"
			come_again "$n" "$sched"
			no_rules baton
		done
	done
}
# come_again SERVERS SCHEDULER
come_again() {
	local half=$((count / 2)) all=$((count + $1))
	generate c c0 "$count" "${common[@]}" "dst_mac $mac_d0" "udp_dst_min $port" "udp_dst_max $port" \
		"src_min $client" 'src_max 10.1.0.3' 'udp_src_min 1024' "udp_src_max $((1024 + count))" \
		"dst_min $vip" "dst_max $vip"
	is $all entries baton || fail "$(entries baton) connections, not $all"
	quiet_in d batonctl connection kill client "$client" >/dev/null
	freed $((all - half))
	packets=$half
	request $half $half "$vip"
	row "again_$2" baton "$count" "$1"
	is $all entries baton || fail "$(entries baton) connections, not $all"
}
# freed N: so many connections are left in memory, or little more
freed() {
	local i
	for ((i = 0; i < 500; i++)); do
		(($(awk '$1 == "baton_conn_v4" { print $2 }' /proc/slabinfo) < $1 + $1 / 10)) && return
		sleep 0.01
	done
	fail "the memory of connections that ended is still in use"
}

# memory SYSTEM CONNECTIONS: pages of the slab, and all that went since $free_before
free() { awk '$1 == "MemFree:" { print $2 * 1024 }' /proc/meminfo; }
memory() {
	local cache=ip_vs_conn
	[[ $1 != baton ]] || cache=baton_conn_v4
	awk -v c=$cache -v s="$1" -v n="$2" -v m=$((free_before - $(free))) '$1 == c {
		printf "memory system=%s connections=%d object=%d slab_bytes=%d all_bytes=%d\n",
			s, n, $4, $15 * $6 * 4096, m }' /proc/slabinfo
}

floor() {
	drop d d0
	measure floor none 1 0 request "$vip"
	pass d d0
}

plain() {
	exchange 1 "$server" yes
	measure forward kernel 1 0 request "$server"
}

flowtable() {
	local n
	quiet_in d nft -f - <<-END
	table inet f {
		flowtable ft { hook ingress priority 0; devices = { d0, s0 }; }
		chain forward { type filter hook forward priority 0; ip protocol udp flow add @ft; }
	}
	END
	for n in "${many[@]}"; do
		exchange "$n" "$server" yes
		measure forward flowtable "$n" 0 request "$server"
	done
	quiet_in d nft delete table inet f
}

# million: flat, and what it takes
million() {
	local n=1020000
	packets=$n
	rules "$1" 1 rr
	free_before=$(free)
	request $n $n "$vip"
	row new_rr "$1" $n 1
	memory "$1" $n
	reply $n $n
	request $n $n "$vip"
	reply $n $n
	measure nat_request "$1" $n 1 request "$vip"
	measure nat_reply "$1" $n 1 reply
	no_rules "$1"
}

# both_ways: Baton with its fast path and without
both_ways() {
	director baton baton
	quiet_in d batonctl tunable set fastpath off >/dev/null
	director baton baton-slow
	quiet_in d batonctl tunable set fastpath on >/dev/null
}

# established: an established packet on the slow path, which a new connection is compared with
established() {
	local n=${many[0]}
	quiet_in d batonctl tunable set fastpath off >/dev/null
	rules baton 1 rr
	exchange "$n" "$vip" yes
	measure nat_request baton-slow "$n" 1 request "$vip"
	no_rules baton
	quiet_in d batonctl tunable set fastpath on >/dev/null
}

show modprobe pktgen
topology
load
if [[ $BENCH == new ]]; then
	speak ipv4
	many=(1)
	floor
	established
	newcomers baton
	again "${scheds[*]}" "${pools[*]}"
	exit 0
fi
speak ipv6
many=(1)
floor
both_ways
[[ $BENCH == guard ]] || director ip_vs ip_vs

speak ipv4
[[ $BENCH == guard ]] || many=(1 1000)
floor
both_ways
newcomers baton
[[ $BENCH == guard ]] && exit 0
if [[ $BENCH == full ]]; then
	again "${scheds[*]}" "${pools[*]}"
else
	again rr 1
fi
director ip_vs ip_vs
plain
newcomers ip_vs
if [[ $BENCH == full ]]; then
	million baton
	million ip_vs
fi

conntrack=yes
quiet_in d nft -f - <<'END'
table ip watch {
	chain input { type filter hook input priority 0; ct state invalid counter; }
	chain forward { type filter hook forward priority 0; ct state invalid counter; }
}
END
both_ways
director ip_vs ip_vs
plain
flowtable
quiet_in d nft delete table ip watch

# A daemon has asked once, and from then on each new connection is noted for it.
conntrack=no pools=(1) scheds=(rr)
quiet_in d syncpipe drain d c >/dev/null
newcomers baton baton-sync
