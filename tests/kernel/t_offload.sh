# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.1
#
# Large packets and checksums that somebody else is to make: what comes to the servers and back to the client
# is looked at, every packet of it, behind ports that leave nothing to devices. By NAT, DR and tunnel, in IPv4
# and IPv6, TCP both ways and UDP in trains, on the fast path and off it; from senders that leave
# everything to the device, and from some that do nothing of that, whose packets are put together on the
# way in. Then with sums of whole packets, as devices give them: behind GRE, and behind connection tracking.
. ./lib.sh
. /baton/lib_offload.sh

bytes=150000
load
modprobe -a ipip ip_gre
topology
topology6
ip -n dr1 link set tunl0 up
bare_ports lan:c-eth0 lan:dr1-eth0 in:s1-eth0
head -c $bytes /dev/urandom >file
head -c 8000 file >train
mkdir www
cp file www/
web_server s1 "$work/www"
for n in s1 dr1; do
	for port in 9000 9001; do
		quiet_in $n socat -u TCP6-LISTEN:$port,ipv6only=0,reuseaddr,fork "OPEN:$work/got.$n,creat,append" &
	done
	quiet_in $n socat -u UDP6-RECV:9000,ipv6only=0 OPEN:/dev/null &
	wait_for 10 listening $n tcp 9001
	wait_for 10 listening $n udp 9000
done
keys=("tcp $vip:80" "tcp [$vip6]:80" "tcp $vip:9000" "tcp [$vip6]:9000" "udp $vip:9000" "udp [$vip6]:9000")
for key in "${keys[@]}"; do
	to=198.51.100.21:${key##*:}
	[[ $key != *\[* ]] || to="[$in6:21]:${key##*:}"
	baton d service add "${key% *}" "${key#* }" scheduler rr
	baton d server add "${key% *}" "${key#* }" "$to"
done
for key in "tcp $vip_dr:9000" "tcp [$vip6_dr]:9000" "udp $vip_dr:9000" "tcp $vip_dr:9001"; do
	to=192.0.2.21:${key##*:} how=dr
	[[ $key != *\[* ]] || to="[$lan6:21]:${key##*:}"
	[[ $key != *:9001 ]] || how=tunnel
	baton d service add "${key% *}" "${key#* }" scheduler rr
	baton d server add "${key% *}" "${key#* }" "$to" $how
done
watch d

filter='tcp or udp or ip proto 4'
declare -A slow
# sound NS LEAST: every checksum of the record is right, and there are so many
sound() {
	recorded "$1"
	tcpdump -Z root -nvvr "pcap.$1" >packets 2>/dev/null
	if grep -B 2 -E 'incorrect|bad.*cksum|bad.*checksum' packets; then
		fail "$1 got a wrong checksum"
	fi
	(($(grep -cE '\(correct\)|udp sum ok' packets) >= $2)) || { tail packets; fail 'too few checksums'; }
}
# arrived NS TIMES: the file, so often
arrived() {
	local i
	for ((i = 0; i < $2; i++)); do
		cat file
	done >want
	wait_for 20 is $((bytes * $2)) stat -c %s "got.$1"
	cmp want "got.$1"
	rm "got.$1"
}
up() { quiet_in c socat -u FILE:file "TCP$1"; }
down() {
	quiet_in c curl -sS --max-time 60 -o got "http://$1/file"
	cmp file got
}
# datagrams of 1000 bytes, which the device is to make, where there is one that does
train() {
	if [[ $how == on ]]; then
		quiet_in c socat -u -b 8000 FILE:train "UDP$1,setsockopt=17:103:i1000"
	else
		quiet_in c socat -u -b 1000 FILE:train "UDP$1"
	fi
}
for fast in on off; do
	forget d
	for how in on off; do
		say "fast path $fast, offloads of the senders $how"
		baton d tunable set fastpath $fast
		offloads $how c s1 dr1
		# without them d puts packets together
		gathers "$([[ $how == on ]] && echo off || echo on)"
		for n in c s1 dr1; do
			record $n eth0 2000 "$filter"
		done
		up 4:$vip:9000
		up "6:[$vip6]:9000"
		train 4:$vip:9000
		train "6:[$vip6]:9000"
		up 4:$vip_dr:9000
		up "6:[$vip6_dr]:9000"
		up 4:$vip_dr:9001
		train 4:$vip_dr:9000
		down $vip
		down "[$vip6]"
		arrived s1 2
		arrived dr1 3
		sound s1 200
		grep -c 'UDP.*length 1000' packets | grep -qx 16
		sound dr1 300
		grep -c 'UDP.*length 1000' packets | grep -qx 8
		sound c 200
	done
	slow[$fast]=$(seen d)
done
expect 0 sums c s1 dr1
(($(lost c s1) < 10)) || fail "$(lost c s1) segments were lost"
# "IN OUT"
((${slow[on]% *} < ${slow[off]% *} && ${slow[on]#* } < ${slow[off]#* })) ||
	fail "on the slow path ${slow[on]} of ${slow[off]}"

# complete: all of NAT, to and from c, which has no devices to leave anything to
complete() {
	record c "$1" 2000 "$filter"
	record s1 eth0 2000 "$filter"
	up 4:$vip:9000
	up "6:[$vip6]:9000"
	down $vip
	down "[$vip6]"
	arrived s1 2
	sound s1 200
	sound c 200
}
offloads off c s1 dr1
quiet_in d ethtool -K lan gro off
say 'sums of whole packets: connection tracking has looked at them'
for key in "${keys[@]}"; do
	baton d service set "${key% *}" "${key#* }" conntrack on
done
complete eth0
for key in "${keys[@]}"; do
	baton d service set "${key% *}" "${key#* }" conntrack off
done

say 'sums of whole packets: they come out of a tunnel with checksums'
baton d tunable set fastpath on
for n in c:50:11 d:11:50; do
	IFS=: read -r n mine other <<<"$n"
	ip -n "$n" link add g0 type gre local 192.0.2.$mine remote 192.0.2.$other csum
	ip -n "$n" addr add 10.5.0.$mine/24 dev g0
	ip -n "$n" link set g0 up
	quiet_in "$n" ethtool -K g0 gro off
	addresses6 "$n" "addr add 2001:db8:5::$mine/64 dev g0"
done
ip -n c route add $vip/32 dev g0 src 10.5.0.50
ip -n c -6 route add $vip6/128 dev g0 src 2001:db8:5::50
complete g0
expect 0 sums c s1 dr1
(($(lost c s1) < 10)) || fail "$(lost c s1) segments were lost"
unload
