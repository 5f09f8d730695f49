# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# Rules of routing that look at the source hold for the virtual address: what NAT servers answer leaves by its
# gateway, not by the server's, on the slow path and on the fast one, in IPv4 and IPv6; what does not fit that
# way is told to the server. In-tree ip_vs takes the same way (snat_reroute).
#
#	far .50 --- 203.0.113.0/24 --- .1 r  .1 --- 192.0.2.0/24 (lan) --- d
#	far     --- 10.9.9.0/24 ------ .1 r2 .2 --- lan
. ./lib.sh

load
topology
topology6
far
ns r2
plug lan r2 lan 192.0.2.2/24
link far eth1 10.9.9.50/24 r2 far 10.9.9.1/24
in_net r2 'route add 203.0.113.50/32 via 10.9.9.50'
net_up
forwards r2
ipv6_on r r2 far
addresses6 r "addr add $lan6:1/64 dev lan" 'addr add 2001:db8:3::1/64 dev far'
addresses6 r2 "addr add $lan6:2/64 dev lan" 'addr add 2001:db8:9::1/64 dev far' 'route add 2001:db8:3::50/128 via 2001:db8:9::50'
addresses6 far 'addr add 2001:db8:3::50/64 dev eth0' 'addr add 2001:db8:9::50/64 dev eth1' 'route add default via 2001:db8:3::1'
forwards6 r
forwards6 r2
for n in r r2; do
	quiet_in $n nft -f - <<-END
	table inet t {
		chain forward {
			type filter hook forward priority 0
			ip saddr $vip counter comment "4"
			ip6 saddr $vip6 counter comment "6"
		}
	}
	END
done
# came_by NS 4|6: packets of the virtual address so far
came_by() {
	quiet_in "$1" nft list chain inet t forward |
		awk -v word="\"$2\"" '$NF == word && match($0, /packets [0-9]+/) { print substr($0, RSTART + 8, RLENGTH - 8) }'
}
# routes DIRECTOR: by r, but by r2 from the virtual addresses
routes() {
	ip -n "$1" route add 203.0.113.0/24 via 192.0.2.1
	ip -n "$1" route add 203.0.113.0/24 via 192.0.2.2 table 100
	quiet_in "$1" ip rule add from $vip lookup 100
}
routes d
addresses6 d "route add 2001:db8:3::/64 via $lan6:1" "route add 2001:db8:3::/64 via $lan6:2 table 100"
quiet_in d ip -6 rule add from $vip6 lookup 100

mkdir www
head -c 300000 /dev/urandom >www/file
web_server s1 "$work/www"
serve tcp 7000 s1
serve_at='[::]' serve tcp 7006 s1
for port in 7000 80; do
	baton d service add tcp $vip:$port scheduler rr
	baton d server add tcp $vip:$port 198.51.100.21:$port nat
done
for port in 7006 80; do
	baton d service add tcp "[$vip6]:$port" scheduler rr
	baton d server add tcp "[$vip6]:$port" "[$in6:21]:$port" nat
done
watch d
for key in 'ip saddr 203.0.113.50|in' 'ip daddr 203.0.113.50|out' 'ip6 saddr 2001:db8:3::50|in' 'ip6 daddr 2001:db8:3::50|out'; do
	quiet_in d nft "add rule inet seen pre ${key%|*} meta l4proto tcp counter comment \"${key#*|}\""
done

for family in 4 6; do
	where=$vip:7000
	[[ $family == 4 ]] || where="[$vip6]:7006"
	for how in off on; do
		say "IPv$family, fast path $how"
		baton d tunable set fastpath $how
		hold far tcp "$where" 1
		if [[ $how == on ]]; then
			proven d s1=1
		else
			slow d s1=1
		fi
		before=$(came_by r2 $family)
		held ask s1=1
		(($(came_by r2 $family) > before))
		expect 0 came_by r $family
		held close
	done
done

say 'a way that is narrow'
baton d tunable set fastpath off
ip -n d route replace 203.0.113.0/24 via 192.0.2.2 table 100 mtu 1300
ip -n d -6 route replace 2001:db8:3::/64 via $lan6:2 table 100 mtu 1300
capture s1 1 eth0 'icmp[0] == 3 and icmp[1] == 4'
in_ns far curl -sS --max-time 60 -o got "http://$vip/file"
cmp www/file got
wait_for 10 says "$capture" 'need to frag \(mtu 1300\)'
capture s1 1 eth0 'icmp6 and ip6[40] == 2'
in_ns far curl -sS --max-time 60 -o got "http://[$vip6]/file"
cmp www/file got
wait_for 10 says "$capture" 'packet too big, mtu 1300'
(($(dropped d too_big) >= 2))
expect 0 came_by r 4
expect 0 came_by r 6

say 'ip_vs'
leave d
modprobe -a ip_vs ip_vs_rr
ns v
plug lan v lan 192.0.2.13/24
plug in v in 198.51.100.13/24
net_up
forwards v
take v
routes v
quiet_in v ipvsadm -A -t $vip:7000 -s rr
quiet_in v ipvsadm -a -t $vip:7000 -r 198.51.100.21:7000 -m
before=$(came_by r2 4)
expect s1=2 quiet_in far netpeer many tcp $vip:7000 2
(($(came_by r2 4) > before))
expect 0 came_by r 4
quiet_in v ipvsadm -C
unload
