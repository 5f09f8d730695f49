# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# SCTP associations through NAT to another port (so that checksums change), by direct routing and in a
# tunnel with a checksum, in IPv4 and IPv6: small messages and files that are large enough to be cut,
# with checksums left to the device and with real ones. States are seen, killed associations are not
# answered, errors of routers and servers reach the client, and rules that drop what connection
# tracking holds for invalid harm nobody.
. ./lib.sh

modprobe -a sctp ip_gre
load
topology
topology6
in_ns d nft -f - <<-END
	table inet strict {
		chain in { type filter hook input priority 0; ct state invalid drop; }
		chain through { type filter hook forward priority 0; ct state invalid drop; }
	}
END
serve sctp 8000 s1 s2
serve_at='[::]' serve sctp 8006 s1 s2
for n in 21 22; do
	[[ $n == 22 ]] || baton d service add sctp $vip:7000 scheduler rr
	[[ $n == 22 ]] || baton d service add sctp "[$vip6]:7006" scheduler rr
	baton d server add sctp $vip:7000 198.51.100.$n:8000 nat
	baton d server add sctp "[$vip6]:7006" "[$in6:$n]:8006" nat
done
# wrong: packets with a wrong checksum that c, s1 and s2 have seen
wrong() {
	local n
	for n in c s1 s2; do
		quiet_in $n awk '/^SctpChecksumErrors/ { print $2 }' /proc/net/sctp/snmp
	done | awk '{ n += $1 } END { print n }'
}
checksums() {
	local n
	for n in c s1 s2; do
		quiet_in $n ethtool -K eth0 tx-checksum-sctp "$1" tx-sctp-segmentation "$1" >/dev/null
	done
}

say 'states'
hold c sctp $vip:7000 4
held ask 's1=2 s2=2'
expect 4 in_state d sctp_established
expect 2 server_has d sctp $vip:7000 198.51.100.21:8000 active
held close
wait_for 20 is 4 in_state d sctp_closed
baton d service set sctp $vip:7000 timeout_sctp_closed 1
quiet_in d batonctl save | tee saved
grep -q "^service sctp $vip:7000 .* timeout_sctp_closed 1$" saved
baton d apply saved | grep 'nothing to change'
wait_for 20 is 0 conns d

say 'messages and files, with checksums left to the device, then with real ones'
# upload SERVER VIRTUAL PORT: a file from c through the service to socat at the server
upload() {
	in_ns "$1" socat -u "SCTP4-LISTEN:$3,reuseaddr" CREATE:up &
	wait_for 10 quiet_in "$1" grep -q " $3 " /proc/net/sctp/eps
	in_ns c timeout 60 socat -u FILE:file "SCTP4:$2"
	wait $!
	cmp file up
}
head -c 300000 /dev/urandom >file
baton d service add sctp $vip:9000 scheduler rr
baton d server add sctp $vip:9000 198.51.100.21:9001 nat
for how in on off; do
	checksums $how
	expect 's1=3 s2=3' in_ns c netpeer many sctp $vip:7000 6
	expect 's1=3 s2=3' in_ns c netpeer many sctp "[$vip6]:7006" 6
	upload s1 $vip:9000 9001
done
expect 0 wrong

say 'the way to the server is narrow'
# what was cut for a wider way now comes in fragments, which are invalid when they are whole again
in_ns d nft delete table inet strict
ip -n d link set in mtu 1300
ip -n in link set d-in mtu 1300
upload s1 $vip:9000 9001
(($(dropped d too_big) > 0))
ip -n d link set in mtu 1500
ip -n in link set d-in mtu 1500
expect 0 wrong

say 'an error from the server is about the virtual address'
in_ns s1 nft 'table inet no { chain in { type filter hook input priority 0; sctp dport 9001 reject with icmp type host-prohibited; }; }'
capture c 1 eth0 icmp
in_ns c timeout 5 socat -u OPEN:/dev/null SCTP4:$vip:9000,connect-timeout=2 || true
wait_for 10 says "$capture" "ICMP host $vip unreachable"
grep -E "192.0.2.50\.[0-9]+ > $vip\.9000: " "$capture"
fails grep -q 198.51.100 "$capture"

say 'killed: silence'
hold c sctp $vip:7000 2
before=$(dropped d not_syn)
baton d connection kill service sctp $vip:7000
echo ask >&"$held_fd"
more_dropped() { (($(dropped d not_syn) > before)); }
wait_for 20 more_dropped

say 'direct routing'
dr_service d sctp 7000 rr
serve_at=$vip_dr serve sctp 7000 dr1 dr2
dr_service6 d sctp 7006 rr
serve_at="[$vip6_dr]" serve sctp 7006 dr1 dr2
expect 'dr1=1 dr2=1' in_ns c netpeer many sctp "[$vip6_dr]:7006" 2
hold c sctp $vip_dr:7000 4
held ask 'dr1=2 dr2=2'
expect 4 in_state d sctp_established
held close
closed() { baton_json d connection count service sctp $vip_dr:7000 | json_number '"sctp_closed":'; }
wait_for 20 is 4 closed

say 'a tunnel with a checksum of its own'
# gre0 takes no checksums
ip -n dr1 link add g type gre local 192.0.2.21 csum
ip -n dr1 link set g up
baton d service add sctp $vip_dr:7001 scheduler rr
baton d server add sctp $vip_dr:7001 192.0.2.21:7001 tunnel gre tunnel-checksum on
serve_at=$vip_dr serve sctp 7001 dr1
expect 'dr1=3' in_ns c netpeer many sctp $vip_dr:7001 3
checksums on
expect 'dr1=3' in_ns c netpeer many sctp $vip_dr:7001 3
expect 0 dropped d checksum
expect 0 dropped d malformed
expect 0 dropped d write
unload
