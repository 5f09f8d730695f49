# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# vcpus: 2
# limit: 3000
#
# What a second processor brings, and TCP's throughput. Each system has a director of its own, so that no
# other's hooks are in its way; they take turns, each round all of them.
#
#	c (cN) 10.1.N.0/24 ---- dN ---- 10.2.N.0/24 (sN) s
#
# Prints lines "two KEY=VALUE..." and "stream KEY=VALUE..."; load_report.py reads them.
. ./lib.sh

rounds=${LOAD_ROUNDS:-5} packets=60000 port=5201
systems=(forward ip_vs baton)

ns c s
for i in 0 1 2; do
	ns d$i
	link c c$i "10.1.$i.2/24" d$i in "10.1.$i.1/24"
	link s s$i "10.2.$i.2/24" d$i out "10.2.$i.1/24"
	in_net d$i "addr add 10.1.$i.100/32 dev in"
	in_net c "route add 10.2.$i.0/24 via 10.1.$i.1"
	in_net s "route add 10.1.$i.0/24 via 10.2.$i.1"
done
net_up
for i in 0 1 2; do
	quiet_in d$i sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
done
to() { [[ ${systems[$1]} == forward ]] && echo "10.2.$1.2" || echo "10.1.$1.100"; }

show modprobe pktgen
modprobe -a ip_vs ip_vs_rr
for p in t u; do
	quiet_in d1 ipvsadm -A -$p 10.1.1.100:$port -s rr
	quiet_in d1 ipvsadm -a -$p 10.1.1.100:$port -r 10.2.1.2:$port -m
done
show insmod /baton/baton.ko
for p in tcp udp; do
	baton d2 service add $p 10.1.2.100:$port scheduler rr
	baton d2 server add $p 10.1.2.100:$port 10.2.2.2:$port nat
done

# generate N PROCESSORS: as many on each at the same time, each flow its own; microseconds in $took
generate() {
	local at i threads=$2 mac line
	mac=$(quiet_in "d$1" cat /sys/class/net/in/address)
	at=$(to "$1")
	for ((i = 0; i < threads; i++)); do
		printf '%s\n' "pkt_size 100" "clone_skb 0" "delay 0" "dst_min $at" "dst_max $at" "dst_mac $mac" \
			"udp_src_min $((2000 + i))" "udp_src_max $((2000 + i))" "udp_dst_min $port" "udp_dst_max $port" \
			"count $packets" >"lines$i"
	done
	line=$(quiet_in c bash -c '
		cd /proc/net/pktgen
		for ((i = 0; i < $3; i++)); do
			echo rem_device_all >kpktgend_$i
			echo "add_device $2@$i" >kpktgend_$i
			while read -r line; do
				echo "$line" >"$2@$i"
			done <"$1/lines$i"
		done
		echo start >pgctrl
		grep -h ^Result "$2"@*
		for ((i = 0; i < $3; i++)); do
			echo rem_device_all >kpktgend_$i
		done' - "$PWD" "c$1" "$threads")
	took=$(sed -n 's/Result: OK: \([0-9]*\)(.*/\1/p' <<<"$line" | sort -n | tail -n 1)
	[[ $took ]] || fail "pktgen: $line"
}
drops() { quiet_in s tc -s filter show dev "s$1" ingress | sed -n 's/.*Sent [0-9]* bytes \([0-9]*\) pkt.*/\1/p' | head -n 1; }

for i in 0 1 2; do
	quiet_in s tc qdisc add dev s$i clsact
	quiet_in s tc filter add dev s$i ingress protocol ip pref 1 u32 match ip protocol 17 0xff action drop
done
# a reply proves the flow's way back; here only requests are sent, and one way is proven by the first of them
for ((round = 0; round < rounds; round++)); do
	for i in 0 1 2; do
		before=$(drops $i)
		generate $i 1
		one=$took
		generate $i 2
		echo "two system=${systems[i]} packets=$packets one_us=$one both_us=$took lost=$((3 * packets - $(drops $i) + before))"
	done
done

quiet_in s iperf3 -s -D -I "$work/iperf.pid"
wait_for 10 listening s tcp $port
# stream SEGMENTS: to each in turn
stream() {
	local i result
	for i in 0 1 2; do
		result=$(quiet_in c iperf3 -J -t 3 -c "$(to $i)")
		echo "stream system=${systems[i]} segments=$1 bits_per_second=$(jq '.end.sum_received.bits_per_second | floor' <<<"$result")"
	done
}
for ((round = 0; round < rounds; round++)); do
	stream large
done
for i in 0 1 2; do
	quiet_in c ethtool -K c$i tso off gso off gro off
	quiet_in s ethtool -K s$i tso off gso off gro off
	quiet_in d$i ethtool -K in gro off
	quiet_in d$i ethtool -K out gro off
done
for ((round = 0; round < rounds; round++)); do
	stream packets
done
kill "$(cat "$work/iperf.pid")"
