# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# A client that uses the same port again at once, when both ends have closed: its SYN begins another connection,
# which the scheduler gives a server (by DR, where its end is in doubt, the same as before), and is answered as
# ever: nothing waits for the old one, nor is it sent again. By NAT and DR, IPv4 and IPv6, with connection tracking, and SCTP.
. ./lib.sh

modprobe sctp
load
topology
topology6
# who ends a connection may use its port again at once
quiet_in c sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_max_tw_buckets'
serve tcp 7000 s1 s2 dr1 dr2
serve_at='[::]' serve tcp 7006 s1 s2 dr1 dr2
serve sctp 7000 s1 s2
nat_service d tcp 7000 rr
nat_service d sctp 7000 rr
dr_service d tcp 7000 rr
nat_service6 d tcp 7006 rr
dr_service6 d tcp 7006 rr

# Nobody asks for a neighbour in another's name before its own address is proved to be its own, which takes
# up to two seconds.
settled() { ! ip -6 -n "$1" addr show tentative | grep .; }
for n in d c s1 s2 dr1 dr2; do
	wait_for 10 settled $n
done

# again PROTOCOL ENDPOINT WANT STATE: six connections from one port, none of which takes half a second to begin, and
# one of which is left, ended
again() {
	local out
	out=$(in_ns c netpeer again "$1" "$2" 6)
	echo "$out"
	[[ $out =~ ^($3)\ wait_ms= ]]
	((${out##*=} < 500))
	expect 1 conns d service "$1" "$2"
	baton d connection list service "$1" "$2" | grep -E " state ($4) "
}
say 'NAT'
again tcp $vip:7000 's1=3 s2=3' 'tcp_time_wait|tcp_close'
again tcp "[$vip6]:7006" 's1=3 s2=3' 'tcp_time_wait|tcp_close'
say 'DR: of what the servers say nothing is seen, so the end is in doubt: the server stays'
again tcp $vip_dr:7000 'dr1=6|dr2=6' tcp_fin_wait
again tcp "[$vip6_dr]:7006" 'dr1=6|dr2=6' tcp_fin_wait
say 'SCTP'
again sctp $vip:7000 's1=3 s2=3' sctp_closed
say 'with connection tracking'
modprobe -a nf_conntrack nf_conntrack_netlink
for key in "tcp $vip:7000" "tcp [$vip6]:7006" "tcp $vip_dr:7000"; do
	baton d connection kill service "${key% *}" "${key#* }"
	baton d service set "${key% *}" "${key#* }" conntrack on
done
again tcp $vip:7000 's1=3 s2=3' 'tcp_time_wait|tcp_close'
again tcp "[$vip6]:7006" 's1=3 s2=3' 'tcp_time_wait|tcp_close'
again tcp $vip_dr:7000 'dr1=6|dr2=6' tcp_fin_wait
unload
