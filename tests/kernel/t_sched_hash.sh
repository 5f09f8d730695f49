# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# The schedulers that go by address: a client gets the same server again and again, on two directors that
# heard of the servers in different order, too; the clients of a server of weight 0 go to another
# one with fallback and are refused without; ports count when they are asked for.
. ./lib.sh

load
topology d e
serve tcp 7000 s1 s2
s1=198.51.100.21:7000 s2=198.51.100.22:7000
for i in {1..12}; do
	echo "addr add 192.0.2.$((150 + i))/32 dev eth0"
done | ip -n c -batch -

# services NAME SCHEDULER SERVER SERVER
services() {
	baton "$1" service add tcp $vip:7000 scheduler "$2"
	baton "$1" server add tcp $vip:7000 "$3"
	baton "$1" server add tcp $vip:7000 "$4"
}
# clients: what each of twelve clients gets
clients() {
	local i answers=()
	for i in {1..12}; do
		ip -n c route replace $vip/32 dev eth0 src "192.0.2.$((150 + i))"
		answers+=("$(quiet_in c netpeer many tcp $vip:7000 1)")
	done
	echo "${answers[*]}"
}

say 'mh: the same again, and both servers have clients'
services d mh $s1 $s2
first=$(clients)
say "$first"
[[ $first == *s1=1* && $first == *s2=1* ]] || fail 'all clients got one server'
expect "$first" clients

say 'another director, servers the other way round'
services e mh $s2 $s1
leave d
take e
expect "$first" clients
# whoever asked last, with other ports
expect "${first##* }0" in_ns c netpeer many tcp $vip:7000 10

say 'weight 0: to the other one; without fallback refused'
baton e server set tcp $vip:7000 $s1 weight 0
expect "${first//s1/s2}" clients
baton e service set tcp $vip:7000 fallback off
expect "${first//s1/refused}" clients
baton e server set tcp $vip:7000 $s1 weight 1
expect "$first" clients

say 'ports'
baton e service set tcp $vip:7000 hash-port on
got=$(in_ns c netpeer many tcp $vip:7000 40)
say "$got"
[[ $got =~ ^s1=([0-9]+)\ s2=([0-9]+)$ ]]
((BASH_REMATCH[1] >= 4 && BASH_REMATCH[2] >= 4)) || fail 'ports do not spread'

say 'sh: fallback when told so'
baton e service set tcp $vip:7000 scheduler sh
first=$(clients)
say "$first"
[[ $first == *s1=1* && $first == *s2=1* ]] || fail 'all clients got one server'
baton e server set tcp $vip:7000 $s2 weight 0
expect "${first//s2/refused}" clients
baton e service set tcp $vip:7000 fallback on
expect "${first//s2/s1}" clients
baton e server set tcp $vip:7000 $s2 weight 1
expect "$first" clients

say 'dh: one address, one server'
baton e service set tcp $vip:7000 scheduler dh
first=$(clients)
[[ ${first//s1=1/} =~ ^\ *$ || ${first//s2=1/} =~ ^\ *$ ]] || fail "dh gave $first"

say 'no server'
baton e server set tcp $vip:7000 $s1 weight 0
baton e server set tcp $vip:7000 $s2 weight 0
for sched in dh sh mh; do
	baton e service set tcp $vip:7000 scheduler $sched fallback on
	expect 'refused=2' in_ns c netpeer many tcp $vip:7000 2
done

say 'flags are part of the settings'
baton e service set tcp $vip:7000 scheduler mh fallback off hash-port on
baton e save saved
grep -q 'scheduler mh fallback off hash-port on' saved
baton e service flush
baton e apply saved >/dev/null
expect "$(<saved)" quiet_in e batonctl save
expect 'nothing to change' baton e apply saved
expect 'mh false true' jq -r '.[0] | "\(.scheduler) \(.fallback) \(.hash_port)"' <(baton_json e service list)
# another scheduler begins with its own
baton e service set tcp $vip:7000 scheduler sh
expect 'false false' jq -r '.[0] | "\(.fallback) \(.hash_port)"' <(baton_json e service list)
refused 2 "scheduler wlc knows no 'fallback'" quiet_in e batonctl service set tcp $vip:7000 scheduler wlc fallback on
unload
