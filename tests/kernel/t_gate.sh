# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# The gate: a standby forwards nothing and answers nothing, and counts why; an active node
# forwards while its lease runs and not a packet longer; a right that lapsed comes back only
# with a higher epoch. Every refusal says why.
. ./lib.sh

load
topology
serve udp 7000 s1 s2
serve tcp 7000 s1 s2
nat_service d udp 7000 rr
nat_service d tcp 7000 rr

say 'a lone director: open, epoch 0, no lease'
expect 'active open epoch=0 lease=0' in_ns d gatectl show
expect 's1=1 s2=1' in_ns c netpeer many udp $vip:7000 2
hold c tcp $vip:7000 4

say 'shut: neither a new packet nor one of a known connection passes, and no reset comes back'
in_ns d gatectl set standby 1
expect 'standby shut epoch=1 lease=0' in_ns d gatectl show
before=$(dropped d gate_shut)
expect 'timeout' in_ns c sh -c "netpeer ask udp $vip:7000 || true"
held ask 'timeout=4'
after=$(dropped d gate_shut)
((after >= before + 5)) || fail "gate_shut went from $before to $after"
expect 4 conns d service tcp $vip:7000

say 'open again: what was open still is'
in_ns d gatectl set active 2
expect 's1=1 s2=1' in_ns c netpeer many udp $vip:7000 2
expect 4 conns d service tcp $vip:7000

say 'epochs'
expect 'active open epoch=2 lease=0' in_ns d gatectl show
for bad in 'set standby 1' 'set active 1'; do
	printf '%s\n' "$bad"
	expect ESTALE in_ns d sh -c "gatectl $bad | cut -d: -f1"
done
in_ns d gatectl set standby 2
expect ESTALE in_ns d sh -c "gatectl set active 2 | cut -d: -f1"
expect ESTALE in_ns d sh -c "gatectl renew 2 500 | cut -d: -f1"

say 'a lease: renewed in time it lasts'
in_ns d gatectl set active 3 5000
for _ in 1 2 3; do
	in_ns d gatectl renew 3 5000
done
expect ESTALE in_ns d sh -c "gatectl renew 2 500 | cut -d: -f1"
expect 's1=1 s2=1' in_ns c netpeer many udp $vip:7000 2

say 'not renewed it ends, by itself'
in_ns d gatectl renew 3 200
wait_for 5 is 'active expired epoch=3 lease=200' quiet_in d gatectl show
before=$(dropped d lease_expired)
expect 'timeout' in_ns c sh -c "netpeer ask udp $vip:7000 || true"
(($(dropped d lease_expired) > before)) || fail 'lease_expired was not counted'
expect ETIME in_ns d sh -c "gatectl renew 3 5000 | cut -d: -f1"
expect ESTALE in_ns d sh -c "gatectl set active 3 5000 | cut -d: -f1"
expect 'active expired epoch=3 lease=200' in_ns d gatectl show
in_ns d gatectl set active 4
expect 's1=1 s2=1' in_ns c netpeer many udp $vip:7000 2

say 'out of range'
expect 1 in_ns d sh -c "gatectl set active 0x100000 >/dev/null; echo \$?"
expect 1 in_ns d sh -c "gatectl set active 5 600001 >/dev/null; echo \$?"
expect 'active open epoch=4 lease=0' in_ns d gatectl show
unload
