# SPDX-License-Identifier: GPL-2.0-or-later
#
# Recorded datagrams (tests/golden/wire) against a running daemon, that of b. One whose writer wants a newer
# reader is refused, counted, and said loudly, once; one of a newer writer that can be read counts
# for nothing either, since a recording cannot answer a challenge. Afterwards the daemon
# works with its real peer as if nothing had been.
. ./lib.sh
. /baton/lib_syncd.sh

# The key of the recordings: bytes 0 to 31, number 1.
echo AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= >key
ip -n a route add 239.255.66.66/32 dev sync0
replay() { quiet_in a socat -u "OPEN:/baton/wire/$1.bin" UDP4-DATAGRAM:239.255.66.66:6666; }

start b
wait_for 10 status b '.ok'

say 'a writer that wants a newer reader'
replay newer-refused
wait_for 5 status b '.rejects.min_reader == 1'
wait_for 5 grep 'wants a reader of version 2, this one is 1; bring this node' b.log
replay newer-refused
wait_for 5 status b '.rejects.min_reader == 2'
expect 1 grep -c 'wants a reader' b.log

say 'a newer writer that we can read, an older one, one of our age: recordings all of them'
for name in newer-readable newer-batch newer-state older-batch connections deletions hello ack; do
	replay "$name"
done
wait_for 5 status b '[.rejects | to_entries[] | select(.key != "min_reader") | .value] | add >= 6'
expect false ask_bool b .peer.present
expect 0 status b '.rejects.malformed + .rejects.auth + .rejects.key_id'
expect 0 conns b

say 'then a peer'
hold c tcp $vip:7000 20
start a
wait_for 30 warm
same 20
stop a
stop b
