# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# What would become of connections at the other node, asked without a failover: the sample finds every
# connection of a small table, and the standby's answer says why one would not go on. Asking changes
# nothing on either side.
. ./lib.sh

load
topology a b
serve tcp 7000 s1 s2
serve tcp 7001 s1 s2
serve udp 7002 s1 s2
for n in a b; do
	nat_service $n tcp 7000 rr
	nat_service $n tcp 7001 rr
	nat_service $n udp 7002 rr
done
in_ns b gatectl set standby 1
in_ns a gatectl set active 2
# meets NAME=NUMBER...: of all connections of a, at b; the others are 0
meets() {
	local want='same=0 other=0 none=0 no_service=0 no_server=0 invalid=0 left_out=0' pair
	for pair; do
		want=$(sed "s/\b${pair%=*}=0/$pair/" <<<"$want")
	done
	expect "$want" quiet_in a syncpipe match a b
}

say 'nothing to ask about'
meets

say 'not told of yet; then told of'
hold c tcp $vip:7000 200
wait_for 10 is 200 in_state a tcp_established
meets none=200
in_ns a syncpipe drain a b
meets same=200
quiet_in a syncpipe equal a b

say 'what policy leaves out'
in_ns a batonctl service set tcp $vip:7000 sync off
hold c tcp $vip:7000 5
wait_for 10 is 205 in_state a tcp_established
in_ns a syncpipe drain a b
meets same=200 none=5 left_out=5

say 'what a template remembers is no connection'
in_ns a batonctl service set tcp $vip:7001 persistent 300
hold c tcp $vip:7001 10
wait_for 10 is 215 in_state a tcp_established
meets same=200 none=15 left_out=5

say 'the standby has no such server, or no such service'
in_ns b batonctl server del tcp $vip:7001 198.51.100.21:7001
in_ns b batonctl server del tcp $vip:7001 198.51.100.22:7001
meets same=200 none=5 no_server=10 left_out=5
in_ns b batonctl service del tcp $vip:7001
meets same=200 none=5 no_service=10 left_out=5

say 'its connection has another server: both nodes served one client, and neither told the other'
quiet_in c sysctl -qw net.ipv4.ip_local_port_range='40000 40000'
in_ns a batonctl server set udp $vip:7002 198.51.100.22:7002 weight 0
in_ns b batonctl server set udp $vip:7002 198.51.100.21:7002 weight 0
expect 's1=1' in_ns c netpeer many udp $vip:7002 1
meets same=200 none=6 no_service=10 left_out=5
in_ns a gatectl set standby 3
leave a
in_ns b gatectl set active 4
take b
expect 's2=1' in_ns c netpeer many udp $vip:7002 1
meets same=200 other=1 none=5 no_service=10 left_out=5
unload
