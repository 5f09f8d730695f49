# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# The fast path and the pair: packets on it owe the peer nothing, the end of a connection does; after
# a failover the first packet of each direction proves on the other director what the ones
# after it use.
. ./lib.sh

load
topology a b
serve tcp 7000 s1 s2
for n in a b; do
	nat_service $n tcp 7000 rr
done
in_ns b gatectl set standby 1
in_ns a gatectl set active 2
watch a
hold c tcp $vip:7000 10
proven a 's1=5 s2=5'

say 'what is established is told once'
in_ns a syncpipe drain a b
in_ns a syncpipe equal a b
fast a 's1=5 s2=5'
in_ns a syncpipe drain a b | tee out
grep -q '^read=0 ' out

say 'the other takes over'
ip -n a link set lan down
ip -n a link set in down
in_ns b gatectl set active 3
take b
watch b
forget b
held ask 's1=5 s2=5'
[[ $(seen b) == [1-9]*' '[1-9]* ]] || fail "seen by the slow path: $(seen b)"
proven b 's1=5 s2=5'
expect 10 in_state b tcp_established

say 'an end is told, though everything before was fast'
in_ns a gatectl set standby 3
in_ns b syncpipe drain b a
fast b 's1=5 s2=5'
in_ns b syncpipe drain b a | tee out
grep -q '^read=0 ' out
held close
over() { quiet_in b syncpipe drain b a | tee out; grep -q '^read=[1-9]' out; }
wait_for 10 over
unload
