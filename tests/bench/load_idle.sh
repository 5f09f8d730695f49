# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# limit: 3000
#
# What connections cost that do nothing: how much of a processor goes with a million of them, and how long
# packets stand still meanwhile. The guest's clock counts instructions, 10^9 a second.
#
#	c .50 --- lan 192.0.2.0/24 --- .11 d .11 --- far 203.0.113.0/24 --- .50 p
#
# c opens connections to servers that nobody is; a pulse goes from p through the director back to p.
#
# Prints lines "idle KEY=VALUE..."; load_report.py reads them.
. ./lib.sh

count=${LOAD_COUNT:-1000000} seconds=${LOAD_SECONDS:-120}

ns c d p
link c eth0 192.0.2.50/24 d lan 192.0.2.11/24
link p eth0 203.0.113.50/24 d far 203.0.113.11/24
in_net p 'link set eth0 mtu 100'
in_net d 'addr add 192.0.2.101/32 dev lan'
in_net d 'addr add 203.0.113.100/32 dev far'
net_up
quiet_in d sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
ip -n d neigh add 192.0.2.21 lladdr 02:00:00:00:00:21 dev lan nud permanent
ip -n d neigh add 203.0.113.21 lladdr 02:00:00:00:00:22 dev far nud permanent
mac=$(quiet_in d cat /sys/class/net/lan/address)
far_mac=$(quiet_in d cat /sys/class/net/far/address)
# a frame of 46 bytes every 200 us
in_ns p tc qdisc add dev eth0 root tbf rate 1840kbit burst 90 limit 10mb

# idle SYSTEM CONNECTIONS: hundredths of a second, as /proc/uptime has them
idle() {
	local up0 idle0 up idle fd
	read -r up0 idle0 </proc/uptime
	nap "$seconds"
	read -r up idle </proc/uptime
	mkfifo pulse.in
	quiet_in p pulse eth0 "$far_mac" 203.0.113.100:7000 <pulse.in >pulse.out &
	exec {fd}>pulse.in
	rm pulse.in
	wait_for 10 grep -q begun pulse.out
	nap 10
	exec {fd}>&-
	wait $!
	echo "idle system=$1 connections=$2 busy=$((10#${up/./} - 10#${up0/./} - 10#${idle/./} + 10#${idle0/./}))" \
		"of=$((10#${up/./} - 10#${up0/./})) $(tail -n 1 pulse.out)"
}
open() { quiet_in c synconn open eth0 "$mac" 192.0.2.101:7000 0 "$count"; }

load
baton d tunable set timeout_tcp_established 3600 conn_max 0 >/dev/null
baton d service add udp 203.0.113.100:7000 scheduler rr
baton d server add udp 203.0.113.100:7000 203.0.113.21:7000 dr
nap 30	# the guest has just booted
idle none 0
baton d service add tcp 192.0.2.101:7000 scheduler rr
baton d server add tcp 192.0.2.101:7000 192.0.2.21:7000 dr
open
here=$(conns d)
((here >= count)) || fail "$here connections, not $count"
nap 5
idle baton "$count"
unload

modprobe ip_vs conn_tab_bits=20
modprobe ip_vs_rr
quiet_in d ipvsadm --set 3600 120 300
quiet_in d ipvsadm -A -u 203.0.113.100:7000 -s rr
quiet_in d ipvsadm -a -u 203.0.113.100:7000 -r 203.0.113.21:7000 -g
quiet_in d ipvsadm -A -t 192.0.2.101:7000 -s rr
quiet_in d ipvsadm -a -t 192.0.2.101:7000 -r 192.0.2.21:7000 -g
open
nap 5
idle ip_vs "$count"
quiet_in d ipvsadm -C
rmmod ip_vs_rr ip_vs
