# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# Resets and FINs in a client's name, with sequence numbers that fit nothing: the connections go
# on, whether somebody speaks meanwhile or nobody, and a SYN in between takes them to no other server. By NAT and
# DR, in IPv4 and IPv6. Ends that are true are believed. Without questions silence is an end.
. ./lib.sh

load
topology
topology6
serve tcp 7000 s1 s2 dr1 dr2
serve_at='[::]' serve tcp 7006 s1 s2 dr1 dr2
nat_service d tcp 7000 rr
dr_service d tcp 7000 rr
nat_service6 d tcp 7006 rr
dr_service6 d tcp 7006 rr
services=("$vip:7000" "$vip_dr:7000" "[$vip6]:7006" "[$vip6_dr]:7006")
short() { baton d tunable set timeout_tcp_close "$1" timeout_tcp_close_wait "$1" timeout_tcp_fin_wait "$1"; }
revived() { baton_json d status | json_number '"revived":'; }
# by_state SERVICE: how many are reset, finished by NAT, by DR, established
by_state() {
	baton_json d connection count service tcp "$1" | jq -r '.states as $s |
		[$s.tcp_close, $s.tcp_close_wait, $s.tcp_fin_wait, $s.tcp_established | . // 0] | join(" ")'
}
state_of() { baton_json d connection count service tcp "$1" | json_number "\"$2\":" || echo 0; }
established() { local s; for s; do state_of "$s" tcp_established; done | xargs; }
ports() { baton_json d connection list service tcp "$1" | jq -r '.[].client.port' | sort -n; }
# forge FLAGS SERVICE PORT
forge() {
	local from=192.0.2.50
	[[ $2 != \[* ]] || from="[$lan6:50]"
	in_ns c forge "$1" "$from:$3" "$2" 123456789 987654321
}
# forge_end IS_RESET SERVICE PORT
forge_end() { if (($1)); then forge R "$2" "$3"; else forge FA "$2" "$3"; fi; }
# claim SERVICE [FLAGS]: that half of its four connections were reset, and the other half finished; then more
claim() {
	local p n=0
	for p in $(ports "$1"); do
		forge_end $((n++ < 2)) "$1" "$p"
		[[ ! ${2:-} ]] || forge "$2" "$1" "$p"
	done
}

fds=() nos=()
for s in "${services[@]}"; do
	hold c tcp "$s" 4
	fds+=("$held_fd") nos+=("$held_no")
done
# every_one COMMAND WANT-BY-NAT WANT-BY-DR: of the clients of all services
every_one() {
	local i want
	for i in 0 1 2 3; do
		held_fd=${fds[i]} held_no=${nos[i]} want=$2
		((i % 2 == 0)) || want=$3
		held "$1" "$want"
	done
}
every_one ask 's1=2 s2=2' 'dr1=2 dr2=2'

say 'nobody speaks'
expect 0 revived
short 5
for ((i = 0; i < 4; i++)); do
	claim "${services[i]}"
	expect "$( ((i % 2)) && echo '2 0 2 0' || echo '2 2 0 0')" by_state "${services[i]}"
done
wait_for 40 is 16 revived
expect '4 4 4 4' established "${services[@]}"
every_one ask 's1=2 s2=2' 'dr1=2 dr2=2'

say 'a SYN comes after it'
short 120
for s in "${services[@]}"; do
	claim "$s" S
	expect 4 state_of "$s" tcp_syn_recv
done
every_one ask 's1=2 s2=2' 'dr1=2 dr2=2'
wait_for 20 is '4 4 4 4' established "${services[@]}"

say 'somebody speaks'
for s in "${services[@]}"; do
	claim "$s"
done
expect '0 0 0 0' established "${services[@]}"
speak() {
	every_one ask 's1=2 s2=2' 'dr1=2 dr2=2'
	is '4 4 4 4' established "${services[@]}"
}
wait_for 40 speak

say 'ends that are true'
short 5
was=$(revived)
for i in 0 1; do
	held_fd=${fds[i]} held_no=${nos[i]}
	held reset
	expect 4 state_of "${services[i]}" tcp_close
done
held_fd=${fds[2]} held_no=${nos[2]}
p=$(ports "[$vip6]:7006" | head -n 1)
held close
wait_for 20 is 4 state_of "[$vip6]:7006" tcp_time_wait
begun=$(counted d connections)
forge S "[$vip6]:7006" "$p"
expect $((begun + 1)) counted d connections
baton d connection kill service tcp "[$vip6]:7006"
held_fd=${fds[3]} held_no=${nos[3]}
held close
for s in "${services[@]}"; do
	wait_for 40 is 0 conns d service tcp "$s"
done
expect "$was" revived

say 'without questions'
baton d tunable set challenge_max 0
hold c tcp $vip:7000 2
for p in $(ports "$vip:7000"); do
	forge R "$vip:7000" "$p"
done
wait_for 40 is 0 conns d service tcp $vip:7000
held ask 'reset=2'
unload
