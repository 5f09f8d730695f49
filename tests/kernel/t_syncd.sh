# SPDX-License-Identifier: GPL-2.0-or-later
#
# limit: 240
#
# baton-syncd, two of them on two links, from namespace a (active) to b (standby). The standby
# becomes warm, proven by equal digests; changes and deletions follow; a standby's daemon
# that restarts loses nothing; a flush is a barrier; a standby without services parks what it
# gets; after the roles have changed the other direction works at once; a link may be cut; who
# has another key is not listened to.
. ./lib.sh

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

say 'connections from before the daemons are there too'
hold c tcp $vip:7000 300
start a
start b
wait_for 30 warm
same 300

say 'changes and deletions follow, and a flush is a barrier'
hold c tcp $vip:7000 500
flushed a
same 800
baton a server del tcp $vip:7000 198.51.100.21:7000
flushed a
same 400
baton a server add tcp $vip:7000 198.51.100.21:7000 nat weight 1
status a '{tx, lag, rejects}'

say 'one connection on an idle pair'
before=$(status b .rx.records)
hold c tcp $vip:7000 1
wait_for 5 status b ".rx.records > $before"

say 'the daemon of the standby restarts while connections come'
stop b
hold c tcp $vip:7000 400
start b
wait_for 30 warm
same 801

say 'the daemon of the active restarts while connections go'
stop a
baton a server del tcp $vip:7000 198.51.100.22:7000
baton a server add tcp $vip:7000 198.51.100.22:7000 nat weight 1
start a
wait_for 30 warm
flushed a
left=$(synced a)
((left > 100 && left < 400))
same "$left"

say 'an empty standby gets everything by a walk; what it does not know waits for its service'
stop b
baton b service flush
start b
wait_for 30 is "$left" status b .lost_by_reason.unknown_service
expect false ask_bool b .warm
nat_service b tcp 7000 rr
wait_for 40 warm
same "$left"

say 'the other direction, at once'
in_ns a gatectl set standby 2
flushed a
in_ns b gatectl set active 3
leave a
take b
hold c tcp $vip:7000 100
wait_for 30 warm
flushed b
same $((left + 100))
held ask 100

say 'one of two links is cut'
ip -n a link set sync0 down
hold c tcp $vip:7000 100
flushed b
same $((left + 200))
ip -n a link set sync0 up

say 'another key'
stop a
start a conf2
wait_for 10 status a '.rejects.auth > 0'
expect false ask_bool a .peer.present
stop a
stop b
cat "$work/a.log" "$work/b.log"
