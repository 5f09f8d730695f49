# SPDX-License-Identifier: GPL-2.0-or-later
# vcpus: 2
# quick: 6.1
#
# Namespaces with services come and go under traffic on two CPUs, and the module is unloaded
# while several of them carry connections. Each namespace is alone: neither services nor
# connections nor the gate are shared.
. ./lib.sh

load
topology
serve udp 7000 s1 s2
serve tcp 7000 s1 s2
nat_service d udp 7000 rr
nat_service d tcp 7000 wlc
hold c tcp $vip:7000 20
quiet_in c sh -c "while :; do netpeer spray udp $vip:7000 50; done" &

for round in 1 2 3 4 5; do
	for n in x y z; do
		ip netns add $n
		spaces+=("$n")
		ip -n $n link set lo up
		quiet_in $n batonctl service add udp 127.0.0.1:5000
		quiet_in $n batonctl server add udp 127.0.0.1:5000 127.0.0.1:5001
		expect 0 conns $n
		quiet_in $n netpeer spray udp 127.0.0.1:5000 20 &
	done
	quiet_in x gatectl set standby 7
	expect 'active open epoch=0 lease=0' in_ns y gatectl show
	for n in z y x; do
		ip netns del $n
	done
	held ask 's1=10 s2=10'
done
expect 'active open epoch=0 lease=0' in_ns d gatectl show
ip netns add x
spaces+=(x)
quiet_in x batonctl service add udp 127.0.0.1:5000
unload
expect 3 in_ns d sh -c 'batonctl status >/dev/null 2>&1; echo $?'
load
expect '' in_ns d batonctl service list
unload
