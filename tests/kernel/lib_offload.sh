# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Who leaves what to devices, what is captured behind the last of them, and what ends have found wrong. Of the
# networks of lib_topology.sh.

# bare_ports PORT...: NS:IF, behind which packets are as they would be on a cable: whole, with all checksums
bare_ports() {
	local port
	for port; do
		quiet_in "${port%:*}" ethtool -K "${port#*:}" tx off gso off tso off >/dev/null
	done
}

# offloads on|off NS...: of these senders
offloads() {
	local n how=$1
	shift
	for n; do
		quiet_in "$n" ethtool -K eth0 tx "$how" tso "$how" gso "$how" >/dev/null
	done
}
# gathers on|off: d puts together what comes in, if the end of the cable says that it does not
gathers() {
	local dev far=on
	[[ $1 == off ]] || far=off
	for dev in lan in; do
		quiet_in d ethtool -K $dev gro "$1" >/dev/null
		quiet_in $dev ethtool -K d-$dev tso $far >/dev/null
	done
}

# record NS IF LENGTH FILTER: what comes in there, of each packet so many bytes, until `recorded NS`; in pcap.NS
record() {
	background ip netns exec "$1" tcpdump -Z root -n -s "$3" -B 8192 --immediate-mode -U -Q in -i "$2" \
		-w "$work/pcap.$1" "$4"
	recorders[$1]=$job
	wait_for 10 says "$job_out" 'listening on'
}
declare -A recorders
recorded() {
	kill "${recorders[$1]}"
	wait "${recorders[$1]}" || true
}

# sums NS...: what they have found wrong
sums() {
	local n all=0
	for n; do
		all=$((all + $(quiet_in "$n" cat /proc/net/snmp /proc/net/snmp6 |
			awk '/^Tcp: [0-9]/ { n += $16 } /^Udp: [0-9]/ { n += $8 } $1 == "Udp6InCsumErrors" { n += $2 } END { print n + 0 }')))
	done
	echo $all
}
# lost NS...: TCP segments sent again, without those of which the other end says that it had them already: on a
# slow machine a sender may not wait long enough for the answer
lost() {
	local n all=0
	for n; do
		all=$((all + $(quiet_in "$n" awk '/^Tcp: [0-9]/ { n += $13 }
			/^TcpExt:/ && !names { names = split($0, name); next }
			/^TcpExt:/ { for (i = 2; i <= NF; i++) if (name[i] == "TCPDSACKRecvSegs") n -= $i }
			END { print n + 0 }' /proc/net/snmp /proc/net/netstat)))
	done
	echo $all
}
