# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# Connections are listed and killed by service, server and client, and by no more than what was
# named; the client of a killed one hears a reset with its next packet, or nothing when the service
# has `reset off`; the peer is told of what was killed, and a standby kills nothing by itself.
. ./lib.sh

load
topology a b
serve tcp 7000 s1 s2
serve tcp 7001 s1 s2
for n in a b; do
	nat_service $n tcp 7000 rr
	nat_service $n tcp 7001 rr
done
in_ns b gatectl set standby 1
in_ns a gatectl set active 2
killed() { local n=$1; shift; baton_json "$n" connection kill "$@" | json_number '"killed":'; }

hold c tcp $vip:7000 40
in_ns a syncpipe drain a b
expect 40 conns b

say 'what is listed is what matches'
expect 20 conns a server 198.51.100.21:7000
expect 0 conns a service tcp $vip:7001
expect 40 conns a client 192.0.2.0/26
expect 0 conns a client 192.0.2.64/26
expect 20 conns a service tcp $vip:7000 client 192.0.2.50 server 198.51.100.22:7000

say 'refusals'
refused 2 'name a service' batonctl connection kill
refused 1 'not active' quiet_in b batonctl connection kill client 192.0.2.50
expect 40 conns b

say 'killed: nothing else, the client hears of it, the peer too'
expect 0 killed a client 192.0.2.64/26
expect 0 killed a service tcp $vip:7001
expect 20 killed a server 198.51.100.21:7000
expect 20 conns a
held ask 'reset=20 s2=20'
in_ns a syncpipe drain a b | tee out
grep -q 'deleted=20 ' out
quiet_in a syncpipe equal a b
expect 20 conns b

say 'one by its port'
port=$(baton_json a connection list | json_number '"client":\{"address":"192.0.2.50","port":')
expect 1 killed a client "192.0.2.50:$port"
expect 19 conns a
expect 19 killed a service tcp $vip:7000
expect 0 conns a

say 'reset off: silence'
baton a service set tcp $vip:7000 reset off
hold c tcp $vip:7000 4
expect 4 killed a client 0.0.0.0/0
before=$(dropped a not_syn)
held ask 'timeout=4'
(($(dropped a not_syn) >= before + 4)) || fail 'the drops were not counted'
baton a service set tcp $vip:7000 reset on
expect 's1=1 s2=1' in_ns c netpeer many tcp $vip:7000 2

unload
