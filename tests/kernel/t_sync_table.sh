# SPDX-License-Identifier: GPL-2.0-or-later
# vcpus: 2
# quick: 6.1
# limit: 300
#
# The sync commands against tables that no traffic made, in two namespaces without a link. What is
# applied can be read back whole, also while the table grows and shrinks; older records, older
# epochs and an open gate are refused; equal tables have equal digests whatever the order in
# which they came about; deletions, prunes, and deletions that were lost leave exactly what
# they should: in the end the digests are zero again.
. ./lib.sh

load
ns a b e
net_up
feed() { local n=$1; shift; quiet_in "$n" syncfeed "$@"; }
digest() { feed "$1" digest | sed 's/ used.*//'; }
service() {
	baton "$1" service add tcp 192.0.2.100:7000 scheduler rr
	baton "$1" server add tcp 192.0.2.100:7000 198.51.100.21:7000 nat
}
# says REGEX COMMAND...: and fails
says() {
	local regex=$1
	shift
	if "$@" >out; then fail "not refused: $*"; fi
	cat out
	grep -qE "$regex" out
}
empty='sum=0000000000000000'
for n in a b; do
	service $n
	in_ns $n gatectl set standby 1
done

say 'equal whatever the order'
expect 'applied=6000 stale=0 rejected=0' feed a apply 1 0 6000 1
expect 'applied=3000 stale=0 rejected=0' feed b apply 1 3000 3000 30000001
expect 'applied=3000 stale=0 rejected=0' feed b apply 1 0 3000 1
expect "$(digest a)" digest b
expect 6000 conns b

say 'what is not newer is stale and changes nothing'
expect 'applied=0 stale=6000 rejected=0' feed b apply 1 0 6000 1
expect 'applied=0 stale=100 rejected=0' feed b delete 1 0 100 1
expect "$(digest a)" digest b

say 'epochs'
in_ns b gatectl set standby 3
says '^ESTALE: .*older epoch' feed b apply 2 0 1 100000
expect "$(digest a)" digest b
expect 'applied=1 stale=0 rejected=0' feed b apply 3 0 1 1
says '^ERANGE: .*1048575' feed b apply 1048576 0 1 1
# heard of 4 without having had it: whoever was active before 4 is not listened to any more
expect 'applied=1 stale=0 rejected=0' feed b apply 4 0 1 1
says '^ESTALE: .*older epoch than some that are here' feed b apply 3 0 1 100000

say 'what is no batch is refused whole'
before=$(digest b)
feed b broken | tee broken
grep -q '^records: .*LIKES and BRIEFS' broken
grep -q '^no like: .*a like that is missing' broken
expect "$before" digest b

say 'dumped whole; not read out, since versions are not its to give'
feed a dump 6000 | tee out
grep -q 'missing=0 twice=0 others=0' out
sum=$(digest a)
says '^EBUSY: .*follows' feed a read 600 6000
expect "$sum" digest a

say 'dumped while the table grows and shrinks'
background feed a apply 1 6000 30000 100000000
feed a dump 6000
feed a dump 6000
wait "$job"
grep 'applied=30000 stale=0 rejected=0' "$job_out"
feed a dump 36000
expect 36000 conns a
background feed a delete 1 6000 30000 1000000000
feed a dump 6000
feed a dump 6000
wait "$job"
grep 'applied=30000 stale=0 rejected=0' "$job_out"
expect 6000 conns a

say 'deletions, also of what is not there'
expect 'applied=7000 stale=0 rejected=0' feed a delete 1 0 7000 2000000000
expect "$empty" digest a
expect 0 conns a

say 'prune'
feed a apply 1 0 1000 2200000000
feed a apply 1 0 600 2300000000
expect 'removed=400' feed a prune 1 2300000000
expect 'removed=0' feed a prune 1 2300000000
feed a dump 600
expect 600 conns a
feed a buckets 600

say 'no service, no server; the rest of the batch is applied'
baton b service flush
expect "$empty" digest b
expect 'applied=0 stale=0 rejected=10 reason=2' feed b apply 4 0 10 1000
baton b service add tcp 192.0.2.100:7000 scheduler rr
expect 'applied=0 stale=0 rejected=10 reason=3' feed b apply 4 0 10 1000
baton b server add tcp 192.0.2.100:7000 198.51.100.21:7000 nat weight 0
expect 'applied=10 stale=0 rejected=0' feed b apply 4 0 10 1000
baton b tunable set conn_max 12
expect 'applied=12 stale=0 rejected=8 reason=5' feed b apply 4 0 20 2000
baton b tunable set conn_max 0

say 'promoted: takes no records, versions continue above'
in_ns a gatectl set active 5
says '^EBUSY: .*active' feed a apply 5 0 1 1
says '^EBUSY: .*active' feed a prune 5 1
expect 'records=0 deleted=0 overrun=0' feed a drain 600
feed a read 600 600 | tee out
grep -q 'missing=0 twice=0 others=0' out
feed a read 7 600
expect 600 conns a

say 'deletions wait for a drain, and the digests for them'
sum=$(digest a)
baton a server del tcp 192.0.2.100:7000 198.51.100.21:7000
expect 0 conns a
expect "$sum" digest a
expect 'records=600 deleted=600 overrun=0' feed a drain 100
expect "$empty" digest a

say 'too many deletions: overrun, said once'
in_ns a gatectl set standby 6
baton a tunable set tombstone_max 100
baton a server add tcp 192.0.2.100:7000 198.51.100.21:7000 nat
feed a apply 6 0 3000 1
in_ns a gatectl set active 7
baton a server del tcp 192.0.2.100:7000 198.51.100.21:7000
few_pending() { (($(feed a digest | sed 's/.*pending=\([0-9]*\).*/\1/') <= 100)); }
wait_for 20 few_pending
feed a drain 600 | tee out
grep -q 'overrun=1' out
expect "$empty" digest a
expect 'records=0 deleted=0 overrun=0' feed a drain 600

say 'answers that cannot be delivered: overrun, too'
baton a tunable set tombstone_max 65536
baton a server add tcp 192.0.2.100:7000 198.51.100.21:7000 nat
in_ns a gatectl set standby 7
feed a apply 7 0 100 2000000000
in_ns a gatectl set active 8
baton a server del tcp 192.0.2.100:7000 198.51.100.21:7000
feed a lose 20
feed a drain 600 | tee out
grep -qE 'records=[0-9]+ .*overrun=1' out
expect "$empty" digest a

say 'a standby that was active forgets what it owed once it takes records'
baton a server add tcp 192.0.2.100:7000 198.51.100.21:7000 nat
in_ns a gatectl set standby 8
feed a apply 8 0 50 1
in_ns a gatectl set active 9
baton a server del tcp 192.0.2.100:7000 198.51.100.21:7000
baton a server add tcp 192.0.2.100:7000 198.51.100.21:7000 nat
in_ns a gatectl set standby 10
expect "$empty" digest a
expect 'applied=50 stale=0 rejected=0' feed a apply 10 0 50 1
expect 'records=0 deleted=0 overrun=0' feed a drain 600
expect 50 conns a

say 'damaged records'
feed b garbage 1 100
feed b garbage 2 100
baton b service flush
expect "$empty" digest b
expect 0 conns b
baton a service flush
expect "$empty" digest a

say 'damaged messages'
in_ns b nlfuzz 1 20000
expect 0 conns b

say 'a namespace, then the module go while deletions wait for a drain'
baton a service flush
for n in a e; do
	service $n
	in_ns $n gatectl set standby 100
	feed $n apply 100 0 2000 1
	in_ns $n gatectl set active 101
	baton $n server del tcp 192.0.2.100:7000 198.51.100.21:7000
	feed $n digest | grep 'pending=2000'
done
ip netns del a
unload
