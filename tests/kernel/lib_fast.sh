# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Who sees a packet of the director: counters right behind the place of the fast path, for what
# comes from the client and what comes from NAT servers.

# watch NAME: begin to count. Later rules of a script go into other tables.
watch() {
	in_ns "$1" nft -f - <<-END
	table inet seen {
		chain pre {
			type filter hook prerouting priority -300
			meta l4proto { tcp, udp } ip saddr 192.0.2.50 counter comment "in"
			meta l4proto { tcp, udp } ip saddr 198.51.100.0/24 ip daddr 192.0.2.50 counter comment "out"
			meta l4proto { tcp, udp } ip6 saddr 2001:db8:1::50 counter comment "in"
			meta l4proto { tcp, udp } ip6 saddr 2001:db8:2::/64 ip6 daddr 2001:db8:1::50 counter comment "out"
		}
	}
	END
	seen_before[$1]='0 0'
}
declare -A seen_before
seen_ever() {
	quiet_in "$1" nft list chain inet seen pre | awk '
		match($0, /packets [0-9]+/) { n[$NF] += substr($0, RSTART + 8, RLENGTH - 8) }
		END { print n["\"in\""] + 0, n["\"out\""] + 0 }'
}
# seen NAME: "IN OUT", packets on the slow path since the last `forget`
seen() {
	local now before
	read -ra now <<<"$(seen_ever "$1")"
	read -ra before <<<"${seen_before[$1]}"
	echo "$((now[0] - before[0])) $((now[1] - before[1]))"
}
forget() { seen_before[$1]=$(seen_ever "$1"); }

# fast NAME WANT: two questions to the newest `hold` client, answered WANT, and nobody saw one
fast() {
	forget "$1"
	held ask "$2"
	held ask "$2"
	expect '0 0' seen "$1"
}
# slow NAME WANT: the packets of one question are seen
slow() {
	forget "$1"
	held ask "$2"
	[[ $(seen "$1") == [1-9]*' '* ]] || fail "seen by the slow path: $(seen "$1")"
}
# proven NAME WANT: after two questions, which prove what is to be proven, the next are fast
proven() {
	held ask "$2"
	held ask "$2"
	fast "$1" "$2"
}
