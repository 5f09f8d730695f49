# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# vcpus: 2
# limit: 3000
#
# A standby comes late: the active one has a million connections, the standby none. How long until
# both tables are proven equal, and what a connection takes there. The time is real time of an
# emulated guest with two processors, one for each daemon.
#
# Prints "figure baton KEY VALUE"; sync_report.py reads them.
. ./lib.sh
. /baton/lib_syncd.sh

count=${SYNC_BULK:-1000000}
figure() { printf 'figure %s %s %s\n' "$@"; }
free() { awk '$1 == "MemAvailable:" { print $2 * 1024 }' /proc/meminfo; }
slab() { awk '$1 == "baton_conn_v4" { print $15 * $6 * 4096 }' /proc/slabinfo; }
rss() { awk '$1 == "VmRSS:" { print $2 * 1024 }' "/proc/${pid[$1]}/status"; }
on_cpu() { local ran; read -r ran _ <"/proc/${pid[$1]}/schedstat"; echo "$ran"; }
hundredths() { local up; read -r up _ </proc/uptime; echo "${up/./}"; }
# warm_at NODE: when its daemon says that it is warm, in hundredths; asking again and again would be work
warm_at() {
	local line
	coproc watch { socat -t 600 - "UNIX-CONNECT:$work/$1.sock"; }
	echo '{"command":"watch"}' >&"${watch[1]}"
	while read -r line <&"${watch[0]}"; do
		[[ $line != *'"warm":true'* && $line != *'"warm": true'* ]] || break
	done
	hundredths >"$1.warm"
	kill "$watch_PID" || true
}
per() { awk -v n="$1" -v d="$2" 'BEGIN { printf "%.1f\n", n / d }'; }

say "$count connections that no traffic made"
in_ns a gatectl set standby 2
for n in a b; do
	baton $n tunable set conn_max 0
done
quiet_in a syncfeed apply 2 0 "$count" 1
in_ns a gatectl set active 3
start a
wait_for 10 status a '.role == "active"'

say 'the standby comes'
free_before=$(free) slab_before=$(slab)
begin=$(hundredths)
start b
wait_for 20 test -S "$work/b.sock"
warm_at b &
# On a busy machine a question alone takes seconds.
wait_for 600 test -s b.warm
took=$(($(<b.warm) - begin))
wait_for 120 warm
figure baton bulk_s "$(per "$took" 100)"
figure baton bulk_conns "$(synced b)"
equal=false
if [[ $(synced a) == "$count" && $(synced b) == "$count" ]] && quiet_in a syncpipe equal a b; then
	equal=true
fi
figure baton bulk_equal $equal
figure baton standby_slab_bytes "$(per $(($(slab) - slab_before)) "$count")"
figure baton standby_bytes "$(per $((free_before - $(free) - $(rss b))) "$count")"
figure baton standby_daemon_rss "$(rss b)"
figure baton bulk_sender_ns "$(per "$(on_cpu a)" "$count")"
figure baton bulk_receiver_ns "$(per "$(on_cpu b)" "$count")"
status b '{rx, bulk, rejects, kernel_errors}'
status a '{tx, bulk, overruns, kernel_errors}'
stop a
stop b
