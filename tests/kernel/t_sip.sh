# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# Services that go by Call-ID: the messages of a call reach one server, whichever client, port or
# connection they come by, also where a connection has another server; new calls go with their
# connection, or, with "onepacket on", each where it is scheduled; what has no Call-ID goes by
# address. What NAT servers send of their own accord comes from the virtual address, and what is
# said in return reaches them. IPv4, IPv6, DR, a range of ports. A peer goes on with all of it. In-tree
# ip_vs with its SIP engine is asked the same questions at the end.
. ./lib.sh
. /baton/lib_sip.sh

load
topology a b
topology6 a b
at=$vip:5060
at6="[$vip6]:5060"
at_dr=$vip_dr:5060
by_call='scheduler rr persistent 300 by sip-call-id'
for n in a b; do
	# shellcheck disable=SC2086 # words
	{
		baton $n service add udp $at $by_call
		baton $n service add udp "$at6" $by_call
		baton $n service add udp $at_dr $by_call
		baton $n service add udp $vip:6000-6009 $by_call
	}
	for s in 1 2; do
		baton $n server add udp $at 198.51.100.2$s:5070
		baton $n server add udp "$at6" "[$in6:2$s]:5070"
		baton $n server add udp $at_dr 192.0.2.2$s:5060 dr
		baton $n server add udp $vip:6000-6009 198.51.100.2$s:0
	done
done
in_ns b gatectl set standby 1
in_ns a gatectl set active 2
for s in 1 2; do
	ua s$s s$s 198.51.100.2$s:5070
	ua s$s six$s "[$in6:2$s]:5070"
	ua s$s range$s 198.51.100.2$s:6005
	ua dr$s dr$s $at_dr
done
for port in 1 2 3 4 5; do
	ua c c$port 192.0.2.50:506$port
	ua c v$port "[$lan6:50]:506$port"
done
ua dr1 x 192.0.2.21:5065
other() { [[ $1 == s1 ]] && echo s2 || echo s1; }
calls() { in_state "$1" template; }
flows() { in_state "$1" udp; }

say 'one call, one server, whoever speaks'
first=$(server_of c1 $at first@example.org)
[[ $first == s[12] ]]
second=$(other "$first")
for from in c2 x c1 c1; do
	expect "$first" server_of $from $at first@example.org
done
expect 1 calls a
say 'another one, from another port; then by a connection of the first one'
expect "$second" server_of c3 $at second@example.org
expect "$second" server_of c1 $at second@example.org
expect "$first" server_of c3 $at first@example.org
expect "$first" server_of c1 $at third@example.org
expect "$first" server_of c3 $at third@example.org
expect 3 calls a
expect 4 flows a
baton a connection list | tee out
expect 3 grep -cE "^udp call [0-9a-f]{12} virtual $vip:5060 server 198.51.100.2[12]:5070 state template " out
expect 3 conns a client 192.0.2.50
baton_json a connection list | jq -e '[.[] | select(.call)] | length == 3 and all(has("client") | not)'

say 'no Call-ID: by address'
was=$(server_of c4 $at -)
expect "$was" server_of c5 $at -
expect 4 calls a
baton a connection list | grep "^udp client 192.0.2.50:0 virtual $vip:5060 .* template "

say 'a server calls'
baton a connection kill service udp $at
expect 'c1 192.0.2.50:5061 fourth@example.org' call s2 192.0.2.50:5061 fourth@example.org
expect "asked $at fourth@example.org" last_line ua.c1
expect s2 server_of c2 $at fourth@example.org
expect 'c1 192.0.2.50:5061 fifth@example.org' call s1 192.0.2.50:5061 fifth@example.org
expect "asked $at fifth@example.org" last_line ua.c1
expect s1 server_of c2 $at fifth@example.org
expect s2 server_of c1 $at fourth@example.org
expect 2 calls a
expect 2 flows a
say 'what is no message of SIP is not the service'\''s'
capture c 1 eth0 udp and src host 198.51.100.21
printf '%s\n' "192.0.2.50:5069 -" >&"${ua_fd[s1]}"
wait_for 10 says "$capture" '198.51.100.21\.5070 > 192.0.2.50\.5069'

say 'ranges, DR, IPv6'
for from in c1 c2; do
	expect range2 server_of $from $vip:6005 sixth@example.org
done
expect 'c3 192.0.2.50:5063 seventh@example.org' call range1 192.0.2.50:5063 seventh@example.org
expect "asked $vip:6005 seventh@example.org" last_line ua.c3
expect range1 server_of c2 $vip:6005 seventh@example.org
direct=$(server_of c1 $at_dr sixth@example.org)
[[ $direct == dr[12] ]]
expect "$direct" server_of c2 $at_dr sixth@example.org
six=$(server_of v1 "$at6" sixth@example.org)
[[ $six == six[12] ]]
expect "$six" server_of v2 "$at6" sixth@example.org
six_other=six$((3 - ${six#six}))
expect "v3 [$lan6:50]:5063 seventh@example.org" call "$six_other" "[$lan6:50]:5063" seventh@example.org
expect "asked $at6 seventh@example.org" last_line ua.v3
expect "$six_other" server_of v1 "$at6" seventh@example.org
expect 7 calls a

say 'as long as the service says, after the last message; connections do not count'
baton a connection kill service udp $at
others=$(calls a) others_flows=$(flows a)
baton a service set udp $at persistent 4
one=$(server_of c1 $at twelfth@example.org)
for from in c2 c3; do
	nap 3
	expect "$one" server_of $from $at twelfth@example.org
done
expect $((others + 1)) calls a
wait_for 20 is "$others" calls a
expect $((others_flows + 3)) flows a
baton a service set udp $at persistent 300

say 'each call for itself'
for n in a b; do
	baton $n service set udp $at onepacket on
done
baton a connection kill service udp $at
one=$(server_of c1 $at eighth@example.org)
expect "$(other "$one")" server_of c1 $at ninth@example.org
expect "$one" server_of c1 $at tenth@example.org
expect "$(other "$one")" server_of c2 $at ninth@example.org
expect 'c1 192.0.2.50:5061 eleventh@example.org' call s1 192.0.2.50:5061 eleventh@example.org
expect s1 server_of c3 $at eleventh@example.org
expect 4 conns a service udp $at
for n in a b; do
	baton $n service set udp $at onepacket off
done

say 'connection tracking: one entry, of the server that was spoken to last'
for n in a b; do
	baton $n service set udp $at conntrack on
done
[[ $one == s2 ]] && of_s2=eighth || of_s2=ninth
for _ in 1 2; do
	expect s1 server_of c1 $at eleventh@example.org
	quiet_in a grep -E 'sport=5061 dport=5060 src=198\.51\.100\.21 ' /proc/net/nf_conntrack
	expect s2 server_of c1 $at $of_s2@example.org
	quiet_in a grep -E 'sport=5061 dport=5060 src=198\.51\.100\.22 ' /proc/net/nf_conntrack
done
expect 'c1 192.0.2.50:5061 eleventh@example.org' call s1 192.0.2.50:5061 eleventh@example.org

say 'a server goes'
baton a server set udp $at 198.51.100.21:5070 weight 0
expect s1 server_of c1 $at eleventh@example.org
baton a service set udp $at expire-quiescent on
expect s2 server_of c2 $at eleventh@example.org
baton a server set udp $at 198.51.100.21:5070 weight 1
expect s2 server_of c3 $at eleventh@example.org

say 'said, saved, applied, refused'
baton a service set udp $at expire-quiescent off
baton a save | tee saved
grep -qx "service udp $at scheduler rr sync on persistent 300 prefix 32 by sip-call-id conntrack on" saved
expect 'nothing to change' baton a apply saved
baton a service set udp $at persistent off
fails grep -q sip <<<"$(baton a service list udp $at)"
refused 2 'for persistent' quiet_in a batonctl service set udp $at by sip-call-id
baton a apply saved
refused 2 'for udp' quiet_in a batonctl service add tcp $at persistent 300 by sip-call-id

say 'the peer'
server_of c1 $at twelfth@example.org >twelfth
in_ns a syncpipe drain a b | tee out
grep -q 'rejected=0 .*overrun=0' out
quiet_in a syncpipe equal a b
expect "$(calls a)" calls b
hand_over a b 4
expect s2 server_of c4 $at eleventh@example.org
expect "$(<twelfth)" server_of c5 $at twelfth@example.org
expect "$six" server_of v3 "$at6" sixth@example.org
expect 'c5 192.0.2.50:5065 thirteenth@example.org' call s1 192.0.2.50:5065 thirteenth@example.org
expect "asked $at thirteenth@example.org" last_line ua.c5
expect s1 server_of c1 $at thirteenth@example.org
leave b

say 'ip_vs'
modprobe -a ip_vs ip_vs_rr ip_vs_pe_sip
ns v
plug lan v lan 192.0.2.13/24
plug in v in 198.51.100.13/24
net_up
forwards v
take v
quiet_in v ipvsadm -A -u $at -s rr -p 300 --pe sip -o
for s in 1 2; do
	quiet_in v ipvsadm -a -u $at -r 198.51.100.2$s:5070 -m
done
one=$(server_of c1 $at eighth@example.org)
expect "$(other "$one")" server_of c1 $at ninth@example.org
expect "$one" server_of c1 $at eighth@example.org
expect "$one" server_of c2 $at eighth@example.org
expect "$one" server_of c1 $at tenth@example.org
x=$(server_of x $at eighth@example.org)
say "of a call that $one has, another client is with $x"
expect 'c1 192.0.2.50:5061 eleventh@example.org' call s1 192.0.2.50:5061 eleventh@example.org
expect "asked $at eleventh@example.org" last_line ua.c1
expect s1 server_of c3 $at eleventh@example.org
quiet_in v ipvsadm -C
unload
