# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Two directors that sync: a (active, epoch 2) and b (standby), with a TCP service each, and
# baton-syncd to be started on two links between them.

load
topology a b
link a sync0 10.66.0.11/24 b sync0 10.66.0.12/24
link a sync1 10.67.0.11/24 b sync1 10.67.0.12/24
net_up
serve tcp 7000 s1 s2
for n in a b; do
	nat_service $n tcp 7000 rr
done
in_ns b gatectl set standby 1
in_ns a gatectl set active 2

head -c 32 /dev/urandom | base64 >key
head -c 32 /dev/urandom | base64 >key2
chmod 600 key key2
cat >conf <<-END
	[sync]
	interface = sync0
	interface = sync1
	group = 239.255.66.66
	port = 6666
	key_file = $work/key
	key_id = 1
END
sed "s|/key$|/key2|" conf >conf2

declare -A pid
start() {
	printf '$ [%s] baton-syncd %s &\n' "$1" "${2:-conf}"
	ip netns exec "$1" baton-syncd --config "$work/${2:-conf}" --control "$work/$1.sock" 2>>"$work/$1.log" &
	pid[$1]=$!
}
stop() {
	kill "${pid[$1]}"
	wait "${pid[$1]}" || fail "baton-syncd of $1 ended with $?: $(cat "$work/$1.log")"
}
# Answers as JSON; `status` fails on false
ask() { printf '{"command":"%s"%s}\n' "$2" "${3:-}" | socat -t 70 - "UNIX-CONNECT:$work/$1.sock"; }
status() { ask "$1" status | jq -er "$2"; }
warm() { [[ $(status a .warm) == true && $(status b .warm) == true ]] &&
	[[ $(status a '.would_survive == .connections - .lost_by_reason.policy') == true ]]; }
flushed() { [[ $(ask "$1" flush ',"timeout_ms":20000' | jq -r .ok) == true ]] || fail "no flush of $1"; }
ask_bool() { ask "$1" status | jq -r "$2"; }
# same COUNT: both tables have so many, and they are equal
same() {
	expect "$1" synced a
	expect "$1" synced b
	quiet_in a syncpipe equal a b
}

# no_answers: what reaches dr1 ends there; a knows the way to it
no_answers() {
	quiet_in dr1 tc qdisc add dev eth0 clsact
	quiet_in dr1 tc filter add dev eth0 ingress matchall action drop
	knows_dr1 a
}
# knows_dr1 NAME: without asking, since dr1 does not answer
knows_dr1() {
	local mac
	mac=$(quiet_in dr1 cat /sys/class/net/eth0/address)
	ip -n "$1" neigh replace 192.0.2.21 lladdr "$mac" dev lan nud permanent
	[[ $(quiet_in "$1" cat /proc/sys/net/ipv6/conf/lan/disable_ipv6) == 1 ]] ||
		ip -n "$1" -6 neigh replace "$lan6:21" lladdr "$mac" dev lan nud permanent
}
# crowd FIRST COUNT [ENDPOINT]: new connections to a, by default to port 7100 of the VIP for direct
# routing; see synconn
crowd() {
	quiet_in c synconn open eth0 "$(quiet_in a cat /sys/class/net/lan/address)" "${3:-$vip_dr:7100}" "$1" "$2"
}
