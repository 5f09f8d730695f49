# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# IPv6 through NAT and direct routing: TCP and UDP reach both servers and the answers come from
# the virtual address; large segments pass both ways and arrive whole; headers between IPv6 and UDP
# do not hide a service; servers and clients on the director itself; what nobody can serve is
# answered as in IPv4, and not at all while the gate is shut.
. ./lib.sh

load
topology
topology6
serve_at='[::]' serve tcp 7000 s1 s2 dr1 dr2
serve_at='[::]' serve udp 7000 s1 s2
serve_at="[$vip6_dr]" serve udp 7000 dr1 dr2
for protocol in tcp udp; do
	nat_service6 d $protocol 7000 rr
	dr_service6 d $protocol 7000 rr
done

for protocol in tcp udp; do
	expect 's1=5 s2=5' in_ns c netpeer many $protocol "[$vip6]:7000" 10
	expect 'dr1=5 dr2=5' in_ns c netpeer many $protocol "[$vip6_dr]:7000" 10
	expect 's1=1 s2=1' in_ns d netpeer many $protocol "[$vip6]:7000" 2
done
expect 44 counted d connections
expect 1 server_has d tcp "[$vip6]:7000" "[$in6:21]:7000" weight

say 'other headers on the way'
options=x0000010400000000
for header in 54 59; do
	in_ns c sh -c "echo hello | socat -t 0.5 - UDP6:[$vip6]:7000,setsockopt=41:$header:$options" | grep -E '^s[12] hello$'
	in_ns c sh -c "echo hello | socat -t 0.5 - UDP6:[$vip6_dr]:7000,setsockopt=41:$header:$options" | grep -E '^dr[12] hello$'
done
expect 48 counted d connections

say 'bulk, down and up'
mkdir www
head -c 4000000 /dev/urandom >www/file
web_server s1 "$work/www"
baton d service add tcp "[$vip6]:80" scheduler rr
baton d server add tcp "[$vip6]:80" "[$in6:21]:80" nat
in_ns c curl -sS --max-time 60 -o got "http://[$vip6]/file"
cmp www/file got
upload() {
	in_ns "$1" socat -u TCP6-LISTEN:9000,reuseaddr "CREATE:up.$1" &
	wait_for 10 listening "$1" tcp 9000
	in_ns c socat -u FILE:www/file "TCP6:[$2]:9000"
	wait $!
	cmp www/file "up.$1"
}
baton d service add tcp "[$vip6]:9000" scheduler rr
baton d server add tcp "[$vip6]:9000" "[$in6:21]:9000" nat
upload s1 $vip6
baton d service add tcp "[$vip6_dr]:9000" scheduler rr
baton d server add tcp "[$vip6_dr]:9000" "[$lan6:21]:9000" dr
upload dr1 $vip6_dr
expect 0 dropped d too_big
expect 0 dropped d no_route
expect 0 dropped d write

say 'a server on the director'
baton d service add udp "[$vip6]:7001" scheduler rr
baton d server add udp "[$vip6]:7001" "[$lan6:11]:7002" nat
serve_at="[$lan6:11]" serve udp 7002 d
expect 'd hello' in_ns c netpeer ask udp "[$vip6]:7001"
expect 'd hello' in_ns d netpeer ask udp "[$vip6]:7001"

say 'nobody can serve it'
baton d server set udp "[$vip6]:7001" "[$lan6:11]:7002" weight 0
expect refused in_ns c sh -c "netpeer ask udp [$vip6]:7001 || true"
expect 1 dropped d no_server
expect refused in_ns c sh -c "netpeer ask tcp [$vip6]:99 || true"
capture c 1 eth0 'icmp6 and ip6[40] == 3'
in_ns c sh -c "echo hello | socat -t 0.2 - UDP6:[$vip6]:7000,setsockopt=41:16:i1" || true
wait_for 10 says "$capture" "$vip6 > $lan6:50: .*time exceeded"
expect 1 dropped d ttl

say 'a connection that nobody here knows is reset, but not by a standby'
hold c tcp "[$vip6]:7000" 2
baton d service flush
nat_service6 d tcp 7000 rr
nat_service6 d udp 7000 rr
held ask reset=2
hold c tcp "[$vip6]:7000" 2
in_ns d gatectl set standby 1
held ask timeout=2
expect 2 conns d service tcp "[$vip6]:7000"
(($(dropped d gate_shut) > 0))

say 'addresses'
quiet_in d gatectl set active 2
baton d connection list client $lan6:50 | tee out
grep -qF "[$vip6]:7000" out
grep -qF "[$in6:21]:7000" out
refused 1 'other links' quiet_in d batonctl service add tcp '[fe80::1]:80' scheduler rr
refused 1 'other links' quiet_in d batonctl service add tcp '[::ffff:192.0.2.1]:80' scheduler rr
refused 1 'all links' quiet_in d batonctl server add tcp "[$vip6]:7000" '[fe80::21]:7000' nat

say 'a client that only this link knows'
before=$(dropped d no_route)
addresses6 c "addr del $lan6:50/64 dev eth0" "route add $vip6/128 dev eth0"
capture c 1 eth0 'icmp6 and ip6[40] == 1'
expect timeout in_ns c sh -c "netpeer ask udp [$vip6]:7000 || true"
wait_for 10 says "$capture" 'beyond scope'
(($(dropped d no_route) > before)) || fail "no_route is still $before"
addresses6 c "addr add $lan6:50/64 dev eth0"

say 'a device goes while routes over it are remembered'
dr_service6 d tcp 7000 rr
expect 'dr1=1 dr2=1' in_ns c netpeer many tcp "[$vip6_dr]:7000" 2
show ip netns exec lan ip link del d-lan
expect 2 conns d service tcp "[$vip6_dr]:7000"
unload
