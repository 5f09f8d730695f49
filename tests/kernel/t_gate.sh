# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# The gate: a standby forwards nothing and answers nothing, and counts why; an active node
# forwards while its lease runs and not a packet longer; a right that lapsed comes back only
# with a higher epoch. Every refusal says why. When the LAN had been told, and when the first
# packet went through since it opened, is known.
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
say 'the first packet since: its moment stays until the gate opens anew; one that is dropped is none'
# part NAME: announced or first, in milliseconds
part() { quiet_in d gatectl since | tr ' ' '\n' | sed -n "s/^$1=//p"; }
first=$(part first) announced=$(part announced)
# Where time stands still while a processor works, the announcement may take none.
[[ $announced != - && $first != - ]] || fail "announced after $announced ms, passed on after $first ms"
awk -v a="$announced" -v f="$first" 'BEGIN { exit !(f >= a && f > 0 && f < 60000) }' ||
	fail "announced after $announced ms, passed on after $first ms"
hold c tcp $vip:7000 2
expect "$first" part first
in_ns d gatectl set active 5
expect - part first
ip -n d link set in down
before=$(dropped d no_route)
expect timeout in_ns c sh -c "netpeer ask udp $vip:7000 || true"
(($(dropped d no_route) > before)) || fail 'no_route was not counted'
expect - part first
ip -n d link set in up
held ask 's1=1 s2=1'
awk -v f="$(part first)" 'BEGIN { exit !(f > 0) }' || fail "of a connection that goes on: $(part first)"
unload
