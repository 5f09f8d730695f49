# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# A service with `sync after`: what ends before costs no datagram, what lives so long is told of at
# that age and not before, without a packet of its own, whatever its timeouts are; status counts
# the others as left out by policy, and both nodes are warm.
. ./lib.sh
. /baton/lib_syncd.sh

hundredths() { local up; read -r up _ </proc/uptime; echo "${up/./}"; }
# told BEGIN FROM TO: it took so many hundredths of a second since BEGIN
told() {
	local took=$(($(hundredths) - $1))
	echo "told after $took hundredths of a second"
	((took >= $2 && took <= $3)) || fail "not between $2 and $3"
}

serve tcp 7002 s1 s2
for n in a b; do
	baton $n service set tcp $vip:7000 sync after 2000
	nat_service $n tcp 7002 rr
	baton $n service set tcp $vip:7002 sync after 5000 timeout_tcp_established 3
	baton $n service add udp $vip:7001 scheduler rr sync after 5000 timeout_udp 2
	baton $n server add udp $vip:7001 198.51.100.21:7001 nat
done
in_ns a batonctl save | tee rules
grep -qx "service tcp $vip:7000 scheduler rr sync after 2000" rules
expect 'nothing to change' quiet_in b batonctl apply --dry-run rules
start a
start b
wait_for 30 warm

say 'short ones are never told of'
expect 's1=10 s2=10' in_ns c netpeer many tcp "$vip:7000" 20
in_ns c netpeer spray udp "$vip:7001" 10
nap 6
flushed a
expect 0 ask_bool a .tx.records
expect 0 synced b
wait_for 5 is 20 ask_bool a .lost_by_reason.policy
wait_for 5 warm

say 'long ones at their age, although silent'
begin=$(hundredths)
hold c tcp "$vip:7000" 20 silent
expect 0 synced b
wait_for 30 is 20 synced b
told "$begin" 200 2000

say 'also when they are looked at before, because a state lasts less'
begin=$(hundredths)
hold c tcp "$vip:7002" 10
for ((i = 0; i < 4; i++)); do
	nap 1
	held ask 's1=5 s2=5'
	expect 20 synced b
done
more() { held ask 's1=5 s2=5' && [[ $(synced b) == 30 ]]; }
wait_for 30 more
told "$begin" 500 2500

say 'no wait any more'
for n in a b; do
	baton $n service set tcp $vip:7000 sync on
done
before=$(status a .tx.records)
hold c tcp "$vip:7000" 7
flushed a
expect $((before + 7)) ask_bool a .tx.records
stop a
stop b
