# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# Connection tracking. For services that do not ask for it none of its hooks is switched on. Those
# with `conntrack on` have entries that are right on both sides, by NAT, DR and tunnel, IPv4
# and IPv6: rules about states hold, source NAT behind us works, what is in the middle goes on when
# nobody has an entry of it, and an entry ends with its connection. Beside ip_vs, where it differs.
. ./lib.sh

load
modprobe -a ipip sctp
ns x
topology
topology6
ip -n dr1 link set tunl0 up
serve tcp 7000 s1 s2 dr1 dr2
serve udp 7000 s1 s2
serve tcp 7002 dr1
serve sctp 7000 s1
serve_at='[::]' serve tcp 7006 s1 s2 dr1 dr2
serve_at='[::]' serve udp 7006 s1 s2

# tracking: how often nf_conntrack is used, and by whom; nothing if it is not loaded, or no module
tracking() { awk '$1 == "nf_conntrack" { print $3, $4 }' /proc/modules; }
# entries REGEX: how many of d match; entry REGEX: some do
entries() { quiet_in d grep -cE -- "$1" /proc/net/nf_conntrack || true; }
entry() { quiet_in d grep -E -- "$1" /proc/net/nf_conntrack || { quiet_in d cat /proc/net/nf_conntrack; return 1; }; }
many() { quiet_in c netpeer many "$1" "$2" "${3:-2}"; }
# track on|off KEY...
track() {
	local word=$1 key
	shift
	for key; do
		baton d service set "${key%% *}" "${key#* }" conntrack "$word"
	done
}
nat="src=192\.0\.2\.50 dst=$vip .*dport=7000 src=198\.51\.100\.2[12] dst=192\.0\.2\.50 sport=7000"
client6=2001:0db8:0001:0000:0000:0000:0000:0050

say 'off: nobody needs it'
unused=$(tracking)
for p in tcp udp; do
	nat_service d $p 7000 rr
	nat_service6 d $p 7006 rr
done
expect 's1=1 s2=1' many tcp $vip:7000
expect 's1=1 s2=1' many udp "[$vip6]:7006"
expect "$unused" tracking
modprobe -a nf_conntrack nf_conntrack_netlink
unused=$(tracking)
expect 's1=1 s2=1' many udp $vip:7000
expect 0 entries .

say 'a namespace that ends lets go of it'
baton x service add tcp 192.0.2.200:1 conntrack on
baton x service add mark6 2 conntrack on
is_used() { [[ -z $unused || $(tracking) != "$unused" ]] || fail 'it is not used'; }
is_used
ip netns del x
wait_for 20 is "$unused" tracking

say 'on, off and on: what is left over from another server is not believed'
from() { printf x | quiet_in c socat -u - "UDP4-SENDTO:$vip:7000,sourceport=$1"; }
# from4000: a datagram from that port has the only entry of it, and went to the other server
from4000() {
	local to
	from 4000
	wait_for 5 is 1 conns d client 192.0.2.50:4000
	to=$(baton_json d connection list client 192.0.2.50:4000 | grep -oE '198\.51\.100\.2[12]')
	[[ $to != "${from4000:-}" ]] || fail 'the same server again'
	entry "udp .* src=192\.0\.2\.50 dst=$vip sport=4000 dport=7000 .*src=${to//./\\.} "
	expect 1 entries 'sport=4000 dport=7000'
	from4000=$to
}
track on "udp $vip:7000"
baton d save | grep -x "service udp $vip:7000 scheduler rr sync on conntrack on"
is_used
from4000
track off "udp $vip:7000"
expect "$unused" tracking
baton d connection kill service udp $vip:7000
from 4001
from 4002
wait_for 5 is 2 conns d service udp $vip:7000
expect 0 entries 'sport=400[12]'
track on "udp $vip:7000"
from4000
baton d connection kill service udp $vip:7000
expect 0 entries sport=4000
from4000

say 'one packet: one entry, of the server that was spoken to last'
baton d service add udp $vip:7003 scheduler rr onepacket on conntrack on
baton d server add udp $vip:7003 198.51.100.21:7003
baton d server add udp $vip:7003 198.51.100.22:7003
for s in 1 2 1; do
	baton d server set udp $vip:7003 198.51.100.2$s:7003 weight 1
	baton d server set udp $vip:7003 198.51.100.2$((3 - s)):7003 weight 0
	capture s$s 1 eth0 udp dst port 7003
	printf x | quiet_in c socat -u - UDP4-SENDTO:$vip:7003,sourceport=4003
	wait_for 10 says "$capture" 'packets? captured'
	expect 1 entries 'sport=4003 dport=7003'
	entry "udp .* src=192\.0\.2\.50 dst=$vip sport=4003 dport=7003 .*src=198\.51\.100\.2$s "
done
expect 0 conns d service udp $vip:7003
baton d service del udp $vip:7003

say 'the entries'
track on "tcp $vip:7000" "tcp [$vip6]:7006" "udp [$vip6]:7006"
hold c tcp $vip:7000 2
expect 2 entries "ESTABLISHED $nat.*ASSURED"
expect 's1=1 s2=1' many udp "[$vip6]:7006"
expect 2 entries "udp .* src=$client6 .*dport=7006 src=2001:0db8:0002:.*002[12] dst=$client6 sport=7006"

say 'rules about states, of the client and of the server, and errors'
dr_service d tcp 7000 rr
dr_service6 d tcp 7006 rr
baton d service add tcp $vip_dr:7002 scheduler rr conntrack on
baton d server add tcp $vip_dr:7002 192.0.2.21:7002 tunnel ipip
baton d service add udp $vip:7001 scheduler rr conntrack on
baton d server add udp $vip:7001 198.51.100.21:7001 nat
baton d service add sctp $vip:7000 scheduler rr conntrack on
baton d server add sctp $vip:7000 198.51.100.21:7000 nat
track on "tcp $vip_dr:7000" "tcp [$vip6_dr]:7006"
in_ns d nft -f - <<'END'
table inet fw {
	chain input {
		type filter hook input priority 0; policy drop;
		meta l4proto tcp ct state invalid counter drop
		meta l4proto ipv6-icmp accept
		ct state established,related accept
		meta l4proto { tcp, udp, sctp } th dport 7000-7006 ct state new accept
	}
	chain forward {
		type filter hook forward priority 0; policy drop;
		ct state established,related counter accept
	}
	chain output {
		type filter hook output priority 0; policy drop;
		meta l4proto ipv6-icmp accept
		ip protocol 4 accept
		ct state established,related accept
		meta l4proto { tcp, udp, sctp } th dport 7000-7006 ct state new accept
	}
}
END
forwarded() { quiet_in d nft list chain inet fw forward | sed -n 's/.*counter packets \([0-9]*\).*/\1/p'; }
before=$(forwarded)
for _ in 1 2 3; do
	held ask 's1=1 s2=1'
done
(($(forwarded) >= before + 6)) || fail 'some answers went past the rules'
held close
expect 's1=1 s2=1' many tcp $vip:7000
expect 's1=1 s2=1' many udp $vip:7000
expect 's1=1 s2=1' many tcp "[$vip6]:7006"
expect 's1=1 s2=1' many udp "[$vip6]:7006"
expect s1=2 many sctp $vip:7000
entry "sctp .*dport=7000 src=198\.51\.100\.21 "
expect refused=1 many udp $vip:7001 1
for at in $vip:7000 "[$vip6]:7006"; do
	answer=$(quiet_in c netpeer ask udp "$at" "$(printf 'x%.0s' {1..3500})")
	[[ $answer == s[12]' xxx'* ]] || fail "in pieces: $answer"
done
for at in $vip_dr:7000 "[$vip6_dr]:7006"; do
	hold c tcp "$at" 2
	held ask 'dr1=1 dr2=1'
	held close
done
hold c tcp $vip_dr:7002 1
held ask 'dr1=1'
expect 1 entries "ESTABLISHED src=192\.0\.2\.50 dst=$vip_dr .*dport=7002 src=$vip_dr "
held close
quiet_in d nft list chain inet fw input | grep 'ct state invalid counter packets 0 '
track off "udp $vip:7000"
expect timeout=1 many udp $vip:7000 1
track on "udp $vip:7000"
in_ns d nft delete table inet fw

say 'source NAT behind us: servers know the director alone'
in_ns d nft -f - <<'END'
table inet nat {
	chain post {
		type nat hook postrouting priority srcnat;
		oifname "in" masquerade
	}
}
END
for n in s1 s2; do
	ip -n $n route del default
	ip -n $n -6 route del default
done
for p in tcp udp; do
	expect 's1=1 s2=1' many $p $vip:7000
	expect 's1=1 s2=1' many $p "[$vip6]:7006"
done
expect refused=1 many udp $vip:7001 1
hold c tcp $vip:7000 2
held ask 's1=1 s2=1'
quiet_in s1 ss -Htn state established sport = :7000 | tee out
grep -q '198\.51\.100\.1*:' out
fails grep '192\.0\.2\.50' out
expect 2 entries "ESTABLISHED src=192\.0\.2\.50 dst=$vip .*dport=7000 src=198\.51\.100\.2[12] dst=198\.51\.100\.1*"
baton d connection kill service tcp $vip:7000
expect 0 entries "ESTABLISHED .*dport=7000"
in_ns d nft delete table inet nat
for n in 1 2; do
	ip -n s$n route add default via 198.51.100.1
done

say 'an active that has connections and no entries: who speaks first does not matter'
hold c tcp $vip:7000 2
baton d service add tcp $vip:7003 scheduler rr conntrack on
baton d server add tcp $vip:7003 198.51.100.21:7003 nat
mkfifo push
exec {push}<>push
quiet_in s1 socat -u OPEN:push TCP4-LISTEN:7003 &
wait_for 10 listening s1 tcp 7003
quiet_in c socat -u TCP4:$vip:7003 CREATE:pushed &
wait_for 10 entry 'ESTABLISHED .*dport=7003'
in_ns d conntrack -F
held ask 's1=1 s2=1'
expect 2 entries "ESTABLISHED $nat"
echo word >&"$push"
wait_for 10 grep -q word pushed
entry "src=198\.51\.100\.21 dst=192\.0\.2\.50 sport=7003 .*src=192\.0\.2\.50 dst=$vip .*dport=7003"
baton d connection kill client 192.0.2.0/24
expect 0 entries 'ESTABLISHED|sport=7003'

say 'ip_vs, DR: whoever sees one half takes it for invalid'
modprobe -a ip_vs ip_vs_rr
ns v
plug lan v lan 192.0.2.13/24
net_up
forwards v
ip -n v addr add $vip_dr/32 dev lo
ip -n c route add $vip_dr via 192.0.2.13
quiet_in v sh -c 'echo 1 >/proc/sys/net/ipv4/vs/conntrack'
quiet_in v ipvsadm -A -t $vip_dr:7000 -s rr
quiet_in v ipvsadm -a -t $vip_dr:7000 -r 192.0.2.21:7000 -g
quiet_in v nft -f - <<'END'
table ip t {
	chain input {
		type filter hook input priority 0;
		ct state invalid counter
	}
}
END
expect dr1=2 many tcp $vip_dr:7000
quiet_in v nft list chain ip t input | grep 'counter packets [1-9]'
quiet_in v ipvsadm -C
unload
