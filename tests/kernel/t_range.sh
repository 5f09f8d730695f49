# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# A service with a range of ports: every port of it reaches the servers, by NAT and DR, in IPv4 and
# IPv6, and none beside it; a persistent client keeps its server on all of them; no port of an
# address can be in two services, but the rest may be one of any port; a range grows and shrinks
# under connections; what was saved is applied again; and a peer knows to which service they belong.
. ./lib.sh

load
topology a b
topology6 a b
ports=(8000 8001 8499 8999)
for port in "${ports[@]}" 9000; do
	serve tcp "$port" s1 s2
done
serve udp 8001 s1 s2
serve tcp 8001 dr1 dr2
serve_at='[::]' serve tcp 7006 s1 s2
for n in a b; do
	nat_service $n tcp 7000 rr
	baton $n service flush
	for protocol in tcp udp; do
		baton $n service add $protocol $vip:8000-8999 scheduler rr
		baton $n server add $protocol $vip:8000-8999 198.51.100.21:0
		baton $n server add $protocol $vip:8000 198.51.100.22:0
	done
	baton $n service add tcp $vip_dr:8000-8001 scheduler rr
	baton $n server add tcp $vip_dr:8000 192.0.2.21:0 dr
	baton $n server add tcp $vip_dr:8000 192.0.2.22:0 dr
	baton $n service add tcp "[$vip6]:7000-7010" scheduler rr
	baton $n server add tcp "[$vip6]:7000-7010" "[$in6:21]:0"
	baton $n server add tcp "[$vip6]:7000-7010" "[$in6:22]:0"
done
in_ns b gatectl set standby 1
in_ns a gatectl set active 2
many() { quiet_in c netpeer many tcp "$1" "${2:-2}"; }

say 'every port of it, and no other'
for port in "${ports[@]}"; do
	expect 's1=1 s2=1' many $vip:$port
done
expect 's1=1 s2=1' quiet_in c netpeer many udp $vip:8001 2
expect 'dr1=1 dr2=1' many $vip_dr:8001
expect 's1=1 s2=1' many "[$vip6]:7006"
expect 'refused=1' many $vip:9000 1
expect 'refused=1' many $vip:7999 1

say 'no port twice'
refused 1 'another service of this address has some of these ports' quiet_in a batonctl service add tcp $vip:8500
refused 1 'another service of this address has some of these ports' quiet_in a batonctl service add tcp $vip:8999-9999
refused 1 'another service of this address has some of these ports' quiet_in a batonctl service add tcp $vip:1-65535
refused 1 'there is such a service already' quiet_in a batonctl service add tcp $vip:8000
baton a service add tcp $vip:9500
refused 1 'another service of this address has some of these ports' quiet_in a batonctl service add tcp $vip:9001-9500
refused 1 'another service of this address has some of these ports' quiet_in a batonctl service set tcp $vip:8000-9500
refused 2 "the last port 7999 is out of range" quiet_in a batonctl service add tcp $vip:8000-7999
refused 2 'begins at 1 or more' quiet_in a batonctl service add tcp $vip:0-10
refused 1 'takes port 0' quiet_in a batonctl server add tcp $vip:8000 198.51.100.21:80
refused 1 'ends at another one' quiet_in a batonctl service del tcp $vip:8000-8500
baton a service del tcp $vip:9500
baton a service add tcp $vip:0 scheduler rr
baton a server add tcp $vip:0 198.51.100.22:0
expect 's2=2' many $vip:9000
expect 's1=1 s2=1' many $vip:8499
baton a service del tcp $vip:0

say 'it grows and shrinks under its connections'
hold c tcp $vip:8999 4
baton a service set tcp $vip:8000-9000
expect 's1=1 s2=1' many $vip:9000
baton a service set tcp $vip:8000-8499
expect 'refused=1' many $vip:8999 1
expect 's1=1 s2=1' many $vip:8499
held ask 's1=2 s2=2'
expect 4 conns a service tcp $vip:8000-8499 client 192.0.2.50 server 198.51.100.21:0 2>/dev/null || true
quiet_in a batonctl save >shrunk
grep -qx "service tcp $vip:8000-8499 scheduler rr sync on" shrunk

say 'what was saved, and what takes its ports from another'
expect 'nothing to change' baton a apply shrunk
sed "s/$vip:8000-8499/$vip:8000-8099/" shrunk >parted
sed -n "s/tcp $vip:8000-8499/tcp $vip:8100-8999/p" shrunk >>parted
baton a apply parted
expect 's1=1 s2=1' many $vip:8001
expect 's1=1 s2=1' many $vip:8999
sed "s/$vip:8000-8099/$vip:7990-8999/; /$vip:8100-8999/d" parted >united
held ask 's1=2 s2=2'
baton a apply united
expect 's1=1 s2=1' many $vip:8000
expect 'nothing to change' baton a apply united
baton_json a service list tcp $vip:7990 | jq -e '.[0] | .port == 7990 and .port_last == 8999'
held close || true

say 'one server a client on all ports'
baton b apply united
baton a service set tcp $vip:7990 persistent 300
baton b service set tcp $vip:7990 persistent 300
one=$(many $vip:8000)
[[ $one == s[12]=2 ]]
expect "$one" many $vip:8999
expect 1 in_state a template

say 'the peer'
hold c tcp $vip:8001 3
one=${one%=*}
in_ns a syncpipe drain a b | tee out
grep -q 'rejected=0 .*overrun=0' out
in_ns a syncpipe equal a b
expect 3 server_has b tcp $vip:7990 198.51.100.2${one#s}:0 active
baton b connection list server 198.51.100.2${one#s}:0 | tee out
grep "virtual $vip:8001 server 198.51.100.2${one#s}:8001 " out
held close
wait_for 10 fails in_state a tcp_established
in_ns a syncpipe drain a b
in_ns a syncpipe equal a b
baton a service flush
expect 'refused=1' many $vip:8001 1
unload
