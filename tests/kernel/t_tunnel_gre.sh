# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# Tunnels with GRE, without and with its checksum: IPv4 and IPv6 in both reach servers whose own
# endpoints insist on one or the other; large segments arrive whole and with right checksums; what is
# too large and who cannot be reached is told to the client.
. ./lib.sh
. /baton/lib_tunnel.sh

load
tunnel_topology ip_gre ip6_gre
for dev in gre0 ip6gre0; do
	ip -n t1 link set $dev up
done
ip -n t2 link add g type gre local $back.22 csum
ip -n t2 link add g6 type ip6gre local $back6:22 csum
for dev in g g6; do
	ip -n t2 link set $dev up
done
# What waits there to be put together is overtaken by the last of a train: the servers' affair, and
# it looks like loss to the client.
for dev in t1:gre0 t1:ip6gre0 t2:g t2:g6; do
	quiet_in ${dev%:*} ethtool -K ${dev#*:} gro off
done
serve_tunneled 7000
for protocol in tcp udp; do
	tunnel_service $protocol $vip:7000 $back.21 gre
	baton d server add $protocol $vip:7000 "[$back6:22]:7000" tunnel gre tunnel-checksum on
	tunnel_service $protocol "[$vip6]:7001" "[$back6:21]" gre tunnel-checksum off
	baton d server add $protocol "[$vip6]:7001" $back.22:7001 tunnel gre tunnel-checksum on weight 1
done

say 'both families in both'
for protocol in tcp udp; do
	expect 't1=5 t2=5' in_ns c netpeer many $protocol $vip:7000 10
	expect 't1=5 t2=5' in_ns c netpeer many $protocol "[$vip6]:7001" 10
done

say 'what fits'
serve_at=$vip serve udp 7002 t1
serve_at=$vip serve udp 7003 t2
serve_at="[$vip6]" serve udp 7004 t1
serve_at="[$vip6]" serve udp 7005 t2
tunnel_service udp $vip:7002 $back.21 gre
tunnel_service udp $vip:7003 "[$back6:22]" gre tunnel-checksum on
tunnel_service udp "[$vip6]:7004" "[$back6:21]" gre
tunnel_service udp "[$vip6]:7005" $back.22 gre tunnel-checksum on
tells_mtu 24 $vip:7002
tells_mtu 48 $vip:7003
tells_mtu 44 "[$vip6]:7004"
tells_mtu 28 "[$vip6]:7005"

say 'who cannot be reached'
cut_off add
tells_unreachable $vip:7002 'icmp[0] == 3 and icmp[1] == 1'
tells_unreachable "[$vip6]:7004" 'icmp6 and ip6[40] == 1 and ip6[41] == 3'
cut_off del

say 'large segments'
tunnel_service tcp $vip:9000 $back.21 gre
tunnel_service tcp $vip:9001 "[$back6:22]" gre tunnel-checksum on
tunnel_service tcp "[$vip6]:9002" "[$back6:21]" gre
tunnel_service tcp "[$vip6]:9003" $back.22 gre tunnel-checksum on
intact t1 eth0 'ip proto 47' upload t1 $vip:9000
intact t2 eth0 'ip6 proto 47' upload t2 $vip:9001
intact t1 eth0 'ip6 proto 47' upload t1 "[$vip6]:9002"
intact t2 eth0 'ip proto 47' upload t2 "[$vip6]:9003"
expect 0 dropped d write
expect 0 dropped d no_route
unload
