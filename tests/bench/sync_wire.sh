# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# vcpus: 1
# limit: 3000
#
# What sync costs and how late it is: bytes on the wire, instructions, lag; Baton's daemons, then ip_vs's
# in the same boot. The guest's clock counts instructions, so a nanosecond is one.
#
#	c ---- lan ---- a (active) ---- sync0 ---- b (standby)		Baton
#	        |
#	        +------ va (master) --- sync0 ---- vb (backup)		ip_vs
#
# c's connections are a SYN and an ACK each (synconn) to servers with direct routing, which drop
# them. They are opened while the sending daemon is stopped, so that what it does afterwards is sync
# alone and its datagrams are full; what marking costs is the difference to the same without sync: the
# middle one of ten, because it is a three-hundredth of what is measured, and tables that grow are more.
#
# Bytes are those of the sender's interface, Ethernet header included. Instructions of a daemon are its
# time on the processor, which the scheduler keeps; system calls and what they lead to are part of it.
#
# What opening a connection costs the director alone is for comparison: the same frames once dropped where they come in, once
# where what is forwarded goes out, without sync. And what a packet of an established connection costs while a
# bulk transfer runs beside it, in the context of who sends it: the daemons are not in that.
#
# With SYNC_GUARD=1 only what tests/bench/expected has figures for: bytes, and what both daemons run.
#
# Prints "figure SYSTEM KEY VALUE"; sync_report.py reads them.
. ./lib.sh
. /baton/lib_syncd.sh

count=$((${SYNC_COUNT:-50000} / 10 * 10))
lags=${SYNC_LAGS:-200}
guard=${SYNC_GUARD:-}
[[ -z $guard ]] || lags=0
vip_vs=192.0.2.102

figure() { printf 'figure %s %s %s\n' "$@"; }
# ratio A B: A / B with three digits
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f\n", a / b }'; }
# on_cpu PID: nanoseconds that it ran
on_cpu() { local ran; read -r ran _ <"/proc/$1/schedstat"; echo "$ran"; }
# thread NAME: pid of the kernel thread
thread() { grep -l "^$1" /proc/[0-9]*/comm 2>/dev/null | head -n 1 | tr -dc 0-9; }
sent() { quiet_in "$1" cat /sys/class/net/sync0/statistics/tx_bytes; }
mac() { quiet_in "$1" cat /sys/class/net/lan/address; }
# what synconn open takes, in nanoseconds
opened() { quiet_in c synconn open eth0 "$@" | sed 's/.*elapsed_ns=//'; }
# daemons: nanoseconds that both ran
daemons() { [[ -z $pid_a ]] && echo 0 || echo $(($(on_cpu "$pid_a") + $(on_cpu "$pid_b"))); }
# open_all FILE MAC TO FIRST: what each tenth took of $count connections, without the daemons
open_all() {
	local i n=$((count / 10)) ran
	for ((i = 0; i < 10; i++)); do
		ran=$(daemons)
		echo $(($(opened "$2" "$3" $(($4 + i * n)) "$n") + ran - $(daemons)))
	done >"$1"
}
# per_open FILE: nanoseconds a connection
per_open() { awk -v n="$count" '{ sum += $1 } END { printf "%.3f\n", sum / n }' "$1"; }
# percentile P: of the lags on standard input, in ms
percentile() { sed 's/.*=//' | sort -n | awk -v p="$1" '{ v[NR] = $1 } END { i = int(NR * p / 100 + 0.999); printf "%.2f\n", v[i] / 1000 }'; }

sed -i '/sync1/d' conf
topology6 a b
no_answers

# unsynced SYSTEM NAME V4 V6: what new connections cost without sync, in plain4 and plain6; first some to warm up
unsynced() {
	opened "$(mac "$2")" "$3" 1000000 100 >/dev/null
	opened "$(mac "$2")" "$4" 1000000 100 >/dev/null
	open_all plain4 "$(mac "$2")" "$3" 0
	open_all plain6 "$(mac "$2")" "$4" 0
	figure "$1" open_instr_v4 "$(per_open plain4)"
	figure "$1" open_instr_v6 "$(per_open plain6)"
}

# director SYSTEM NAME V4: what the SYN and the ACK of a new connection cost there, from the device on to the device
director() {
	local floor whole n=$((count / 2))
	opened "$(mac "$2")" "$3" 1000000 100 >/dev/null
	quiet_in "$2" tc qdisc add dev lan clsact
	quiet_in "$2" tc filter add dev lan ingress protocol ip matchall action drop
	floor=$(opened "$(mac "$2")" "$3" 5000000 "$n")
	quiet_in "$2" tc filter del dev lan ingress
	quiet_in "$2" tc filter add dev lan egress protocol ip matchall action drop
	whole=$(opened "$(mac "$2")" "$3" 5000000 "$n")
	quiet_in "$2" tc qdisc del dev lan clsact
	figure "$1" director_open_instr "$(ratio $((whole - floor)) "$n")"
}

# begin, finish SYSTEM KEY COUNT: the figures of what a and b did in between, a record
begin() { ran_a=$(on_cpu "$pid_a") ran_b=$(on_cpu "$pid_b") sent_a=$(sent "$from") sent_b=$(sent "$towards"); }
finish() {
	figure "$1" "bytes_$2" "$(ratio $(($(sent "$from") - sent_a)) "$3")"
	figure "$1" "bytes_back_$2" "$(ratio $(($(sent "$towards") - sent_b)) "$3")"
	figure "$1" "sender_daemon_instr_$2" "$(ratio $(($(on_cpu "$pid_a") - ran_a)) "$3")"
	figure "$1" "receiver_instr_$2" "$(ratio $(($(on_cpu "$pid_b") - ran_b)) "$3")"
}

# marking SYSTEM KEY WITHOUT WITH: instructions that the packet path spends on sync for each connection
marking() {
	[[ -z $guard ]] || return 0
	figure "$1" "sender_mark_instr_$2" \
		"$(paste "$3" "$4" | awk -v n=$((count / 10)) '{ print ($2 - $1) / n }' | sort -n | awk 'NR == 5')"
}

# service_of NODE [WORDS...]
service_of() {
	local n=$1
	shift
	baton "$n" service add tcp "$vip_dr:7100" scheduler rr "$@"
	baton "$n" server add tcp "$vip_dr:7100" 192.0.2.21:7100 dr
	baton "$n" service add tcp "[$vip6_dr]:7100" scheduler rr "$@"
	baton "$n" server add tcp "[$vip6_dr]:7100" '[2001:db8:1::21]:7100' dr
}
no_service_of() {
	baton "$1" service del tcp "$vip_dr:7100"
	baton "$1" service del tcp "[$vip6_dr]:7100"
}
baton_service() { service_of a "$@"; service_of b "$@"; }
no_service() { no_service_of a; no_service_of b; }
paused() { kill -STOP "$pid_a"; }
resumed() { kill -CONT "$pid_a"; flushed a; }

from=a towards=b pid_a=''
if [[ -z $guard ]]; then
	say 'Baton: without sync'
	baton_service sync off
	director baton a "$vip_dr:7100"
	no_service
	baton_service sync off
	unsynced baton a "$vip_dr:7100" "[$vip6_dr]:7100"
	expect $((2 * count + 200)) conns a
	no_service
fi

say 'Baton: lag'
baton_service
start a
start b
pid_a=${pid[a]} pid_b=${pid[b]}
wait_for 30 warm
if [[ -z $guard ]]; then
	quiet_in c synconn lag baton b eth0 "$(mac a)" "$vip_dr:7100" 2000000 "$lags" >lags
	figure baton lag_p50_ms "$(percentile 50 <lags)"
	figure baton lag_p99_ms "$(percentile 99 <lags)"
	figure baton lag_max_ms "$(percentile 100 <lags)"
fi

say 'Baton: new connections, IPv4, then IPv6'
marks4() {
	paused
	open_all synced4 "$(mac a)" "$vip_dr:7100" 0
	begin
	resumed
	finish baton per_conn_v4 "$count"
	marking baton per_conn_v4 plain4 synced4
	expect $((count + lags)) synced b
}
marks6() {
	paused
	open_all synced6 "$(mac a)" "[$vip6_dr]:7100" 0
	begin
	resumed
	finish baton per_conn_v6 "$count"
	marking baton per_conn_v6 plain6 synced6
	expect $((2 * count + lags)) synced b
}
marks4
marks6
quiet_in a syncpipe equal a b

say 'Baton: deletions, IPv4'
paused
begin
baton a server del tcp "$vip_dr:7100" 192.0.2.21:7100
resumed
wait_for 20 is "$count" synced b
finish baton per_delete $((count + lags))
quiet_in a syncpipe equal a b

# What a packet costs while b's table, emptied, is filled again.
bulk() {
	local sender
	baton a server add tcp "$vip_dr:7100" 192.0.2.21:7100 dr
	stop b
	no_service_of b
	service_of b
	quiet_in c synconn again b eth0 "$(mac a)" "[$vip6_dr]:7100" 0 "$count" "$count" >again &
	sender=$!
	nap 0.3
	start b
	wait "$sender" || fail 'the bulk transfer did not come to its end'
	wait_for 30 warm
	pid_b=${pid[b]}
	figure baton traffic_instr "$(mean quiet <again)"
	figure baton traffic_instr_bulk "$(mean bulk <again)"
	figure baton traffic_packets_bulk "$(awk '/^bulk/ { n += 2048 } END { print n + 0 }' again)"
}
# mean KIND: of the lines "KIND INSTRUCTIONS" on standard input
mean() { awk -v kind="$1" '$1 == kind { n++; sum += $2 } END { printf "%.1f\n", n ? sum / n : 0 }'; }
if [[ -z $guard ]]; then
	say 'Baton: traffic beside a bulk transfer'
	bulk
fi

quiet_in a syncpipe equal a b
expect true ask_bool a '.overruns == 0 and .kernel_errors == 0'
status a '{tx, rx, lag, rejects}'
stop a
stop b
[[ -z $guard ]] || exit 0

say 'ip_vs: without sync'
pid_a=''
modprobe ip_vs conn_tab_bits=20
ns va vb
plug lan va lan 192.0.2.13/24
link va sync0 10.68.0.11/24 vb sync0 10.68.0.12/24
in_net va "addr add $vip_vs/32 dev lan"
net_up
ipv6_on va
addresses6 va "addr add $lan6:13/64 dev lan" "addr add $lan6:102/128 dev lan"
knows_dr1 va
forwards va
forwards6 va
vs_service() {
	for n in va vb; do
		printf '%s\n' "-A -t $vip_vs:7100 -s rr" "-a -t $vip_vs:7100 -r 192.0.2.21:7100 -g" \
			"-A -t [$lan6:102]:7100 -s rr" "-a -t [$lan6:102]:7100 -r [$lan6:21]:7100 -g" |
			quiet_in $n ipvsadm -R
	done
}
# by what its servers have: a list of connections is read in the square of the time
vs_conns() { quiet_in "$1" awk '$1 == "->" { n += $5 + $6 } END { print n }' /proc/net/ip_vs; }
vs_service
unsynced ip_vs va "$vip_vs:7100" "[$lan6:102]:7100"
expect $((2 * count + 200)) vs_conns va
director ip_vs va "$vip_vs:7100"

say 'ip_vs: lag'
from=va towards=vb
# It sends a connection once, as soon as its handshake is through.
quiet_in va sysctl -qw net.ipv4.vs.sync_threshold='2 0'
in_ns va ipvsadm --start-daemon master --mcast-interface sync0
in_ns vb ipvsadm --start-daemon backup --mcast-interface sync0
pid_a=$(thread ipvs-m) pid_b=$(thread ipvs-b)
quiet_in c synconn lag ip_vs vb@sync0 eth0 "$(mac va)" "$vip_vs:7100" 2000000 $((lags / 10)) >lags
figure ip_vs lag_p50_ms "$(percentile 50 <lags)"
figure ip_vs lag_p99_ms "$(percentile 99 <lags)"
figure ip_vs lag_max_ms "$(percentile 100 <lags)"
wait_for 30 is $((lags / 10)) vs_conns vb

say 'ip_vs: new connections, IPv4, then IPv6'
quiet() { local n; n=$(sent va); nap 3; [[ $(sent va) == "$n" ]]; }
vs_new() {
	local before
	before=$(vs_conns vb)
	begin
	open_all synced "$(mac va)" "$2" 3000000
	wait_for 60 quiet
	finish ip_vs "$1" "$count"
	marking ip_vs "$1" "$3" synced
	figure ip_vs "arrived_$1" $(($(vs_conns vb) - before))
}
vs_new per_conn_v4 "$vip_vs:7100" plain4
vs_new per_conn_v6 "[$lan6:102]:7100" plain6
