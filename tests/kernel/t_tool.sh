# SPDX-License-Identifier: GPL-2.0-or-later
#
# batonctl against the real module, in one namespace `d` without any traffic: services and servers
# come, change and go; what the kernel refuses is one line with the kernel's words and an exit
# status; apply changes only what differs, and nothing when the file is wrong; what save prints
# apply reads back; monitor tells what happened; and each namespace has its own services.
#
# limit: 400
. ./lib.sh

# What the tool says without the module, before it is there.
refused 3 "module baton is not loaded; run 'modprobe baton'" batonctl status

load
ns d other
net_up
WEB=(tcp 192.0.2.100:80)
b() { quiet_in d batonctl "$@"; }
# q FILTER WORDS...: what batonctl says as JSON, filtered
q() { local f=$1; shift; baton_json d "$@" | jq -r "$f"; }
q_other() { local f=$1; shift; baton_json other "$@" | jq -r "$f"; }
settings() { b save; }

say 'services and servers'
baton d service add "${WEB[@]}" scheduler wlc
baton d server add "${WEB[@]}" 198.51.100.21:8080 nat weight 2
baton d server add "${WEB[@]}" 198.51.100.22:0
baton d service add udp 192.0.2.100:53 scheduler rr sync off
baton d server add udp 192.0.2.100:53 198.51.100.21:53 dr weight 65535
expect "service udp 192.0.2.100:53 scheduler rr sync off
server udp 192.0.2.100:53 198.51.100.21:53 dr weight 65535

service tcp 192.0.2.100:80 scheduler wlc sync on
server tcp 192.0.2.100:80 198.51.100.21:8080 nat weight 2
server tcp 192.0.2.100:80 198.51.100.22:0 nat weight 1" settings
baton d service set "${WEB[@]}" sync off
baton d server set "${WEB[@]}" 198.51.100.21:8080 weight 0
expect 'wlc false 0 nat' q '"\(.[0].scheduler) \(.[0].sync) \(.[0].servers[0].weight) \(.[0].servers[0].method)"' service list "${WEB[@]}"
baton d service set "${WEB[@]}" scheduler wrr sync on
expect 2 q length service
expect 3 q length server
expect 0 q_other length service

say 'refusals of the kernel: one line, exit status 1, nothing changed'
settings >before
refused 1 'exist|already.*service set' b service add "${WEB[@]}"
refused 1 'already.*server set' b server add "${WEB[@]}" 198.51.100.22:0
refused 1 'service list' b service del tcp 192.0.2.100:81
refused 1 'service list' b service set tcp 192.0.2.100:81 sync off
refused 1 'service list' b server add tcp 192.0.2.100:81 198.51.100.21:80
refused 1 'server' b server del "${WEB[@]}" 198.51.100.99:80
refused 1 'server list' b server set "${WEB[@]}" 198.51.100.99:80 weight 1
refused 1 'service list' b server list tcp 192.0.2.100:81
settings | cmp - before

say 'apply: whole or not at all'
cat >good <<-END
	service tcp 192.0.2.100:80 scheduler rr
	server tcp 192.0.2.100:80 198.51.100.21:8080 nat weight 7
	server tcp 192.0.2.100:80 198.51.100.23:80
	service tcp 192.0.2.101:0
END
{ cat good; echo 'server tcp 192.0.2.101:0 198.51.100.21:80'; } >bad
refused 5 'bad:5: .*nothing was changed' b apply bad
{ cat good; echo 'server tcp 192.0.2.101:0 [2001:db8::1]:0'; } >mixed
refused 5 'mixed:5: .*both IPv6, unless the method is tunnel; nothing was changed' b apply mixed
baton d apply --dry-run good
settings | cmp - before
expect "set service tcp 192.0.2.100:80 scheduler rr sync on
set server tcp 192.0.2.100:80 198.51.100.21:8080 nat weight 7
add server tcp 192.0.2.100:80 198.51.100.23:80 nat weight 1
add service tcp 192.0.2.101:0 scheduler wlc sync on
del service udp 192.0.2.100:53 scheduler rr sync off
del server tcp 192.0.2.100:80 198.51.100.22:0 nat weight 1" b apply good
expect 'nothing to change' b apply good

say 'save and apply are inverse'
baton d save saved
settings | cmp - saved
baton d service flush
expect '' settings
baton d apply - <saved >/dev/null
settings | cmp - saved

say 'a thousand servers: dumps of many messages'
{
	echo "service ${WEB[*]}"
	for i in {1..4}; do
		for j in {1..250}; do
			echo "server ${WEB[*]} 10.0.$i.$j:80"
		done
	done
} >many
baton d apply many | tail -n 1
expect 1000 q '.[0].servers | length' service
expect 'nothing to change' b apply many
baton d service flush

say 'tunables'
baton d tunable set timeout_tcp_established 1234 conn_max 5000
expect '1234 5000' q '"\(.timeout_tcp_established) \(.conn_max)"' tunable
expect 0 q_other .conn_max tunable

say 'counters and their reasons'
expect true q '.drops | map(.reason) | index("gate_shut") != null and index("icmp_unrelated") != null' stats
unexplained() { baton d stats --explain | grep -w unknown; }
fails unexplained

say 'metrics'
baton d metrics >metrics
grep -x 'baton_forwarding 1' metrics
grep -x 'baton_sync_up 0' metrics
refused 2 'metrics has one format' batonctl --json metrics

say 'the gate'
expect 'open active 0' q '"\(.state) \(.role) \(.epoch)"' gate
baton d gate close initial
expect 'shut standby 0' q '"\(.state) \(.role) \(.epoch)"' gate
baton d gate open
expect 'open active 1' q '"\(.state) \(.role) \(.epoch)"' gate
baton d gate close initial
expect 'open active 1' q '"\(.state) \(.role) \(.epoch)"' gate
baton d gate open
expect 1 q .epoch gate
baton d gate close
expect shut q .state gate

say 'monitor'
background quiet_in d batonctl --json monitor
wait_for 10 grep -q '"exists"' "$job_out"
baton d service add "${WEB[@]}"
baton d server add "${WEB[@]}" 198.51.100.21:80
baton d server set "${WEB[@]}" 198.51.100.21:80 weight 5
baton d gate open
baton d service del "${WEB[@]}"
saw() { [[ -n $(jq -c "select($1)" "$job_out") ]]; }
wait_for 10 saw '.object == "service" and .event == "new" and .port == 80'
wait_for 10 saw '.object == "server" and .event == "new" and .address == "198.51.100.21"'
wait_for 10 saw '.object == "server" and .event == "change" and .weight == 5'
wait_for 10 saw '.object == "gate" and .role == "active" and .epoch == 2'
wait_for 10 saw '.object == "service" and .event == "delete"'
kill "$job"

say 'status without daemons'
baton d status
expect 'null null 0' q '"\(.syncd) \(.ha) \(.failover.would_survive)"' status
refused 4 'baton-ha is not running' b handover
refused 4 'baton-syncd is not running' b sync

say 'module and tool of different releases'
refused 7 'interface version [0-9]+ and this program version [0-9]+; install both from one release' quiet_in d batonctl-other service list

say 'root of another user namespace has no say here'
refused 6 'CAP_NET_ADMIN.*root' quiet_in d unshare -U batonctl service list
refused 6 'CAP_NET_ADMIN.*root' quiet_in d unshare -U batonctl monitor
expect 0 q length service
