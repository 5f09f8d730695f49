# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# A table that is full: conn_max is kept, what is open goes on, what is new is dropped and
# counted, and room that comes free is used again. A flood of datagrams from ever new ports
# grows the table and shrinks it, and leaves nothing.
. ./lib.sh

load
topology
serve tcp 7000 s1 s2
serve udp 7000 s1
nat_service d tcp 7000 rr
baton d service add udp $vip:7000 scheduler rr
baton d server add udp $vip:7000 198.51.100.21:7000 nat

baton d tunable set conn_max 20
hold c tcp $vip:7000 20
expect 20 conns d
in_ns c netpeer spray udp $vip:7000 30
expect 20 conns d
full=$(dropped d table_full)
((full >= 30)) || fail "table_full counts $full of 30"
held ask 's1=10 s2=10'
held close
baton d tunable set timeout_tcp_time_wait 1 timeout_tcp_close 1 timeout_tcp_fin_wait 1 timeout_tcp_last_ack 1
wait_for 30 is 0 conns d
expect 's1=1' in_ns c netpeer many udp $vip:7000 1

say 'many'
baton d tunable set conn_max 0 timeout_udp 300
in_ns c netpeer spray udp $vip:7000 5000
# Or one more: the port of the connection before may be among those that were taken.
all_there() { (($(conns d) >= 5000)); }
wait_for 20 all_there
baton d service flush
expect 0 conns d
unload
