# SPDX-License-Identifier: GPL-2.0-or-later
#
# vcpus: 2
# quick: 6.12
# limit: 240
#
# Everything changes while packets pass: servers and services come, change and go, connections
# expire at once, the table grows and shrinks, the gate opens and shuts. Nothing may be left over,
# and afterwards a connection works as on the first day.
. ./lib.sh

load
topology
serve tcp 7000 s1 s2 dr1 dr2
serve udp 7000 s1 s2
baton d tunable set timeout_udp 1 timeout_tcp_time_wait 1 timeout_tcp_close 1 timeout_tcp_syn_recv 1 \
	timeout_tcp_last_ack 1 timeout_tcp_fin_wait 1 >/dev/null
stop=$work/stop
traffic() { while [[ ! -e $stop ]]; do quiet_in "$@" || true; done >/dev/null 2>&1; }
busy=()
traffic c netpeer spray udp $vip:7000 1000 & busy+=("$!")
traffic c netpeer many tcp $vip:7000 5 & busy+=("$!")
traffic c netpeer many tcp $vip_dr:7000 5 & busy+=("$!")
traffic d netpeer spray udp $vip:7000 50 & busy+=("$!")

round() {
	nat_service d udp 7000 rr
	nat_service d tcp 7000 wlc
	dr_service d tcp 7000 wrr
	quiet_in c netpeer spray udp $vip:7000 500
	baton d server del udp $vip:7000 198.51.100.21:7000
	baton d server set tcp $vip:7000 198.51.100.22:7000 weight 0
	baton d service set tcp $vip:7000 scheduler wrr
	baton d server set tcp $vip:7000 198.51.100.22:7000 weight 7
	baton d server add udp $vip:7000 198.51.100.21:7000 nat weight 3
	in_ns d gatectl set standby $((2 * $1))
	in_ns d gatectl set active $((2 * $1 + 1))
	baton d service del udp $vip:7000
	baton d service flush
}
for i in 1 2 3 4; do
	say "round $i"
	round $i >>"$work/rounds" || { tail -n 5 "$work/rounds"; fail "round $i"; }
done
touch "$stop"
wait "${busy[@]}" || true
expect 0 conns d
nat_service d tcp 7000 rr
expect 's1=2 s2=2' in_ns c netpeer many tcp $vip:7000 4
baton d stats
unload
