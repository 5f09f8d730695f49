# SPDX-License-Identifier: GPL-2.0-or-later
#
# Direct routing: the director passes the packet on as it is, the server answers the client
# itself. So the director sees one direction only, and the connection still comes to
# established and ends.
. ./lib.sh

load
topology
serve tcp 7000 dr1 dr2
serve_at=$vip_dr serve udp 7000 dr1 dr2
dr_service d tcp 7000 rr
dr_service d udp 7000 rr

expect 'dr1=10 dr2=10' in_ns c netpeer many tcp $vip_dr:7000 20
expect 'dr1=10 dr2=10' in_ns c netpeer many udp $vip_dr:7000 20
expect 0 counted d out_packets

hold c tcp $vip_dr:7000 6
expect 6 in_state d tcp_established
held ask 'dr1=3 dr2=3'
held close
gone() { ! in_state d tcp_established 2>/dev/null; }
wait_for 10 gone
unload
