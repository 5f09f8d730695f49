# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# SCTP associations are synced from namespace a (active) to b (standby) as soon as they are established,
# with the templates of a persistent service, and go on through b when the addresses have moved. One
# that b was not told of is adopted where the scheduler goes by the flow.
. ./lib.sh

modprobe sctp
load
topology a b
serve sctp 8000 s1 s2
serve_at=$vip_dr serve sctp 7000 dr1 dr2
for n in a b; do
	for port in 7000 7001; do
		baton $n service add sctp $vip:$port scheduler mh hash-port on
		baton $n server add sctp $vip:$port 198.51.100.21:8000 nat
		baton $n server add sctp $vip:$port 198.51.100.22:8000 nat
	done
	baton $n service set sctp $vip:7001 persistent 100
	dr_service $n sctp 7000 rr
done
in_ns b gatectl set standby 1
in_ns a gatectl set active 2
pipe() { in_ns a syncpipe "$@"; }

hold c sctp $vip:7000 6
nat_fd=$held_fd nat_no=$held_no
nat=$(last_line "$work/held$held_no.out")
hold c sctp $vip_dr:7000 4
held ask 'dr1=2 dr2=2'
hold c sctp $vip:7001 2
persistent=$(last_line "$work/held$held_no.out")
persistent_fd=$held_fd persistent_no=$held_no
pipe drain a b | tee out
grep -q 'rejected=0 .*overrun=0' out
quiet_in a syncpipe equal a b
expect 12 in_state b sctp_established
expect 1 in_state b template

say 'another one, which b does not hear of'
hold c sctp $vip:7000 1
late=$(last_line "$work/held$held_no.out")
expect 12 in_state b sctp_established

say 'b takes over'
hand_over a b 4
held ask "${late#ready }"
expect 13 in_state b sctp_established
held_fd=$nat_fd held_no=$nat_no
held ask "${nat#ready }"
held_fd=$persistent_fd held_no=$persistent_no
held ask "${persistent#ready }"
held close
wait_for 20 is 2 in_state b sctp_closed
expect 0 dropped b no_server
unload
