# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# The director's own IPsec: a policy for what the virtual address sends to a client holds for what NAT servers
# answer, TCP, UDP and errors, IPv4 and IPv6. It leaves as ESP and nothing of it in clear text; what no longer fits
# then is told to the server. Who has no policy is served as ever. As in-tree ip_vs does, which does not tell.
. ./lib.sh

modprobe -a esp4 esp6 authenc echainiv
load
topology
topology6
auth="hmac(sha1) 0x$(printf '5a%.0s' {1..20})"
cipher="cbc(aes) 0x$(printf 'a5%.0s' {1..16})"

# keys NS VIP CLIENT SPI: for both directions, the second with the next number
keys() {
	# shellcheck disable=SC2086 # words
	ip -n "$1" xfrm state add src "$3" dst "$2" proto esp spi "$4" mode transport auth $auth enc $cipher
	# shellcheck disable=SC2086 # words
	ip -n "$1" xfrm state add src "$2" dst "$3" proto esp spi $(($4 + 1)) mode transport auth $auth enc $cipher
}
# guard NS DIRECTION SOURCE DESTINATION SELECTOR...
guard() {
	ip -n "$1" xfrm policy add dir "$2" src "$3" dst "$4" "${@:5}" tmpl src "$3" dst "$4" proto esp mode transport
}
# secure DIRECTOR: what it says to c is to be encrypted; in IPv6 neighbours are found in clear text
secure() {
	local p
	guard "$1" out $vip 192.0.2.50
	[[ $1 == d ]] || return 0
	for p in tcp udp; do
		guard "$1" out $vip6 $lan6:50 proto $p
	done
}
keys c $vip 192.0.2.50 0x301
keys c $vip6 $lan6:50 0x303
guard c out 192.0.2.50 $vip
guard c in $vip 192.0.2.50
for p in tcp udp; do
	guard c out $lan6:50 $vip6 proto $p
	guard c in $vip6 $lan6:50 proto $p
done

mkdir www
head -c 300000 /dev/urandom >www/file
web_server s1 "$work/www"
for p in tcp udp; do
	serve $p 7000 s1
	serve_at='[::]' serve $p 7006 s1
done
for key in "tcp $vip:7000" "udp $vip:0" "tcp $vip:80" "tcp [$vip6]:7006" "udp [$vip6]:7006" "tcp [$vip6]:80"; do
	server=198.51.100.21:${key##*:}
	[[ $key != *\[* ]] || server="[$in6:21]:${key##*:}"
	baton d service add "${key% *}" "${key#* }" scheduler rr
	baton d server add "${key% *}" "${key#* }" "$server" nat
done
many() { quiet_in c netpeer many "$1" "$2" 2; }
# sealed COUNT: so many packets were captured, and all are ESP
sealed() {
	wait_for 10 says "$capture" 'packets? captured'
	fails grep -E 'proto (TCP|UDP|ICMP)|next-header (TCP|UDP)' "$capture"
	expect "$1" grep -c 'ESP(spi=' "$capture"
}

say 'the client refuses what comes in clear text, as long as the director has no policy'
keys d $vip 192.0.2.50 0x301
keys d $vip6 $lan6:50 0x303
fails in_ns c netpeer ask tcp $vip:7000
secure d

say 'answers are encrypted: TCP, UDP, errors'
capture c 8 eth0 "src $vip and not arp"
expect s1=2 many tcp $vip:7000
expect s1=2 many udp $vip:7000
sealed 8
capture c 1 eth0 "src $vip and not arp"
expect refused in_ns c sh -c "netpeer ask udp $vip:9 || true"
sealed 1
capture c 8 eth0 "ip6 src $vip6 and not icmp6"
expect s1=2 many tcp "[$vip6]:7006"
expect s1=2 many udp "[$vip6]:7006"
sealed 8
say 'who has no policy'
expect s1=2 quiet_in dr1 netpeer many tcp $vip:7000 2

say 'what no longer fits is told to the server'
capture s1 1 eth0 'icmp[0] == 3 and icmp[1] == 4'
in_ns c curl -sS --max-time 60 -o got "http://$vip/file"
cmp www/file got
wait_for 10 says "$capture" 'need to frag \(mtu 14[0-9][0-9]\)'
capture s1 1 eth0 'icmp6 and ip6[40] == 2'
in_ns c curl -sS --max-time 60 -o got "http://[$vip6]/file"
cmp www/file got
wait_for 10 says "$capture" 'packet too big, mtu 14[0-9][0-9]'
(($(dropped d too_big) >= 2))

say 'ip_vs'
leave d
modprobe -a ip_vs ip_vs_rr
ns v
plug lan v lan 192.0.2.13/24
plug in v in 198.51.100.13/24
net_up
forwards v
take v
keys v $vip 192.0.2.50 0x301
secure v
quiet_in v ipvsadm -A -t $vip:7000 -s rr
quiet_in v ipvsadm -a -t $vip:7000 -r 198.51.100.21:7000 -m
capture c 6 eth0 "src $vip and not arp"
expect s1=2 many tcp $vip:7000
sealed 6
quiet_in v ipvsadm -C
unload
