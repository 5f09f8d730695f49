# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# TCP in packets beyond 64 KiB ("BIG TCP"), whose IP headers cannot say how long they are: they arrive whole, by NAT
# both ways and DR, on the fast path and off it; IPv6, and, where the kernel has it (6.3), IPv4.
# Through tunnels they arrive, too, if not at the first attempt.
. ./lib.sh

load
modprobe -a ipip ip6_tunnel
topology
topology6
ip -n dr1 link set tunl0 up
ip -n dr1 link set ip6tnl0 up
bytes=6000000
head -c $bytes /dev/urandom >file
for port in c:eth0 lan:c-eth0 lan:d-lan lan:dr1-eth0 d:lan d:in in:d-in in:s1-eth0 s1:eth0; do
	quiet_in "${port%:*}" biglink "${port#*:}" 180000
done
# a sender that is not near makes small packets, and how near it is here depends on the host
for n in c s1; do
	quiet_in $n sh -c 'cd /proc/sys/net/ipv4; echo 20 >tcp_tso_rtt_log
		echo 4096 4000000 8000000 | tee tcp_rmem >tcp_wmem'
done
quiet_in s1 socat -U -b 1000000 TCP6-LISTEN:80,ipv6only=0,reuseaddr,fork "FILE:$work/file" &
wait_for 10 listening s1 tcp 80
for at in s1:9000 dr1:9000 dr1:9001; do
	quiet_in ${at%:*} socat -u TCP6-LISTEN:${at#*:},ipv6only=0,reuseaddr,fork "OPEN:$work/got.${at%:*},creat,append" &
	wait_for 10 listening ${at%:*} tcp ${at#*:}
done
for port in 80 9000; do
	baton d service add tcp $vip:$port scheduler rr
	baton d server add tcp $vip:$port 198.51.100.21:$port nat
	baton d service add tcp "[$vip6]:$port" scheduler rr
	baton d server add tcp "[$vip6]:$port" "[$in6:21]:$port" nat
done
for how in 9000:dr 9001:tunnel; do
	port=${how%:*}
	baton d service add tcp $vip_dr:$port scheduler rr
	baton d server add tcp $vip_dr:$port 192.0.2.21:$port ${how#*:}
	baton d service add tcp "[$vip6_dr]:$port" scheduler rr
	baton d server add tcp "[$vip6_dr]:$port" "[$lan6:21]:$port" ${how#*:}
done
quiet_in d nft -f - <<'END'
table netdev t {
	chain lan {
		type filter hook ingress device lan priority 0
		meta protocol ip meta length > 65535 counter comment "4up"
		meta protocol ip6 meta length > 65575 counter comment "6up"
	}
	chain in {
		type filter hook ingress device in priority 0
		meta protocol ip meta length > 65535 counter comment "4down"
		meta protocol ip6 meta length > 65575 counter comment "6down"
	}
}
END
# large KIND: so many came
large() {
	quiet_in d nft list table netdev t |
		awk -v kind="\"$1\"" '$NF == kind && match($0, /packets [0-9]+/) { print substr($0, RSTART + 8, RLENGTH - 8) }'
}

# came SERVER KIND COMMAND...: the file, in packets of which some are large
came() {
	local server=$1 kind=$2 before
	before=$(large "$kind")
	shift 2
	in_ns c "$@"
	if [[ $server != c ]]; then
		wait_for 20 is $bytes stat -c %s "got.$server"
		mv "got.$server" got
	fi
	cmp file got
	# a sender whose large packets come back stops making them, on some machines before there is one
	[[ $may_shrink ]] || (($(large "$kind") > before)) || fail 'no packet was large'
}
families='4 6' may_shrink=
[[ $(uname -r) != 6.1.* ]] || families=6
for fast in off on; do
	baton d tunable set fastpath $fast
	for family in $families; do
		say "IPv$family, fast path $fast"
		to=$vip dr=$vip_dr
		[[ $family == 4 ]] || to="[$vip6]" dr="[$vip6_dr]"
		came s1 ${family}up socat -u -b 1000000 FILE:file TCP$family:$to:9000
		came dr1 ${family}up socat -u -b 1000000 FILE:file TCP$family:$dr:9000
		came c ${family}down socat -u TCP$family:$to:80 CREATE:got
	done
done
expect 0 dropped d too_big
say 'tunnels'
may_shrink=1
for family in $families; do
	dr=$vip_dr
	[[ $family == 4 ]] || dr="[$vip6_dr]"
	came dr1 ${family}up socat -u -b 1000000 FILE:file TCP$family:$dr:9001
	say "too large: $(dropped d too_big)"
done
expect 0 dropped d write
unload
