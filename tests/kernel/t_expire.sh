# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# Connections end when their state's time is over and not before; packets prolong them; each
# state has its own time; a standby does not age what it learned until the gate opens.
. ./lib.sh

load
topology a b
serve udp 7000 s1
serve tcp 7000 s1
for n in a b; do
	baton $n service add udp $vip:7000 scheduler rr
	baton $n server add udp $vip:7000 198.51.100.21:7000 nat
	baton $n service add tcp $vip:7000 scheduler rr
	baton $n server add tcp $vip:7000 198.51.100.21:7000 nat
	baton $n tunable set timeout_udp 2 timeout_tcp_established 3 timeout_tcp_fin_wait 1 timeout_tcp_time_wait 1 timeout_tcp_close 1
done
uptime_ms() { local up; read -r up _ </proc/uptime; up=${up/./}; echo $((10#$up * 10)); }

say 'UDP: 2 s after the last packet'
expect 's1=5' in_ns c netpeer many udp $vip:7000 5
expect 5 conns a service udp $vip:7000
begin=$(uptime_ms)
wait_for 20 is 0 conns a service udp $vip:7000
took=$(($(uptime_ms) - begin))
say "gone after $took ms"
((took >= 1500 && took < 8000)) || fail "wanted about 2 s"

say 'packets prolong it'
hold c udp $vip:7000 1
for _ in 1 2 3 4 5 6; do
	nap 1
	held ask s1=1
done
expect 1 conns a service udp $vip:7000

say 'TCP, established and silent: 3 s; what follows is told so at once'
hold c tcp $vip:7000 3
expect 3 conns a service tcp $vip:7000
wait_for 20 is 0 conns a service tcp $vip:7000
held ask reset=3

say 'closed in order: quickly gone'
expect 's1=5' in_ns c netpeer many tcp $vip:7000 5
wait_for 20 is 0 conns a service tcp $vip:7000

say 'a standby keeps what it learned; its timers start with the gate'
in_ns b gatectl set standby 1
in_ns a gatectl set active 2
hold c tcp $vip:7000 4
in_ns a syncpipe drain a b
expect 4 conns b service tcp $vip:7000
wait_for 20 is 0 conns a service tcp $vip:7000
nap 5
expect 4 conns b service tcp $vip:7000
in_ns b gatectl set active 3
wait_for 20 is 0 conns b service tcp $vip:7000
unload
