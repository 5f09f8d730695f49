# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# Tunnels with GUE: without a checksum, with the outer UDP's, and with the inner one left to the server;
# at its usual port and at another. IPv4 and IPv6 in both reach the servers; large segments arrive whole
# and, where somebody on the way can see that, with right checksums; what is too large and who does not
# unwrap is told to the client.
. ./lib.sh
. /baton/lib_tunnel.sh

load
tunnel_topology fou fou6 ipip ip6_tunnel sit
tunnels_up
for family in -4 -6; do
	in_ns t1 ip $family fou add port 6080 gue
	in_ns t2 ip $family fou add port 6666 gue
done
serve_tunneled 7000
other=(tunnel-port 6666)
for protocol in tcp udp; do
	tunnel_service $protocol $vip:7000 $back.21 gue
	baton d server add $protocol $vip:7000 "[$back6:22]:7000" tunnel gue tunnel-checksum on "${other[@]}"
	tunnel_service $protocol "[$vip6]:7001" "[$back6:21]" gue tunnel-checksum remote
	baton d server add $protocol "[$vip6]:7001" $back.22:7001 tunnel gue tunnel-checksum remote "${other[@]}"
done

say 'both families in both'
for protocol in tcp udp; do
	expect 't1=5 t2=5' in_ns c netpeer many $protocol $vip:7000 10
	expect 't1=5 t2=5' in_ns c netpeer many $protocol "[$vip6]:7001" 10
done
quiet_in d batonctl save | tee out
grep -q "server tcp \\[$vip6\\]:7001 $back.22:7001 tunnel gue tunnel-checksum remote tunnel-port 6666 weight 1" out

say 'what fits'
serve_at=$vip serve udp 7002 t1
serve_at=$vip serve udp 7003 t2
serve_at="[$vip6]" serve udp 7004 t1
serve_at="[$vip6]" serve udp 7005 t2
tunnel_service udp $vip:7002 $back.21 gue
tunnel_service udp $vip:7003 "[$back6:22]" gue "${other[@]}"
tunnel_service udp "[$vip6]:7004" "[$back6:21]" gue tunnel-checksum remote
tunnel_service udp "[$vip6]:7005" $back.22 gue tunnel-checksum on "${other[@]}"
tells_mtu 32 $vip:7002
tells_mtu 52 $vip:7003
tells_mtu 60 "[$vip6]:7004"
tells_mtu 32 "[$vip6]:7005"

say 'large segments'
tunnel_service tcp $vip:9000 $back.21 gue
tunnel_service tcp $vip:9001 "[$back6:22]" gue tunnel-checksum on "${other[@]}"
tunnel_service tcp "[$vip6]:9002" "[$back6:21]" gue tunnel-checksum remote
tunnel_service tcp "[$vip6]:9003" $back.22 gue tunnel-checksum on "${other[@]}"
tunnel_service tcp $vip:9004 $back.21 gue tunnel-checksum remote
intact t1 tunl0 tcp upload t1 $vip:9000
intact t2 ip6tnl0 tcp upload t2 $vip:9001
intact t2 sit0 tcp upload t2 "[$vip6]:9003"
# Remote checksums: what is cut by this kernel keeps a mark by which the servers, the same kernel here,
# take the checksum inside for done. So such segments are lost and come again, small, one by one.
upload t1 "[$vip6]:9002" 50000 100
upload t1 $vip:9004 50000 100
quiet_in r ethtool -K back tx off gso off tso off >/dev/null
upload t1 "[$vip6]:9002" 50000 100
upload t1 $vip:9004 50000 100
expect 0 dropped d write
expect 0 dropped d no_route

say 'an error that quotes too little is left to the stack, which learns nothing from it'
before=$(quiet_in d batonctl stats)
quiet_in r complain 3 4 1200 192.0.2.1:0 192.0.2.11:0 udp 192.0.2.11:50000 $back.21:6080 8
expect "$before" quiet_in d batonctl stats
fails quiet_in d sh -c "ip route get $back.21 | grep mtu"
unlearn
tells_mtu 32 $vip:7002

say 'who does not unwrap'
in_ns t1 ip fou del port 6080
in_ns t1 ip -6 fou del port 6080
tells_unreachable $vip:7002 'icmp[0] == 3 and icmp[1] == 1'
tells_unreachable "[$vip6]:7004" 'icmp6 and ip6[40] == 1 and ip6[41] == 3'
unload
