# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# lblc and lblcr: connections to one address stay on one server while it has room; then lblc moves
# the address, and lblcr gives it a second server. What was learned survives a change of the servers.
. ./lib.sh

load
topology
serve tcp 7000 s1 s2
s1=198.51.100.21:7000 s2=198.51.100.22:7000

# begin SCHEDULER: both servers have room for four
begin() {
	wait_for 20 is 0 conns d
	baton d service flush
	baton d service add tcp $vip:7000 scheduler "$1"
	baton d server add tcp $vip:7000 $s1 weight 4
	baton d server add tcp $vip:7000 $s2 weight 4
}
baton d tunable set timeout_tcp_time_wait 1 timeout_tcp_close 1 timeout_tcp_fin_wait 1 timeout_tcp_last_ack 1

# Connections that ended load a server, too: only the memory of the address keeps it on s1.
say 'lblc: one server, until it is crowded, then the other'
begin lblc
expect 's1=20' in_ns c netpeer many tcp $vip:7000 20
begin lblc
hold c tcp $vip:7000 12
expect 'ready s1=5 s2=7' last_line "$work/held$held_no.out"
held close

say 'lblcr: a second server, then the less loaded of both'
begin lblcr
expect 's1=20' in_ns c netpeer many tcp $vip:7000 20
begin lblcr
hold c tcp $vip:7000 12
expect 'ready s1=6 s2=6' last_line "$work/held$held_no.out"
held close

say 'servers change, the address keeps its own'
for sched in lblc lblcr; do
	begin $sched
	expect 's1=3' in_ns c netpeer many tcp $vip:7000 3
	baton d server del tcp $vip:7000 $s2
	baton d server add tcp $vip:7000 $s2 weight 9
	expect 's1=3' in_ns c netpeer many tcp $vip:7000 3
	baton d server set tcp $vip:7000 $s1 weight 0
	expect 's2=3' in_ns c netpeer many tcp $vip:7000 3
	baton d server set tcp $vip:7000 $s2 weight 0
	expect 'refused=2' in_ns c netpeer many tcp $vip:7000 2
done
unload
