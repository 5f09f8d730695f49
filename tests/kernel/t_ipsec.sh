# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# AH and ESP, made by the kernel's own IPsec: they go to the server of the exchange of keys between the same
# hosts (UDP, port 500 to port 500), begin nothing themselves, keep that connection alive, and go on through the
# peer after a failover. By DR, a tunnel and NAT, whole, in pieces, too large, IPv4 and IPv6; as in-tree ip_vs does.
#
# Servers share the keys, as real ones could not: so what tells them apart is the director alone.
. ./lib.sh
. /baton/lib_sip.sh

modprobe -a esp4 ah4 esp6 authenc echainiv ipip
load
topology a b
topology6 a b
auth="hmac(sha1) 0x$(printf '5a%.0s' {1..20})"
cipher="cbc(aes) 0x$(printf 'a5%.0s' {1..16})"

# sa NS SOURCE DESTINATION PROTOCOL SPI MODE: what NS does to packets of this SPI
sa() {
	local words="auth $auth"
	[[ $4 == ah ]] || words+=" enc $cipher"
	# shellcheck disable=SC2086 # words
	ip -n "$1" xfrm state add src "$2" dst "$3" proto "$4" spi "$5" mode "$6" $words
}
# guard NS SOURCE DESTINATION PROTOCOL SPI SELECTOR...: what NS sends of this kind leaves so, transport mode
guard() {
	ip -n "$1" xfrm policy add dir out src "$2" dst "$3" "${@:6}" \
		tmpl src "$2" dst "$3" proto "$4" spi "$5" mode transport
}
for n in c dr1 dr2; do
	sa $n 192.0.2.50 $vip_dr esp 0x101 transport
	sa $n $vip_dr 192.0.2.50 esp 0x102 transport
	sa $n 192.0.2.50 $vip_dr ah 0x103 transport
	sa $n $vip_dr 192.0.2.50 ah 0x104 transport
	sa $n $lan6:50 $vip6_dr esp 0x105 transport
	sa $n $vip6_dr $lan6:50 esp 0x106 transport
done
guard c 192.0.2.50 $vip_dr esp 0x101 proto tcp dport 7000
guard c 192.0.2.50 $vip_dr ah 0x103 proto tcp dport 7001
guard c 192.0.2.50 $vip_dr esp 0x101 proto udp dport 7000
guard c $lan6:50 $vip6_dr esp 0x105 proto tcp dport 7006
for n in dr1 dr2; do
	guard $n $vip_dr 192.0.2.50 esp 0x102 proto tcp sport 7000
	guard $n $vip_dr 192.0.2.50 ah 0x104 proto tcp sport 7001
	guard $n $vip_dr 192.0.2.50 esp 0x102 proto udp sport 7000
	guard $n $vip6_dr $lan6:50 esp 0x106 proto tcp sport 7006
	ua $n $n $vip_dr:500
	ua $n six$n "[$vip6_dr]:500"
done
serve tcp 7000 dr1 dr2
serve tcp 7001 dr1 dr2
serve_at=$vip_dr serve udp 7000 dr1 dr2
serve_at='[::]' serve tcp 7006 dr1 dr2
ua c ike 192.0.2.50:500
ua c ike6 "[$lan6:50]:500"

# by NAT: a tunnel between 10.1.0.1 and 10.2.0.1; each end knows itself by its own address
sa c 192.0.2.50 $vip esp 0x201 tunnel
sa c $vip 192.0.2.50 esp 0x202 tunnel
ip -n c addr add 10.1.0.1/32 dev lo
ip -n c route add 10.2.0.1 dev eth0 src 10.1.0.1
ip -n c xfrm policy add dir out src 10.1.0.1 dst 10.2.0.1 tmpl src 192.0.2.50 dst $vip proto esp spi 0x201 mode tunnel
ip -n c xfrm policy add dir in src 10.2.0.1 dst 10.1.0.1 tmpl src $vip dst 192.0.2.50 proto esp mode tunnel
for n in 1 2; do
	own=198.51.100.2$n
	sa s$n 192.0.2.50 $own esp 0x201 tunnel
	sa s$n $own 192.0.2.50 esp 0x202 tunnel
	ip -n s$n addr add 10.2.0.1/32 dev lo
	ip -n s$n xfrm policy add dir out src 10.2.0.1 dst 10.1.0.1 tmpl src $own dst 192.0.2.50 proto esp spi 0x202 mode tunnel
	ip -n s$n xfrm policy add dir in src 10.1.0.1 dst 10.2.0.1 tmpl src 192.0.2.50 dst $own proto esp mode tunnel
	ua s$n s$n $own:500
done
serve tcp 7000 s1 s2

for n in a b; do
	dr_service $n udp 500 rr
	dr_service6 $n udp 500 rr
	nat_service $n udp 500 rr
done
in_ns b gatectl set standby 1
in_ns a gatectl set active 2
many() { quiet_in c netpeer many "$1" "$2" 2; }
came_in() { baton_json a service list udp "$1" | json_number '"in_packets":'; }
idle() { baton_json a connection list service udp $vip_dr:500 | json_number '"idle":'; }

say 'nobody has exchanged keys: it begins nothing, and goes nowhere'
capture a 1 lan ip proto 50
printf x | quiet_in c socat -u - UDP4-SENDTO:$vip_dr:7000
wait_for 10 says "$capture" 'ESP\(spi=0x00000101'
expect 0 came_in $vip_dr:500
expect 0 conns a

say 'DR: to who has the keys'
first=$(server_of ike $vip_dr:500 x)
capture "$first" 2 eth0 ip proto 50 or ip proto 51
expect "$first=2" many tcp $vip_dr:7000
expect "$first=2" many tcp $vip_dr:7001
wait_for 10 says "$capture" 'packets captured'
expect 1 conns a
(($(came_in $vip_dr:500) >= 10))
say 'which it keeps alive'
aged() { (($(idle) >= 4)); }
wait_for 30 aged
expect "$first=2" many tcp $vip_dr:7000
(($(idle) < 4))
say 'in pieces, and too large'
answer=$(quiet_in c netpeer ask udp $vip_dr:7000 "$(printf 'x%.0s' {1..1800})")
[[ $answer == "$first xxx"* ]]
ip -n a route replace 192.0.2.2${first#dr}/32 dev lan mtu 1400
capture c 1 eth0 icmp
quiet_in c netpeer big udp $vip_dr:7000 1430 || true
wait_for 10 says "$capture" 'need to frag \(mtu 1400\)'
ip -n a route del 192.0.2.2${first#dr}/32
say 'IPv6'
six=$(server_of ike6 "[$vip6_dr]:500" x)
expect "${six#six}=2" many tcp "[$vip6_dr]:7006"

say 'NAT: a tunnel through us'
nat=$(server_of ike $vip:500 x)
capture "$nat" 2 eth0 ip proto 50
expect "$nat=2" many tcp 10.2.0.1:7000
wait_for 10 says "$capture" '198.51.100.2[12] > 192.0.2.50: ESP|192.0.2.50 > 198.51.100.2[12]: ESP'
say 'with connection tracking'
for n in a b; do
	baton $n service set udp $vip:500 conntrack on
done
expect "$nat=2" many tcp 10.2.0.1:7000
quiet_in a cat /proc/net/nf_conntrack | tee out
grep -E "unknown +50 .* src=192\.0\.2\.50 dst=$vip src=198\.51\.100\.2${nat#s} dst=192\.0\.2\.50 " out
fails grep -E 'unknown +50 .*UNREPLIED' out

say 'the peer goes on'
in_ns a syncpipe drain a b | tee out
grep -q 'rejected=0 .*overrun=0' out
hand_over a b 4
expect "$first=2" many tcp $vip_dr:7000
expect "$first=2" many tcp $vip_dr:7001
expect "${six#six}=2" many tcp "[$vip6_dr]:7006"
expect "$nat=2" many tcp 10.2.0.1:7000
say 'a tunnel to the server'
for n in 1 2; do
	ip -n dr$n link set tunl0 up
	baton b server set udp $vip_dr:500 192.0.2.2$n:500 tunnel
done
baton b connection kill service udp $vip_dr:500
first=$(server_of ike $vip_dr:500 x)
capture "$first" 1 eth0 'ip proto 4 and ip[29] == 50'
expect "$first=2" many tcp $vip_dr:7000
expect "$first=2" many tcp $vip_dr:7001
wait_for 10 says "$capture" ' > 192.0.2.101: ESP'
leave b

say 'ip_vs'
modprobe -a ip_vs ip_vs_rr
ns v
plug lan v lan 192.0.2.13/24
plug in v in 198.51.100.13/24
net_up
forwards v
take v
quiet_in v ipvsadm -A -u $vip_dr:500 -s rr
quiet_in v ipvsadm -A -u $vip:500 -s rr
for n in 1 2; do
	quiet_in v ipvsadm -a -u $vip_dr:500 -r 192.0.2.2$n -g
	quiet_in v ipvsadm -a -u $vip:500 -r 198.51.100.2$n -m
done
first=$(server_of ike $vip_dr:500 x)
expect "$first=2" many tcp $vip_dr:7000
expect "$first=2" many tcp $vip_dr:7001
nat=$(server_of ike $vip:500 x)
expect "$nat=2" many tcp 10.2.0.1:7000
quiet_in v ipvsadm -C
unload
