/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Baton: contract between the kernel module and user space.
 *
 * One generic netlink family, BATON_GENL_NAME, version BATON_GENL_VERSION,
 * per network namespace. Everything that changes state needs CAP_NET_ADMIN in
 * the user namespace that owns the network namespace; so do the reads, since
 * they reveal clients' addresses.
 *
 * Rules of change: attributes, commands, states and reasons are only ever
 * appended, never renumbered or reused. Unknown attributes and unknown flag
 * bits are refused, not ignored, so that a newer tool learns that an older
 * module does not know what it asks for. Every refusal carries a negative
 * errno and one extack sentence.
 *
 * Byte order: ports and addresses are in network byte order (big-endian);
 * everything else is in host byte order.
 *
 * Attribute tree (command: request -> reply)
 *
 *   INFO_GET                -> INFO { VERSION, FEATURES, CONN_COUNT, CONN_BUCKETS,
 *                                     SERVICE_COUNT, GENERATION, DIGEST_BUCKETS }
 *                              GATE { ROLE, EPOCH, LEASE_MS, LEASE_LEFT_MS, STATE,
 *                                     RELAY_MS, RELAYED, RIVALS, PROBES, ANSWERS,
 *                                     OPENED_NS, ANNOUNCED_NS, FIRST_NS }
 *   (the key of a service is FAMILY with PROTOCOL, ADDR and PORT, or FAMILY with MARK)
 *   SERVICE_ADD, _SET       SERVICE { key, [PORT_LAST], SCHED, [FLAGS], [SCHED_FLAGS],
 *                                     [TIMEOUTS] }                -> ack
 *   SERVICE_DEL             SERVICE { key }                       -> ack
 *   SERVICE_GET             [SERVICE { key }]; a dump without it
 *                           -> SERVICE { key, SCHED, FLAGS, ..., STATS }
 *   SERVER_ADD, _SET        SERVICE { key }, SERVER { FAMILY, ADDR, PORT,
 *                                     [METHOD], [WEIGHT], [UPPER, LOWER], [TUNNEL,
 *                                     TUNNEL_CHECKSUM, TUNNEL_PORT] } -> ack
 *   SERVER_DEL              SERVICE { key }, SERVER { FAMILY, ADDR, PORT,
 *                                     [DRAIN] }                   -> ack
 *   SERVER_GET              dump; [SERVICE { key }]
 *                           -> SERVICE { key }, SERVER { ..., ACTIVE, INACTIVE, STATS }
 *   FLUSH                   no attribute: every service, server and connection -> ack
 *   CONN_GET                dump; [FILTER { [SERVICE key], [SERVER key],
 *                                 [CLIENT address, [CLIENT_PREFIX]],
 *                                 [CLIENT_PORT] }]
 *                           -> RECORDS (packed struct baton_conn_record)
 *   CONN_SAMPLE             CURSOR
 *                           -> CURSOR, RECORDS: some of what is there from that place on
 *   CONN_MATCH              RECORDS (of another node's table)
 *                           -> MATCHES: what each of them would meet here
 *   CONN_KILL               FILTER { at least one }, CURSOR
 *                           -> CURSOR, KILLED
 *   STATS_GET               -> STATS { totals }, DROPS (packed u64, one per reason)
 *   TUNABLE_GET, _SET       TUNABLES { TIMEOUTS (packed u32 seconds by state), ... }
 *   GATE_GET                -> GATE
 *   GATE_SET                GATE { ROLE, EPOCH, [LEASE_MS], [RELAY_MS] } -> ack
 *   LEASE_RENEW             GATE { EPOCH, LEASE_MS }              -> ack
 *   ANNOUNCE                ANNOUNCE { IFINDEX, ADDR, FAMILY }    -> ack
 *   VIP_SET                 [VIPS, [VMACS]]; what is not given is emptied -> ack
 *   PROBE                   PROBE { NUMBER, TARGETS }             -> ack; PROBE_EVENT may follow
 *   WILL_SET                [WILL { EPOCH, WORD, PATHS }]; without it there is none -> ack
 *   SYNC_DRAIN              SYNC { [MAX_RECORDS] }
 *                           -> SYNC { LIKES, BRIEFS, SEQ, PENDING, FLAGS }
 *   SYNC_READ               SYNC { CURSOR, [MAX_RECORDS], [BUCKET_MAP] }
 *                           -> SYNC { LIKES, BRIEFS, CURSOR, SEQ, FLAGS }
 *   SYNC_APPLY              SYNC { EPOCH, LIKES, BRIEFS }
 *                           -> SYNC { APPLIED, STALE, REJECTED (packed u32 pairs) }
 *   SYNC_DIGEST             -> SYNC { DIGESTS (packed u64), SEQ, SYNCED, UNSYNCED,
 *                                     PENDING, FLAGS }
 *   SYNC_PRUNE              SYNC { EPOCH, BUCKET_MAP, VERSION_BEFORE }
 *                           -> SYNC { APPLIED }
 *
 * Multicast groups
 *
 *   "monitor"  one message per change of services, servers, gate and (when
 *              anybody listens) of connections; each carries MONITOR_SEQ, so
 *              a listener knows that it missed some. Who has just begun to
 *              listen hears of connections from its first command on, or
 *              from the next tick of the kernel's clock.
 *   "sync"     SYNC_WAKE when the dirty list goes from empty to not empty,
 *              GATE_EVENT on every change of the gate, and PROBE_EVENT. A lost
 *              wake-up costs latency only: the daemon also drains on a timer.
 *
 * Dumps carry the generation of the table in nlmsg_seq's companion, the
 * NLM_F_DUMP_INTR flag: a dump that raced with a change of the services is
 * marked and has to be repeated.
 */
#ifndef _UAPI_LINUX_BATON_H
#define _UAPI_LINUX_BATON_H

#include <linux/types.h>

#define BATON_GENL_NAME		"baton"
#define BATON_GENL_VERSION	1
#define BATON_MCGRP_MONITOR	"monitor"
#define BATON_MCGRP_SYNC	"sync"

/** Raised when an existing command, attribute or packed structure changes its meaning or size. */
#define BATON_ABI_VERSION	3

#define BATON_SCHED_NAME_MAX	16	/* bytes, with the closing zero */
#define BATON_WEIGHT_MAX	65535
#define BATON_LEASE_MAX_MS	600000	/* ten minutes */
#define BATON_RELAY_MAX_MS	10000	/* a LAN has learned by then */
#define BATON_TIMEOUT_MAX	86400	/* seconds */
#define BATON_PERSIST_MIN	3	/* seconds */
#define BATON_DIGEST_BUCKETS	1024	/* a power of two; part of the sync protocol */
#define BATON_EPOCH_MAX		0xfffff	/* epochs have 20 bits, see baton_version */
#define BATON_SYNC_RECORDS_MAX	600	/* records in one drain, read or apply */
#define BATON_MATCH_MAX		64	/* records in one sample or match */

/**
 * union baton_addr - an IPv4 or IPv6 address, network byte order
 * @v4: IPv4; the other 12 bytes are zero
 * @v6: IPv6
 * @bytes: either, as raw bytes
 */
union baton_addr {
	__be32	v4;
	__be32	v6[4];
	__u8	bytes[16];
};

/** enum baton_cmd - commands; requests unless the comment says otherwise */
enum baton_cmd {
	BATON_CMD_UNSPEC,
	BATON_CMD_INFO_GET,
	BATON_CMD_SERVICE_ADD,
	BATON_CMD_SERVICE_SET,
	BATON_CMD_SERVICE_DEL,
	BATON_CMD_SERVICE_GET,
	BATON_CMD_SERVER_ADD,
	BATON_CMD_SERVER_SET,
	BATON_CMD_SERVER_DEL,
	BATON_CMD_SERVER_GET,
	BATON_CMD_FLUSH,
	BATON_CMD_CONN_GET,
	BATON_CMD_STATS_GET,
	BATON_CMD_TUNABLE_GET,
	BATON_CMD_TUNABLE_SET,
	BATON_CMD_GATE_GET,
	BATON_CMD_GATE_SET,
	BATON_CMD_LEASE_RENEW,
	BATON_CMD_ANNOUNCE,
	BATON_CMD_SYNC_DRAIN,
	BATON_CMD_SYNC_READ,
	BATON_CMD_SYNC_APPLY,
	BATON_CMD_SYNC_DIGEST,
	BATON_CMD_SYNC_PRUNE,
	/* notifications, never requests */
	BATON_CMD_SYNC_WAKE,		/* group sync: SYNC { PENDING } */
	BATON_CMD_GATE_EVENT,		/* groups sync, monitor: GATE, MONITOR_SEQ */
	BATON_CMD_SERVICE_EVENT,	/* group monitor: EVENT, SERVICE */
	BATON_CMD_SERVER_EVENT,		/* group monitor: EVENT, SERVICE, SERVER */
	BATON_CMD_CONN_EVENT,		/* group monitor: EVENT, RECORDS */
	/* requests again */
	BATON_CMD_VIP_SET,
	BATON_CMD_CONN_KILL,
	BATON_CMD_WILL_SET,
	BATON_CMD_PROBE,
	BATON_CMD_PROBE_EVENT,		/* group sync, never a request: PROBE { NUMBER, IFINDEX, FAMILY,
					 * ADDR, LLADDR, AFTER_US }
					 */
	/* requests */
	BATON_CMD_CONN_SAMPLE,
	BATON_CMD_CONN_MATCH,
	__BATON_CMD_MAX
};
#define BATON_CMD_MAX (__BATON_CMD_MAX - 1)

/** enum baton_attr - top-level attributes */
enum baton_attr {
	BATON_A_UNSPEC,
	BATON_A_INFO,		/* nested enum baton_info_attr */
	BATON_A_SERVICE,	/* nested enum baton_service_attr */
	BATON_A_SERVER,		/* nested enum baton_server_attr */
	BATON_A_FILTER,		/* nested enum baton_filter_attr */
	BATON_A_RECORDS,	/* binary: array of struct baton_conn_record */
	BATON_A_STATS,		/* nested enum baton_stats_attr: the namespace's totals */
	BATON_A_DROPS,		/* binary: u64 per enum baton_drop, host byte order */
	BATON_A_TUNABLES,	/* nested enum baton_tunable_attr */
	BATON_A_GATE,		/* nested enum baton_gate_attr */
	BATON_A_ANNOUNCE,	/* nested enum baton_announce_attr */
	BATON_A_SYNC,		/* nested enum baton_sync_attr */
	BATON_A_EVENT,		/* u8, enum baton_event */
	BATON_A_MONITOR_SEQ,	/* u32: counts every monitor message of the namespace */
	BATON_A_PAD,
	BATON_A_VIPS,		/* binary: array of struct baton_vip_addr */
	BATON_A_CURSOR,		/* u64: 0 begins, 0 in the answer ends. CONN_KILL: one call looks
				 * at a bounded part of the table; what matches and was there
				 * from begin to end is gone at the end. CONN_SAMPLE: any
				 * number is a place in the table
				 */
	BATON_A_KILLED,		/* u32: connections that this call ended */
	BATON_A_WILL,		/* nested enum baton_will_attr */
	BATON_A_PROBE,		/* nested enum baton_probe_attr */
	BATON_A_MATCHES,	/* binary: u8 per record, enum baton_match */
	BATON_A_VMACS,		/* binary: array of link addresses, BATON_VMAC_LEN bytes each */
	__BATON_A_MAX
};
#define BATON_A_MAX (__BATON_A_MAX - 1)

/** enum baton_info_attr - inside BATON_A_INFO, all read-only */
enum baton_info_attr {
	BATON_INFO_A_UNSPEC,
	BATON_INFO_A_ABI,		/* u32: BATON_ABI_VERSION of the module */
	BATON_INFO_A_VERSION,		/* string: release of the module */
	BATON_INFO_A_FEATURES,		/* u64: BATON_FEATURE_* bits */
	BATON_INFO_A_CONN_COUNT,	/* u32: connections in the table */
	BATON_INFO_A_CONN_BUCKETS,	/* u32: hash buckets now */
	BATON_INFO_A_CONN_SIZE,		/* u32: bytes of one IPv4 connection */
	BATON_INFO_A_SERVICE_COUNT,	/* u32 */
	BATON_INFO_A_GENERATION,	/* u32: changes of services and servers so far */
	BATON_INFO_A_DIGEST_BUCKETS,	/* u32: BATON_DIGEST_BUCKETS of the module */
	BATON_INFO_A_PAD,
	BATON_INFO_A_ADOPTED,		/* u64: TCP connections that nobody had told of and that
					 * went on: a packet from their middle came within 60 s
					 * of a promotion, for a service whose scheduler (dh, sh
					 * or mh) gives every flow the server that it had
					 */
	BATON_INFO_A_EVICTED,		/* u64: connections that ended while they were opening,
					 * since there were too many such, or in all
					 */
	BATON_INFO_A_REVIVED,		/* u64: connections that were established again after
					 * somebody had said, by a reset or a FIN, that they ended
					 */
	BATON_INFO_A_THINNING,		/* u8: 1 while new connections are thinned out */
	__BATON_INFO_A_MAX
};
#define BATON_INFO_A_MAX (__BATON_INFO_A_MAX - 1)

#define BATON_FEATURE_IPV4	(1ULL << 0)
#define BATON_FEATURE_IPV6	(1ULL << 1)
#define BATON_FEATURE_NAT	(1ULL << 2)
#define BATON_FEATURE_DR	(1ULL << 3)
#define BATON_FEATURE_SYNC	(1ULL << 4)
#define BATON_FEATURE_TUNNEL	(1ULL << 5)
#define BATON_FEATURE_PORT_RANGE (1ULL << 6)
#define BATON_FEATURE_SCTP	(1ULL << 7)
#define BATON_FEATURE_FTP	(1ULL << 8)
#define BATON_FEATURE_MARK	(1ULL << 9)	/* services by mark, and their bypass */
#define BATON_FEATURE_SIP	(1ULL << 10)

/**
 * enum baton_service_attr - inside BATON_A_SERVICE
 *
 * The key of a service is FAMILY, PROTOCOL, ADDR and PORT; ADDR's length
 * follows from FAMILY (4 or 16 bytes). PORT 0 takes every port that has no
 * service of its own. Or it is FAMILY and MARK, and none of the other three.
 */
enum baton_service_attr {
	BATON_SERVICE_A_UNSPEC,
	BATON_SERVICE_A_FAMILY,		/* u8: AF_INET (2) or AF_INET6 (10) */
	BATON_SERVICE_A_PROTOCOL,	/* u8: IPPROTO_TCP (6), _UDP (17) or _SCTP (132) */
	BATON_SERVICE_A_ADDR,		/* binary, 4 or 16 bytes, big-endian */
	BATON_SERVICE_A_PORT,		/* be16; 0: any port */
	BATON_SERVICE_A_SCHED,		/* string: rr, wrr, lc, wlc, sed, nq, fo, ovf, twos,
					 * dh, sh, mh, lblc, lblcr
					 */
	BATON_SERVICE_A_FLAGS,		/* u32: BATON_SERVICE_F_* */
	BATON_SERVICE_A_STATS,		/* nested enum baton_stats_attr, read-only */
	BATON_SERVICE_A_SERVERS,	/* u32: number of servers, read-only */
	BATON_SERVICE_A_PAD,
	/* u32: BATON_SCHED_F_* that the scheduler knows; without it a new scheduler's own defaults */
	BATON_SERVICE_A_SCHED_FLAGS,
	BATON_SERVICE_A_TIMEOUTS,	/* binary: u32 seconds per enum baton_state; 0: the
					 * namespace's (see BATON_TUNABLE_A_TIMEOUTS)
					 */
	BATON_SERVICE_A_PERSIST_PREFIX,	/* u8: clients that agree in so many bits of their address
					 * get the same server, until TIMEOUTS[TEMPLATE] after the
					 * last of their connections was opened or ended, at least
					 * BATON_PERSIST_MIN; 0: not persistent
					 */
	BATON_SERVICE_A_PORT_LAST,	/* be16: the service has all ports from PORT (not 0) to this
					 * one; no port of an address can be in two services. Equal
					 * to PORT: that port alone. SERVICE_SET changes it; without
					 * it there it stays. Everywhere else it need not be given,
					 * but must be right. Listed for ranges only.
					 */
	BATON_SERVICE_A_SYNC_AFTER,	/* u32: milliseconds, at most BATON_SYNC_AFTER_MAX: the
					 * peer hears of a connection when it is so old, or within a
					 * second from then; of one that ends before it never does.
					 * Not of templates. 0: at once
					 */
	BATON_SERVICE_A_MARK,		/* u32, not 0: what opens a connection is for this service
					 * if it has this firewall mark when it gets here, whatever
					 * its protocol, address and port, and whoever else has those
					 */
	__BATON_SERVICE_A_MAX
};
#define BATON_SERVICE_A_MAX (__BATON_SERVICE_A_MAX - 1)

#define BATON_SYNC_AFTER_MAX	240000	/* milliseconds */

#define BATON_SERVICE_F_NOSYNC	(1U << 0)	/* connections are not synced */
#define BATON_SERVICE_F_NORESET	(1U << 1)	/* a TCP packet of a connection that is not
						 * (any more) there is dropped; without the
						 * flag this host's stack answers with a reset.
						 * SCTP's are dropped in any case.
						 */
#define BATON_SERVICE_F_ONEPACKET (1U << 2)	/* UDP, or by mark: every datagram gets a server of its
						 * own, no connection is kept; replies are not
						 * rewritten
						 */
/* persistence ends with the weight of a server: at 0 it loses its known clients, too */
#define BATON_SERVICE_F_EXPIRE_QUIESCENT (1U << 3)
#define BATON_SERVICE_F_NOFAST	(1U << 4)	/* established packets take the slow path, too */
#define BATON_SERVICE_F_FTP	(1U << 5)	/* TCP, one port: control connections of FTP, whose
						 * data connections go to the same server. NAT: those
						 * that are announced. DR, tunnels: of a persistent
						 * service on port 21, all of a known client's to a
						 * port from 1024 on, or 20, without a service
						 */
#define BATON_SERVICE_F_BYPASS	(1U << 6)	/* by mark only: what belongs to no connection, and that no
						 * server takes, is forwarded to where it was sent; what
						 * was sent to this host goes to its own stack
						 */
#define BATON_SERVICE_F_SIP	(1U << 7)	/* UDP, persistent: messages of SIP with the same Call-ID get
						 * the same server, whoever sends them; others go by
						 * the client's address. NAT: what servers send that
						 * belongs to no connection comes from the service, too
						 */
#define BATON_SERVICE_F_CONNTRACK (1U << 8)	/* the kernel's connection tracking keeps entries of its
						 * connections, so that rules may ask for states and translate
						 * addresses behind us; all packets take the slow path. Not
						 * of SCTP but by NAT
						 */
#define __BATON_SERVICE_F_ALL \
	(BATON_SERVICE_F_NOSYNC | BATON_SERVICE_F_NORESET | BATON_SERVICE_F_ONEPACKET | \
	 BATON_SERVICE_F_EXPIRE_QUIESCENT | BATON_SERVICE_F_NOFAST | BATON_SERVICE_F_FTP | \
	 BATON_SERVICE_F_BYPASS | BATON_SERVICE_F_SIP | BATON_SERVICE_F_CONNTRACK)

#define BATON_SCHED_F_FALLBACK	(1U << 0)	/* dh, sh, mh (where it is the default): flows of a
						 * server that takes none go to another one
						 */
#define BATON_SCHED_F_PORT	(1U << 1)	/* sh, mh: by the client's address and port */
#define __BATON_SCHED_F_ALL	(BATON_SCHED_F_FALLBACK | BATON_SCHED_F_PORT)

/** enum baton_server_attr - inside BATON_A_SERVER; key: FAMILY, ADDR, PORT */
enum baton_server_attr {
	BATON_SERVER_A_UNSPEC,
	BATON_SERVER_A_FAMILY,		/* u8: AF_INET or AF_INET6 */
	BATON_SERVER_A_ADDR,		/* binary, 4 or 16 bytes, big-endian */
	BATON_SERVER_A_PORT,		/* be16; 0: the port that the client asked for */
	BATON_SERVER_A_METHOD,		/* u8: enum baton_method */
	BATON_SERVER_A_WEIGHT,		/* u32: 0 (no new connections) .. BATON_WEIGHT_MAX */
	BATON_SERVER_A_ACTIVE,		/* u32: connections in use, read-only */
	BATON_SERVER_A_INACTIVE,	/* u32: connections opening or closing, read-only */
	BATON_SERVER_A_STATS,		/* nested enum baton_stats_attr, read-only */
	BATON_SERVER_A_PAD,
	BATON_SERVER_A_UPPER,		/* u32: with so many connections (active and inactive) it is
					 * overloaded and gets no more; 0: no limit
					 */
	BATON_SERVER_A_LOWER,		/* u32: until it has fewer than these; 0: three quarters
					 * of UPPER; not above UPPER
					 */
	BATON_SERVER_A_OVERLOADED,	/* u8: 1 while it is, read-only */
	BATON_SERVER_A_DRAIN,		/* u32 seconds. SERVER_DEL, 1 .. BATON_TIMEOUT_MAX: no new
					 * connections from now on, gone when the last one ended,
					 * but not later than this; then the rest is killed. Listed,
					 * read-only: what is left of it, rounded up. SERVER_ADD
					 * takes the server back with its connections.
					 */
	BATON_SERVER_A_TUNNEL,		/* u8: enum baton_tunnel_kind; of method TUNNEL, as the two below */
	BATON_SERVER_A_TUNNEL_CHECKSUM,	/* u8: enum baton_tunnel_checksum */
	BATON_SERVER_A_TUNNEL_PORT,	/* be16: of GUE at the server, never 0; without it
					 * BATON_TUNNEL_PORT_GUE
					 */
	__BATON_SERVER_A_MAX
};
#define BATON_SERVER_A_MAX (__BATON_SERVER_A_MAX - 1)

/** enum baton_method - how packets reach a server */
enum baton_method {
	BATON_METHOD_NAT,	/* rewrite the destination; replies come back through us */
	BATON_METHOD_DR,	/* same packet to the server's link address; replies go direct */
	BATON_METHOD_TUNNEL,	/* same packet within another one to the server's address, which
				 * may be of the other family; replies go direct
				 */
	__BATON_METHOD_MAX
};
#define BATON_METHOD_MAX (__BATON_METHOD_MAX - 1)

/** enum baton_tunnel_kind - what is between the outer and the inner IP header */
enum baton_tunnel_kind {
	BATON_TUNNEL_IPIP,	/* nothing (RFC 2003, 2473, 4213) */
	BATON_TUNNEL_GRE,	/* GRE without key and sequence number (RFC 2784) */
	BATON_TUNNEL_GUE,	/* UDP and GUE, version 0 (draft-ietf-intarea-gue) */
	__BATON_TUNNEL_MAX
};
#define BATON_TUNNEL_MAX (__BATON_TUNNEL_MAX - 1)

/** enum baton_tunnel_checksum - what guards the packet on its way through the tunnel */
enum baton_tunnel_checksum {
	BATON_TUNNEL_CHECKSUM_OFF,	/* its own checksums */
	BATON_TUNNEL_CHECKSUM_ON,	/* also one of GRE or of the outer UDP */
	BATON_TUNNEL_CHECKSUM_REMOTE,	/* GUE: the outer UDP's; an inner one that is not yet
					 * computed is left to the server (remote checksum offload)
					 */
	__BATON_TUNNEL_CHECKSUM_MAX
};
#define BATON_TUNNEL_CHECKSUM_MAX (__BATON_TUNNEL_CHECKSUM_MAX - 1)

#define BATON_TUNNEL_PORT_GUE	6080	/* by IANA; host byte order */

/** enum baton_filter_attr - inside BATON_A_FILTER: all that is given must match */
enum baton_filter_attr {
	BATON_FILTER_A_UNSPEC,
	BATON_FILTER_A_SERVICE,		/* nested enum baton_service_attr: key */
	BATON_FILTER_A_SERVER,		/* nested enum baton_server_attr: key */
	BATON_FILTER_A_CLIENT,		/* binary, 4 or 16 bytes, big-endian */
	BATON_FILTER_A_CLIENT_PREFIX,	/* u8: bits of CLIENT that have to match; without: all */
	BATON_FILTER_A_CLIENT_PORT,	/* be16 */
	__BATON_FILTER_A_MAX
};
#define BATON_FILTER_A_MAX (__BATON_FILTER_A_MAX - 1)

/** enum baton_stats_attr - counters since creation; never reset by reading */
enum baton_stats_attr {
	BATON_STATS_A_UNSPEC,
	BATON_STATS_A_CONNS,		/* u64: connections opened */
	BATON_STATS_A_IN_PACKETS,	/* u64: client to server */
	BATON_STATS_A_IN_BYTES,		/* u64: IP length */
	BATON_STATS_A_OUT_PACKETS,	/* u64: server to client, as far as seen here */
	BATON_STATS_A_OUT_BYTES,	/* u64 */
	BATON_STATS_A_PAD,
	__BATON_STATS_A_MAX
};
#define BATON_STATS_A_MAX (__BATON_STATS_A_MAX - 1)

/** enum baton_tunable_attr - inside BATON_A_TUNABLES, all per namespace */
enum baton_tunable_attr {
	BATON_TUNABLE_A_UNSPEC,
	BATON_TUNABLE_A_TIMEOUTS,	/* binary: u32 seconds per enum baton_state; 0 keeps */
	BATON_TUNABLE_A_CONN_MAX,	/* u32: most connections; 0: no limit but memory */
	BATON_TUNABLE_A_TOMBSTONE_MAX,	/* u32: most deletions waiting to be drained */
	BATON_TUNABLE_A_FASTPATH,	/* u32: 1 (default): established packets may take the fast
					 * path; 0: none does. Setting it, to whatever value, makes
					 * every connection prove itself on the slow path again.
					 */
	BATON_TUNABLE_A_OPENING_MAX,	/* u32: most connections whose client has not finished a
					 * handshake, 1 .. 4194304; when there would be more, one
					 * of the oldest ends; 0: no limit
					 */
	BATON_TUNABLE_A_CHALLENGE_MAX,	/* u32: most questions in a second whether a connection has
					 * ended of which a reset or a FIN said so and nobody
					 * else; 0: none
					 */
	BATON_TUNABLE_A_DROP_MODE,	/* u32: enum baton_drop_mode */
	BATON_TUNABLE_A_DROP_RATE,	/* u32: then the first packet of one in so many new
					 * connections is dropped; 1: of each; not 0
					 */
	BATON_TUNABLE_A_MEMORY_MIN,	/* u32 MiB: mode AUTO drops while less is available */
	__BATON_TUNABLE_A_MAX
};
#define BATON_TUNABLE_A_MAX (__BATON_TUNABLE_A_MAX - 1)

/** enum baton_drop_mode - when new connections are thinned out, so that established ones go on */
enum baton_drop_mode {
	BATON_DROP_MODE_OFF,
	BATON_DROP_MODE_AUTO,	/* default: while less than MEMORY_MIN is available */
	BATON_DROP_MODE_ON,
	__BATON_DROP_MODE_MAX
};
#define BATON_DROP_MODE_MAX (__BATON_DROP_MODE_MAX - 1)

/** enum baton_state - state of a connection; TCP's by RFC 9293, SCTP's by RFC 9260, as a middlebox sees it */
enum baton_state {
	BATON_STATE_NONE,
	BATON_STATE_TCP_ESTABLISHED,
	BATON_STATE_TCP_SYN_SENT,
	BATON_STATE_TCP_SYN_RECV,
	BATON_STATE_TCP_FIN_WAIT,
	BATON_STATE_TCP_TIME_WAIT,
	BATON_STATE_TCP_CLOSE,
	BATON_STATE_TCP_CLOSE_WAIT,
	BATON_STATE_TCP_LAST_ACK,
	BATON_STATE_TCP_SYNACK,
	BATON_STATE_UDP,
	BATON_STATE_TEMPLATE,		/* persistence: see BATON_PROTOCOL_TEMPLATE */
	BATON_STATE_SCTP_ESTABLISHED,
	BATON_STATE_SCTP_INIT,		/* the client has asked */
	BATON_STATE_SCTP_COOKIE,	/* it has shown the server's cookie, not yet taken */
	BATON_STATE_SCTP_SHUTDOWN,	/* one side wants to end */
	BATON_STATE_SCTP_SHUTDOWN_ACK,	/* and the other agrees */
	BATON_STATE_SCTP_CLOSED,	/* ended, or aborted */
	__BATON_STATE_MAX
};
#define BATON_STATE_MAX (__BATON_STATE_MAX - 1)

/*
 * A persistent service remembers the server of a client, or of a network of
 * clients, by a connection of its own kind: protocol of the service with this
 * bit, client address cut to the service's prefix, client port 0, virtual
 * address and port of the service, state TEMPLATE; before that TCP_SYN_RECV or
 * SCTP_INIT, until the client has finished a handshake. Of a service by mark there is one for
 * all protocols, addresses and ports: the protocol is this bit alone, the first four bytes of
 * the virtual address are the mark, big-endian, the others and the port are 0. With
 * BATON_SERVICE_F_SIP there is one for each call: the first four bytes of the client's address (the
 * others are 0) and the client's port, which is not 0, are a hash of the Call-ID.
 */
#define BATON_PROTOCOL_TEMPLATE	0x40

/** enum baton_role - what the gate lets through */
enum baton_role {
	BATON_ROLE_STANDBY,	/* nothing is scheduled, forwarded or aged */
	BATON_ROLE_ACTIVE,	/* forwards while its lease runs */
	__BATON_ROLE_MAX
};
#define BATON_ROLE_MAX (__BATON_ROLE_MAX - 1)

/** enum baton_gate_state - why the gate is open or shut now */
enum baton_gate_state {
	BATON_GATE_SHUT,	/* role standby */
	BATON_GATE_OPEN,	/* role active, lease unlimited or running */
	BATON_GATE_EXPIRED,	/* role active, lease ran out: nothing passes until a
				 * GATE_SET with a higher epoch
				 */
	__BATON_GATE_STATE_MAX
};

/**
 * enum baton_gate_attr - inside BATON_A_GATE
 *
 * A namespace starts as active, epoch 0, without a lease: a lone director is
 * just a load balancer. GATE_SET refuses an epoch below the present one
 * (-ESTALE), and role active with the present epoch unless the gate is
 * active and open with it (-ESTALE): a role that lapsed has to be won anew.
 * LEASE_RENEW refuses a lease that has run out (-ETIME) and another epoch
 * than the present one (-ESTALE).
 *
 * With a higher epoch and role active the guarded addresses (VIP_SET) that interfaces have are
 * announced there, once, before the answer; whoever sets the gate repeats it (ANNOUNCE).
 *
 * RELAY_MS says that the peer is about to take the role over. What arrives for a service, a
 * known connection or a guarded address (VIP_SET) then waits, a second at most, until a
 * neighbour on the same network announces a guarded address, and is passed on to its link
 * address, as is what comes later, for so long. If this gate opens anew before, what waits comes
 * in once more. Without the attribute a relay that runs goes on. On Ethernet only.
 */
enum baton_gate_attr {
	BATON_GATE_A_UNSPEC,
	BATON_GATE_A_ROLE,		/* u8: enum baton_role */
	BATON_GATE_A_EPOCH,		/* u32: 0 .. BATON_EPOCH_MAX */
	BATON_GATE_A_LEASE_MS,		/* u32: from now on, monotonic clock; 0: unlimited */
	BATON_GATE_A_LEASE_LEFT_MS,	/* u32, read-only: of a limited lease */
	BATON_GATE_A_STATE,		/* u8: enum baton_gate_state, read-only */
	BATON_GATE_A_RELAY_MS,		/* u32: 1 .. BATON_RELAY_MAX_MS, with role standby; in answers
					 * what is left of it
					 */
	BATON_GATE_A_RELAYED,		/* u64, read-only: packets passed on so far */
	BATON_GATE_A_PAD,
	BATON_GATE_A_RIVALS,		/* u64, read-only: frames in which somebody else claimed a
					 * guarded address while the gate was open
					 */
	BATON_GATE_A_PROBES,		/* u64, read-only: questions sent (PROBE) */
	BATON_GATE_A_ANSWERS,		/* u64, read-only: frames in which another machine answered one */
	BATON_GATE_A_OPENED_NS,		/* u64, read-only: CLOCK_MONOTONIC when it opened anew last */
	BATON_GATE_A_ANNOUNCED_NS,	/* u64, read-only: ... when the guarded addresses had been
					 * announced, 0: not yet
					 */
	BATON_GATE_A_FIRST_NS,		/* u64, read-only: ... when the first packet of a service was
					 * passed on since, 0: none yet
					 */
	__BATON_GATE_A_MAX
};
#define BATON_GATE_A_MAX (__BATON_GATE_A_MAX - 1)

/**
 * enum baton_announce_attr - one gratuitous ARP (RFC 5944 4.6: request and
 * reply form), or one unsolicited neighbour advertisement (RFC 4861 7.2.6), for an
 * address that this node answers for. -EPERM while the
 * gate is not open: who may not forward may not attract traffic either.
 */
enum baton_announce_attr {
	BATON_ANNOUNCE_A_UNSPEC,
	BATON_ANNOUNCE_A_IFINDEX,	/* u32 */
	BATON_ANNOUNCE_A_FAMILY,	/* u8: AF_INET or AF_INET6 */
	BATON_ANNOUNCE_A_ADDR,		/* binary, big-endian */
	__BATON_ANNOUNCE_A_MAX
};
#define BATON_ANNOUNCE_A_MAX (__BATON_ANNOUNCE_A_MAX - 1)

#define BATON_VIP_MAX		64	/* addresses of each kind in one VIP_SET */
#define BATON_VMAC_LEN		6

/**
 * struct baton_vip_addr - an address that is in use only while the gate is open
 * @family: AF_INET or AF_INET6
 * @reserved: zero
 * @addr: big-endian
 *
 * VIP_SET replaces the namespace's whole list. While the gate is not open, a listed
 * address is mute and deaf, whatever is configured on the interfaces: no ARP and no
 * neighbour advertisement that claims it leaves, no request or solicitation for it is
 * heard, nothing sent to it is delivered (counted as gate_shut or lease_expired),
 * and nothing leaves that has it as its source. The module cannot be unloaded while
 * any namespace has a list.
 *
 * VMACS are link addresses that both directors have. While the gate is not open, nothing leaves by an
 * Ethernet device of the namespace that has one of them, and nothing that comes in by it is heard,
 * from the moment on at which it is registered or gets the address; while RELAY_MS runs, what was sent
 * to it is passed on by the device that it is a macvlan of. While it is open, such a device speaks in ARP
 * only of addresses that it has, and the device below never of those, and it hears no router
 * advertisement. As the gate opens anew it reports its multicast groups again. So that the device
 * below hears a peer with the same address, the macvlan has to be of mode bridge.
 * Errors: -EADDRNOTAVAIL: not a unicast address; -EOPNOTSUPP: the kernel has no NETFILTER_EGRESS;
 * -EINVAL: VMACS without VIPS.
 */
struct baton_vip_addr {
	__u8			family;
	__u8			reserved[3];
	union baton_addr	addr;
};

#define BATON_PROBE_ROUNDS	64	/* PROBE requests in one second; more are refused (-EBUSY) */
#define BATON_PROBE_EVENTS	8	/* PROBE_EVENTs for one PROBE; what else answers is counted */

/**
 * enum baton_probe_attr - inside BATON_A_PROBE
 *
 * PROBE asks the LAN who has guarded addresses (VIP_SET), in a way that claims nothing and that no neighbour learns from:
 * an ARP probe, whose sender address is 0 (RFC 5227 2.1.1), or a neighbour solicitation from :: (RFC 4862
 * 5.4.2), one frame for each address. Whatever the gate is. An answer is a frame that comes within a second by
 * the interface that was asked, from a link address that is not this node's, and says that its sender has
 * the address. A new PROBE takes the place of the one before: answers then are the new one's.
 *
 * While the gate is open an answer is not counted as a rival's (RIVALS); an ARP announcement still is.
 * A node of a pair whose gate is shut is silent, so it is no answer that says who has the right. A host that answers
 * ARP for all others (proxy ARP) claims everything.
 *
 * On Ethernet only. Errors, nothing was asked: -EINVAL: an attribute is missing, or the list is empty or has a
 * broken length; -E2BIG: more than BATON_VIP_MAX; -EAFNOSUPPORT; -EADDRNOTAVAIL: not a guarded address; -ENODEV,
 * -EOPNOTSUPP, -ENETDOWN, -ENOMEM: no address could be asked for, and this is why not for the last one; -EBUSY. Addresses that
 * could not be asked for beside others that could are left out.
 */
enum baton_probe_attr {
	BATON_PROBE_A_UNSPEC,
	BATON_PROBE_A_NUMBER,		/* u32: comes back in each PROBE_EVENT; has no other meaning */
	BATON_PROBE_A_TARGETS,		/* binary: 1 to BATON_VIP_MAX of struct baton_probe_target */
	BATON_PROBE_A_IFINDEX,		/* u32: of the interface that the answer came by */
	BATON_PROBE_A_FAMILY,		/* u8: AF_INET or AF_INET6 */
	BATON_PROBE_A_ADDR,		/* binary, 4 or 16 bytes, big-endian: what the sender has */
	BATON_PROBE_A_LLADDR,		/* binary, 6 bytes: the sender's link address */
	BATON_PROBE_A_AFTER_US,		/* u32: microseconds from the question to the answer */
	__BATON_PROBE_A_MAX
};
#define BATON_PROBE_A_MAX (__BATON_PROBE_A_MAX - 1)

/**
 * struct baton_probe_target - an address to ask for
 * @ifindex: interface to ask from; need not have the address
 * @family: AF_INET or AF_INET6
 * @reserved: zero
 * @addr: big-endian
 */
struct baton_probe_target {
	__u32			ifindex;
	__u8			family;
	__u8			reserved[3];
	union baton_addr	addr;
};

#define BATON_WILL_WORD_MAX	128	/* bytes */
#define BATON_WILL_PATHS	4

/**
 * enum baton_will_attr - inside BATON_A_WILL
 *
 * What the kernel says to the peer when this node ends while its gate is open in that epoch: as one UDP
 * datagram on each path, once a panic has stopped the other processors and shut the gate, and when the
 * module goes. WILL_SET replaces the namespace's. The ack says that it was understood; the interfaces are
 * prepared a moment later. A path on which the peer's hardware address is not known by then is left out,
 * and so is one whose interface cannot be polled, or goes away.
 */
enum baton_will_attr {
	BATON_WILL_A_UNSPEC,
	BATON_WILL_A_EPOCH,		/* u32 */
	BATON_WILL_A_WORD,		/* binary, 1 to BATON_WILL_WORD_MAX bytes: not looked at */
	BATON_WILL_A_PATHS,		/* binary: 1 to BATON_WILL_PATHS of struct baton_will_path */
	__BATON_WILL_A_MAX
};
#define BATON_WILL_A_MAX (__BATON_WILL_A_MAX - 1)

/**
 * struct baton_will_path - from where to where
 * @family: AF_INET or AF_INET6
 * @reserved: zero
 * @own_port: big-endian
 * @peer_port: big-endian
 * @own: address of this node, big-endian
 * @peer: address of the peer, big-endian
 */
struct baton_will_path {
	__u8			family;
	__u8			reserved[3];
	__be16			own_port;
	__be16			peer_port;
	union baton_addr	own;
	union baton_addr	peer;
};

/**
 * enum baton_sync_attr - inside BATON_A_SYNC
 *
 * The table that is synced advances only when it is read by SYNC_DRAIN (or
 * SYNC_READ) on the active and by SYNC_APPLY on the standby: each record read
 * gets the next version, and only then the digests change. So a digest always
 * describes exactly the records handed out up to SEQ, and is equal on a
 * standby that applied the same records. One sync command runs at a time in
 * a namespace.
 */
enum baton_sync_attr {
	BATON_SYNC_A_UNSPEC,
	BATON_SYNC_A_EPOCH,		/* u32: epoch of the node that the records come from */
	BATON_SYNC_A_RECORDS,		/* refused since version 3: see LIKES and BRIEFS */
	BATON_SYNC_A_MAX_RECORDS,	/* u32: 1 .. BATON_SYNC_RECORDS_MAX, which is also the
					 * default; a read may return up to 64 more, to end
					 * a hash bucket, but never more than that maximum
					 */
	BATON_SYNC_A_SEQ,		/* u64: version of the newest record handed out so far */
	BATON_SYNC_A_PENDING,		/* u32: dirty connections and deletions not yet drained */
	BATON_SYNC_A_FLAGS,		/* u32: BATON_SYNC_F_* */
	BATON_SYNC_A_CURSOR,		/* u64: 0 starts a read, 0 in the answer ends it; every
					 * connection that exists from begin to end is returned
					 * at least once, whatever the table does in between
					 */
	BATON_SYNC_A_BUCKET_MAP,	/* binary: BATON_DIGEST_BUCKETS bits, bit b of byte b/8;
					 * without it every bucket
					 */
	BATON_SYNC_A_APPLIED,		/* u32: records that changed the table */
	BATON_SYNC_A_STALE,		/* u32: records not newer than what is there */
	BATON_SYNC_A_REJECTED,		/* binary: pairs of u32 { index, enum baton_reject } */
	BATON_SYNC_A_DIGESTS,		/* binary: BATON_DIGEST_BUCKETS u64 */
	BATON_SYNC_A_SYNCED,		/* u32: living connections that the digests cover */
	BATON_SYNC_A_UNSYNCED,		/* u32: living connections that they do not: not drained
					 * yet (see PENDING), or left out by policy (not yet
					 * established, closed before the first drain, service
					 * without sync)
					 */
	BATON_SYNC_A_VERSION_BEFORE,	/* u64: SYNC_PRUNE removes what the digests cover, lies in
					 * the bucket map and has an older version
					 */
	BATON_SYNC_A_PAD,
	BATON_SYNC_A_LIKES,		/* binary: at most BATON_SYNC_RECORDS_MAX struct
					 * baton_conn_record, what records have in common; a
					 * drain or read gives fewer records rather than many
					 * of these
					 */
	BATON_SYNC_A_BRIEFS,		/* binary: struct baton_conn_brief one behind the other, in
					 * the order of their versions when they are handed out
					 */
	__BATON_SYNC_A_MAX
};
#define BATON_SYNC_A_MAX (__BATON_SYNC_A_MAX - 1)

#define BATON_SYNC_F_MORE	(1U << 0)	/* drain again: the dirty list is not empty */
#define BATON_SYNC_F_OVERRUN	(1U << 1)	/* deletions were lost since the last drain: the
						 * reader owes its peer a resync of everything.
						 * Cleared by the drain that reports it.
						 */

/** enum baton_reject - why SYNC_APPLY did not take a record */
enum baton_reject {
	BATON_REJECT_NONE,
	BATON_REJECT_INVALID,		/* a field out of range */
	BATON_REJECT_NO_SERVICE,	/* no such virtual service here */
	BATON_REJECT_NO_SERVER,		/* the service has no such server here */
	BATON_REJECT_NO_MEMORY,
	BATON_REJECT_TABLE_FULL,
	__BATON_REJECT_MAX
};

/** enum baton_match - what a packet of another node's connection would meet here */
enum baton_match {
	BATON_MATCH_SAME,		/* that connection, with the same server and method */
	BATON_MATCH_OTHER,		/* one of another server, or with another method */
	BATON_MATCH_NONE,		/* no connection: it has not been told of, or is over */
	BATON_MATCH_NO_SERVICE,		/* ... and could not be, as with SYNC_APPLY */
	BATON_MATCH_NO_SERVER,
	BATON_MATCH_INVALID,		/* the record has a field out of range */
	__BATON_MATCH_MAX
};

/*
 * A version says which of two records of one connection is newer. It is made
 * of the epoch of the node that handed the record out (upper 20 bits) and of
 * a counter of that epoch (lower 44 bits), so any record of a later epoch is
 * newer than all of an earlier one.
 */
#define BATON_VERSION_SHIFT	44
#define BATON_VERSION(epoch, count) \
	(((__u64)(epoch) << BATON_VERSION_SHIFT) | (count))

/**
 * struct baton_conn_record - one connection, or one deletion
 * @version: see BATON_VERSION; 0 in CONN_GET for what was never handed out
 * @caddr: client; @vaddr: virtual address; @daddr: server
 * @cport, @vport, @dport: big-endian; @dport is the port at the server
 * @family: AF_INET or AF_INET6, of client and virtual address; the server's is the other one with
 *	BATON_CONN_F_MIXED
 * @protocol: IPPROTO_*
 * @state: enum baton_state
 * @method: enum baton_method
 * @flags: BATON_CONN_F_*
 * @svc_port: port of the service that the connection belongs to, big-endian
 *	(0 for an any-port service and one by mark, of a range its first, else the same as @vport)
 * @timeout: seconds that the state lasts without a packet
 * @idle: seconds since the last packet, when the record was made
 * @mark: of the service that the connection belongs to; 0: that has an address
 * @reserved: zero
 *
 * 88 bytes, no padding, naturally aligned. A deletion (BATON_CONN_F_DELETED)
 * has the addresses of what is gone; @daddr and @dport may be zero.
 */
struct baton_conn_record {
	__u64			version;
	union baton_addr	caddr;
	union baton_addr	vaddr;
	union baton_addr	daddr;
	__be16			cport;
	__be16			vport;
	__be16			dport;
	__be16			svc_port;
	__u8			family;
	__u8			protocol;
	__u8			state;
	__u8			method;
	__u32			flags;
	__u32			timeout;
	__u32			idle;
	__u32			mark;
	__u32			reserved;
};

/**
 * struct baton_conn_brief - one record of a sync command, as far as it differs from its like
 * @version: to be added to the like's
 * @like: index in LIKES
 * @cport: client, big-endian
 * @idle: seconds since the last packet, when the record was made; 0 in a deletion
 *
 * Behind it lies the client's address, big-endian, of the like's family: 4 or 16 bytes. All
 * else is as in the like, a struct baton_conn_record whose @caddr, @cport and @idle are zero.
 * So a connection takes 16 bytes with IPv4 and 28 with IPv6. Aligned to 4 bytes.
 */
struct baton_conn_brief {
	__u32			version;
	__u16			like;
	__be16			cport;
	__u32			idle;
};

#define BATON_CONN_F_DELETED	(1U << 0)	/* the connection is gone */
#define BATON_CONN_F_SYNCED	(1U << 1)	/* CONN_GET: covered by the digests */
#define BATON_CONN_F_LEARNED	(1U << 2)	/* CONN_GET: came from the peer */
#define BATON_CONN_F_INPUT_ONLY	(1U << 3)	/* replies do not pass here (DR, TUNNEL) */
#define BATON_CONN_F_MIXED	(1U << 4)	/* @daddr is of the other family (TUNNEL) */
#define BATON_CONN_F_LEFT_OUT	(1U << 5)	/* CONN_SAMPLE: by policy the peer does not hear of it */
#define __BATON_CONN_F_WIRE	(BATON_CONN_F_DELETED)	/* what the daemons tell each other */
#define __BATON_CONN_F_APPLY	(BATON_CONN_F_DELETED | BATON_CONN_F_MIXED) /* what SYNC_APPLY takes */

/** enum baton_event - what happened, in monitor messages */
enum baton_event {
	BATON_EVENT_NEW,
	BATON_EVENT_CHANGE,
	BATON_EVENT_DELETE,
	__BATON_EVENT_MAX
};

/**
 * enum baton_drop - every way in which the module ends a packet's journey
 *
 * The order is the index in BATON_A_DROPS. `batonctl stats --explain` has a
 * sentence for each.
 */
enum baton_drop {
	BATON_DROP_GATE_SHUT,		/* standby, and the packet was for a service */
	BATON_DROP_LEASE_EXPIRED,	/* active, but the lease ran out */
	BATON_DROP_NO_SERVER,		/* no server with a weight: ICMP port unreachable */
	BATON_DROP_SERVER_GONE,		/* the connection's server was removed */
	BATON_DROP_NO_MEMORY,		/* no memory for a connection */
	BATON_DROP_TABLE_FULL,		/* CONN_MAX reached */
	BATON_DROP_NO_ROUTE,		/* no route to the server */
	BATON_DROP_TOO_BIG,		/* larger than the path, DF set: ICMP sent */
	BATON_DROP_TTL,			/* TTL ran out: ICMP sent */
	BATON_DROP_MALFORMED,		/* headers that do not fit the packet */
	BATON_DROP_CHECKSUM,		/* a checksum that is wrong */
	BATON_DROP_NOT_SYN,		/* TCP or SCTP packet of no connection that opens none */
	BATON_DROP_FRAGMENT,		/* could not be put together */
	BATON_DROP_WRITE,		/* the packet could not be made writable */
	BATON_DROP_ICMP_UNRELATED,	/* ICMP error about a connection that is not here */
	BATON_DROP_CLASH,		/* the client's port is in use at every server that was
					 * tried, through another virtual address
					 */
	BATON_DROP_NOT_TAKEN,		/* waited in a handover, and nobody was heard in time */
	BATON_DROP_THINNED,		/* would have opened a connection: see enum baton_drop_mode */
	__BATON_DROP_MAX
};
#define BATON_DROP_COUNT __BATON_DROP_MAX

#endif /* _UAPI_LINUX_BATON_H */
