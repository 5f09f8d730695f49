# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# A flood of SYNs from addresses that nobody has: no more than opening_max connections are opening,
# templates included; what is established goes on, real clients get through, and when the table is full it
# is the flood that makes room. Resets and, by NAT, made-up handshakes are no way round that. Without a limit there
# is none. New connections are thinned out when somebody says so, or when there is too little memory.
. ./lib.sh

load
topology
serve tcp 7000 s1 s2 dr1 dr2
nat_service d tcp 7000 rr
dr_service d tcp 7000 rr
mac=$(ip -n d -br link show lan | awk '{ print $3 }')
flood() { in_ns c synconn flood eth0 "$mac" "$1" "$2" "$3"; }
opening() { in_state d tcp_syn_recv 2>/dev/null || echo 0; }
evicted() { baton_json d status | json_number '"evicted":'; }

hold c tcp $vip:7000 10
nat_fd=$held_fd nat_no=$held_no
hold c tcp $vip_dr:7000 10
expect 20 in_state d tcp_established

say 'no limit'
baton d tunable set opening_max 0
flood $vip_dr:7000 1 1000
wait_for 20 is 1000 opening
expect 0 evicted
baton d connection kill client 10.0.0.0/8
expect 0 opening

say 'a limit'
baton d tunable set opening_max 64
flood $vip_dr:7000 1 50
wait_for 20 is 50 opening
expect 0 evicted
flood $vip_dr:7000 51 950
wait_for 20 is $((1000 - 64)) evicted
expect 64 opening
expect 'dr1=2 dr2=2' in_ns c netpeer many tcp $vip_dr:7000 4
expect 's1=2 s2=2' in_ns c netpeer many tcp $vip:7000 4
expect 20 in_state d tcp_established
held ask 'dr1=5 dr2=5'

say 'ways round it'
baton d connection kill client 10.0.0.0/8
baton d tunable set opening_max 4
for ((p = 1; p <= 6; p++)); do
	quiet_in c forge S 10.1.1.1:$p $vip_dr:7000 1 0
	quiet_in c forge R 10.1.1.1:$p $vip_dr:7000 2 0
done
wait_for 20 is 4 conns d client 10.1.1.1
expect 4 in_state d tcp_close
baton d tunable set opening_max 64
ip -n d route add 10.0.0.0/8 via 192.0.2.50
was=$(evicted)
in_ns c synconn open eth0 "$mac" $vip:7000 3000 500
wait_for 20 is $((was + 500 - 64)) evicted
expect 20 in_state d tcp_established
ip -n d route del 10.0.0.0/8
baton d connection kill client 10.0.0.0/8
flood $vip_dr:7000 1 200
wait_for 20 is 64 opening

say 'a full table'
expect 0 dropped d table_full
in_use=$(conns d)
baton d tunable set conn_max "$in_use"
expect 'dr1=1 dr2=1' in_ns c netpeer many tcp $vip_dr:7000 2
expect 0 dropped d table_full
held ask 'dr1=5 dr2=5'
baton d tunable set conn_max 0

say 'templates, too'
baton d connection kill client 10.0.0.0/8
baton d service set tcp $vip_dr:7000 persistent 300
flood $vip_dr:7000 5000 1000
wait_for 20 is 64 opening
in_use=$(baton_json d connection list client 10.0.0.0/8 | jq '[.[] | select(.client.port == 0)] | length')
((in_use > 0 && in_use < 64)) || fail "$in_use templates of 64"

say 'more room, and none'
refused 1 'above 4194304' quiet_in d batonctl tunable set opening_max 4194305
baton d tunable set opening_max 4194304
flood $vip_dr:7000 9000 200
wait_for 20 is $((64 + 400)) opening
baton d tunable set opening_max 1
flood $vip_dr:7000 20000 10
held ask 'dr1=5 dr2=5'
held close
held_fd=$nat_fd held_no=$nat_no
held ask 's1=5 s2=5'

say 'thinned out, by hand'
baton d connection kill client 10.0.0.0/8
baton d service set tcp $vip_dr:7000 persistent off
baton d tunable set opening_max 64 drop_rate 4
thinning() { baton_json d status | jq -r .module.thinning; }
expect false thinning
baton d tunable set drop_mode on
expect true thinning
flood $vip_dr:7000 1 100
wait_for 20 is 25 dropped d thinned
expect 8 opening
held ask 's1=5 s2=5'
baton d tunable set drop_rate 1
flood $vip_dr:7000 1000 10
wait_for 20 is 35 dropped d thinned
expect 8 opening
refused 2 'out of range' quiet_in d batonctl tunable set drop_rate 0
refused 2 'auto, on or off' quiet_in d batonctl tunable set drop_mode maybe

say 'for want of memory'
baton d tunable set drop_mode auto
expect false thinning
baton d tunable set memory_min 4294967295
wait_for 20 is true thinning
flood $vip_dr:7000 2000 10
wait_for 20 is 45 dropped d thinned
held ask 's1=5 s2=5'
baton d tunable set memory_min 0
wait_for 20 is false thinning
expect 's1=1 s2=1' in_ns c netpeer many tcp $vip:7000 2
expect 45 dropped d thinned
baton d tunable set drop_mode off memory_min 4294967295
expect false thinning
held close
baton d service flush
expect 0 conns d
unload
