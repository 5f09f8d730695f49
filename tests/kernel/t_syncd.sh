# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
# limit: 400
#
# baton-syncd, two of them on two links, from namespace a (active) to b (standby). The standby
# becomes warm, proven by equal digests; changes and deletions follow; a daemon that
# restarts loses nothing, on either side; a flush is a barrier; a standby without services keeps
# what it gets until they are there.
. ./lib.sh
. /baton/lib_syncd.sh

say 'connections from before the daemons are there too'
hold c tcp $vip:7000 300
start a
start b
wait_for 30 warm
same 300
expect "$(status a .config)" status b .config
expect true ask_bool b '.peer.config == .config and .peer.config_equal'

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
wait_for 40 is "$left" status b .lost_by_reason.unknown_service
expect false ask_bool b .warm
# until the daemon that was stopped counts as gone it may be the one that a speaks of
wait_for 10 status a '.peer.config != .config'
expect "$(status b .config)" status a .peer.config
nat_service b tcp 7000 rr
wait_for 40 warm
same "$left"

stop a
stop b
cat "$work/a.log" "$work/b.log"
