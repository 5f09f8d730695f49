# SPDX-License-Identifier: GPL-2.0-or-later
#
# Bypass of a service by mark, as transparent caches have it: while a server takes connections it gets
# them; while none does, they go to the host that the client asked for, TCP, UDP and single
# datagrams, IPv4 and IPv6, and those that began so stay there when a server is back. What was sent to
# this host is its own stack's. Large segments arrive whole, with right checksums, and what is too large for the
# way is told to the client. As in-tree ip_vs with cache_bypass, but for what comes later.
#
# The origin is dr1, which has addresses behind it that d only has a route to.
. ./lib.sh

load
topology
topology6
origin=10.9.9.9
origin6=2001:db8:9::9
ip -n dr1 addr add $origin/32 dev lo
ip -n dr1 -6 addr add $origin6/128 dev lo nodad
# ways NS VIA4 VIA6: to the origin, for that host
ways() {
	# shellcheck disable=SC2086 # words
	ip -n "$1" route replace $origin via $2
	# shellcheck disable=SC2086
	ip -n "$1" -6 route replace $origin6 via $3
}
ways d 192.0.2.21 $lan6:21
ways c 192.0.2.11 $lan6:11
for n in s1 dr1; do
	serve tcp 7000 $n
	serve_at='[::]' serve tcp 7006 $n
done
serve udp 7000 s1
serve_at=$origin serve udp 7000 dr1
serve_at="[$origin6]" serve udp 7006 dr1
# marked NS: everything to the origin, and a port of the virtual address
marked() {
	quiet_in "$1" nft -f - <<-END
		table inet marks {
			chain pre {
				type filter hook prerouting priority mangle;
				iifname lan ip daddr $origin meta mark set 9
				iifname lan ip daddr $vip tcp dport 7001 meta mark set 9
				iifname lan ip6 daddr $origin6 meta mark set 9
			}
		}
	END
	takes_marked "$1" 9
}
marked d
baton d service add mark 9 scheduler wlc bypass on
baton d server add mark 9 198.51.100.21:0
baton d service add mark6 9 scheduler wlc bypass on
baton d server add mark6 9 "[$in6:21]:0"
many() { quiet_in c netpeer many "$1" "$2" 2; }

say 'a server takes them'
expect 's1=2' many tcp $origin:7000
expect 's1=2' many udp $origin:7000
expect 's1=2' many tcp "[$origin6]:7006"

say 'none does: the host that was asked for'
for key in mark mark6; do
	server=198.51.100.21:0
	[[ $key == mark ]] || server="[$in6:21]:0"
	baton d server set $key 9 "$server" weight 0
done
expect 'dr1=2' many tcp $origin:7000
expect 'dr1=2' many udp $origin:7000
expect 'dr1=2' many tcp "[$origin6]:7006"
expect 'refused=1' quiet_in c netpeer many tcp $vip:7001 1
expect 0 dropped d no_server
hold c tcp $origin:7000 2

say 'large segments, behind a port that leaves nothing to devices; then too large ones'
head -c 300000 /dev/urandom >file
quiet_in lan ethtool -K dr1-eth0 tx off gso off tso off >/dev/null
for at in 4:$origin "6:[$origin6]"; do
	quiet_in dr1 socat -u "TCP${at%%:*}-LISTEN:9000" CREATE:got &
	wait_for 10 listening dr1 tcp 9000
	capture dr1 60 eth0 'tcp dst port 9000'
	quiet_in c socat -u FILE:file "TCP$at:9000"
	wait $!
	cmp file got
	wait_for 10 says "$capture" 'packets captured'
	fails grep -E 'incorrect|bad.*cksum' "$capture"
	(($(grep -c '(correct)' "$capture") >= 55)) || fail 'too few checksums'
done
expect 0 dropped d too_big
ways d '192.0.2.21 mtu 1300' "$lan6:21 mtu 1300"
for at in $origin:7000 "[$origin6]:7006"; do
	expect 'mtu 1300' in_ns c sh -c "netpeer big udp $at 1400 || true"
	expect 'answer 1204' in_ns c netpeer big udp "$at" 1200
done
expect 2 dropped d too_big
ways d 192.0.2.21 $lan6:21
before=$(conns d service mark 9)
baton d server set mark 9 198.51.100.21:0 weight 1
expect 's1=2' many tcp $origin:7000
expect $((before + 2)) conns d service mark 9
held ask 'dr1=2'
held close

say 'with an entry'
baton d service set mark 9 conntrack on
baton d server set mark 9 198.51.100.21:0 weight 0
expect 'dr1=1' quiet_in c netpeer many udp $origin:7000 1
quiet_in d grep -E "udp .* src=192\.0\.2\.50 dst=$origin .* src=$origin dst=192\.0\.2\.50 " /proc/net/nf_conntrack
baton d service set mark 9 conntrack off
baton d server set mark 9 198.51.100.21:0 weight 1

say 'one datagram'
baton d service set mark 9 onepacket on
baton d server del mark 9 198.51.100.21:0
baton d connection kill service mark 9
expect 'dr1=2' many udp $origin:7000
expect 0 conns d service mark 9

say 'without it'
baton d save | grep -qx 'service mark 9 scheduler wlc sync on onepacket on bypass on'
baton d service set mark 9 bypass off
printf x | quiet_in c socat -u - UDP4-SENDTO:$origin:7000
wait_for 10 is 1 dropped d no_server
refused 2 'for services by mark' quiet_in d batonctl service set tcp $vip:7001 bypass on

say 'ip_vs'
modprobe -a ip_vs ip_vs_rr
ns v
plug lan v lan 192.0.2.13/24
net_up
ipv6_on v
forwards v
marked v
ip -n v route replace $origin via 192.0.2.21
quiet_in v ipvsadm -A -f 9 -s rr
quiet_in v sh -c 'echo 1 >/proc/sys/net/ipv4/vs/cache_bypass'
ip -n c route replace $origin via 192.0.2.13
expect 'dr1=2' many tcp $origin:7000
quiet_in v ipvsadm -C
unload
