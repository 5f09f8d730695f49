# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# limit: 240
#
# Keys of the sync daemons change while connections come: first a key where there was none
# (off, receive-only, permissive, enforce), then another key. No step may cost a datagram, a
# session or the proof; what is wrong is refused, and the daemon goes on with what it has.
. ./lib.sh
. /baton/lib_syncd.sh

# conf NODE LINE...: its configuration
conf() {
	local node=$1 line
	shift
	printf '[sync]\ninterface = sync0\ninterface = sync1\n' >"$node.conf"
	for line; do
		printf '%s\n' "$line" >>"$node.conf"
	done
}
# step NODE LINE...: a new configuration, taken at once
step() {
	conf "$@"
	[[ $(ask "$1" reload | jq -r .ok) == true ]] || fail "$1 refused: $*"
	hold c tcp $vip:7000 20
	flushed a
}
key_rejects() { ask a status | jq "[.rejects.no_key, .rejects.key_id, .rejects.auth] | add"; }
session() { ask "$1" status | jq -r .session; }

say 'a pair without a key'
conf a 'auth = off'
conf b 'auth = off'
start a a.conf
start b b.conf
wait_for 30 warm
sessions="$(session a) $(session b)"

say 'its first key, step by step'
one="key = 1 $work/key"
for mode in receive-only permissive enforce; do
	step a "$one" "auth = $mode"
	step b "$one" "auth = $mode"
done
expect 120 synced b
status a '.auth | .mode == "enforce" and .send_key == 1'

say 'another key'
two="key = 2 $work/key2"
step a "$one" "$two" 'send_key = 1'
step b "$one" "$two"
step b "$one" "$two" 'send_key = 2'
conf a "$one" "$two" 'send_key = 2'
kill -HUP "${pid[a]}"
wait_for 5 status a '.auth.send_key == 2'
wait_for 5 status b '.auth.keys[] | select(.id == 2) | .received > 0'
step a "$two"
step b "$two"
expect 0 key_rejects
same 220
status a .warm
[[ "$(session a) $(session b)" == "$sessions" ]]

say 'a key of their own is not theirs'
conf a "key = 2 $work/key"
kill -HUP "${pid[a]}"
wait_for 5 status b '.rejects.auth > 0'
grep -q 'under key 2: sealed with another key' b.log
step a "$two"
wait_for 30 warm

say 'what is wrong is refused whole'
chmod 644 key2
expect false eval 'ask a reload | jq -r .ok'
ask a reload | grep -q 'open to group or others'
chmod 600 key2
conf a "$two" 'port = 7777'
ask a reload | grep -q restart
conf a "$two" 'send_key = 1'
ask a reload | grep -q 'no key of'
status a .warm

say 'without a key nobody is heard'
stop b
conf b 'auth = off'
start b b.conf
wait_for 10 status a '.rejects.no_key > 0'
grep -q 'refusing datagrams without a key' a.log
stop a
stop b
cat "$work/a.log" "$work/b.log"
