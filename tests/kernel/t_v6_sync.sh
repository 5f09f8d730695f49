# SPDX-License-Identifier: GPL-2.0-or-later
#
# IPv6 connections are synced from namespace a (active) to b (standby): what was drained is equal
# after it was applied; two daemons fill a standby that knows nothing; and when the addresses have
# moved, the same connections go on through b.
. ./lib.sh
. /baton/lib_syncd.sh

topology6 a b
serve_at='[::]' serve tcp 7006 s1 s2 dr1 dr2
serve_at='[::]' serve udp 7006 s1 s2
for n in a b; do
	nat_service6 $n tcp 7006 rr
	nat_service6 $n udp 7006 rr
	dr_service6 $n tcp 7006 rr
done
expect "$(quiet_in a batonctl save)" quiet_in b batonctl save

equal() { quiet_in a syncpipe equal a b; }
pipe() { in_ns a syncpipe "$@"; }

say 'there and back'
hold c tcp "[$vip6]:7006" 40
nat_fd=$held_fd nat_no=$held_no
hold c tcp "[$vip6_dr]:7006" 10
expect 's1=1 s2=1' in_ns c netpeer many udp "[$vip6]:7006" 2
pipe drain a b | tee out
grep -q 'rejected=0 .*overrun=0' out
equal
expect 52 synced b
quiet_in b syncfeed buckets 52
expect 20 server_has b tcp "[$vip6]:7006" "[$in6:21]:7006" active

say 'two daemons fill a standby that knows nothing'
quiet_in a batonctl save >rules
baton b service flush
in_ns b batonctl apply rules
start a
start b
wait_for 30 warm
same 52
stop a
stop b

say 'b takes over'
hand_over a b 4
held ask 'dr1=5 dr2=5'
held_fd=$nat_fd held_no=$nat_no
held ask 's1=20 s2=20'
held close
expect 0 dropped b no_server
unload
