# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# What servers get is what their weights say, by Pearson's chi-square over what the module itself did with packets:
# 1,500 connections of UDP for each scheduler that promises shares, 300 of TCP for two, four servers of
# unequal weight. The bound is that of the unit tests (check_fair() in sched_unit.h): ten standard deviations above
# the mean, where chance does not get, but any other weights do: these are tried, too.
. ./lib.sh

load
topology
ip -n s1 addr add 198.51.100.23/24 dev eth0
ip -n s2 addr add 198.51.100.24/24 dev eth0
for n in s1 s2; do
	quiet_in $n socat -u UDP4-RECV:7000 OPEN:/dev/null &
	wait_for 10 listening $n udp 7000
done
serve tcp 7000 s1 s2
weights='1 2 4 9' equal='1 1 1 1'

# services PROTOCOL SCHEDULER WORDS...: one, with the four servers
services() {
	local i=1 weight protocol=$1
	shift
	quiet_in d batonctl service add "$protocol" $vip:7000 scheduler "$@"
	for weight in $weights; do
		quiet_in d batonctl server add "$protocol" $vip:7000 "198.51.100.2$((i++)):7000" nat weight "$weight"
	done
}
# counts: what each server has got, in the order of its address
counts() { baton_json d server list "$1" $vip:7000 | jq -r 'sort_by(.address) | map(.stats.connections) | join(" ")'; }
# chi_square WEIGHT...: of the counts on standard input, and what it says
chi_square() {
	awk -v weights="$*" '{
		n = split(weights, weight)
		for (i = 1; i <= n; i++) { all += $i; sum += weight[i] }
		for (i = 1; i <= n; i++) { want = all * weight[i] / sum; chi += ($i - want) * ($i - want) / want }
		above = chi - (n - 1)
		verdict = "unfair"
		if (above < 0 || above * above <= 200 * (n - 1)) verdict = "fair"
		printf "%.1f %s\n", chi, verdict
	}'
}
# judged PROTOCOL COUNT WEIGHTS WRONG-WEIGHTS: after so many connections
judged() {
	local got verdict
	got=$(counts "$1")
	verdict=$(chi_square "$3" <<<"$got")
	say "$got: chi-square $verdict"
	((${got// /+} == $2)) || fail "not $2"
	[[ $verdict == *' fair' ]] || fail "weights are $3"
	[[ $(chi_square "$4" <<<"$got") == *unfair ]] || fail "$4 would have passed, too"
}

for how in rr wrr wlc sed twos 'sh hash-port on' 'mh hash-port on'; do
	say "udp, $how"
	# shellcheck disable=SC2086 # words
	services udp $how
	quiet_in c netpeer spray udp $vip:7000 1500
	want=$weights wrong=$equal
	[[ $how != rr ]] || want=$equal wrong=$weights
	judged udp 1500 "$want" "$wrong"
	quiet_in d batonctl service flush
done
for how in wrr 'mh hash-port on'; do
	say "tcp, $how"
	# shellcheck disable=SC2086
	services tcp $how
	quiet_in c netpeer many tcp $vip:7000 300 >/dev/null
	judged tcp 300 "$weights" "$equal"
	quiet_in d batonctl service flush
done
expect 0 dropped d no_server
unload
