# SPDX-License-Identifier: GPL-2.0-or-later
# vcpus: 2
# quick: no
# limit: 1800
#
# Everything at once and for long (SOAK seconds; 600 unless told): clients of every kind, and meanwhile
# services, servers, schedulers, limits, tunnels, connection tracking, rules, the fast path, virtual
# addresses and the gate change without a pause, namespaces with connections come and go, the table is listed, killed from, drained and read. Each worker goes on
# until time is up and fails with the first command that is refused.
#
# Afterwards every server counts as many connections as the table holds of it, the connections of a
# service that nobody touched all live, and when the last has ended nothing is left.
. ./lib.sh

read -r seconds </baton/soak
load
modprobe ipip
topology d b
topology6 d b
ip -n dr1 link set tunl0 up
serve tcp 7000 s1 s2 dr1 dr2
serve udp 7000 s1 s2
serve tcp 7002 dr1
serve tcp 9000 s1 s2
serve_at='[::]' serve tcp 7006 s1 s2
serve_at='[::]' serve udp 7006 s1 s2
short='timeout_udp 1 timeout_tcp_time_wait 1 timeout_tcp_close 1 timeout_tcp_syn_recv 1 timeout_tcp_last_ack 1 timeout_tcp_fin_wait 1'
# shellcheck disable=SC2086 # words
for n in d b; do
	baton $n tunable set $short >/dev/null
	nat_service $n tcp 9000 rr
	nat_service $n udp 7000 rr
	nat_service $n tcp 7000 wlc
	dr_service $n tcp 7000 wrr
	nat_service6 $n tcp 7006 rr
	nat_service6 $n udp 7006 mh
	baton $n service add tcp $vip_dr:7002
	baton $n server add tcp $vip_dr:7002 192.0.2.21:7002 tunnel ipip
done
in_ns b gatectl set standby 1
in_ns d gatectl set active 2
quiet_in c sysctl -qw net.ipv4.ip_local_port_range='20000 30000' net.ipv4.tcp_tw_reuse=1
hold c tcp $vip:9000 20

read -r up _ </proc/uptime
end=$((${up%.*} + seconds))
going() { local up _; read -r up _ </proc/uptime; ((${up%.*} < end)); }

# worker NAME COMMAND...: until time is up, or it fails. What clients see does not count.
workers=()
worker() {
	local name=$1
	shift
	(
		trap - EXIT
		rounds=0
		while going; do
			"$@"
			rounds=$((rounds + 1))
		done
		echo "$rounds rounds of $name"
	) >"$work/worker.$name" 2>&1 &
	workers+=("$!")
}
client() { quiet_in "$@" >/dev/null 2>&1 || true; }
b() { quiet_in d batonctl "$@" >/dev/null; }

udp=(udp "$vip:7000")
tcp=(tcp "$vip:7000")
far=198.51.100.2
servers() {
	b server set "${udp[@]}" ${far}1:7000 weight $((RANDOM % 5))
	b server set "${tcp[@]}" ${far}1:7000 upper $((RANDOM % 3 * 4)) lower 0
	b server del "${tcp[@]}" ${far}2:7000 drain "$((1 + RANDOM % 2))s"
	b server del "${udp[@]}" ${far}2:7000
	b server add "${tcp[@]}" ${far}2:7000 weight $((1 + RANDOM % 9))
	b server add "${udp[@]}" ${far}2:7000
	b server set "${tcp[@]}" ${far}1:7000 upper 0
}
schedulers=(rr wrr lc wlc sed nq fo ovf twos dh sh mh lblc lblcr)
scheduler() {
	b service set "${udp[@]}" scheduler "${schedulers[RANDOM % ${#schedulers[@]}]}"
	b service set "${tcp[@]}" scheduler "${schedulers[RANDOM % ${#schedulers[@]}]}"
	b service set "${tcp[@]}" persistent 5
	b service set "${tcp[@]}" persistent off
}
services() {
	b service del tcp $vip_dr:7000
	b service add tcp $vip_dr:7000 scheduler lc
	b server add tcp $vip_dr:7000 192.0.2.21:7000 dr
	b server add tcp $vip_dr:7000 192.0.2.22:7000 dr
	b tunable set conn_max $((RANDOM % 2 * 300))
}
# Only one of the kinds is understood there: what goes in between is lost.
tunnels() {
	local kind
	for kind in 'gre tunnel-checksum on' 'gue tunnel-checksum remote' ipip; do
		# shellcheck disable=SC2086 # words
		b server set tcp $vip_dr:7002 192.0.2.21:7002 tunnel $kind
		nap 0.3
	done
}
# What makes flows prove themselves again, or leave the fast path.
switches() {
	b service set "${tcp[@]}" conntrack on
	b service set udp "[$vip6]:7006" conntrack on
	quiet_in d nft -f - <<-END
		table inet passing
		delete table inet passing
		table inet passing {
			chain forward { type filter hook forward priority 0; counter; }
		}
	END
	b service set udp "[$vip6]:7006" fastpath off
	b service set "${tcp[@]}" conntrack off
	quiet_in d nft delete table inet passing
	b service set udp "[$vip6]:7006" fastpath on conntrack off
}
spaces_come_and_go() {
	ip netns add x
	ip -n x link set lo up
	client x batonctl service add udp 127.0.0.1:5000
	client x batonctl server add udp 127.0.0.1:5000 127.0.0.1:5001
	client x gatectl guard 127.0.0.9
	client x netpeer spray udp 127.0.0.1:5000 50
	ip netns del x
}
gate() {
	epoch=$((${epoch:-2} + 2))
	quiet_in d gatectl guard $vip 192.0.2.200 >/dev/null
	quiet_in d gatectl set standby $epoch >/dev/null
	quiet_in d gatectl set active $((epoch + 1)) >/dev/null
	quiet_in d gatectl guard >/dev/null
	nap 0.5
}
# A list may come to nothing because it changes all the time.
listed() { quiet_in d batonctl "$@" >/dev/null 2>"$work/why" || grep 'kept changing' "$work/why"; }
look() {
	listed connection list
	listed connection count client 192.0.2.0/24
	# refused while the gate is shut
	client d batonctl connection kill service "${tcp[@]}" client 192.0.2.50
	client d batonctl connection kill service "${udp[@]}"
	listed stats
	listed save
}
# The other node follows; what it may refuse is what is not there.
carry() { quiet_in d syncpipe drain d b >/dev/null || true; }
carry_all() { quiet_in d syncpipe bulk d b >/dev/null || true; nap 1; }
devices() {
	ip -n d link add gone type dummy
	ip -n d link set gone up
	ip -n d link del gone
}

worker spray client c netpeer spray udp $vip:7000 700
worker many client c timeout 10 netpeer many tcp $vip:7000 20
worker direct client c timeout 10 netpeer many tcp $vip_dr:7000 20
worker spray6 client c netpeer spray udp "[$vip6]:7006" 700
worker many6 client c timeout 10 netpeer many tcp "[$vip6]:7006" 20
worker tunnel client c timeout 10 netpeer many tcp $vip_dr:7002 5
worker local client d timeout 10 netpeer many tcp $vip:7000 5
worker servers servers
worker schedulers scheduler
worker services services
worker tunnels tunnels
worker switches switches
worker namespaces spaces_come_and_go
worker gate gate
worker look look
worker drain carry
worker bulk carry_all
worker devices devices
# Who reads the report takes long silence for death.
while going; do
	nap 30
	say 'still at it'
done
failed=0
for w in "${workers[@]}"; do
	wait "$w" || failed=1
done
cat "$work"/worker.*
((failed == 0)) || fail 'a worker was refused something'

say 'at rest'
wait_for 60 agree d || { baton d connection list; false; }
# clients that gave up while the gate was shut are still established here
for service in "tcp $vip:7000" "udp $vip:7000" "tcp $vip_dr:7000" "tcp $vip_dr:7002" "tcp [$vip6]:7006" "udp [$vip6]:7006"; do
	# shellcheck disable=SC2086 # two words
	b connection kill service $service
done
held ask 's1=10 s2=10'
wait_for 60 is 20 conns d
agree d
expect 's1=2 s2=2' in_ns c netpeer many tcp $vip:9000 4
expect 's1=2 s2=2' in_ns c netpeer many tcp "[$vip6]:7006" 4
expect 'dr1=2' in_ns c netpeer many tcp $vip_dr:7002 2
held close
wait_for 60 is 0 conns d
agree d
in_ns d syncpipe drain d b
in_ns d syncpipe bulk d b
in_ns d syncpipe equal d b
expect 0 conns b
agree b
baton d stats
unload
