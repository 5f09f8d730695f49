# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# Servers that answer past the director, by DR and through tunnels: what a router on their way says to the
# virtual address, that their packets are too large, comes to the director, and from there to the server whose
# packet it was, and to no other. IPv4 and IPv6.
#
#	far ::50, .50 --- 203.0.113.0/24, 2001:db8:3::/64 --- 1 r 1 --- lan --- d, dr1, dr2
. ./lib.sh

modprobe -a ipip ip6_tunnel
load
topology
topology6
far
ipv6_on r far
addresses6 r "addr add $lan6:1/64 dev lan" 'addr add 2001:db8:3::1/64 dev far'
addresses6 far 'addr add 2001:db8:3::50/64 dev eth0' 'route add default via 2001:db8:3::1'
forwards6 r
ip -n r route replace 203.0.113.50/32 dev far mtu 1300
ip -n r -6 route replace 2001:db8:3::50/128 dev far mtu 1300
mkdir www
head -c 300000 /dev/urandom >www/file
baton d service add tcp $vip_dr:80 scheduler rr
baton d service add tcp "[$vip6_dr]:80" scheduler rr
for n in 1 2; do
	ip -n dr$n route add default via 192.0.2.1
	addresses6 dr$n "route add default via $lan6:1"
	ip -6 -n dr$n tunnel change ip6tnl0 mode any
	ip -n dr$n link set tunl0 up
	ip -n dr$n link set ip6tnl0 up
	quiet_in dr$n nft -f - <<-END
	table inet t {
		chain input {
			type filter hook input priority 0
			icmp type destination-unreachable icmp code frag-needed counter comment "4"
			icmpv6 type packet-too-big counter comment "6"
		}
	}
	END
	web_server dr$n "$work/www"
	baton d server add tcp $vip_dr:80 192.0.2.2$n:80 dr
	baton d server add tcp "[$vip6_dr]:80" "[$lan6:2$n]:80" dr
done
# told NS 4|6: so often was it that its packets are too large
told() {
	quiet_in "$1" nft list chain inet t input |
		awk -v word="\"$2\"" '$NF == word && match($0, /packets [0-9]+/) { print substr($0, RSTART + 8, RLENGTH - 8) }'
}
# fetch 4|6 ENDPOINT SERVER OTHER: by one server, which is told, and the other is not
fetch() {
	local mine others
	ip -n "$3" route flush cache
	ip -6 -n "$3" route flush cache
	mine=$(told "$3" "$1") others=$(told "$4" "$1")
	in_ns far curl -sS --max-time 60 -o got "http://$2/file"
	cmp www/file got
	(($(told "$3" "$1") > mine)) || fail "$3 was not told"
	expect "$others" told "$4" "$1"
}

for how in dr tunnel; do
	for family in 4 6; do
		say "$how, IPv$family"
		at=$vip_dr server=192.0.2.2 end=:80
		[[ $family == 4 ]] || at="[$vip6_dr]" server="[$lan6:2" end=]:80
		for n in 1 2; do
			baton d server set tcp "$at:80" "$server$n$end" $how weight 1
			baton d server set tcp "$at:80" "$server$((3 - n))$end" $how weight 0
			fetch $family "$at" dr$n dr$((3 - n))
		done
	done
done
expect 0 dropped d icmp_unrelated
expect 0 counted d out_packets
unload
