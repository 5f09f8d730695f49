# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# What a service or server may choose for itself: a server with as many connections as its upper limit
# gets no more until it has fewer than the lower one, and the client of a service whose servers are all
# full is refused; a state lasts as long as its service says and not as the namespace does; and
# datagrams of a one-packet service each get a server, without a connection.
. ./lib.sh

load
topology
serve tcp 7000 s1 s2
serve udp 7000 s1 s2
serve_at=$vip_dr serve udp 7001 dr1 dr2
nat_service d tcp 7000 rr
S1=(tcp "$vip:7000" 198.51.100.21:7000)
overloaded() { baton_json d server list tcp $vip:7000 | jq -r '.[0].overloaded'; }

say 'limits'
baton d server set "${S1[@]}" upper 4 lower 2
refused 2 'lower must not be above' quiet_in d batonctl server set "${S1[@]}" lower 5
hold c tcp $vip:7000 10
held ask 's1=4 s2=6'
expect true overloaded
expect 's2=3' in_ns c netpeer many tcp $vip:7000 3
baton d server set tcp $vip:7000 198.51.100.22:7000 upper 1
expect 'refused=2' in_ns c netpeer many tcp $vip:7000 2
expect 2 dropped d no_server
baton d save saved
baton d apply saved | grep 'nothing to change'
grep 'upper 4 lower 2$' saved
baton d connection kill server 198.51.100.21:7000
expect false overloaded
expect 's1=4' in_ns c netpeer many tcp $vip:7000 4
baton d server set "${S1[@]}" upper 0 lower 0
wait_for 10 is false overloaded
expect 's1=3' in_ns c netpeer many tcp $vip:7000 3

say 'limits do not change what a hash says, only who refuses'
baton d server set tcp $vip:7000 198.51.100.22:7000 upper 0
baton d connection kill service tcp $vip:7000
baton d service set tcp $vip:7000 scheduler mh hash-port on fallback off
baton d server set "${S1[@]}" upper 1
many=$(in_ns c netpeer many tcp $vip:7000 30)
[[ $many =~ refused=[1-9] && $many =~ s1=1( |$) && $many =~ s2=[1-9] ]] || fail "$many"
baton d service set tcp $vip:7000 fallback on
expect 's2=10' in_ns c netpeer many tcp $vip:7000 10

say 'timeouts'
for port in 7000 7002; do
	baton d service add udp $vip:$port scheduler rr
	baton d server add udp $vip:$port 198.51.100.21:7000
	expect 's1=1' in_ns c netpeer many udp $vip:$port 1
done
expect 300 quiet_in d sh -c "batonctl --json connection list service udp $vip:7000 | jq .[].timeout"
baton d service del udp $vip:7000
baton d service add udp $vip:7000 scheduler rr timeout_udp 2
baton d server add udp $vip:7000 198.51.100.21:7000
expect 's1=1' in_ns c netpeer many udp $vip:7000 1
wait_for 20 is 0 conns d service udp $vip:7000
expect 1 conns d service udp $vip:7002
baton d save saved
grep 'timeout_udp 2$' saved
baton d service set udp $vip:7000 timeout_udp 0
baton d apply saved | grep '^set service .* timeout_udp 2$'

say 'one packet'
dr_service d udp 7001 rr
refused 2 'for udp' quiet_in d batonctl service set tcp $vip:7000 onepacket on
baton d service set udp $vip_dr:7001 onepacket on
hold c udp $vip_dr:7001 1
held ask 'another-server=1'
expect 0 conns d service udp $vip_dr:7001

say 'IPv6'
topology6
serve_at='[::]' serve tcp 7006 s1 s2
nat_service6 d tcp 7006 rr
baton d service set tcp "[$vip6]:7006" timeout_tcp_established 1
baton d server set tcp "[$vip6]:7006" "[$in6:21]:7006" upper 1
hold c tcp "[$vip6]:7006" 4
held ask 's1=1 s2=3'
wait_for 20 is 0 conns d service tcp "[$vip6]:7006"
serve_at="[$vip6_dr]" serve udp 7006 dr1 dr2
dr_service6 d udp 7006 rr
baton d service set udp "[$vip6_dr]:7006" onepacket on
hold c udp "[$vip6_dr]:7006" 1
held ask 'another-server=1'
expect 0 conns d service udp "[$vip6_dr]:7006"
unload
