# SPDX-License-Identifier: GPL-2.0-or-later
#
# limit: 240
# quick: 6.1
#
# More than sync can take, from namespace a (active) to b (standby): each daemon stopped for ten seconds while
# connections come and go by the thousand (where it is the sender as many as a processor can open, all the time), a network of 400 kbit/s with room for three datagrams, a
# standby that runs a tenth of the time. The lag grows and is told, the survivors that are promised get
# fewer; a lost deletion is called an overrun; daemons keep their size; in the end
# the digests are equal, and what the recovery took is printed.
. ./lib.sh
. /baton/lib_syncd.sh

no_answers
sed -i '/sync1/d' conf
for n in a b; do
	baton $n service add tcp "$vip_dr:7100" scheduler rr
	baton $n server add tcp "$vip_dr:7100" 192.0.2.21:7100 dr
done

opened=0
more() { crowd "$opened" "$1" >/dev/null; opened=$((opened + $1)); }
gone() {
	baton a server del tcp "$vip_dr:7100" 192.0.2.21:7100
	baton a server add tcp "$vip_dr:7100" 192.0.2.21:7100 dr
}
size() { awk '$1 == "VmPeak:" { print $2 }' "/proc/${pid[$1]}/status"; }
hundredths() { local up; read -r up _ </proc/uptime; echo "${up/./}"; }
# recovers COUNT: warm and equal, with so many; says how long it took
recovers() {
	local begin
	begin=$(hundredths)
	wait_for 60 warm
	flushed a
	same "$1"
	say "warm again after $((($(hundredths) - begin) * 10)) ms"
}
# less COUNT: a promises fewer connections than that, and says why for the rest
less() {
	status a ".would_survive < $1 and .would_survive == .connections - ([.lost_by_reason[]] | add)"
}

start a
start b
wait_for 30 warm
more 500
recovers 500
size_a=$(size a) size_b=$(size b)

say 'the sender stands still for ten seconds'
kill -STOP "${pid[a]}"
end=$(($(hundredths) + 1000))
while (($(hundredths) < end)); do
	more 5000
done
say "opened meanwhile: $((opened - 500))"
status b '.peer.present == false and .peer.last_heard_ms > 5000'
kill -CONT "${pid[a]}"
recovers "$opened"
expect true ask_bool a '.overruns == 0'

say 'the same, with more deletions than the kernel keeps: an overrun, and a walk'
baton a tunable set tombstone_max 1000
kill -STOP "${pid[a]}"
gone
more 700
nap 10
kill -CONT "${pid[a]}"
recovers 700
expect true ask_bool a '.overruns == 1 and .bulk.walks > 0'
baton a tunable set tombstone_max 65536

say 'the receiver stands still: the lag grows and is told, then there is no standby'
kill -STOP "${pid[b]}"
more 3000
wait_for 5 status a '.lag.oldest_ms > 200 and .lag.unacked >= 3000'
less 701
lag=$(status a .lag.oldest_ms)
wait_for 5 status a ".lag.oldest_ms > $lag + 500"
wait_for 10 status a '.peer.present == false and .would_survive == 0'
gone
more 300
kill -CONT "${pid[b]}"
recovers 300

say 'a network that drops what does not fit'
quiet_in a tc qdisc add dev sync0 root tbf rate 400kbit burst 2000 limit 4500
more 8000
status a '.lag.pending + .lag.unacked > 1000'
less 8300
recovers 8300
expect true ask_bool a '.tx.resends > 0'
dropped=$(quiet_in a tc -s qdisc show dev sync0 | sed -nE 's/.*dropped ([0-9]+).*/\1/p')
((dropped > 0))
quiet_in a tc qdisc del dev sync0 root

say 'sockets with room for a datagram or two'
read -ra udp_mem </proc/sys/net/ipv4/udp_mem
# Above the first number, here -1, a socket gets udp_rmem_min, which is a page.
echo "18446744073709551615 0 ${udp_mem[2]}" >/proc/sys/net/ipv4/udp_mem
lost() { quiet_in b awk '/^Udp: [0-9]/ { print $4 }' /proc/net/snmp; }
lost_before=$(lost)
more 20000
recovers 28300
(($(lost) > lost_before)) || fail 'no datagram found its socket full'
expect true ask_bool a '.overruns == 1'
echo "${udp_mem[*]}" >/proc/sys/net/ipv4/udp_mem

say 'a standby that runs a tenth of the time'
slow() {
	local i
	for i in $(seq 30); do
		kill -STOP "${pid[b]}"
		nap 0.09
		kill -CONT "${pid[b]}"
		nap 0.01
	done
}
slow &
slowly=$!
gone
crowd "$opened" 10000 >/dev/null &
wait_for 5 status a '.lag.oldest_ms >= 50 and .lag.unacked > 0'
wait "$slowly" "$!"
recovers 10000

say 'no daemon has grown'
(($(size a) < size_a + 1024 && $(size b) < size_b + 1024)) ||
	fail "from $size_a and $size_b KiB to $(size a) and $(size b)"
status a '{tx, rx, lag, bulk, overruns, kernel_errors, rejects}'
stop a
stop b
