# SPDX-License-Identifier: GPL-2.0-or-later
#
# The schedulers that look at load, with connections that stay: lc evenly, sed by weight, nq to an idle
# server first, fo to the heaviest only, ovf to one after the other until nobody has room, twos
# near enough to evenly.
. ./lib.sh

load
topology
serve tcp 7000 s1 s2
nat_service d tcp 7000 lc
s1=198.51.100.21:7000 s2=198.51.100.22:7000

# share SCHEDULER WEIGHT1 WEIGHT2 COUNT WANT: that many connections at once; what each server has
share() {
	say "$1, $2 to $3"
	wait_for 20 is 0 server_has d tcp $vip:7000 $s1 active
	wait_for 20 is 0 server_has d tcp $vip:7000 $s2 active
	baton d service flush
	nat_service d tcp 7000 "$1"
	[[ $2 == 1 ]] || baton d server set tcp $vip:7000 $s1 weight "$2"
	[[ $3 == 1 ]] || baton d server set tcp $vip:7000 $s2 weight "$3"
	hold c tcp $vip:7000 "$4"
	[[ -z ${5:-} ]] || expect "ready $5" last_line "$work/held$held_no.out"
}
share lc 3 1 12 's1=6 s2=6'
held close
share sed 3 1 16 's1=12 s2=4'
held close
share nq 9 1 2 's1=1 s2=1'
held close
share sed 9 1 2 's1=2'
held close

share fo 1 2 4 's2=4'
baton d server set tcp $vip:7000 $s2 weight 0
expect 's1=3' in_ns c netpeer many tcp $vip:7000 3
held close

# one more than its weight is what fills a server
share ovf 3 2 7 's1=4 s2=3'
expect 'refused=2' in_ns c netpeer many tcp $vip:7000 2
held close
wait_for 20 is 0 server_has d tcp $vip:7000 $s1 active
expect 's1=1' in_ns c netpeer many tcp $vip:7000 1

# Draws of the same server twice let it run ahead, and the next two different ones bring it back.
share twos 1 1 40
got=$(server_has d tcp $vip:7000 $s1 active)
say "twos gave s1 $got of 40"
((got >= 10 && got <= 30)) || fail 'twos does not balance'
held close

say 'a change of the scheduler under connections'
hold c tcp $vip:7000 6
for sched in lc sed nq fo twos wlc rr; do
	baton d service set tcp $vip:7000 scheduler $sched
	[[ $(in_ns c netpeer many tcp $vip:7000 1) == s[12]=1 ]]
done
held ask "$(last_line "$work/held$held_no.out" | sed 's/ready //')"
refused 2 "'best' is not a scheduler" baton d service set tcp $vip:7000 scheduler best
unload
