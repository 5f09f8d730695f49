# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# FTP by NAT, passive and active, with the old commands and the extended ones, in IPv4 and IPv6: data goes
# to and comes from the server of the control connection, which is the virtual address to the client. Two
# servers with the same data port are told apart, a long transfer keeps its control connection, and
# a service without the helper has none of it. By direct routing a known client's data goes to its server.
# With connection tracking rules about states hold for data, too, which begins connections of its own.
. ./lib.sh
. /baton/lib_ftp.sh

load
topology
topology6
head -c 1000000 /dev/urandom >file
for n in 1 2; do
	ftp_server s$n 198.51.100.2$n:21
	ftp_server s$n "[$in6:2$n]:21"
	ftp_server s$n 198.51.100.2$n:2100 40000
	ftp_server dr$n $vip_dr:21
done
nat_service d tcp 21 rr
nat_service6 d tcp 21 rr
nat_service d tcp 2100 rr
dr_service d tcp 21 rr
get() {
	rm -f got
	in_ns c curl -sSg --max-time 60 --no-ftp-skip-pasv-ip -o got "$@"
}

say 'without the helper'
fails get --max-time 3 --disable-epsv ftp://$vip/file
fails get --max-time 3 ftp://$vip/file
refused 2 'for tcp and one port' quiet_in d batonctl service set tcp $vip:0 helper ftp
baton d service set tcp $vip:21 helper ftp
baton d service set tcp "[$vip6]:21" helper ftp
quiet_in d batonctl save | tee saved
grep -q "^service tcp $vip:21 .* helper ftp" saved
baton d apply saved | grep 'nothing to change'

say 'passive: 227 and 229'
for url in ftp://$vip "ftp://[$vip6]"; do
	for _ in 1 2; do
		get "$url/file"
		cmp file got
		get --disable-epsv "$url/who"
	done
	in_ns c curl -sSg --max-time 60 -T file "$url/up"
done
cmp file ftp.s1/up || cmp file ftp.s2/up

say 'active: PORT and EPRT, from port 20 of the virtual address'
capture c 1 eth0 "tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn and src host $vip"
get -P - --disable-eprt ftp://$vip/file
cmp file got
wait_for 10 says "$capture" "$vip.20 > 192.0.2.50"
get -P - "ftp://[$vip6]/file"
cmp file got
in_ns c curl -sSg --max-time 60 -P - -T file ftp://$vip/up2
cmp file ftp.s1/up2 || cmp file ftp.s2/up2

say 'two servers that open the same port'
baton d service set tcp $vip:2100 helper ftp
talk c $vip 2100 2
first=$(tell 0 PASV) second=$(tell 1 PASV)
[[ $first == *"($(tr . , <<<$vip),156,64)"* && $second == *"($(tr . , <<<$vip),156,65)"* ]] || fail "$first $second"
one=$(tell 1 get who "$(port_in "$second")") other=$(tell 0 get who "$(port_in "$first")")
[[ $one == 's'[12]', 226 Done' && $other == 's'[12]', 226 Done' && $one != "$other" ]] || fail "$one $other"
[[ $(tell 0 EPSV) == *'(|||40000|)' && $(tell 1 EPSV) == *'(|||40001|)' ]]
expect "$one" tell 1 get who 40001
expect "$other" tell 0 get who 40000

say 'connection tracking'
for key in $vip:21 "[$vip6]:21"; do
	baton d service set tcp "$key" conntrack on
done
in_ns d nft -f - <<'END'
table inet fw {
	chain input {
		type filter hook input priority 0; policy drop;
		meta l4proto ipv6-icmp accept
		ct state established,related accept
		tcp dport { 21, 1024-65535 } ct state new tcp flags & (syn|ack) == syn accept
	}
	chain forward {
		type filter hook forward priority 0; policy drop;
		ct state established,related accept
		tcp sport 20 ct state new tcp flags & (syn|ack) == syn accept
	}
}
END
for url in ftp://$vip "ftp://[$vip6]"; do
	get "$url/file"
	cmp file got
	get -P - "$url/file"
	cmp file got
done
in_ns d nft delete table inet fw
for key in $vip:21 "[$vip6]:21"; do
	baton d service set tcp "$key" conntrack off
done

say 'nobody says anything while data flows'
baton d service set tcp $vip:21 timeout_tcp_established 3
get ftp://$vip/slow
cmp file got
baton d service set tcp $vip:21 helper off
fails get --max-time 3 ftp://$vip/file

say 'direct routing'
fails get --max-time 3 ftp://$vip_dr/file
baton d service set tcp $vip_dr:21 persistent 60 helper ftp
for _ in 1 2; do
	get --disable-epsv ftp://$vip_dr/file
	cmp file got
	get -P - --disable-eprt ftp://$vip_dr/file
	cmp file got
done
expect 0 dropped d clash
expect 0 dropped d no_server
unload
