# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# limit: 360
#
# The ways between two sync daemons: an IPv6 group, unicast peers of each family, on two networks
# at once. One of two networks is cut, then the other one: sync goes on, nobody calls the
# peer gone, and the status says what comes in on which. Where the other end, or the path, takes less than
# the interface, datagrams are found that arrive, and none is fragmented.
. ./lib.sh
. /baton/lib_syncd.sh

for n in a b; do
	i=$([[ $n == a ]] && echo 1 || echo 2)
	quiet_in $n ip addr add "fd66::$i/64" dev sync0 nodad
	quiet_in $n ip addr add "fd67::$i/64" dev sync1 nodad
done

# conf NODE LINE...: its configuration
conf() {
	local node=$1
	shift
	{ printf '[sync]\ninterface = sync0\ninterface = sync1\n'
	  printf 'key_file = %s/key\n' "$work"
	  printf '%s\n' "$@"; } >"$node.conf"
}
received() { ask "$1" status | jq -r ".links[$2].received"; }
# comes NODE LINK: something more comes in there
comes() { local n; n=$(received "$1" "$2"); wait_for 5 eval "((\$(received $1 $2) > $n))"; }
# survives N: N connections more are on the standby
more() {
	hold c tcp $vip:7000 "$1"
	flushed a
	same $((total += $1))
}
total=0

# pair WHAT: start both, and cut one network after the other
pair() {
	local lost i
	say "$1"
	start a a.conf
	start b b.conf
	wait_for 30 warm
	more 30
	comes b 0
	comes b 1
	for i in 0 1; do
		quiet_in a ip link set "sync$i" down
		more 20
		comes b $((1 - i))
		quiet_in a ip link set "sync$i" up
		# The address goes with the link.
		quiet_in a ip addr add "fd6$((6 + i))::1/64" dev "sync$i" nodad 2>/dev/null || :
		comes b "$i"
	done
	lost=$(cat a.log b.log | grep -c 'not heard any more') || :
	((lost == 0)) || fail 'a peer was called gone while a path was whole'
	status b '.warm and .rx.duplicates > 0'
	stop a
	stop b
	: >a.log
	: >b.log
}

conf a 'group = ff15::4254'
conf b 'group = ff15::4254'
pair 'an IPv6 group'

conf a 'peer = 10.66.0.12 sync0' 'peer = 10.67.0.12 sync1'
conf b 'peer = 10.66.0.11 sync0' 'peer = 10.67.0.11 sync1'
pair 'unicast, IPv4'

conf a 'peer = fd66::2 sync0' 'peer = fd67::2 sync1'
conf b 'peer = fd66::1 sync0' 'peer = fd67::1 sync1'
pair 'unicast, IPv6'

# mtus NODE BYTES: of both of its networks
mtus() { for i in 0 1; do quiet_in "$1" ip link set "sync$i" mtu "$2"; done; }
fragments() { quiet_in a awk '$1 == "Ip:" && $20 ~ /^[0-9]+$/ { print $20 }' /proc/net/snmp; }

say 'a path that is narrower than the interface, and becomes wider and narrower'
conf a 'group = 239.255.66.66'
conf b 'group = 239.255.66.66'
mtus a 9000
hold c tcp $vip:7000 700
: $((total += 700))
start a a.conf
start b b.conf
wait_for 30 warm
same "$total"
wait_for 10 status a '.datagram > 1400 and .datagram <= 1472 and .datagram_limit == 8972'
mtus b 9000
wait_for 30 status a '.datagram == 8972'
more 200
mtus b 1280
more 200
wait_for 30 status a '.datagram == 1232 and .warm'
wait_for 20 grep -q 'narrower than the interface' a.log
expect 0 fragments
stop a
stop b
