# SPDX-License-Identifier: GPL-2.0-or-later
# limit: 300
# quick: 6.12
#
# Load, traffic, unload, 50 times, with connections open and packets on their way when the
# module goes. Nothing stays: no slab cache, no hook, no memory to speak of.
. ./lib.sh

topology
serve tcp 7000 s1 s2 dr1
serve udp 7000 s1 s2
# With pauses: an emulated processor that is never idle takes minutes for seconds.
quiet_in c sh -c "while :; do netpeer spray udp $vip:7000 20; sleep 0.02; done" &

# Unaccounted growth would show here: free memory after round 10 and after round 50.
free_kb() { sync; echo 3 >/proc/sys/vm/drop_caches; awk '/^MemFree:/ { print $2 }' /proc/meminfo; }

modprobe -q nf_defrag_ipv6
for round in $(seq 50); do
	insmod /baton/baton.ko
	{
		nat_service d tcp 7000 wlc
		nat_service d udp 7000 rr
		baton d service add tcp $vip_dr:7000
		baton d server add tcp $vip_dr:7000 192.0.2.21:7000 dr
	} >/dev/null
	[[ $(quiet_in c netpeer many tcp $vip:7000 2) == 's1=1 s2=1' ]] || fail "round $round: NAT"
	[[ $(quiet_in c netpeer many tcp $vip_dr:7000 2) == 'dr1=2' ]] || fail "round $round: DR"
	if ((round % 10 == 1)); then
		hold c tcp $vip:7000 20
	fi
	rmmod baton
	! grep '^baton' /proc/slabinfo /proc/modules || fail "round $round: left behind"
	if ((round == 10)); then early=$(free_kb); fi
	if ((round == 50)); then late=$(free_kb); fi
done
say "free memory after round 10: $early kB, after round 50: $late kB"
((early - late < 8192)) || fail "$((early - late)) kB are gone"
