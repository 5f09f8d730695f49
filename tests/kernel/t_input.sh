# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# The administrator's rules still hold: what INPUT drops reaches no server, new connections and
# known ones; what FORWARD drops of the answers does not come back; connection tracking on the
# director may look on.
. ./lib.sh

load
topology
serve tcp 7000 s1 s2
serve udp 7000 s1 s2
nat_service d tcp 7000 rr
nat_service d udp 7000 rr

in_ns d nft -f - <<'END'
table ip t {
	chain input { type filter hook input priority 0; }
	chain forward { type filter hook forward priority 0; }
}
END
expect 's1=1 s2=1' in_ns c netpeer many udp $vip:7000 2

say 'INPUT'
hold c tcp $vip:7000 2
in_ns d nft add rule ip t input ip saddr 192.0.2.50 counter drop
opened=$(counted d connections)
expect timeout=1 in_ns c netpeer many udp $vip:7000 1
held ask timeout=2
expect "$opened" counted d connections
quiet_in d nft list chain ip t input | tee out
grep -q 'counter packets [1-9]' out
in_ns d nft flush chain ip t input
expect 's1=1 s2=1' in_ns c netpeer many udp $vip:7000 2

say 'FORWARD'
in_ns d nft add rule ip t forward ip saddr 198.51.100.0/24 drop
expect timeout=1 in_ns c netpeer many udp $vip:7000 1
in_ns d nft flush chain ip t forward

# It sees one half of each flow, the other half leaves with another address. What it would judge
# wrongly it does not get to see.
say 'connection tracking looks on'
in_ns d nft add rule ip t input ct state invalid drop
in_ns d nft add rule ip t forward ct state invalid drop
expect 's1=2 s2=2' in_ns c netpeer many tcp $vip:7000 4
expect 's1=2 s2=2' in_ns c netpeer many udp $vip:7000 4
mkdir www
head -c 1000000 /dev/urandom >www/file
web_server s1 "$work/www"
baton d service add tcp $vip:80 scheduler rr
baton d server add tcp $vip:80 198.51.100.21:80 nat
in_ns c curl -sS --max-time 60 -o got "http://$vip/file"
cmp www/file got
wait_for 10 is 2 in_state d tcp_established

say 'the same on the slow path, and with tracking that takes nothing from the middle'
in_ns d batonctl tunable set fastpath off
expect 's1=2 s2=2' in_ns c netpeer many tcp $vip:7000 4
quiet_in d sh -c 'echo 0 >/proc/sys/net/netfilter/nf_conntrack_tcp_loose'
expect 's1=2 s2=2' in_ns c netpeer many tcp $vip:7000 4
wait_for 10 is 2 in_state d tcp_established
unload
