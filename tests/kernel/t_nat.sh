# SPDX-License-Identifier: GPL-2.0-or-later
#
# NAT with real clients: TCP and UDP reach both servers and the answers come from the virtual
# address; a download through nginx arrives whole (large segments included); a client on the
# director itself is served too. Datagrams without a checksum have none afterwards.
. ./lib.sh

load
topology
topology6
serve tcp 7000 s1 s2
serve udp 7000 s1 s2
nat_service d tcp 7000 rr
nat_service d udp 7000 rr

expect 's1=10 s2=10' in_ns c netpeer many tcp $vip:7000 20
expect 's1=10 s2=10' in_ns c netpeer many udp $vip:7000 20
expect 's1=2 s2=2' in_ns d netpeer many tcp $vip:7000 4
expect 44 counted d connections

mkdir -p www
head -c 4000000 /dev/urandom >www/file
web_server s1 "$work/www"
web_server s2 "$work/www"
nat_service d tcp 80 wlc
for _ in 1 2; do
	in_ns c curl -sS --max-time 60 -o got "http://$vip/file"
	cmp www/file got
done
expect 0 dropped d malformed
expect 0 dropped d checksum

say 'no checksum stays none: three datagrams, both ways'
no_sums4=setsockopt=1:11:i1 no_sums6=setsockopt=17:101:i1,setsockopt=17:102:i1
for key in "4 $vip 198.51.100.21 udp[6:2]" "6 [$vip6] [$in6:21] ip6[46:2]"; do
	read -r family at server sum <<<"$key"
	options=no_sums$family
	baton d service add udp "$at:700$family" scheduler rr
	baton d server add udp "$at:700$family" "$server:700$family"
	quiet_in s1 socat "UDP$family-LISTEN:700$family,fork,${!options//setsockopt/setsockopt-listen}" EXEC:cat &
	wait_for 10 listening s1 udp 700$family
	capture s1 3 eth0 "udp dst port 700$family and $sum == 0"
	first=$capture
	capture c 3 eth0 "udp src port 700$family and $sum == 0"
	for _ in 1 2 3; do
		printf 'x\n' | quiet_in c socat -t 0.5 - "UDP$family:$at:700$family,sp=5000,${!options}" | grep -x x
	done
	wait_for 10 says "$first" '3 packets captured'
	wait_for 10 says "$capture" '3 packets captured'
done

say 'rates: every connection of a second shows in it'
background quiet_in d batonctl --json top interval 1
wait_for 20 test -s "$job_out"
in_ns c netpeer many tcp $vip:7000 12
opened() { jq -rs 'map(.total.per_second.connections * .seconds) | add | round' "$job_out"; }
wait_for 20 is 12 opened
kill "$job"
unload
