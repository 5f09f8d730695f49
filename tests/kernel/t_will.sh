# SPDX-License-Identifier: GPL-2.0-or-later
#
# The will: what the kernel says to the peer when a director ends. Here it ends by its namespace's end and by the module's;
# that a panic says it, too, is for the drill `panic` to show, which has a machine to lose.
#
#	a, b, ... [net 10.9.0.N, fd09::N: macvlan]	tap: who holds its other end writes down the frames
. ./lib.sh

mac=02:00:00:00:00:99
heard=$work/heard
# director NAME N: a namespace with such an interface, and a neighbour that needs not be there
director() {
	ns "$1"
	net_up
	ip link add link tap name net netns "$1" type macvlan mode bridge
	ip -n "$1" link set net up
	ip -n "$1" addr add "10.9.0.$2/24" dev net
	ip -n "$1" addr add "fd09::$2/64" dev net nodad
	ip -n "$1" neigh add 10.9.0.99 lladdr $mac dev net nud permanent
	ip -n "$1" neigh add fd09::99 lladdr $mac dev net nud permanent
}
will() { local n=$1; shift; in_ns "$n" gatectl will "$@"; }
# What was said so far, of all.
said() { { grep -ao 'word of [a-z0-9]*;' "$heard" || true; } | sort | paste -sd' '; }
# Its interfaces are prepared by a work item.
prepared() { nap 0.3; }
says_no() {
	local regex=$1
	shift
	if "$@" >out; then fail "not refused: $*"; fi
	says out "$regex"
}

load
if ! gatectl will >out; then
	says out '^EOPNOTSUPP: .*netpoll'
	skip 'this kernel has no netpoll'
fi
modprobe tun
background socat -u TUN,tun-name=tap,tun-type=tap,iff-no-pi,iff-up "OPEN:$heard,creat,append"
wait_for 10 ip link show tap
director a 1

say 'refusals'
says_no '^EINVAL: .*empty' will a 3 '' 10.9.0.1 10.9.0.99 7777
says_no '^ERANGE: .*1048575' will a 1048576 word 10.9.0.1 10.9.0.99 7777
says_no '^E' will a 3 "$(printf '%0130d' 0)" 10.9.0.1 10.9.0.99 7777

say 'a namespace ends while its gate is open: the last will is said, once, by IPv4 and by IPv6'
in_ns a gatectl set active 3
will a 3 'word of a;' 10.9.0.1 10.9.0.99 7777
director b 2
in_ns b gatectl set active 5
will b 5 'word of bb;' fd09::2 fd09::99 7777
will b 5 'word of b;' fd09::2 fd09::99 7777
prepared
ip netns del a
wait_for 10 is 'word of a;' said
ip netns del b
wait_for 10 is 'word of a; word of b;' said

say 'an interface that goes is let go; an unknown neighbour is no path'
director c 3
in_ns c gatectl set active 7
will c 7 'word of c;' 10.9.0.3 10.9.0.99 7777
prepared
in_ns c ip link del net
director d 4
in_ns d gatectl set active 7
will d 7 'word of d;' 10.9.0.4 10.9.0.98 7777
prepared
unload

say 'the module goes: who is active in that epoch says it, not who gave the role away, has it anew, or took its word back'
load
for n in 1 2 3 4; do
	director "e$n" "2$n"
	in_ns "e$n" gatectl set active 10
	will "e$n" 10 "word of e$n;" "10.9.0.2$n" 10.9.0.99 7777
done
prepared
in_ns e2 gatectl set standby 10
in_ns e3 gatectl set active 11
will e4
prepared
unload
wait_for 10 is 'word of a; word of b; word of e1;' said

say 'as it was sealed, to the port that was said'
nap 0.2
expect 'word of a; word of b; word of e1;' said
od -An -v -tx1 "$heard" | tr -d ' \n' >hex
grep -qE '1e611e61.{8}776f7264206f662065313b' hex	# both ports, length and checksum, "word of e1;"
