/* SPDX-License-Identifier: GPL-2.0-only */
/* What the data path needs to know of a packet's headers, read from plain bytes. */
#ifndef BATON_CORE_PKT_H
#define BATON_CORE_PKT_H

#include "addr.h"
#include "sctp_state.h"

/** enum baton_pkt_kind - what a packet is to us */
enum baton_pkt_kind {
	BATON_PKT_OTHER,	/* neither of the following; nothing else is valid */
	BATON_PKT_FLOW,		/* TCP, UDP or SCTP, with its ports */
	BATON_PKT_IPSEC,	/* AH or ESP; the tuple is that of the exchange of keys between the same hosts */
	BATON_PKT_ERROR,	/* an ICMP error; the tuple is that of the packet it quotes */
	BATON_PKT_TUNNEL_ERROR,	/* an ICMP error about a packet of a tunnel; the tuple has no ports */
	BATON_PKT_FRAGMENT,	/* of a protocol that is ours, to be put together first */
};

/* TCP flags as they stand in byte 13 of the header */
#define BATON_TCP_FIN	0x01
#define BATON_TCP_SYN	0x02
#define BATON_TCP_RST	0x04
#define BATON_TCP_ACK	0x10

/**
 * struct baton_pkt - the parsed packet
 *
 * Offsets count from the start of the outer IP header. They stay valid when the
 * packet's memory moves; pointers into it do not, so none are kept.
 */
struct baton_pkt {
	enum baton_pkt_kind	kind;
	struct baton_tuple	tuple;
	u16			l4;		/* TCP, UDP, SCTP or ICMP header, behind all extensions */
	u16			inner;		/* quoted IP header (errors) */
	u16			inner_l4;	/* what follows the quoted IP header (errors) */
	u16			header_len;	/* bytes up to the end of what was read */
	u8			tcp_flags;	/* BATON_TCP_* (TCP flows) */
	u8			sctp_chunk;	/* BATON_SCTP_*, the type that decides (SCTP flows) */
	u8			icmp_type;	/* (errors) */
	u8			icmp_code;	/* (errors) */
	bool			portless;	/* no ports are there (AH and ESP, and errors about them) */
};

/** baton_pkt_is_syn - does a client begin a TCP connection with it? */
static inline bool baton_pkt_is_syn(const struct baton_pkt *pkt)
{
	const u8 mask = BATON_TCP_SYN | BATON_TCP_ACK | BATON_TCP_RST | BATON_TCP_FIN;

	return pkt->tuple.protocol == IPPROTO_TCP && (pkt->tcp_flags & mask) == BATON_TCP_SYN;
}

/** baton_pkt_is_init - does a client begin an SCTP association with it? */
static inline bool baton_pkt_is_init(const struct baton_pkt *pkt)
{
	return pkt->tuple.protocol == IPPROTO_SCTP && pkt->sctp_chunk == BATON_SCTP_INIT;
}

/**
 * baton_pkt_parse - read the headers of an IP packet
 * @family: AF_INET or AF_INET6; nothing else
 * @data: the IP header and what follows
 * @have: bytes at @data
 * @total: bytes of the whole packet, at least @have
 * @pkt: filled when the answer is 0
 *
 * Options are skipped by their length; so are IPv6's hop-by-hop, destination and spent routing
 * headers, up to eight. A packet that is shorter than its own headers say is not ours to
 * judge: -EINVAL.
 *
 * AH and ESP belong to who exchanged the keys for them, by UDP from port 500 to port 500 (RFC 7296); they
 * need not be put together, since nothing is read of them.
 *
 * Return: 0; the number of bytes that have to be at @data before it can be
 * said (more than @have, at most @total): call again with so many; or -EINVAL.
 */
int baton_pkt_parse(u8 family, const u8 *data, size_t have, size_t total, struct baton_pkt *pkt);

/**
 * baton_pkt_parse_quote - read the beginning of a flow's packet, of which the rest may be missing
 * @have: bytes at @data
 * @pkt: tuple and l4 are filled when the answer is 0
 *
 * Return: 0; -EINVAL: it is another packet, or one with ports that is a later fragment or cut before them.
 */
int baton_pkt_parse_quote(u8 family, const u8 *data, size_t have, struct baton_pkt *pkt);

#endif /* BATON_CORE_PKT_H */
