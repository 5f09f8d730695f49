# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# Services and servers go from a (active) to b (standby). Without `services = adopt` b keeps its own and
# says that they differ, and a connection whose server it does not have waits. With it b has what a
# has, whatever changes: servers, weights, a server that drains, services that go; a connection is
# never put on another server. After a failover it is b that is followed.
. ./lib.sh
. /baton/lib_syncd.sh

conf_with() { sed "/^\[sync\]/a services = $1" conf >"conf.$1"; }
conf_with adopt
conf_with refuse
saved() { quiet_in "$1" batonctl save; }
alike() { [[ $(saved a) == "$(saved b)" ]]; }

say 'refused: b says so and keeps what it has'
baton b server del tcp $vip:7000 198.51.100.22:7000
start a conf.adopt
start b conf.refuse
hold c tcp $vip:7000 20
wait_for 20 is 10 status a .lost_by_reason.unknown_server
expect true ask_bool a '.peer.config != .config and .peer.config_equal == false'
expect 10 synced b
expect 0 ask_bool b .adopted
before=$(saved b)
nap 1
expect "$before" saved b

say 'adopted: what waited is put on its own server'
stop b
start b conf.adopt
wait_for 20 warm
alike
same 20
expect 10 server_has b tcp $vip:7000 198.51.100.22:7000 active
wait_for 5 status b '.adopted == 1 and .peer.config_equal'

say 'whatever changes, with all that a service can be told'
for ((i = 1; i <= 60; i++)); do
	echo "service tcp 192.0.2.1$((i % 10)):$((8000 + i)) scheduler mh sync after 500 persistent 60"
	echo "server tcp 192.0.2.1$((i % 10)):$((8000 + i)) 198.51.100.21:0 dr weight $i"
done >rules
cat >>rules <<-END
	service udp 192.0.2.121:7100-7199 scheduler wlc sync off reset off fastpath off expire-quiescent on timeout_udp 40
	server udp 192.0.2.121:7100-7199 198.51.100.21:0 nat weight 2 upper 100 lower 50
	service udp 192.0.2.121:7000 scheduler sh fallback on hash-port on onepacket on
	service tcp 192.0.2.122:80 scheduler wrr persistent 90 prefix 24 timeout_tcp_established 500
	server tcp 192.0.2.122:80 192.0.2.21:80 tunnel ipip
	server tcp 192.0.2.122:80 192.0.2.22:80 tunnel gue tunnel-checksum remote tunnel-port 6081
	server tcp 192.0.2.122:80 192.0.2.23:80 tunnel gre tunnel-checksum on weight 0
END
in_ns a batonctl save >>rules
in_ns a batonctl apply rules
baton a server set tcp $vip:7000 198.51.100.21:7000 weight 7
wait_for 20 alike
baton b server set tcp $vip:7000 198.51.100.21:7000 weight 3
wait_for 20 alike

say 'what drains keeps its connections, on both'
baton a server del tcp $vip:7000 198.51.100.22:7000 drain 1h
draining() { [[ $(saved b) == *"198.51.100.22:7000 nat weight 0"* ]]; }
wait_for 20 draining
flushed a
same 20
baton a server del tcp $vip:7000 198.51.100.22:7000
gone() { [[ $(saved b) != *198.51.100.22:7000* ]]; }
wait_for 20 gone
flushed a
same 10

say 'b is followed when it is b that is active'
in_ns a gatectl set standby 3
in_ns b gatectl set active 4
wait_for 20 warm
baton b service flush
wait_for 20 is '' saved a
expect 0 conns a
stop a
stop b
