# SPDX-License-Identifier: GPL-2.0-or-later
#
# Damaged netlink messages, with services and live connections: the module answers or refuses, and
# the kernel says nothing. Another user than root may not even read.
. ./lib.sh

load
topology
serve tcp 7000 s1 s2
nat_service d tcp 7000 rr
hold c tcp $vip:7000 10
for seed in 1 2 3 4; do
	expect 'sent 4000' in_ns d nlfuzz $seed 4000
	show ip netns exec d batonctl --json status >/dev/null
done

say 'it still works'
in_ns d gatectl show
baton d service flush
epoch=$(quiet_in d gatectl show | sed 's/.*epoch=\([0-9]*\).*/\1/')
if ((epoch < 1048575)); then
	in_ns d gatectl set active $((epoch + 1))
	baton d tunable set conn_max 0 timeout_tcp_established 900 timeout_tcp_syn_recv 60
	nat_service d tcp 7000 rr
	expect 's1=2 s2=2' in_ns c netpeer many tcp $vip:7000 4
fi

say 'not for everybody'
refused 6 . in_ns d setpriv --reuid=65534 --regid=65534 --clear-groups batonctl status
refused 6 . in_ns d setpriv --reuid=65534 --regid=65534 --clear-groups batonctl service flush
unload
