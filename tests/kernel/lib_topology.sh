# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The networks that most scripts use, and their servers. Addresses are as in the testbed.
#
#	c (client) .50 ----+                             +---- s1 .21
#	                   |  lan 192.0.2.0/24           |  in 198.51.100.0/24
#	d (director) .11 --+---- d ---- .1 --------------+
#	                   |                             +---- s2 .22
#	dr1 .21, dr2 .22 --+
#
# VIP 192.0.2.100 is for NAT (servers s1, s2, whose default route is 198.51.100.1), VIP
# 192.0.2.101 for DR (servers dr1, dr2, which have it on their loopback and are silent in ARP).

vip=192.0.2.100
vip_dr=192.0.2.101

# director NAME LAN-ADDRESS IN-ADDRESS: on both networks; addresses that move are not there yet
director() {
	ns "$1"
	plug lan "$1" lan "$2/24"
	plug in "$1" in "$3/24"
}
forwards() { quiet_in "$1" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'; }

# take NAME, leave NAME: the addresses of the active director. Neighbours learn at once.
take() {
	printf '%s\n' "addr add $vip/32 dev lan" "addr add $vip_dr/32 dev lan" \
		'addr add 198.51.100.1/24 dev in' | ip -n "$1" -batch -
	quiet_in "$1" arping -q -c 1 -A -I lan $vip
	quiet_in "$1" arping -q -c 1 -A -I lan $vip_dr
	quiet_in "$1" arping -q -c 1 -A -I in 198.51.100.1
}
leave() {
	printf '%s\n' "addr del $vip/32 dev lan" "addr del $vip_dr/32 dev lan" \
		'addr del 198.51.100.1/24 dev in' | ip -n "$1" -batch -
}

# topology [DIRECTOR...]: everything above; the first director (default: d) has the addresses
topology() {
	local n i=11 names=("${@:-d}")
	switch lan
	switch in
	ns c s1 s2 dr1 dr2
	plug lan c eth0 192.0.2.50/24
	for n in 1 2; do
		plug in "s$n" eth0 "198.51.100.2$n/24"
		in_net "s$n" 'route add default via 198.51.100.1'
		plug lan "dr$n" eth0 "192.0.2.2$n/24"
		in_net "dr$n" "addr add $vip_dr/32 dev lo"
	done
	for n in "${names[@]}"; do
		director "$n" "192.0.2.$i" "198.51.100.$i"
		i=$((i + 1))
	done
	n=${names[0]}
	in_net "$n" "addr add $vip/32 dev lan"
	in_net "$n" "addr add $vip_dr/32 dev lan"
	in_net "$n" 'addr add 198.51.100.1/24 dev in'
	net_up
	for n in dr1 dr2; do
		quiet_in "$n" sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore
			echo 2 >/proc/sys/net/ipv4/conf/all/arp_announce'
	done
	for n in "${names[@]}"; do
		forwards "$n"
	done
}

# hand_over FROM TO EPOCH: TO is active, with the addresses; whoever talked to FROM asks who has them
hand_over() {
	local n
	in_ns "$1" gatectl set standby $(($3 - 1))
	leave "$1"
	[[ -z ${has6:-} ]] || leave6 "$1"
	in_ns "$2" gatectl set active "$3"
	take "$2"
	[[ -z ${has6:-} ]] || take6 "$2"
	for n in c s1 s2 dr1 dr2; do
		ip -n "$n" neigh flush all
	done
}

# far: client far, 203.0.113.50, behind router r, 192.0.2.1
far() {
	ns r far
	plug lan r lan 192.0.2.1/24
	link far eth0 203.0.113.50/24 r far 203.0.113.1/24
	in_net far 'route add default via 203.0.113.1'
	net_up
	forwards r
}

# serve PROTOCOL PORT [NAME...]: netpeer servers, each answers with its name. With $serve_at they
# listen on that address alone (and answer UDP from it).
serve() {
	local protocol=$1 port=$2 n
	shift 2
	for n in "${@:-s1}"; do
		quiet_in "$n" netpeer serve "$n" "$protocol" "${serve_at:-0.0.0.0}:$port" >"$work/serve.$n.$protocol.$port" &
	done
	for n in "${@:-s1}"; do
		wait_for 10 test -s "$work/serve.$n.$protocol.$port"
	done
}

# web_server NAME FOLDER: nginx on port 80
web_server() {
	cat >"$work/nginx-$1.conf" <<-END
		user root; daemon off; worker_processes 1; pid $work/nginx-$1.pid; error_log $work/nginx-$1.log;
		events {}
		http { access_log off; sendfile on; server { listen 80; listen [::]:80; root $2; } }
	END
	quiet_in "$1" nginx -p "$work" -c "$work/nginx-$1.conf" &
	wait_for 20 listening "$1" tcp 80
}

# nat_service NAME PROTOCOL PORT SCHEDULER: with s1 and s2, weight 1; dr_service alike
nat_service() {
	baton "$1" service add "$2" "$vip:$3" scheduler "$4"
	baton "$1" server add "$2" "$vip:$3" "198.51.100.21:$3" nat weight 1
	baton "$1" server add "$2" "$vip:$3" "198.51.100.22:$3" nat weight 1
}
dr_service() {
	baton "$1" service add "$2" "$vip_dr:$3" scheduler "$4"
	baton "$1" server add "$2" "$vip_dr:$3" "192.0.2.21:$3" dr weight 1
	baton "$1" server add "$2" "$vip_dr:$3" "192.0.2.22:$3" dr weight 1
}

# hold NS PROTOCOL ENDPOINT COUNT [silent]: connections that stay; `held ask WANT`, `held close WANT`
# tell the newest such client something and compare its answer
hold() {
	local n=$1
	shift
	held_no=$((${held_no:-0} + 1))
	mkfifo "$work/held$held_no.in"
	printf '$ [%s] netpeer hold %s &\n' "$n" "$*" >&3
	quiet_in "$n" netpeer hold "$@" <"$work/held$held_no.in" >"$work/held$held_no.out" 2>&1 &
	exec {held_fd}>"$work/held$held_no.in"
	wait_for 20 grep -qE '^(ready|connect)' "$work/held$held_no.out"
	grep '^ready' "$work/held$held_no.out" || fail "$(cat "$work/held$held_no.out")"
}
held() {
	local lines
	lines=$(wc -l <"$work/held$held_no.out")
	echo "$1" >&"$held_fd"
	wait_for 60 more_lines "$work/held$held_no.out" "$lines"
	expect "$1${2:+ $2}" last_line "$work/held$held_no.out"
}
more_lines() { (($(wc -l <"$1") > $2)); }
last_line() { tail -n 1 "$1" | sed 's/ *$//'; }

# takes_marked NAME MARK: what has that mark is routed to this host, whoever it is for
takes_marked() {
	quiet_in "$1" ip rule add fwmark "$2" lookup 100
	quiet_in "$1" ip route add local default dev lo table 100
	quiet_in "$1" ip -6 rule add fwmark "$2" lookup 100
	quiet_in "$1" ip -6 route add local default dev lo table 100
}
