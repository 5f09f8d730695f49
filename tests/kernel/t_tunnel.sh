# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# Tunnels without a header of their own (ipip): IPv4 and IPv6 in both. Connections reach both servers
# and end; what is outside is as what is inside says, and as in-tree ip_vs has it; large segments arrive
# whole and with right checksums; what is too large is told to the client, also by routers on the way;
# a server that cannot be reached is told, too; and a peer knows where connections go.
. ./lib.sh
. /baton/lib_tunnel.sh

load
tunnel_topology ipip ip6_tunnel sit
tunnels_up
serve_tunneled 7000
for protocol in tcp udp; do
	tunnel_service $protocol $vip:7000 $back.21
	baton d server add $protocol $vip:7000 "[$back6:22]:7000" tunnel ipip weight 1
	tunnel_service $protocol "[$vip6]:7001" "[$back6:21]"
	baton d server add $protocol "[$vip6]:7001" $back.22:7001 tunnel
done

say 'both families in both'
for protocol in tcp udp; do
	expect 't1=5 t2=5' in_ns c netpeer many $protocol $vip:7000 10
	expect 't1=5 t2=5' in_ns c netpeer many $protocol "[$vip6]:7001" 10
done
expect 40 counted d connections
expect 0 counted d out_packets
quiet_in d batonctl save | tee rules
grep -qx "server tcp $vip:7000 \\[$back6:22\\]:7000 tunnel ipip weight 1" rules
expect 'nothing to change' baton d apply rules
refused 2 'unless the method is tunnel' quiet_in d batonctl server set tcp $vip:7000 "[$back6:22]:7000" nat

say 'the peer'
ns b
net_up
ipv6_on b
baton b apply rules
in_ns b gatectl set standby 1
in_ns d gatectl set active 2
hold c tcp $vip:7000 4
v4_fd=$held_fd v4_no=$held_no
hold c tcp "[$vip6]:7001" 4
expect 8 in_state d tcp_established
in_ns d syncpipe drain d b | tee out
grep -q 'rejected=0 .*overrun=0' out
in_ns d syncpipe equal d b
baton b connection list | tee out
expect 2 grep -c "virtual $vip:7000 server \\[$back6:22\\]:7000 tunnel state tcp_est" out
expect 2 grep -c "virtual \\[$vip6\\]:7001 server $back.22:7001 tunnel state tcp_est" out
held close
held_fd=$v4_fd held_no=$v4_no
held close
gone() { ! in_state d tcp_established 2>/dev/null; }
wait_for 10 gone

say 'what fits'
serve_at=$vip serve udp 7002 t1
serve_at=$vip serve udp 7003 t2
serve_at="[$vip6]" serve udp 7004 t1
serve_at="[$vip6]" serve udp 7005 t2
tunnel_service udp $vip:7002 $back.21
tunnel_service udp $vip:7003 "[$back6:22]"
tunnel_service udp "[$vip6]:7004" "[$back6:21]"
tunnel_service udp "[$vip6]:7005" $back.22
tells_mtu 20 $vip:7002
tells_mtu 40 $vip:7003
tells_mtu 40 "[$vip6]:7004"
tells_mtu 20 "[$vip6]:7005"
text=$(head -c 1900 /dev/zero | tr '\0' x)
expect "t1 $text" quiet_in c netpeer ask udp $vip:7002 "$text"
expect "t2 $text" quiet_in c netpeer ask udp $vip:7003 "$text"

say 'the same of ESP, which goes where the keys went'
serve_at=$vip serve udp 500 t1
tunnel_service udp $vip:500 $back.21
printf 'x\n' | quiet_in c socat -t 2 - UDP4:$vip:500,sp=500 | grep -x 't1 x'
narrow 1400
capture c 1 eth0 'icmp[0] == 3 and icmp[1] == 4'
head -c 1380 /dev/zero | quiet_in c socat -u -b 1380 - IP4-SENDTO:$vip:50 || true
wait_for 10 says "$capture" 'need to frag \(mtu 1380\)'
says "$capture" "192.0.2.50 > $vip: ESP"
narrow

say 'who cannot be reached'
cut_off add
tells_unreachable $vip:7002 'icmp[0] == 3 and icmp[1] == 1'
tells_unreachable $vip:7003 'icmp[0] == 3 and icmp[1] == 1'
tells_unreachable "[$vip6]:7004" 'icmp6 and ip6[40] == 1 and ip6[41] == 3'
tells_unreachable "[$vip6]:7005" 'icmp6 and ip6[40] == 1 and ip6[41] == 3'
cut_off del

say 'large segments'
tunnel_service tcp $vip:9000 $back.21
tunnel_service tcp $vip:9001 "[$back6:22]"
tunnel_service tcp "[$vip6]:9002" "[$back6:21]"
tunnel_service tcp "[$vip6]:9003" $back.22
intact t1 eth0 'ip proto 4' upload t1 $vip:9000
intact t2 eth0 'ip6 proto 4' upload t2 $vip:9001
intact t1 eth0 'ip6 proto 41' upload t1 "[$vip6]:9002"
intact t2 eth0 'ip proto 41' upload t2 "[$vip6]:9003"
expect 0 dropped d write
expect 0 dropped d no_route

say 'outside as inside, whatever the families'
# wrapped NS FILTER TO OPTIONS REGEX...: what a datagram looks like there, outside and inside
wrapped() {
	local n=$1 filter=$2 to=$3 options=$4 regex
	shift 4
	capture "$n" 1 eth0 "$filter"
	in_ns c sh -c "echo hello | socat -t 0.3 - UDP$to,$options" | grep -x "$n hello"
	wait_for 10 says "$capture" 'packets? captured' >/dev/null
	for regex; do
		says "$capture" "$regex" >/dev/null
	done
}
label='(flowlabel 0x[0-9a-f]+, )?'
for seen in 'b9 b9 b9' 'bb bb ba' 'b8 b8 b8'; do
	read -r sent inside outside <<<"$seen"
	class=setsockopt=41:67:i$((16#$sent))
	wrapped t1 'ip6 proto 41' "6:[$vip6]:7004" $class "class 0x$outside, ${label}hlim 62, next-header IPv6" \
		"class 0x$inside, ${label}hlim 63, next-header UDP"
	wrapped t2 'ip proto 41' "6:[$vip6]:7005" $class "tos 0x$outside.* ttl 62, .*flags \[DF\], proto IPv6 " \
		"class 0x$inside, ${label}hlim 63, next-header UDP"
	wrapped t2 'ip6 proto 4' "4:$vip:7003" tos=$((16#$sent)) "class 0x$outside, ${label}hlim 62, next-header IPIP" \
		"tos 0x$inside.* ttl 63, .*proto UDP"
done
# not even the least packet of IPv6 would fit: the outer one may be cut
ip -n d route replace $back.0/24 via 192.0.2.1 mtu 1290
wrapped t2 'ip proto 41' "6:[$vip6]:7005" $class 'ttl 62, .*flags \[none\], proto IPv6 '
ip -n d route replace $back.0/24 via 192.0.2.1

say 'the same as ip_vs has it'
vip_vs=192.0.2.102
modprobe -a ip_vs ip_vs_rr
ns v
plug lan v lan 192.0.2.12/24
in_net v "addr add $vip_vs/32 dev lan"
in_net v "route add $back.0/24 via 192.0.2.1"
net_up
ip -n t1 addr add $vip_vs/32 dev lo
serve_at=$vip_vs serve udp 7006 t1
quiet_in v ipvsadm -A -u $vip_vs:7006 -s rr
quiet_in v ipvsadm -a -u $vip_vs:7006 -r $back.21 -i
# seen ADDRESS OPTIONS: how both headers of a datagram look at t1, but for addresses and numbers
seen() {
	capture t1 1 eth0 ip proto 4
	in_ns c sh -c "echo hello | socat -t 0.3 - UDP4:$1,$2" | grep -qx 't1 hello'
	wait_for 10 says "$capture" 'packet captured|packets captured' >/dev/null
	grep -oE '\(tos .*length [0-9]+\)' "$capture" | sed -E 's/ id [0-9]+,//'
}
for options in tos=184,ip-mtu-discover=0 tos=185,ip-mtu-discover=0 tos=187,ip-mtu-discover=2; do
	seen $vip:7002 $options | tee ours
	seen $vip_vs:7006 $options | diff ours -
	expect 2 grep -c . ours
done
grep -q 'tos 0xba,ECT(0), ttl 62, offset 0, flags \[DF\], proto IPIP' ours
grep -q 'tos 0xbb,CE, ttl 63, offset 0, flags \[DF\], proto UDP' ours
quiet_in v ipvsadm -C
unload
