# SPDX-License-Identifier: GPL-2.0-or-later
#
# A director dies before it told its peer of anything. Where the scheduler goes by the flow
# alone, the new active gives every connection the server that it had, NAT and DR, and it goes on;
# where it does not, the client is told by a reset. Nothing is adopted by a director that never was promoted.
. ./lib.sh

adopted() { baton_json "$1" status | json_number '"adopted":'; }

load
topology a b
serve tcp 7000 s1 s2 dr1 dr2
serve tcp 7001 s1 s2
for n in a b; do
	nat_service $n tcp 7000 mh
	dr_service $n tcp 7000 mh
	baton $n service set tcp $vip:7000 hash-port on
	baton $n service set tcp $vip_dr:7000 hash-port on
	nat_service $n tcp 7001 wlc
done
in_ns b gatectl set standby 1
in_ns a gatectl set active 2

hold c tcp $vip:7000 40
hold c tcp $vip_dr:7000 40
hold c tcp $vip:7001 10
expect 0 adopted a
expect 0 conns b
shares=()
for held_no in 1 2; do
	echo ask >"$work/held$held_no.in"
	wait_for 60 is 2 sh -c "wc -l <$work/held$held_no.out"
	shares+=("$(last_line "$work/held$held_no.out")")
	say "${shares[-1]}"
	[[ ${shares[-1]} == *1=*2=* ]] || fail 'one server has them all'
done

say 'a falls silent, untold'
ip -n a link set lan down
ip -n a link set in down
in_ns b gatectl set active 3
take b
for held_no in 1 2; do
	echo ask >"$work/held$held_no.in"
	wait_for 60 is 3 sh -c "wc -l <$work/held$held_no.out"
	expect "${shares[held_no - 1]}" last_line "$work/held$held_no.out"
done
expect 80 adopted b
expect 80 in_state b tcp_established

say 'wlc cannot know: a reset'
held_no=3
held ask 'reset=10'
expect 80 adopted b

say 'a director that was never promoted adopts nothing'
unload
load
nat_service b tcp 7000 mh
baton b service set tcp $vip:7000 hash-port on
echo ask >"$work/held1.in"
wait_for 60 is 4 sh -c "wc -l <$work/held1.out"
expect 'ask reset=40' last_line "$work/held1.out"
expect 0 adopted b
unload
