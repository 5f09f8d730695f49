# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# A persistent service: all connections of a client, or of a network of clients, go to one server,
# also when its weight is 0 (unless the service says that this ends it), but not when it drains; with
# port 0 on whatever port. What remembers this outlives the connections that it opened by its time
# and no more, and is known to the peer, which sends the client the same way after a failover.
. ./lib.sh

load
topology a b
topology6 a b
for port in 7000 7001 7002; do
	serve tcp $port s1 s2
done
serve udp 7000 s1 s2
serve_at='[::]' serve tcp 7006 s1 s2
for n in a b; do
	nat_service $n tcp 7000 rr
	baton $n service set tcp $vip:7000 persistent 3
	nat_service $n udp 7000 rr
	baton $n service set udp $vip:7000 persistent 300
	nat_service6 $n tcp 7006 rr
	baton $n service set tcp "[$vip6]:7006" persistent 300 prefix 64
	baton $n service add tcp $vip:0 scheduler rr persistent 300
	for s in 21 22; do
		baton $n server add tcp $vip:0 198.51.100.$s:0
	done
	baton $n tunable set timeout_tcp_time_wait 1 timeout_tcp_close 1 timeout_tcp_fin_wait 1 timeout_tcp_last_ack 1
done
in_ns b gatectl set standby 1
in_ns a gatectl set active 2
many() { quiet_in "$1" netpeer many tcp "${3:-$vip:7000}" "$2"; }
templates() { in_state "$1" template 2>/dev/null || echo 0; }
servers() { baton_json a server list tcp $vip:7000 | jq length; }

say 'one server a client'
one=$(many c 4)
[[ $one == s[12]=4 ]]
expect 1 templates a
two=$(many dr1 4)
[[ $two == s[12]=4 && $two != "$one" ]]
expect 2 templates a
expect 0 server_has a tcp $vip:7000 198.51.100.21:7000 active
baton a connection list | grep ' state template '

say 'it lasts as long as a connection, then ends'
hold c tcp $vip:7000 1
idle() { (($(baton_json a connection list | jq '[.[] | select(.state == "tcp_established").idle] | max') >= 6)); }
wait_for 30 idle
wait_for 30 is 1 templates a
baton a connection list | grep 'client 192.0.2.50:0 .* state template '
held ask "${one%=*}=1"
expect "$one" many c 4
held close
wait_for 30 is 0 templates a

say 'weight 0 is for strangers, unless the service says otherwise; to drain is for all'
one=$(many c 2)
server=198.51.100.2${one:1:1}:7000
baton a server set tcp $vip:7000 "$server" weight 0
expect "$one" many c 2
baton a service set tcp $vip:7000 expire-quiescent on
two=$(many c 2)
[[ $two == s[12]=2 && $two != "$one" ]]
baton a server set tcp $vip:7000 "$server" weight 1
expect "$two" many c 2
server=198.51.100.2${two:1:1}:7000
baton a server del tcp $vip:7000 "$server" drain 60
expect "$one" many c 2
wait_for 30 is 1 servers
baton a server add tcp $vip:7000 "$server"

say 'networks, ports, datagrams, IPv6'
for n in a b; do
	baton $n service set tcp $vip:7000 persistent 300 prefix 24 expire-quiescent off
done
baton a connection kill service tcp $vip:7000
expect 0 templates a
# nobody listens: what never was a connection is not remembered like one
expect 'refused=1' many c 1 $vip:9
expect 1 in_state a tcp_syn_recv
expect 0 templates a
one=$(many c 3)
any=$(many c 3 $vip:7001)
six=$(many c 3 "[$vip6]:7006")
udp=$(quiet_in c netpeer many udp $vip:7000 3)
for got in "$one" "$any" "$six" "$udp"; do
	[[ $got == s[12]=3 ]]
done
expect 4 templates a
expect "$one" many dr1 3
expect "$any" many c 3 $vip:7002
expect "$six" many dr1 3 "[$vip6]:7006"
expect "$udp" quiet_in c netpeer many udp $vip:7000 3
expect 4 templates a
baton a save | grep 'tcp 192.0.2.100:7000 .* persistent 300 prefix 24$'
baton a save | quiet_in a batonctl apply - | grep 'nothing to change'
refused 2 'for persistent' quiet_in a batonctl service add tcp $vip:9 prefix 24
refused 2 'for persistent' quiet_in a batonctl service set tcp $vip:7000 persistent off prefix 24

say 'the peer knows'
in_ns a syncpipe drain a b
quiet_in a syncpipe equal a b
expect 4 templates b
hand_over a b 4
expect "$one" many c 3
expect "$one" many dr1 3
expect "$any" many c 3 $vip:7001
expect "$any" many c 3 $vip:7002
expect "$udp" quiet_in c netpeer many udp $vip:7000 3
expect 4 templates b

say 'no more'
baton b service set tcp $vip:7000 persistent off
expect 's1=2 s2=2' many c 4
unload
