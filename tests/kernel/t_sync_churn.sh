# SPDX-License-Identifier: GPL-2.0-or-later
# vcpus: 2
# quick: 6.12
# limit: 300
#
# Real traffic against the drain. Clients open and drop UDP and TCP connections as fast as they
# can, connections expire after a second, a server is removed and added again, and all the
# while the table is drained from a to b without a pause, on two CPUs. In the end both
# tables are equal, and empty after the last connection has expired: nothing was lost,
# nothing was left over, and no deletion hit a connection that had taken its tuple over.
. ./lib.sh

load
topology a b
serve udp 7000 s1 s2
serve tcp 7000 s1 s2
for n in a b; do
	nat_service $n udp 7000 rr
	nat_service $n tcp 7000 wlc
	baton $n tunable set timeout_udp 1 timeout_tcp_time_wait 1 timeout_tcp_fin_wait 2 timeout_tcp_close 1
done
in_ns b gatectl set standby 1
in_ns a gatectl set active 2
quiet_in c sysctl -qw net.ipv4.ip_local_port_range='32000 33000' net.ipv4.tcp_tw_reuse=1

traffic() {
	local i
	for i in 1 2 3 4 5 6; do
		quiet_in c netpeer spray udp $vip:7000 900
		quiet_in c netpeer many tcp $vip:7000 150
	done || true
	: >"$work/done"
}
changes() {
	until [[ -e $work/done ]]; do
		quiet_in a batonctl server del udp $vip:7000 198.51.100.22:7000
		quiet_in a batonctl server add udp $vip:7000 198.51.100.22:7000 nat
		nap 0.3
	done
}
traffic >traffic.out 2>&1 &
running=$!
changes >changes.out 2>&1 &
running+=" $!"
background quiet_in a batonctl --json monitor
monitor=$job
wait_for 10 grep -q exists "$job_out"
rounds=0
until [[ -e $work/done ]]; do
	quiet_in a syncpipe drain a b >>drains
	rounds=$((rounds + 1))
done
# shellcheck disable=SC2086 # two of them
wait $running
kill "$monitor"
say "$rounds drains, $(grep -c connection "$job_out") monitored changes; the sum of them:"
cat traffic.out changes.out
awk '{ for (i = 1; i <= NF; i++) { split($i, kv, "="); n[kv[1]] += kv[2] } }
	END { for (k in n) printf "%s=%d ", k, n[k]; print ""; exit n["overrun"] || !n["deleted"] }' drains

say 'at rest: equal, and soon empty'
in_ns a syncpipe drain a b
# One may end between the two questions: its deletion is pending then, and by that only the counts differ.
quiet_in a syncpipe equal a b >out || grep -qv 'pending=0' out
cat out
grep -q 'differing=0 ' out
gone() { quiet_in a syncpipe drain a b && [[ $(conns a) == 0 ]]; }
wait_for 60 gone
in_ns a syncpipe drain a b
quiet_in a syncpipe equal a b | tee out
grep -q 'synced=0,0' out
expect 0 conns b
unload
