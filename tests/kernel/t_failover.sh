# SPDX-License-Identifier: GPL-2.0-or-later
#
# Failover inside one machine: a carries live TCP connections, busy and silent, NAT and DR; its
# table is drained into b; a goes silent, b takes the addresses, the gateway and a higher
# epoch. Every connection goes on through b, also those that never sent a byte before, and a,
# come back with its old epoch, cannot forward.
. ./lib.sh

load
topology a b
serve tcp 7000 s1 s2 dr1 dr2
for n in a b; do
	nat_service $n tcp 7000 wlc
	dr_service $n tcp 7000 wlc
done
in_ns b gatectl set standby 1
in_ns a gatectl set active 2

hold c tcp $vip:7000 50
nat_in=$held_fd nat_no=$held_no
hold c tcp $vip:7000 50 silent
hold c tcp $vip_dr:7000 50
hold c tcp $vip_dr:7000 50 silent
wait_for 10 is 200 in_state a tcp_established
in_ns a syncpipe drain a b
in_ns a syncpipe equal a b

say 'a falls silent'
ip -n a link set lan down
ip -n a link set in down
in_ns b gatectl set active 3
take b

for held_no in 1 2 3 4; do
	echo ask >"$work/held$held_no.in"
	wait_for 60 is 2 sh -c "wc -l <$work/held$held_no.out"
	last_line "$work/held$held_no.out" | tee line
	if ((held_no < 3)); then
		grep -qx 'ask s1=25 s2=25' line
	else
		grep -qx 'ask dr1=25 dr2=25' line
	fi
done
expect 's1=5 s2=5' in_ns c netpeer many tcp $vip:7000 10

say 'a comes back and still believes'
leave a
ip -n a link set lan up
ip -n a link set in up
in_ns a gatectl show
expect ESTALE in_ns a sh -c 'gatectl set active 1 | cut -d: -f1'
in_ns a gatectl set standby 3
in_ns b syncpipe bulk b a
in_ns b syncpipe equal b a
unload
