# SPDX-License-Identifier: GPL-2.0-or-later
#
# Nanoseconds per packet of the director's paths, and of what does the same work in the kernel.
# Runs in User-Mode Linux (see native/run), which has the host's processor as it is.
#
#	clients 10.8.0.0/16 -- router 10.1.0.2 -- d0 [director] s0 -- server 10.2.0.2
#
# Each director has a namespace, where native/feed.c plays the ends: its datagrams come in by one
# dummy device and leave by the other. For the floor a filter drops them at the ingress. All have
# the same packets and take turns, batch by batch. Flows are opened, and seen in both directions
# where there are two, before they are measured; every packet has to leave, or the run fails.
#
# $NATIVE_FEED is the folder of feed.ko at the host, $NATIVE_COUNTS numbers of connections,
# $NATIVE_TURNS says how often each is measured. Prints lines "row KEY=VALUE..."; native/report.py reads them.
# limit: 1800
. ./lib.sh

port=7000 vip=10.1.0.100 vip_dr=10.1.0.101 server=10.2.0.2
router=02:00:00:00:00:02

# What a director is called and the system it has: n none (the floor), k plain forwarding, t flowtable,
# b Baton, w Baton with `fastpath off`, v ip_vs
declare -A system=([n]=floor [k]=forward [t]=flowtable [b]=baton [w]=baton-slow [v]=ip_vs)
# as many packets as in a turn, in batches of 200; ip_vs's table: of a size for the connections, or as it comes
rounds=5000 buckets=1048576
directors=(n k t b w v)
declare -A fd

topology() {
	local n dev space
	ns "${directors[@]}"
	for n in "${directors[@]}"; do
		for dev in d0 s0; do
			in_net "$n" "link add $dev type dummy"
			in_net "$n" "link set $dev arp on up"
		done
		in_net "$n" 'addr add 10.1.0.1/24 dev d0'
		in_net "$n" 'addr add 10.2.0.1/24 dev s0'
		in_net "$n" "neigh add 10.1.0.2 lladdr $router dev d0 nud permanent"
		in_net "$n" "neigh add $server lladdr $router dev s0 nud permanent"
		in_net "$n" 'route add 10.8.0.0/16 via 10.1.0.2'
	done
	for n in b w v; do
		in_net "$n" "addr add $vip/32 dev d0"
		in_net "$n" "addr add $vip_dr/32 dev d0"
	done
	net_up
	for n in "${directors[@]}"; do
		forwards "$n"
		exec {space}<"/run/netns/$n"
		fd[$n]=$space
	done
	for dev in d0 s0; do
		quiet_in n tc qdisc add dev "$dev" clsact
		quiet_in n tc filter add dev "$dev" ingress protocol ip matchall action drop
	done
}

rules() {
	local n
	for n in b w; do
		quiet_in "$n" batonctl service add udp "$vip:$port" scheduler rr
		quiet_in "$n" batonctl server add udp "$vip:$port" "$server:$port" nat
		quiet_in "$n" batonctl service add udp "$vip_dr:$port" scheduler rr
		quiet_in "$n" batonctl server add udp "$vip_dr:$port" "$server:$port" dr
	done
	in_ns w batonctl tunable set fastpath off
	show modprobe ip_vs conn_tab_bits=20
	rules_ip_vs
	quiet_in t nft -f - <<-END
	table inet f {
		flowtable ft { hook ingress priority 0; devices = { d0, s0 }; }
		chain forward { type filter hook forward priority 0; ip protocol udp flow add @ft; }
	}
	END
}
rules_ip_vs() {
	quiet_in v ipvsadm -R <<-END
	-A -u $vip:$port -s rr
	-a -u $vip:$port -r $server:$port -m
	-A -u $vip_dr:$port -s rr
	-a -u $vip_dr:$port -r $server:$port -g
	END
}

# lane PATH DIRECTOR: as feed.c wants it
lane() {
	local to=$server
	case $2:$1 in
	[bwv]:nat_request)	to=$vip ;;
	[bwv]:dr)		to=$vip_dr ;;
	esac
	case $1 in
	nat_reply)	echo "${system[$2]}:${fd[$2]}:s0:d0:$server:$port:10.8.0.1:1024:dst" ;;
	*)		echo "${system[$2]}:${fd[$2]}:d0:s0:10.8.0.1:1024:$to:$port:src" ;;
	esac
}

# feed ROUNDS PATH DIRECTOR...: of $flows connections; the lines that feed.c left in the log
feed() {
	local rounds=$1 path=$2 list='' n
	shift 2
	for n; do
		list+=,$(lane "$path" "$n")
	done
	insmod /mnt/feed.ko "flows=$flows" "stride=$stride" "rounds=$rounds" "lane=${list#,}"
	rmmod feed
	dmesg | sed -n 's/.*feed: //p' | tail -n $#
}
# sweep PATH DIRECTOR...: a packet of each connection
sweep() {
	stride=1
	feed $(((flows + 199) / 200)) "$@" >/dev/null
}

# who PATH: the directors that have it
who() {
	local list=(n b w v)
	if ((buckets < flows)); then
		echo n b v
		return
	fi
	[[ $1 == dr ]] || list+=(k)
	# its entries are connection tracking's, which has room for 65,536 here
	[[ $1 == dr ]] || ((flows > 30000)) || list+=(t)
	echo "${list[@]}"
}

# measure PATH: so many packets in each lane and turn; one client's after the other, and in no order
measure() {
	measure_order "$1" ports
	((flows == 1)) || measure_order "$1" none
}
# measure_order PATH ORDER
measure_order() {
	local turn line lines more lanes
	stride=1
	[[ $2 == ports ]] || stride=618041	# a prime
	read -ra lanes <<<"$(who "$1")"
	for ((turn = 1; turn <= NATIVE_TURNS; turn++)); do
		lines=$(feed $rounds "$1" "${lanes[@]}")
		is "${#lanes[@]}" grep -c '^system=' <<<"$lines" || fail "feed said: $lines"
		while read -r line; do
			[[ $line =~ system=([^ ]+)\ .*packets=([0-9]+)\ left=([0-9]+) ]] || fail "feed: $line"
			more=$((BASH_REMATCH[3] - BASH_REMATCH[2]))
			[[ ${BASH_REMATCH[1]} != floor ]] || more=${BASH_REMATCH[3]}
			# the kernel has a packet of its own to send now and then
			((more >= 0 && more < 10)) || fail "sent and left differ: $line"
			echo "row path=$1 order=$2 buckets=$buckets turn=$turn $line"
		done <<<"$lines"
	done
	echo "# $1, $flows connections, order $2, ip_vs with $buckets buckets: measured $NATIVE_TURNS times"
}

# entries: the connections are there (to list ip_vs's would take minutes)
entries() {
	local n
	for n in "${lanes[@]}"; do
		[[ $n != [bw] ]] || (($(conns "$n") >= flows)) || fail "$n: $(conns "$n") connections, not $flows"
	done
	n=$(awk '$1 == "ip_vs_conn" { print $2 }' /proc/slabinfo)
	((n >= flows)) || fail "ip_vs: $n connections, not $flows"
}

mkdir -p /mnt
mount -t hostfs -o "$NATIVE_FEED" host /mnt
topology
load
rules
# compare_nat, compare_dr: what is measured of so many connections
compare_nat() {
	local lanes path
	read -ra lanes <<<"$(who nat_request)"
	for path in nat_request nat_reply nat_request ${again:-}; do
		sweep $path "${lanes[@]}"
	done
	entries
	measure nat_request
	measure nat_reply
}
compare_dr() {
	local lanes
	read -ra lanes <<<"$(who dr)"
	for _ in 1 2 3; do
		sweep dr "${lanes[@]}"
	done
	entries
	measure dr
}
for flows in ${NATIVE_COUNTS//,/ }; do
	again='nat_request nat_reply'
	compare_nat
	compare_dr
done
# ip_vs's connections are gone with the module
quiet_in v ipvsadm -C
rmmod ip_vs_rr ip_vs
# The same when its table has the size that it has by itself. Chains are so long that fewer packets tell.
if ((flows > 30000)); then
	show modprobe ip_vs
	buckets=$((1 << $(</sys/module/ip_vs/parameters/conn_tab_bits))) rounds=500 again=''
	rules_ip_vs
	compare_nat
	quiet_in v ipvsadm -C
fi
umount /mnt
