# SPDX-License-Identifier: GPL-2.0-or-later
# only: kernel
# quick: no
# limit: 1800
#
# 200,000 connections (or SCALE, in the environment of the run). What one more costs, what a packet costs, and what each line of a
# listing costs does not depend on how many there are; packets do not stand still while the table grows
# to its largest size, nor while all expire at once and it shrinks; and when their time has come connections
# end then, not earlier and at most a second and a twentieth of it later.
#
#	c .50 --- lan 192.0.2.0/24 --- .11 a .11 --- far 203.0.113.0/24 --- .50 p
#
# Nobody else is there: what a passes on ends at c and at p. p is where a pulse of one datagram every 200 us begins and ends.
#
# Emulated without KVM the guest's clock counts instructions: what is compared is no matter of speed. Bounds are
# wide: what grows with the table grows eightfold or more here.
. ./lib.sh

read -r many </baton/scale
few=$((many / 8)) opened=20000
service=(tcp 192.0.2.100:7000)
server=198.51.100.21:7000
timeout=300

load
ns c a p
link c eth0 192.0.2.50/24 a lan 192.0.2.11/24
link p eth0 203.0.113.50/24 a far 203.0.113.11/24
in_net p 'link set eth0 mtu 100'
net_up
forwards a
ip -n a neigh add 192.0.2.21 lladdr 02:00:00:00:00:21 dev lan nud permanent
ip -n a neigh add 203.0.113.21 lladdr 02:00:00:00:00:22 dev far nud permanent
baton a service add "${service[@]}" scheduler rr
baton a server add "${service[@]}" $server nat
baton a service add tcp 192.0.2.101:7000 scheduler rr
baton a server add tcp 192.0.2.101:7000 192.0.2.21:7000 dr
baton a service add udp 203.0.113.100:7000 scheduler rr
baton a server add udp 203.0.113.100:7000 203.0.113.21:7000 dr
baton a tunable set timeout_tcp_established $timeout timeout_udp 30
ip -n a addr add 192.0.2.100/32 dev lan
ip -n a addr add 192.0.2.101/32 dev lan
ip -n a addr add 203.0.113.100/32 dev far
mac=$(quiet_in a cat /sys/class/net/lan/address)
far_mac=$(quiet_in a cat /sys/class/net/far/address)
# On 6.1 a packet that comes while ksoftirqd has work waits until ksoftirqd is scheduled, behind the slice of whatever
# process runs. That is not asked here: it goes before them all.
renice -n -20 -p "$(pidof ksoftirqd/0)"
# a frame of 46 bytes every 200 us, none sooner because one came late
in_ns p tc qdisc add dev eth0 root tbf rate 1840kbit burst 90 limit 10mb

# cost NAME COUNT COMMAND...: nanoseconds of each of COUNT, in $per[NAME]
declare -A per
cost() {
	local name=$1 count=$2 begin
	shift 2
	begin=${EPOCHREALTIME/./}
	"$@"
	per[$name]=$(((${EPOCHREALTIME/./} - begin) * 1000 / count))
	say "$name: ${per[$name]} ns each"
}
feed() { quiet_in a syncfeed "$@"; }
add() { feed apply "$1" "$2" "$3" $((1 + $2 * 10000)); }
# pass FIRST: so many connections are opened, two packets each
pass() { quiet_in c synconn open eth0 "$mac" 192.0.2.101:7000 "$1" $opened; }
flat() { ((per[$2] <= 2 * per[$1])) || fail "$2: ${per[$2]} ns, $1: ${per[$1]} ns"; }
alive() { server_has a "${service[@]}" $server active; }
buckets() { baton_json a status | json_number '"buckets":'; }

# pulse NAME COMMAND...: meanwhile packets pass, and none stands still for more than a millisecond, or three times as long as beside
# this script's own looks at the table (on 6.1 processes that end do that, see above)
pulse() {
	local name=$1 fd
	shift
	mkfifo pulse.in
	quiet_in p pulse eth0 "$far_mac" 203.0.113.100:7000 <pulse.in >pulse.out &
	exec {fd}>pulse.in
	rm pulse.in
	wait_for 10 grep -q begun pulse.out
	"$@"
	exec {fd}>&-
	wait $!
	say "$name: $(tail -n 1 pulse.out)"
	[[ $(tail -n 1 pulse.out) =~ ' lost=0 '.*' worst_us='([0-9]+) ]] || fail 'pulses were lost'
	worst=${BASH_REMATCH[1]}
	((worst <= 1000 || worst <= 3 * ${beside:-worst})) || fail "packets stood still for $worst us, beside looks for $beside us"
}

say 'few'
in_ns a gatectl set active 1
cost 'a new one among none' $opened pass 0
in_ns a gatectl set standby 1
cost 'adding a few' $few add 1 0 $few
cost 'listing a few' $few feed dump $few
in_ns a gatectl set active 2
cost 'a new one among few' $opened pass 100000
in_ns a gatectl set standby 2

# Two nodes each in the table, which grows above 3/2 nodes a bucket.
say 'growing'
edge=$((256 * 3 / 2))
while ((edge * 2 < 2 * many)); do
	edge=$((edge * 2))
done
most=$(((edge - 2 * opened - opened / 2) / 2))
add 2 $few $((most - few))
wait_for 20 is $((edge * 2 / 3)) buckets
grow() {
	pass 200000
	wait_for 20 is $((edge * 4 / 3)) buckets
}
in_ns a gatectl set active 3
looks() { for ((i = 0; i < 100; i++)); do alive >/dev/null; done; }
pulse 'beside looks' looks
beside=$worst
pulse 'growing' grow
in_ns a gatectl set standby 3

say 'many'
cost 'adding the last ones' $((many - most)) add 3 $most $((many - most))
expect $many alive
cost 'listing many' $many feed dump $many
quiet_in a grep -E '^(MemFree|Slab):' /proc/meminfo
begin=${EPOCHREALTIME/./}
in_ns a gatectl set active 4
cost 'a new one among many' $opened pass 300000
flat 'adding a few' 'adding the last ones'
flat 'listing a few' 'listing many'
flat 'a new one among few' 'a new one among many'

say 'the end'
until_second() { nap "$(((begin + $1 * 1000000 - ${EPOCHREALTIME/./}) / 1000000)).1"; }
until_second $((timeout - 2))
expect $many alive
shrink() {
	local ms
	wait_for $((3 + timeout / 20)) is 0 alive
	ms=$(((${EPOCHREALTIME/./} - begin) / 1000))
	say "expired $ms ms after the gate was opened"
	((ms < (timeout + 1 + timeout / 20) * 1000)) || fail 'too late'
	wait_for 20 is 32768 buckets	# what it has as long as there are services
}
pulse 'expiring, shrinking' shrink
until_second $((timeout + 60))
expect 0 conns a
expect 'seen=0 missing=0 twice=0 others=0 calls=1' feed dump 0
unload

# Only for comparison: each read of ip_vs's list begins at its first line.
say 'the list of ip_vs'
modprobe -a ip_vs ip_vs_rr
ns v
link c eth1 192.0.3.50/24 v lan 192.0.3.11/24
net_up
ip -n v neigh add 192.0.3.21 lladdr 02:00:00:00:00:21 dev lan nud permanent
ip -n v addr add 192.0.3.101/32 dev lan
forwards v
quiet_in v ipvsadm -A -t 192.0.3.101:7000 -s rr
quiet_in v ipvsadm -a -t 192.0.3.101:7000 -r 192.0.3.21:7000 -g
mac=$(quiet_in v cat /sys/class/net/lan/address)
list() { quiet_in v cat /proc/net/ip_vs_conn | wc -l; }
quiet_in c synconn open eth1 "$mac" 192.0.3.101:7000 0 5000
cost 'listing 5,000 of ip_vs' 5000 list
quiet_in c synconn open eth1 "$mac" 192.0.3.101:7000 5000 35000
cost 'listing 40,000 of ip_vs' 40000 list
quiet_in v ipvsadm -C
