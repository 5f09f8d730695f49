# SPDX-License-Identifier: GPL-2.0-or-later
#
# Datagrams that are larger than a link is wide: requests and answers in pieces, through NAT and
# DR. The checksum of the whole is right, or the answer would not come.
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
expect 0 dropped d write
expect 0 dropped d checksum
unload
