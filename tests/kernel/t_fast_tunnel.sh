# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# Tunnels on the fast path: ipip, GRE and GUE, with and without checksums, in both families. What passes no
# hook arrives as the same bytes as what passed them all; so do large segments. The source of the outer
# packet, the way to wrap and what fits on the way follow each change. Mixed families stay on the slow path.
. ./lib.sh
. /baton/lib_tunnel.sh

load
tunnel_topology ipip ip6_tunnel sit pktgen
tunnels_up
serve_at=$vip serve tcp 8000 t1
mac_d=$(quiet_in d cat /sys/class/net/lan/address)
# The port says which service: each has one server
tunnel_service udp $vip:7000 $back.21
tunnel_service udp $vip:7001 $back.21 gre
tunnel_service udp $vip:7002 $back.21 gre tunnel-checksum on
tunnel_service udp $vip:7003 $back.21 gue
tunnel_service udp $vip:7004 $back.21 gue tunnel-checksum on
tunnel_service udp $vip:7005 $back.21 gue tunnel-checksum remote tunnel-port 6666
tunnel_service udp "[$vip6]:7100" "[$back6:21]"
tunnel_service udp "[$vip6]:7101" "[$back6:21]" gre
tunnel_service udp "[$vip6]:7102" "[$back6:21]" gue tunnel-checksum on
tunnel_service udp "[$vip6]:7200" $back.21
watch d

# send PORT SIZE: a datagram from c, the same bytes each time; congestion was met on its way
send() {
	local lines=("count 1" "delay 0" "pkt_size $2" "dst_mac $mac_d" "flag NO_TIMESTAMP" "flag UDPCSUM"
		"udp_src_min 5555" "udp_src_max 5555" "udp_dst_min $1" "udp_dst_max $1")
	if (($1 >= 7100)); then
		lines+=("src6 $lan6:50" "dst6 $vip6" "traffic_class bb")
	else
		lines+=("src_min 192.0.2.50" "src_max 192.0.2.50" "dst_min $vip" "dst_max $vip" "tos bb")
	fi
	quiet_in c bash -c '
		cd /proc/net/pktgen
		echo rem_device_all >kpktgend_0
		echo "add_device eth0" >kpktgend_0
		for line; do
			echo "$line" >eth0
		done
		echo start >pgctrl' - "${lines[@]}"
}
# looks PORT: a datagram as t1 gets it, all bytes, but for the number and, with it, the checksum of an
# outer IPv4 header
looks() {
	local from="ip src ${source:-192.0.2.11} and not icmp" mask='s/^(4.{7}).{4}(.{8}).{4}/\1\2/'
	(($1 < 7100)) || from="ip6 src $lan6:11 and not icmp6"
	capture t1 1 eth0 -x "$from" >/dev/null
	send "$1" 300
	wait_for 10 says "$capture" 'packet captured|packets captured' >/dev/null
	fails grep -E 'bad cksum|incorrect' "$capture" >/dev/null
	awk '/^\t0x[0-9a-f]+:/ { for (i = 2; i <= NF; i++) printf "%s", $i } END { print "" }' "$capture" |
		sed -E "$mask"
}
# both PORT: the same from either path
both() {
	send "$1" 300
	send "$1" 300
	forget d
	looks "$1" >fast
	expect '0 0' seen d
	quiet_in d batonctl tunable set fastpath off >/dev/null
	looks "$1" >slow
	expect '1 0' seen d
	quiet_in d batonctl tunable set fastpath on >/dev/null
	cut -c1-120 fast
	cmp fast slow
	(($(wc -c <fast) > 600)) || fail 'not all of it'
}
# takes fast|slow PORT SIZE
takes() {
	local want='0 0' before
	[[ $1 == fast ]] || want='1 0'
	forget d
	before=$(counted d in_packets)
	send "$2" "$3"
	wait_for 10 is $((before + 1)) counted d in_packets
	expect "$want" seen d
}

say 'the same bytes'
for port in 7000 7001 7002 7003 7004 7005 7100 7101 7102; do
	both $port
done
grep -q '^6ba00000' fast || fail 'the mark of congestion is outside'

say 'TCP, and large segments'
tunnel_service tcp $vip:8000 $back.21
tunnel_service tcp $vip:9000 $back.21
hold c tcp $vip:8000 1
proven d t1=1
held close
forget d
intact t1 eth0 'ip proto 4' upload t1 $vip:9000
in=$(seen d)
((${in% *} < 20)) || fail "$in packets took the slow path"

say 'mixed families'
send 7200 300
send 7200 300
takes slow 7200 300

say 'another way to wrap, another source'
both 7000
baton d server set udp $vip:7000 $back.21:7000 tunnel gre
takes slow 7000 300
takes fast 7000 300
looks 7000 | tee out
grep -q '^45ba....0000..2f' out || fail 'no GRE'
in_ns d ip addr add 192.0.2.13/24 dev lan
in_ns d ip route replace $back.0/24 via 192.0.2.1 src 192.0.2.13
source=192.0.2.13
takes slow 7000 300
takes fast 7000 300
expect 1 grep -c . <(looks 7000)

say 'what fits is what the route has learned'
takes fast 7000 1400
narrow 1300
serve_at=$vip serve udp 7006 t1
tunnel_service udp $vip:7006 $back.21
expect 'mtu 1280' in_ns c sh -c "netpeer big udp $vip:7006 1272 || true"
send 7000 300
takes fast 7000 1200
takes slow 7000 1400
in_ns d ip route replace $back.0/24 via 192.0.2.1 src 192.0.2.13 mtu 1000
send 7000 300
takes fast 7000 900
takes slow 7000 1200
unload
