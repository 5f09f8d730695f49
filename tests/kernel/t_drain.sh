# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# A server is deleted with time to drain: what is open goes on, nothing new comes; added again it stays
# with its connections; at the deadline the rest is killed and the server is gone, and one whose last
# connection has ended is gone before.
. ./lib.sh

load
topology
serve tcp 7000 s1 s2
nat_service d tcp 7000 rr
S1=(tcp "$vip:7000" 198.51.100.21:7000)
servers() { baton_json d server list tcp "${1:-$vip:7000}" | jq length; }
baton d tunable set timeout_tcp_time_wait 1 timeout_tcp_close 1 timeout_tcp_fin_wait 1 timeout_tcp_last_ack 1

hold c tcp $vip:7000 10
baton d save saved
baton d server del "${S1[@]}" drain 1h
held ask 's1=5 s2=5'
expect 's2=4' in_ns c netpeer many tcp $vip:7000 4
left=$(server_has d "${S1[@]}" drain)
((left > 3000 && left <= 3600)) || fail "$left seconds are left"
refused 1 'being removed' quiet_in d batonctl server set "${S1[@]}" weight 1
if baton d save | grep 198.51.100.21; then fail 'a server on its way out was saved'; fi

say 'added again it stays, with its connections'
expect "add server ${S1[*]} nat weight 1" quiet_in d batonctl apply saved
expect 0 server_has d "${S1[@]}" drain
held ask 's1=5 s2=5'
expect 's1=2 s2=2' in_ns c netpeer many tcp $vip:7000 4

say 'the deadline'
baton d server del "${S1[@]}" drain 2s
held ask 's1=5 s2=5'
wait_for 20 is 1 servers
held ask 'reset=5 s2=5'
expect 0 conns d server 198.51.100.21:7000

say 'no connection left: no need to wait'
baton d server add "${S1[@]}"
wait_for 20 is 5 conns d
expect 's1=1 s2=1' in_ns c netpeer many tcp $vip:7000 2
baton d server del "${S1[@]}" drain 1h
wait_for 30 is 1 servers
wait_for 20 is 5 conns d server 198.51.100.22:7000

say 'the service goes under a server that drains'
baton d server add "${S1[@]}"
baton d server del "${S1[@]}" drain 5s
baton d service del tcp $vip:7000
expect 0 conns d

say 'IPv6'
topology6
serve_at='[::]' serve tcp 7006 s1 s2
nat_service6 d tcp 7006 rr
hold c tcp "[$vip6]:7006" 4
baton d server del tcp "[$vip6]:7006" "[$in6:21]:7006" drain 1s
wait_for 20 is 1 servers "[$vip6]:7006"
held ask 'reset=2 s2=2'
unload
