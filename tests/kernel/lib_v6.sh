# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The networks of lib_topology.sh once more, in IPv6: the last number of an address is the same.
#
#	lan	2001:db8:1::/64		VIPs 2001:db8:1::100 (NAT) and ::101 (DR)
#	in	2001:db8:2::/64		gateway 2001:db8:2::1
#
# Addresses are there at once: nobody else has them, so none waits for that to be proved.

vip6=2001:db8:1::100
vip6_dr=2001:db8:1::101
lan6=2001:db8:1:
in6=2001:db8:2:

# ipv6_on NAME...: guests begin without IPv6
ipv6_on() {
	local n
	for n; do
		quiet_in "$n" sh -c 'for i in all default; do echo 0 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; done'
	done
}
# addresses6 NAME LINE...: `addr add` or `route add` lines; an address gets "nodad"
addresses6() {
	local n=$1
	shift
	printf '%s\n' "$@" | sed '/^addr add/s/$/ nodad/' | ip -6 -n "$n" -batch -
}
forwards6() { quiet_in "$1" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'; }

# take6 NAME, leave6 NAME: the addresses of the active director, none of which is for its own use
take6() {
	addresses6 "$1" "addr add $vip6/128 dev lan preferred_lft 0" \
		"addr add $vip6_dr/128 dev lan preferred_lft 0" "addr add $in6:1/64 dev in preferred_lft 0"
}

leave6() {
	printf '%s\n' "addr del $vip6/128 dev lan" "addr del $vip6_dr/128 dev lan" \
		"addr del $in6:1/64 dev in" | ip -6 -n "$1" -batch -
}

# topology6 [DIRECTOR...]: after topology, with the same directors
topology6() {
	local n i=11 names=("${@:-d}")
	has6=1
	ipv6_on c s1 s2 dr1 dr2 "${names[@]}"
	addresses6 c "addr add $lan6:50/64 dev eth0"
	for n in 1 2; do
		addresses6 "s$n" "addr add $in6:2$n/64 dev eth0" "route add default via $in6:1"
		addresses6 "dr$n" "addr add $lan6:2$n/64 dev eth0" "addr add $vip6_dr/128 dev lo"
	done
	for n in "${names[@]}"; do
		addresses6 "$n" "addr add $lan6:$i/64 dev lan" "addr add $in6:$i/64 dev in"
		forwards6 "$n"
		i=$((i + 1))
	done
	take6 "${names[0]}"
}

# nat_service6 NAME PROTOCOL PORT SCHEDULER, dr_service6: see nat_service
nat_service6() {
	baton "$1" service add "$2" "[$vip6]:$3" scheduler "$4"
	baton "$1" server add "$2" "[$vip6]:$3" "[$in6:21]:$3" nat weight 1
	baton "$1" server add "$2" "[$vip6]:$3" "[$in6:22]:$3" nat weight 1
}
dr_service6() {
	baton "$1" service add "$2" "[$vip6_dr]:$3" scheduler "$4"
	baton "$1" server add "$2" "[$vip6_dr]:$3" "[$lan6:21]:$3" dr weight 1
	baton "$1" server add "$2" "[$vip6_dr]:$3" "[$lan6:22]:$3" dr weight 1
}
