# SPDX-License-Identifier: GPL-2.0-or-later
#
# NAT with real clients: TCP and UDP reach both servers and the answers come from the virtual
# address; a download through nginx arrives whole (large segments included); a client on the
# director itself is served too.
. ./lib.sh

load
topology
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
say 'rates: every connection of a second shows in it'
background quiet_in d batonctl --json top interval 1
wait_for 20 test -s "$job_out"
in_ns c netpeer many tcp $vip:7000 12
opened() { jq -rs 'map(.total.per_second.connections * .seconds) | add | round' "$job_out"; }
wait_for 20 is 12 opened
kill "$job"
unload
