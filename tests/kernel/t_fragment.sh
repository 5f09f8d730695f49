# SPDX-License-Identifier: GPL-2.0-or-later
#
# Datagrams that are larger than a link is wide: requests and answers in pieces, through NAT, DR and a
# tunnel. The checksum of the whole is right, or the answer would not come. Pieces that are not to be cut further
# pass if each fits; else their sender is told.
. ./lib.sh

load
topology
serve udp 7000 s1
serve_at=$vip_dr serve udp 7000 dr1
baton d service add udp $vip:7000 scheduler rr
baton d server add udp $vip:7000 198.51.100.21:7000 nat
baton d service add udp $vip_dr:7000 scheduler rr
baton d server add udp $vip_dr:7000 192.0.2.21:7000 dr

text=$(head -c 1900 /dev/zero | tr '\0' x)
reassembled() {
	quiet_in "$1" awk '/^Ip:/ { for (i = 1; i <= NF && !at; i++) if ($i == "ReasmOKs") at = i; n = $at } END { print n }' /proc/net/snmp
}

for mtu in 1500 600; do
	say "client and servers send pieces of $mtu bytes"
	ip -n c route replace 192.0.2.0/24 dev eth0 mtu $mtu
	ip -n dr1 route replace 192.0.2.0/24 dev eth0 mtu $mtu
	ip -n s1 route replace default via 198.51.100.1 mtu $mtu
	expect "s1 $text" quiet_in c netpeer ask udp $vip:7000 "$text"
	expect "dr1 $text" quiet_in c netpeer ask udp $vip_dr:7000 "$text"
done
n=$(reassembled d)
say "the director put $n datagrams together"
((n == 6)) || fail 'wanted 6: requests and answers of NAT, requests of DR, twice'

say 'a client on the director, whose way to the virtual address is wide'
expect "s1 $text" quiet_in d netpeer ask udp $vip:7000 "$text"

say 'pieces that are not to be cut'
for n in lan:c-eth0 lan:dr1-eth0 in:s1-eth0; do
	quiet_in "${n%:*}" nft -f - <<-END
	table netdev ${n#*:} {
		chain in {
			type filter hook ingress device "${n#*:}" priority 0
			ip frag-off & 0x3fff != 0 ip frag-off set ip frag-off | 0x4000 counter
		}
	}
	END
done
modprobe ipip
ip -n dr1 link set tunl0 up
serve_at=$vip_dr serve udp 7001 dr1
baton d service add udp $vip_dr:7001 scheduler rr
baton d server add udp $vip_dr:7001 192.0.2.21:7001 tunnel
expect "s1 $text" quiet_in c netpeer ask udp $vip:7000 "$text"
expect "dr1 $text" quiet_in c netpeer ask udp $vip_dr:7000 "$text"
expect "dr1 $text" quiet_in c netpeer ask udp $vip_dr:7001 "$text"
expect 0 dropped d too_big
say 'too large nevertheless'
capture c 1 eth0 icmp
ip -n c route replace 192.0.2.0/24 dev eth0 mtu 1500
ip -n d route add 198.51.100.21/32 dev in mtu 1300
in_ns c sh -c "netpeer ask udp $vip:7000 $text || true"
wait_for 10 says "$capture" 'need to frag \(mtu 1300\)'
expect 1 dropped d too_big
expect 0 dropped d write
expect 0 dropped d checksum
unload
