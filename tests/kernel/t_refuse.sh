# SPDX-License-Identifier: GPL-2.0-or-later
# quick: 6.12
#
# Requests that no tool makes, word by word: each is refused whole, with an errno that fits and one sentence
# that says what is wrong, and nothing has changed by it. On an active node, on one that gave its
# role away, and on one that has taken records of a peer.
. ./lib.sh

load
topology
S='SERVICE{ FAMILY=2 PROTOCOL=6 ADDR=192.0.2.100 PORT=7000 }'		# it is there, with s1
N='FAMILY=2 PROTOCOL=6 ADDR=192.0.2.100 PORT=80'			# no such service
U='FAMILY=2 PROTOCOL=17 ADDR=192.0.2.100 PORT=80'
M='SERVICE{ FAMILY=2 MARK=7 }'
T='FAMILY=2 ADDR=198.51.100.22 PORT=7000'				# no such server
baton d service add tcp $vip:7000 scheduler rr
baton d server add tcp $vip:7000 198.51.100.21:7000
baton d service add tcp $vip:0 scheduler rr
baton d service add tcp $vip:8000-8100 scheduler rr
baton d service add udp $vip:7000 scheduler wlc
baton d service add mark 7 scheduler rr
baton d tunable set tombstone_max 1000
in_ns d gatectl set active 5
ip -n d link add mute type dummy
ip -n d link set mute up
quiet_in d sh -c 'echo 1 >/proc/sys/net/ipv6/conf/lan/disable_ipv6'
index() { quiet_in d cat "/sys/class/net/$1/ifindex"; }
state() { quiet_in d sh -c 'batonctl save; batonctl tunable list; gatectl show; batonctl connection count'; }

# told: standard input has requests and answers; each is answered like that, and nothing changes
told() {
	local before
	before=$(state)
	cat >wanted
	quiet_in d nlsay <wanted >got
	diff wanted got
	expect "$before" state
	say "$(wc -l <got) refused"
}

say 'services'
told <<-END
	SERVICE_ADD => EINVAL: the request does not name a service
	SERVICE_ADD SERVICE{ $N } => EINVAL: a new service needs a scheduler
	SERVICE_ADD SERVICE{ FAMILY=2 PROTOCOL=6 ADDR=192.0.2.100 SCHED=rr } => EINVAL: a service is named by family, protocol, address and port, or by family and mark: one is missing
	SERVICE_ADD SERVICE{ FAMILY=3 PROTOCOL=6 ADDR=192.0.2.100 PORT=80 SCHED=rr } => EAFNOSUPPORT: the address family is neither IPv4 nor IPv6
	SERVICE_ADD SERVICE{ FAMILY=2 PROTOCOL=1 ADDR=192.0.2.100 PORT=80 SCHED=rr } => EPROTONOSUPPORT: the protocol is none of TCP, UDP and SCTP
	SERVICE_ADD SERVICE{ FAMILY=10 PROTOCOL=6 ADDR=192.0.2.100 PORT=80 SCHED=rr } => EINVAL: the length of the address does not fit its family
	SERVICE_ADD SERVICE{ FAMILY=10 PROTOCOL=6 ADDR=fe80::1 PORT=80 SCHED=rr } => EINVAL: the virtual address is not one that clients on other links can use
	SERVICE_ADD SERVICE{ $N MARK=9 SCHED=rr } => EINVAL: a service by mark has a family, and no protocol, address and port
	SERVICE_ADD SERVICE{ FAMILY=2 MARK=0 SCHED=rr } => ERANGE: mark 0 is that of packets that nobody marked
	SERVICE_ADD SERVICE{ FAMILY=2 MARK=7 SCHED=rr } => EEXIST: there is such a service already
	SERVICE_ADD SERVICE{ $N SCHED=best } => ENOENT: there is no scheduler of that name
	SERVICE_ADD SERVICE{ $N SCHED=wlc SCHED_FLAGS=1 } => EINVAL: this scheduler has not all of these flags
	SERVICE_ADD SERVICE{ $N SCHED=mh SCHED_FLAGS=0x80 } => EOPNOTSUPP: this module does not know one of the scheduler's flags
	SERVICE_ADD SERVICE{ $N SCHED=rr FLAGS=0x80000000 } => EOPNOTSUPP: this module does not know one of the service's flags
	SERVICE_ADD SERVICE{ $N SCHED=rr FLAGS=0x4 } => EINVAL: only datagrams can be scheduled one by one: the service is not UDP
	SERVICE_ADD SERVICE{ $U SCHED=rr FLAGS=0x20 } => EINVAL: FTP has its control connections on one TCP port: the service is not that
	SERVICE_ADD SERVICE{ $N PORT_LAST=90 SCHED=rr FLAGS=0x20 } => EINVAL: FTP has its control connections on one TCP port: the service is not that
	SERVICE_ADD SERVICE{ $N SCHED=rr FLAGS=0x40 } => EINVAL: only a service by mark has packets for other hosts that could bypass it
	SERVICE_ADD SERVICE{ $U SCHED=rr FLAGS=0x80 } => EINVAL: only a persistent UDP service can go by Call-ID
	SERVICE_ADD SERVICE{ $N SCHED=rr PERSIST_PREFIX=33 } => ERANGE: the prefix of persistence is longer than an address
	SERVICE_ADD SERVICE{ $N SCHED=rr PERSIST_PREFIX=32 } => ERANGE: persistence needs a timeout of at least three seconds
	SERVICE_ADD SERVICE{ $N SCHED=rr SYNC_AFTER=240001 } => ERANGE: a connection is told of after at most 240000 milliseconds
	SERVICE_ADD SERVICE{ $N SCHED=rr TIMEOUTS=+0100000000 } => EINVAL: the list of timeouts has a broken length
	SERVICE_ADD SERVICE{ $N SCHED=rr TIMEOUTS=+8151010081510100 } => ERANGE: a timeout is longer than a day
	SERVICE_ADD SERVICE{ $N PORT_LAST=79 SCHED=rr } => EINVAL: a range of ports begins at 1 or more and does not end before that
	SERVICE_ADD SERVICE{ $N PORT_LAST=7000 SCHED=rr } => EEXIST: another service of this address has some of these ports
	SERVICE_SET SERVICE{ $N SCHED=rr } => ENOENT: there is no such service
	SERVICE_SET SERVICE{ FAMILY=2 PROTOCOL=6 ADDR=192.0.2.100 PORT=7000 PORT_LAST=7001 } => EINVAL: the service has a server with a port of its own: a range cannot have that
	SERVICE_SET SERVICE{ FAMILY=2 PROTOCOL=6 ADDR=192.0.2.100 PORT=7000 SCHED=best } => ENOENT: there is no scheduler of that name
	SERVICE_SET SERVICE{ FAMILY=2 PROTOCOL=6 ADDR=192.0.2.100 PORT=7000 PERSIST_PREFIX=24 } => ERANGE: persistence needs a timeout of at least three seconds
	SERVICE_SET SERVICE{ FAMILY=2 PROTOCOL=6 ADDR=192.0.2.100 PORT=7000 TIMEOUTS=+0100000000 } => EINVAL: the list of timeouts has a broken length
	SERVICE_DEL SERVICE{ FAMILY=2 PROTOCOL=6 ADDR=192.0.2.100 PORT=8000 PORT_LAST=8099 } => ENOENT: the service that begins at this port ends at another one
	SERVICE_DEL => EINVAL: the request does not name a service
	SERVICE_GET SERVICE{ $N } => ENOENT: there is no such service
	SERVICE_GET* $S => EINVAL: a dump gives every service: it takes no key
END

say 'servers'
told <<-END
	SERVER_ADD SERVER{ $T } => EINVAL: the request does not name a service
	SERVER_ADD SERVICE{ $N } SERVER{ $T } => ENOENT: there is no such service
	SERVER_ADD $S => EINVAL: the request does not name a server
	SERVER_ADD $S SERVER{ FAMILY=2 ADDR=198.51.100.22 } => EINVAL: a server is named by family, address and port: one is missing
	SERVER_ADD $S SERVER{ FAMILY=2 ADDR=2001:db8::1 PORT=7000 } => EINVAL: the length of the address does not fit its family
	SERVER_ADD $S SERVER{ FAMILY=2 ADDR=224.0.0.1 PORT=7000 } => EINVAL: the server's address is not that of a host
	SERVER_ADD $S SERVER{ FAMILY=2 ADDR=0.0.0.0 PORT=7000 } => EINVAL: the server's address is not that of a host
	SERVER_ADD $S SERVER{ FAMILY=10 ADDR=fe80::1 PORT=7000 METHOD=2 TUNNEL=0 } => EINVAL: the server's address is not one that a host has on all links
	SERVER_ADD $S SERVER{ FAMILY=10 ADDR=2001:db8::1 PORT=7000 } => EAFNOSUPPORT: server and service are of different address families: only tunnels can do that
	SERVER_ADD $S SERVER{ $T METHOD=3 } => ERANGE: there is no such forwarding method
	SERVER_ADD $S SERVER{ $T WEIGHT=65536 } => ERANGE: the weight is above 65535
	SERVER_ADD $S SERVER{ $T UPPER=1 LOWER=2 } => EINVAL: the lower limit of connections is above the upper one
	SERVER_ADD $S SERVER{ FAMILY=2 ADDR=198.51.100.22 PORT=80 METHOD=1 } => EINVAL: only nat can change the port: use the service's
	SERVER_ADD $S SERVER{ $T METHOD=2 TUNNEL=3 } => EINVAL: there is no such tunnel
	SERVER_ADD $S SERVER{ $T METHOD=2 TUNNEL=2 TUNNEL_CHECKSUM=3 } => EINVAL: there is no such tunnel
	SERVER_ADD $S SERVER{ $T METHOD=2 TUNNEL=0 TUNNEL_CHECKSUM=1 } => EINVAL: an ipip tunnel has no checksum of its own
	SERVER_ADD $S SERVER{ $T METHOD=2 TUNNEL=1 TUNNEL_CHECKSUM=2 } => EINVAL: only gue leaves checksums to the server
	SERVER_ADD $S SERVER{ $T METHOD=2 TUNNEL=2 TUNNEL_PORT=0 } => EINVAL: the tunnel's port is 0
	SERVER_ADD SERVICE{ FAMILY=2 PROTOCOL=6 ADDR=192.0.2.100 PORT=0 } SERVER{ $T } => EINVAL: a server of a service with more than one port takes port 0
	SERVER_ADD SERVICE{ FAMILY=2 PROTOCOL=6 ADDR=192.0.2.100 PORT=8000 } SERVER{ $T } => EINVAL: a server of a service with more than one port takes port 0
	SERVER_ADD $S SERVER{ FAMILY=2 ADDR=198.51.100.21 PORT=7000 } => EEXIST: the service has this server already
	SERVER_SET $S SERVER{ $T WEIGHT=2 } => ENOENT: the service has no such server
	SERVER_SET $S SERVER{ FAMILY=2 ADDR=198.51.100.21 PORT=7000 LOWER=1 } => EINVAL: the lower limit of connections is above the upper one
	SERVER_SET $S SERVER{ FAMILY=2 ADDR=198.51.100.21 PORT=7000 METHOD=2 TUNNEL=9 } => EINVAL: there is no such tunnel
	SERVER_DEL $S => EINVAL: the request does not name a server
	SERVER_DEL $S SERVER{ $T } => ENOENT: the service has no such server
	SERVER_DEL $S SERVER{ FAMILY=2 ADDR=198.51.100.21 PORT=7000 DRAIN=0 } => ERANGE: the time to drain is not within a second and a day
	SERVER_DEL $S SERVER{ FAMILY=2 ADDR=198.51.100.21 PORT=7000 DRAIN=86401 } => ERANGE: the time to drain is not within a second and a day
	SERVER_GET* SERVICE{ $N } => ENOENT: there is no such service
	SERVER_GET* SERVICE{ FAMILY=2 } => EINVAL: a service is named by family, protocol, address and port, or by family and mark: one is missing
END

say 'connections, tunables, virtual addresses'
told <<-END
	CONN_GET* FILTER{ CLIENT_PREFIX=8 } => EINVAL: a prefix length without a client's address
	CONN_GET* FILTER{ CLIENT=192.0.2.50 CLIENT_PREFIX=33 } => EINVAL: the prefix is longer than the client's address
	CONN_GET* FILTER{ CLIENT=+c000023264 } => EINVAL: the length of the address does not fit its family
	CONN_GET* FILTER{ SERVER{ FAMILY=2 } } => EINVAL: a server is named by family, address and port: one is missing
	CONN_GET* FILTER{ SERVICE{ FAMILY=2 MARK=0 } } => ERANGE: mark 0 is that of packets that nobody marked
	CONN_KILL FILTER{ CLIENT=192.0.2.50 } => EINVAL: a kill needs a filter and a cursor: one is missing
	CONN_KILL CURSOR=0 => EINVAL: a kill needs a filter and a cursor: one is missing
	CONN_KILL FILTER{ } CURSOR=0 => EINVAL: the filter is empty: name a service, a server or a client
	CONN_KILL FILTER{ CLIENT_PREFIX=8 } CURSOR=0 => EINVAL: a prefix length without a client's address
	TUNABLE_SET => EINVAL: the request does not say which tunables to set
	TUNABLE_SET TUNABLES{ CONN_MAX=1 OPENING_MAX=4194305 } => ERANGE: the limit of opening connections is above 4194304
	TUNABLE_SET TUNABLES{ CONN_MAX=1 TOMBSTONE_MAX=16777217 } => ERANGE: the limit of tombstones is above 16777216
	TUNABLE_SET TUNABLES{ CONN_MAX=1 TIMEOUTS=+0100000000 } => EINVAL: the list of timeouts has a broken length
	TUNABLE_SET TUNABLES{ CONN_MAX=1 TIMEOUTS=+ffffffff } => ERANGE: a timeout is longer than a day
	VIP_SET VIPS=+0200000000 => EINVAL: the list of virtual addresses has a broken length
	VIP_SET VIPS=+03000000c0000264000000000000000000000000 => EAFNOSUPPORT: virtual address is neither IPv4 nor IPv6
	VIP_SET VMACS=+00005e0001 => EINVAL: the list of virtual addresses has a broken length
	VIP_SET VMACS=+00005e000101 => EINVAL: a virtual link address without a virtual address
	VIP_SET VIPS=+02000000c0000264000000000000000000000000 VMACS=+01005e000101 => EADDRNOTAVAIL: a virtual link address is not one that a device can have
	VIP_SET VIPS=+02000000c0000264000000000000000000000000 VMACS=+000000000000 => EADDRNOTAVAIL: a virtual link address is not one that a device can have
END

say 'gate and announcements'
told <<-END
	GATE_SET => EINVAL: the request does not say how to set the gate
	GATE_SET GATE{ EPOCH=6 } => EINVAL: the gate is set by role and epoch: one is missing
	GATE_SET GATE{ ROLE=2 EPOCH=6 } => ERANGE: the role is neither standby nor active
	GATE_SET GATE{ ROLE=1 EPOCH=1048576 } => ERANGE: the epoch is above 1048575
	GATE_SET GATE{ ROLE=1 EPOCH=6 LEASE_MS=600001 } => ERANGE: the lease is longer than ten minutes
	GATE_SET GATE{ ROLE=0 EPOCH=6 RELAY_MS=0 } => ERANGE: the time for passing packets on is not within 1 and 10000 ms
	GATE_SET GATE{ ROLE=1 EPOCH=6 RELAY_MS=1 } => EINVAL: only a node that gives its role away passes packets on
	GATE_SET GATE{ ROLE=0 EPOCH=4 } => ESTALE: the epoch is older than the present one
	GATE_SET GATE{ ROLE=1 EPOCH=4 } => ESTALE: the epoch is older than the present one
	LEASE_RENEW => EINVAL: the request does not say which lease to renew
	LEASE_RENEW GATE{ EPOCH=5 } => EINVAL: a lease is renewed by epoch and duration: one is missing
	LEASE_RENEW GATE{ EPOCH=5 LEASE_MS=600001 } => ERANGE: the lease is longer than ten minutes
	LEASE_RENEW GATE{ EPOCH=4 LEASE_MS=100 } => ESTALE: not active with this epoch
	LEASE_RENEW GATE{ EPOCH=6 LEASE_MS=100 } => ESTALE: not active with this epoch
	ANNOUNCE => EINVAL: the request does not say what to announce
	ANNOUNCE ANNOUNCE{ IFINDEX=1 FAMILY=2 } => EINVAL: an announcement needs interface, family and address: one is missing
	ANNOUNCE ANNOUNCE{ IFINDEX=1 FAMILY=2 ADDR=2001:db8::1 } => EINVAL: the length of the address does not fit its family
	ANNOUNCE ANNOUNCE{ IFINDEX=$(index lan) FAMILY=2 ADDR=224.0.0.1 } => EADDRNOTAVAIL: this is not an address that a host can have on a network
	ANNOUNCE ANNOUNCE{ IFINDEX=$(index lan) FAMILY=2 ADDR=127.0.0.1 } => EADDRNOTAVAIL: this is not an address that a host can have on a network
	ANNOUNCE ANNOUNCE{ IFINDEX=$(index lan) FAMILY=10 ADDR=ff02::1 } => EADDRNOTAVAIL: this is not an address that a host can have on a network
	ANNOUNCE ANNOUNCE{ IFINDEX=9999 FAMILY=2 ADDR=$vip } => ENODEV: there is no interface with this index
	ANNOUNCE ANNOUNCE{ IFINDEX=1 FAMILY=2 ADDR=$vip } => EOPNOTSUPP: the interface has no neighbours to tell: it speaks no ARP
	ANNOUNCE ANNOUNCE{ IFINDEX=$(index mute) FAMILY=2 ADDR=$vip } => EOPNOTSUPP: the interface has no neighbours to tell: it speaks no ARP
	ANNOUNCE ANNOUNCE{ IFINDEX=$(index lan) FAMILY=10 ADDR=2001:db8::1 } => EOPNOTSUPP: the interface does not speak IPv6
	PROBE => EINVAL: the request does not say what to ask for
	PROBE PROBE{ NUMBER=1 } => EINVAL: a question needs a number and addresses: one is missing
	PROBE PROBE{ TARGETS=+00 } => EINVAL: a question needs a number and addresses: one is missing
	PROBE PROBE{ NUMBER=1 TARGETS=+ } => EINVAL: the list of addresses is empty, or has a broken length
	PROBE PROBE{ NUMBER=1 TARGETS=+0100000002 } => EINVAL: the list of addresses is empty, or has a broken length
	PROBE PROBE{ NUMBER=1 TARGETS=+0100000003000000c0000264000000000000000000000000 } => EAFNOSUPPORT: the address family is neither IPv4 nor IPv6
	PROBE PROBE{ NUMBER=1 TARGETS=+0100000002000000c0000264000000000000000000000000 } => EADDRNOTAVAIL: this is none of the guarded addresses
END
ip -n d link set in down
told <<-END
	ANNOUNCE ANNOUNCE{ IFINDEX=$(index in) FAMILY=2 ADDR=$vip } => ENETDOWN: the interface is down
END

say 'records'
like=$(printf '00%.0s' {1..88})
told <<-END
	SYNC_DRAIN => EINVAL: the request has no sync attributes
	SYNC_DRAIN SYNC{ MAX_RECORDS=0 } => ERANGE: the number of records is not within 1 and 600
	SYNC_READ SYNC{ MAX_RECORDS=601 CURSOR=0 } => ERANGE: the number of records is not within 1 and 600
	SYNC_READ => EINVAL: the request has no sync attributes
	SYNC_READ SYNC{ MAX_RECORDS=1 } => EINVAL: a read needs a cursor; it begins with 0
	SYNC_APPLY => EINVAL: the request has no sync attributes
	SYNC_APPLY SYNC{ EPOCH=6 } => EINVAL: records are applied with their epoch and their likes: one is missing
	SYNC_APPLY SYNC{ EPOCH=6 RECORDS=+00 } => EINVAL: whole records were applied until version 2 of this interface: now they are LIKES and BRIEFS
	SYNC_APPLY SYNC{ EPOCH=6 LIKES=+00 BRIEFS=+00 } => EINVAL: the likes have a broken length
	SYNC_APPLY SYNC{ EPOCH=6 LIKES=+$like BRIEFS=+00 } => EINVAL: the briefs have a broken length, or are of a like that is missing or has no family
	SYNC_PRUNE => EINVAL: the request has no sync attributes
	SYNC_PRUNE SYNC{ EPOCH=6 } => EINVAL: pruning needs an epoch and a version: one is missing
	SYNC_PRUNE SYNC{ EPOCH=6 VERSION_BEFORE=1 } => EBUSY: this node is active: its own connections are the newest
END

say 'without the role'
in_ns d gatectl set active 6 1
wait_for 5 is 'active expired epoch=6 lease=1' quiet_in d gatectl show
told <<-END
	LEASE_RENEW GATE{ EPOCH=6 LEASE_MS=100 } => ETIME: the lease has run out: a higher epoch is needed
	GATE_SET GATE{ ROLE=1 EPOCH=6 } => ESTALE: this epoch's right to be active is over: a higher one is needed
	SYNC_PRUNE SYNC{ EPOCH=6 VERSION_BEFORE=1 } => ESTALE: this node is or was the active one of that epoch itself
	SYNC_PRUNE SYNC{ EPOCH=5 VERSION_BEFORE=1 } => ESTALE: the records come from an older epoch than this node's
END
in_ns d gatectl set standby 7
told <<-END
	LEASE_RENEW GATE{ EPOCH=7 LEASE_MS=100 } => ESTALE: not active with this epoch
	GATE_SET GATE{ ROLE=1 EPOCH=7 } => ESTALE: this epoch's right to be active is over: a higher one is needed
	ANNOUNCE ANNOUNCE{ IFINDEX=$(index lan) FAMILY=2 ADDR=$vip } => EPERM: the gate is not open: a node that may not forward must not attract traffic
	CONN_KILL FILTER{ CLIENT=192.0.2.50 } CURSOR=0 => EBUSY: this node is not active: connections are killed on the node that serves them
END
in_ns d syncfeed apply 7 0 1 1
told <<-END
	SYNC_READ SYNC{ CURSOR=0 } => EBUSY: this node follows its peer: read from the active one
END

# Schedulers with a table of places take 4,096 servers, whether they or the servers come first.
say 'more servers than a scheduler takes'
{
	quiet_in d batonctl save
	echo "service tcp 192.0.2.9:80 scheduler wlc"
	for i in {0..4096}; do
		echo "server tcp 192.0.2.9:80 10.1.$((i / 256)).$((i % 256)):80"
	done
} >many
quiet_in d batonctl apply many >applied
refused 1 'more servers than this scheduler can take' quiet_in d batonctl service set tcp 192.0.2.9:80 scheduler mh
quiet_in d batonctl save >saved
grep -x 'service tcp 192.0.2.9:80 scheduler wlc sync on' saved
baton d server del tcp 192.0.2.9:80 10.1.0.7:80
baton d service set tcp 192.0.2.9:80 scheduler mh
refused 1 'scheduler cannot take another server' quiet_in d batonctl server add tcp 192.0.2.9:80 10.1.0.7:80
baton_json d server list tcp 192.0.2.9:80 >servers
expect 4096 jq length servers
unload
