# SPDX-License-Identifier: GPL-2.0-or-later
#
# The sync commands, from namespace a (active) to b (standby), without a daemon in between:
# what is drained is equal after it was applied, and the digests prove it; deletions travel; a
# bulk transfer ends with a prune; records without a service or a server are rejected by name
# and change nothing; a service may not be synced.
. ./lib.sh

load
topology a b
serve tcp 7000 s1 s2
serve udp 7000 s1 s2
for n in a b; do
	nat_service $n tcp 7000 rr
	nat_service $n udp 7000 rr
done
in_ns b gatectl set standby 1
in_ns a gatectl set active 2

equal() { quiet_in a syncpipe equal a b; }
pipe() { in_ns a syncpipe "$@"; }

say 'established connections are synced, the first drain takes them all'
hold c tcp $vip:7000 200
expect 200 conns a
pipe drain a b | tee out
grep -q 'rejected=0 .*overrun=0' out
equal
expect 200 conns b
expect 200 synced b
pipe drain a b | grep -q '^read=0 '

say 'a standby does not age and counts servers alike'
expect 100 server_has b tcp $vip:7000 198.51.100.21:7000 active

say 'deletions'
held close
wait_for 20 is 0 quiet_in s1 sh -c 'ss -Htn state established | wc -l'
baton a server del tcp $vip:7000 198.51.100.21:7000
baton b server del tcp $vip:7000 198.51.100.21:7000
pipe drain a b
equal
baton a service flush
pipe drain a b | tee out
equal
expect 0 synced b

say 'a service that is not to be synced'
for n in a b; do
	baton $n service flush
	nat_service $n udp 7000 rr
	baton $n service set udp $vip:7000 sync off
done
expect 's1=2 s2=2' in_ns c netpeer many udp $vip:7000 4
expect 4 conns a
pipe drain a b | grep '^read=0 '
expect 0 conns b
baton a service set udp $vip:7000 sync on
expect 's1=2 s2=2' in_ns c netpeer many udp $vip:7000 4
pipe drain a b | grep '^read=4 '
expect 4 conns b
pipe bulk a b
equal
expect 4 conns b

say 'a standby that knows nothing: bulk'
for n in a b; do
	baton $n service flush
	nat_service $n tcp 7000 rr
done
hold c tcp $vip:7000 1500
pipe drain a b
equal
in_ns b gatectl set standby 2
baton b service flush
nat_service b tcp 7000 rr
if equal; then fail "the digests of an empty and of a full table are equal"; fi
pipe bulk a b | tee out
grep -q 'applied=1500 .*pruned=0' out
equal
expect 1500 conns b

say 'what went while the standby was away is pruned'
baton a server del tcp $vip:7000 198.51.100.22:7000
pipe bulk a b | tee out
grep -q 'pruned=750' out
# The active's digests cover what went until its deletions were read.
pipe drain a b | tee out
grep -q 'deleted=750 ' out
equal
expect 750 conns a
expect 750 synced b

say 'no service, no server'
baton b service flush
pipe bulk a b | tee out
grep -q 'applied=0 .*rejected=750' out
expect 0 conns b
baton b service add tcp $vip:7000 scheduler rr
pipe bulk a b | grep -q 'rejected=750'
baton b server add tcp $vip:7000 198.51.100.21:7000 nat
pipe bulk a b
equal

say 'who is active takes no records, who follows gives none'
refused 1 'bulk|read|follows' quiet_in a syncpipe bulk b a
equal
expect 750 conns a
expect 750 synced a

unload
