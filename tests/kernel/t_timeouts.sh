# SPDX-License-Identifier: GPL-2.0-or-later
# only: debug
# limit: 2000
#
# With the timeouts as they are by default, up to a quarter of an hour, every state of TCP that is reached here and a
# UDP flow end in their time: still there a second before, gone a second and a twentieth after. Time travels
# here, so that it costs nothing. Nobody answers: segments are forged in the name of both ends.
. ./lib.sh

load
topology
for n in c s1; do
	quiet_in $n nft -f - <<-END
		table inet mute {
			chain in { type filter hook input priority 0; policy drop; }
		}
	END
done
server=198.51.100.21:7000
baton d tunable set challenge_max 0
baton d service add tcp $vip:7000 scheduler rr
baton d server add tcp $vip:7000 $server nat
baton d service add udp $vip:7000 scheduler rr
baton d server add udp $vip:7000 $server nat
baton d tunable list >timeouts
uptime_cs() { local up; read -r up _ </proc/uptime; echo $((10#${up/./})); }
list() { baton_json d connection list; }

# make PORT STATE SEGMENT...: a client's connection that is in STATE after segments: c:FLAGS from the
# client, s:FLAGS from the server. They are numbered as two ends would: a SYN and a FIN count one.
declare -A state since		# by port; hundredths of a second
make() {
	local port=$1 at c=1000 s=2000
	state[$port]=$2
	shift 2
	for at; do
		since[$port]=$(uptime_cs)
		case $at in
		c:*)	quiet_in c forge "${at#c:}" "192.0.2.50:$port" $vip:7000 $c $s ;;
		s:*)	quiet_in s1 forge "${at#s:}" $server "192.0.2.50:$port" $s $c ;;
		esac
		case $at in
		c:*[SF]*)	c=$((c + 1)) ;;
		s:*[SF]*)	s=$((s + 1)) ;;
		esac
	done
	[[ $(list | jq -r --argjson p "$port" '.[] | select(.client.port == $p).state') == "${state[$port]}" ]] ||
		{ list; fail "$port is not in ${state[$port]}"; }
}
make 5001 tcp_syn_recv		c:S s:SA
make 5002 tcp_established	c:S s:SA c:A
make 5003 tcp_close_wait	c:S s:SA c:A c:FA
make 5004 tcp_fin_wait		c:S s:SA c:A s:FA
make 5005 tcp_last_ack		c:S s:SA c:A c:FA s:FA
make 5006 tcp_time_wait		c:S s:SA c:A s:FA c:FA
make 5007 tcp_close		c:S s:SA c:A c:RA
state[5008]=udp since[5008]=$(uptime_cs)
echo hello | quiet_in c socat -u - udp4:$vip:7000,sp=5008

# alive PORT, until_cs TIME
alive() { list | jq -e --argjson p "$1" 'any(.client.port == $p)' >/dev/null; }
until_cs() {
	local left=$(($1 - $(uptime_cs)))
	((left <= 0)) || nap "$((left / 100)).$(printf %02d $((left % 100)))"
}
seconds() { grep -oE "\<timeout_${state[$1]} +[0-9]+" timeouts | grep -oE '[0-9]+$'; }
# when PORT: what has to be seen of it and when, one line each
when() {
	local whole
	whole=$(seconds "$1")
	echo "$((since[$1] + whole * 100 - 100)) lives $1 $whole"
	echo "$((since[$1] + whole * 105 + 100)) gone $1 $whole"
}
lives() { alive "$1" || fail "$1, ${state[$1]}, is gone before $2 s"; }
gone() { fails alive "$1"; say "${state[$1]}: $2 s"; }
for port in "${!since[@]}"; do
	when "$port"
done | sort -n >events
expect 16 grep -c . events
while read -r at what port whole <&7; do
	until_cs "$at"
	$what "$port" "$whole"
done 7<events
expect 0 conns d
unload
