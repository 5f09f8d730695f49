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
