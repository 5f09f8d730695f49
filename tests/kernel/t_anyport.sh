# SPDX-License-Identifier: GPL-2.0-or-later
#
# A service with port 0 takes every port of its address that has no service of its own, TCP and
# UDP apart; a server with port 0 gets the port that the client asked for.
. ./lib.sh

load
topology
serve tcp 7000 s1
serve tcp 7001 s1 s2
serve udp 7001 s1
baton d service add tcp $vip:0 scheduler rr
baton d server add tcp $vip:0 198.51.100.21:0 nat
baton d service add tcp $vip:7001 scheduler rr
baton d server add tcp $vip:7001 198.51.100.22:7001 nat

expect 's1=3' in_ns c netpeer many tcp $vip:7000 3
expect 's2=3' in_ns c netpeer many tcp $vip:7001 3
# nobody listens on s1, port 9: the answer comes from there
expect 'refused=1' in_ns c netpeer many tcp $vip:9 1
# no UDP service: the director's own stack says so
expect 'refused=1' in_ns c netpeer many udp $vip:7001 1
baton d service add udp $vip:0 scheduler rr
baton d server add udp $vip:0 198.51.100.21:0 nat
expect 's1=2' in_ns c netpeer many udp $vip:7001 2
expect 4 conns d service tcp $vip:0
unload
