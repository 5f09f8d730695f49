# SPDX-License-Identifier: GPL-2.0-or-later
#
# Who gets the next connection: rr in turn, wrr by weight, wlc the one with the least
# connections for its weight; a server of weight 0 gets none, and when no server is left the
# client is told at once.
. ./lib.sh

load
topology
serve tcp 7000 s1 s2
nat_service d tcp 7000 rr
s1=198.51.100.21:7000 s2=198.51.100.22:7000

say 'rr'
expect 's1=6 s2=6' in_ns c netpeer many tcp $vip:7000 12

say 'wrr, 3 to 1'
baton d service set tcp $vip:7000 scheduler wrr
baton d server set tcp $vip:7000 $s1 weight 3
expect 's1=30 s2=10' in_ns c netpeer many tcp $vip:7000 40

say 'wlc, 3 to 1, connections that stay'
baton d service flush
nat_service d tcp 7000 wlc
baton d server set tcp $vip:7000 $s1 weight 3
hold c tcp $vip:7000 40
expect 'ready s1=30 s2=10' last_line "$work/held$held_no.out"
wait_for 10 is 30 server_has d tcp $vip:7000 $s1 active
wait_for 10 is 10 server_has d tcp $vip:7000 $s2 active
held close
wait_for 20 is 0 server_has d tcp $vip:7000 $s1 active

say 'weight 0'
baton d service set tcp $vip:7000 scheduler rr
for sched in rr wrr wlc; do
	baton d service set tcp $vip:7000 scheduler $sched
	baton d server set tcp $vip:7000 $s1 weight 0
	baton d server set tcp $vip:7000 $s2 weight 2
	expect 's2=6' in_ns c netpeer many tcp $vip:7000 6
done

say 'no server'
baton d server set tcp $vip:7000 $s2 weight 0
before=$(dropped d no_server)
expect 'refused=3' in_ns c netpeer many tcp $vip:7000 3
(($(dropped d no_server) >= before + 3)) || fail 'no_server was not counted'
unload
