// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets are built byte by byte into buffers of exactly their length, so that the address
 * sanitizer sees every read behind the end.
 */
#include "unit.h"
#include "kmod/core/pkt.c"

struct bytes {
	u8	*data;
	size_t	len;
};

static struct bytes make(size_t len)
{
	struct bytes b = { .data = calloc(1, len), .len = len };

	assert_non_null(b.data);
	return b;
}

static void put16(u8 *p, unsigned int v)
{
	p[0] = v >> 8;
	p[1] = v;
}

/* An IP header with @words 32-bit words at @at; ends at the end of the buffer. */
static void put_ip(struct bytes b, size_t at, unsigned int words, u8 protocol)
{
	u8 *ip = b.data + at;

	ip[0] = 0x40 | words;
	put16(ip + 2, b.len - at);
	ip[8] = 64;
	ip[9] = protocol;
	memcpy(ip + 12, (u8[]){ 10, 0, 0, 1, 10, 0, 0, 2 }, 8);
}

static void put_ports(struct bytes b, size_t at)
{
	put16(b.data + at, 1234);
	put16(b.data + at + 2, 80);
}

static void check_tuple(const struct baton_pkt *pkt, u8 protocol)
{
	assert_memory_equal(pkt->tuple.saddr.bytes, "\x0a\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_memory_equal(pkt->tuple.daddr.bytes, "\x0a\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_int_equal(be16_to_cpu(pkt->tuple.sport), 1234);
	assert_int_equal(be16_to_cpu(pkt->tuple.dport), 80);
	assert_int_equal(pkt->tuple.family, AF_INET);
	assert_int_equal(pkt->tuple.protocol, protocol);
}

static struct bytes tcp(unsigned int words, u8 flags)
{
	struct bytes b = make(words * 4 + 20);

	put_ip(b, 0, words, IPPROTO_TCP);
	put_ports(b, words * 4);
	b.data[words * 4 + 12] = 0x50;
	b.data[words * 4 + 13] = flags;
	return b;
}

static struct bytes udp(void)
{
	struct bytes b = make(28);

	put_ip(b, 0, 5, IPPROTO_UDP);
	put_ports(b, 20);
	return b;
}

/* An ICMP packet that quotes a TCP packet with @words of IP header and its first @quoted bytes. */
static struct bytes error(u8 type, unsigned int words, size_t quoted)
{
	struct bytes b = make(28 + words * 4 + quoted);

	put_ip(b, 0, 5, IPPROTO_ICMP);
	b.data[20] = type;
	b.data[21] = 4;
	put_ip(b, 28, words, IPPROTO_TCP);
	put16(b.data + 30, 1500);		/* the quoted packet was longer than the quote */
	if (quoted >= 8)
		put_ports(b, 28 + words * 4);
	return b;
}

static void test_tcp(void **state)
{
	struct baton_pkt pkt;
	struct bytes b = tcp(5, BATON_TCP_SYN);

	assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), 0);
	assert_int_equal(pkt.kind, BATON_PKT_FLOW);
	check_tuple(&pkt, IPPROTO_TCP);
	assert_int_equal(pkt.l4, 20);
	assert_int_equal(pkt.header_len, 40);
	assert_int_equal(pkt.tcp_flags, BATON_TCP_SYN);
	free(b.data);
}

static void test_options(void **state)
{
	struct baton_pkt pkt;
	struct bytes b = tcp(15, BATON_TCP_ACK);

	assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), 0);
	check_tuple(&pkt, IPPROTO_TCP);
	assert_int_equal(pkt.l4, 60);
	free(b.data);
}

static void test_udp(void **state)
{
	struct baton_pkt pkt;
	struct bytes b = udp();

	assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), 0);
	assert_int_equal(pkt.kind, BATON_PKT_FLOW);
	check_tuple(&pkt, IPPROTO_UDP);
	assert_int_equal(pkt.header_len, 28);
	free(b.data);
}

/* Chunks: types, and the bytes of each with its header */
struct chunk {
	u8	type;
	u16	len;
};

static struct bytes sctp(const struct chunk *chunks, size_t count)
{
	size_t at = 32, len = at, i;
	struct bytes b;

	for (i = 0; i < count; i++)
		len += (chunks[i].len + 3) & ~3;
	b = make(len);
	put_ip(b, 0, 5, IPPROTO_SCTP);
	put_ports(b, 20);
	for (i = 0; i < count; i++) {
		b.data[at] = chunks[i].type;
		put16(b.data + at + 2, chunks[i].len);
		at += (chunks[i].len + 3) & ~3;
	}
	return b;
}
#define SCTP(...) sctp((const struct chunk[]){ __VA_ARGS__ },		\
		       ARRAY_SIZE(((const struct chunk[]){ __VA_ARGS__ })))

static void check_chunk(struct bytes b, u8 want)
{
	struct baton_pkt pkt;

	assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), 0);
	assert_int_equal(pkt.kind, BATON_PKT_FLOW);
	check_tuple(&pkt, IPPROTO_SCTP);
	assert_int_equal(pkt.sctp_chunk, want);
	assert_int_equal(pkt.header_len, 32);
	free(b.data);
}

static void test_sctp(void **state)
{
	struct bytes b;

	check_chunk(SCTP({ BATON_SCTP_INIT, 20 }), BATON_SCTP_INIT);
	check_chunk(SCTP({ BATON_SCTP_COOKIE_ECHO, 265 }, { BATON_SCTP_DATA, 20 }),
		    BATON_SCTP_COOKIE_ECHO);
	check_chunk(SCTP({ BATON_SCTP_COOKIE_ECHO, 100 }, { BATON_SCTP_ABORT, 4 }), BATON_SCTP_ABORT);
	check_chunk(SCTP({ BATON_SCTP_SACK, 16 }, { BATON_SCTP_SHUTDOWN, 8 }), BATON_SCTP_SHUTDOWN);
	check_chunk(SCTP({ BATON_SCTP_SACK, 16 }, { BATON_SCTP_DATA, 17 }, { BATON_SCTP_SHUTDOWN, 8 }),
		    BATON_SCTP_DATA);
	check_chunk(SCTP({ 0x80, 8 }, { BATON_SCTP_HEARTBEAT, 8 }, { BATON_SCTP_SHUTDOWN_ACK, 4 }),
		    BATON_SCTP_SHUTDOWN_ACK);
	/* a chunk that says something is not undone by one that does not */
	check_chunk(SCTP({ BATON_SCTP_COOKIE_ACK, 4 }, { BATON_SCTP_SACK, 16 }), BATON_SCTP_COOKIE_ACK);
	check_chunk(SCTP({ BATON_SCTP_INIT, 20 }, { BATON_SCTP_SHUTDOWN_COMPLETE, 4 }), BATON_SCTP_INIT);
	/* lengths that lie: too small to go on from, beyond the end */
	b = SCTP({ BATON_SCTP_SACK, 4 }, { BATON_SCTP_ABORT, 4 });
	put16(b.data + 34, 3);
	check_chunk(b, BATON_SCTP_SACK);
	b = SCTP({ BATON_SCTP_HEARTBEAT, 8 }, { BATON_SCTP_ABORT, 4 });
	put16(b.data + 34, 65535);
	check_chunk(b, BATON_SCTP_HEARTBEAT);
	/* the search ends */
	check_chunk(SCTP({ BATON_SCTP_SACK, 16 }, { BATON_SCTP_SACK, 16 }, { BATON_SCTP_SACK, 16 },
			 { BATON_SCTP_SACK, 16 }, { BATON_SCTP_ABORT, 4 }), BATON_SCTP_SACK);
}

static void test_icmp_errors(void **state)
{
	const u8 types[] = { 3, 4, 11, 12 };
	struct baton_pkt pkt;
	struct bytes b;
	size_t i;

	for (i = 0; i < sizeof(types); i++) {
		b = error(types[i], 6, 8);
		assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), 0);
		assert_int_equal(pkt.kind, BATON_PKT_ERROR);
		check_tuple(&pkt, IPPROTO_TCP);
		assert_int_equal(pkt.icmp_type, types[i]);
		assert_int_equal(pkt.icmp_code, 4);
		assert_int_equal(pkt.l4, 20);
		assert_int_equal(pkt.inner, 28);
		assert_int_equal(pkt.inner_l4, 52);
		assert_int_equal(pkt.header_len, 60);
		free(b.data);
	}
}

/* Not about a packet that could be one of ours: left alone, whatever follows. */
static void test_icmp_other(void **state)
{
	const u8 types[] = { 0, 5, 8, 13, 42 };
	struct baton_pkt pkt;
	struct bytes b;
	size_t i;

	for (i = 0; i < sizeof(types); i++) {
		b = error(types[i], 5, 8);
		assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), 0);
		assert_int_equal(pkt.kind, BATON_PKT_OTHER);
		free(b.data);
	}
	b = error(3, 5, 8);
	b.data[28 + 9] = IPPROTO_ICMP;			/* quotes another protocol */
	assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), 0);
	assert_int_equal(pkt.kind, BATON_PKT_OTHER);
	b.data[28 + 9] = IPPROTO_TCP;
	put16(b.data + 28 + 6, 100);			/* quotes a later fragment */
	assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), 0);
	assert_int_equal(pkt.kind, BATON_PKT_OTHER);
	put16(b.data + 28 + 6, 0x2000);			/* the first one has the ports */
	assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), 0);
	assert_int_equal(pkt.kind, BATON_PKT_ERROR);
	free(b.data);
}

/* Errors about tunnels say whom the outer packet was for. */
static void test_tunnel_errors(void **state)
{
	static const u8 protocols[] = { IPPROTO_IPIP, IPPROTO_IPV6, IPPROTO_GRE };
	struct baton_pkt pkt;
	struct bytes b;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(protocols); i++) {
		b = error(3, 6, 8);
		b.data[28 + 9] = protocols[i];
		assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), 0);
		assert_int_equal(pkt.kind, BATON_PKT_TUNNEL_ERROR);
		assert_int_equal(pkt.inner, 28);
		assert_int_equal(pkt.inner_l4, 52);
		assert_int_equal(pkt.header_len, 52);
		assert_int_equal(pkt.icmp_type, 3);
		assert_int_equal(pkt.icmp_code, 4);
		assert_int_equal(pkt.tuple.protocol, protocols[i]);
		assert_memory_equal(pkt.tuple.daddr.bytes, "\x0a\0\0\x02", 4);
		b.data[28 + 7] = 1;	/* a later piece */
		assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), 0);
		assert_int_equal(pkt.kind, BATON_PKT_OTHER);
		free(b.data);
	}
}

/* The beginning of a packet, cut at every length */
static void test_quotes(void **state)
{
	struct baton_pkt pkt;
	struct bytes b = tcp(6, BATON_TCP_ACK);
	size_t len;
	u8 *cut;

	for (len = 0; len <= b.len; len++) {
		cut = malloc(len ?: 1);
		memcpy(cut, b.data, len);
		assert_int_equal(baton_pkt_parse_quote(AF_INET, cut, len, &pkt),
				 len < 32 ? -EINVAL : 0);
		if (len >= 32) {
			check_tuple(&pkt, IPPROTO_TCP);
			assert_int_equal(pkt.l4, 24);
		}
		free(cut);
	}
	assert_int_equal(baton_pkt_parse_quote(AF_INET6, b.data, b.len, &pkt), -EINVAL);
	b.data[9] = IPPROTO_ICMP;
	assert_int_equal(baton_pkt_parse_quote(AF_INET, b.data, b.len, &pkt), -EINVAL);
	free(b.data);
}

static void check_ipsec(const struct baton_pkt *pkt, enum baton_pkt_kind kind)
{
	assert_int_equal(pkt->kind, kind);
	assert_true(pkt->portless);
	assert_int_equal(pkt->tuple.protocol, IPPROTO_UDP);
	assert_int_equal(be16_to_cpu(pkt->tuple.sport), 500);
	assert_int_equal(be16_to_cpu(pkt->tuple.dport), 500);
	assert_memory_equal(pkt->tuple.saddr.bytes, "\x0a\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_memory_equal(pkt->tuple.daddr.bytes, "\x0a\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}

/* As of the exchange of keys, however little there is of the packet, and whichever piece it is. */
static void test_ipsec(void **state)
{
	static const u8 protocols[] = { IPPROTO_AH, IPPROTO_ESP };
	static const unsigned int places[] = { 0, 0x2000, 0x2005, 5 };
	struct baton_pkt pkt;
	struct bytes b;
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(protocols); i++) {
		b = make(24);
		put_ip(b, 0, 6, protocols[i]);
		for (j = 0; j < ARRAY_SIZE(places); j++) {
			put16(b.data + 6, places[j]);
			assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), 0);
			check_ipsec(&pkt, BATON_PKT_IPSEC);
			assert_int_equal(pkt.header_len, 24);
			assert_int_equal(baton_pkt_parse_quote(AF_INET, b.data, b.len, &pkt), 0);
			check_ipsec(&pkt, BATON_PKT_OTHER);
			assert_int_equal(pkt.l4, 24);
		}
		assert_int_equal(baton_pkt_parse(AF_INET, b.data, 20, b.len, &pkt), 24);
		free(b.data);
		b = error(3, 6, 0);
		b.data[28 + 9] = protocols[i];
		assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), 0);
		check_ipsec(&pkt, BATON_PKT_ERROR);
		assert_int_equal(pkt.inner_l4, 52);
		assert_int_equal(pkt.header_len, 52);
		free(b.data);
	}
}

static void test_other_protocol(void **state)
{
	struct baton_pkt pkt;
	struct bytes b = udp();

	b.data[9] = IPPROTO_GRE;
	put16(b.data + 6, 0x2000);
	assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), 0);
	assert_int_equal(pkt.kind, BATON_PKT_OTHER);
	free(b.data);
}

static void test_fragments(void **state)
{
	const unsigned int fields[] = { 0x2000, 0x0001, 0x1fff, 0x3fff };
	struct baton_pkt pkt;
	struct bytes b = udp();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		put16(b.data + 6, fields[i]);
		assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), 0);
		assert_int_equal(pkt.kind, BATON_PKT_FRAGMENT);
	}
	put16(b.data + 6, 0x4000);			/* "do not fragment" is no fragment */
	assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), 0);
	assert_int_equal(pkt.kind, BATON_PKT_FLOW);
	free(b.data);
}

static void test_broken(void **state)
{
	struct baton_pkt pkt;
	struct bytes b = tcp(5, 0);

	b.data[0] = 0x44;				/* header shorter than can be */
	assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), -EINVAL);
	b.data[0] = 0x65;				/* not IPv4 */
	assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), -EINVAL);
	b.data[0] = 0x4f;				/* header longer than the packet */
	assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), -EINVAL);
	b.data[0] = 0x45;
	put16(b.data + 2, 19);				/* length below the header's */
	assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), -EINVAL);
	put16(b.data + 2, 39);				/* the rest is padding, not TCP */
	assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, b.len, &pkt), -EINVAL);
	put16(b.data + 2, 0);				/* only what does not fit into the field says so */
	assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, 65535, &pkt), -EINVAL);
	assert_int_equal(baton_pkt_parse(AF_INET, b.data, b.len, 65536, &pkt), 0);
	assert_int_equal(pkt.kind, BATON_PKT_FLOW);
	check_tuple(&pkt, IPPROTO_TCP);
	free(b.data);
}

/* An IPv6 header at @at, for all that follows; what is behind it is of kind @next. */
static void put_ip6(struct bytes b, size_t at, u8 next)
{
	u8 *ip = b.data + at;

	ip[0] = 0x60;
	put16(ip + 4, b.len - at - 40);
	ip[6] = next;
	ip[7] = 64;
	memcpy(ip + 8, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
	memcpy(ip + 24, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02", 16);
}

/* @count extension headers of @kinds, 16 bytes each but for fragment headers, before a UDP header. */
static struct bytes extended(const u8 *kinds, size_t count)
{
	size_t i, at = 40, len = 48;
	struct bytes b;

	for (i = 0; i < count; i++)
		len += kinds[i] == IPPROTO_FRAGMENT ? 8 : 16;
	b = make(len);
	put_ip6(b, 0, count ? kinds[0] : IPPROTO_UDP);
	for (i = 0; i < count; i++) {
		b.data[at] = i + 1 < count ? kinds[i + 1] : IPPROTO_UDP;
		b.data[at + 1] = kinds[i] == IPPROTO_FRAGMENT ? 0 : 1;
		at += kinds[i] == IPPROTO_FRAGMENT ? 8 : 16;
	}
	put_ports(b, at);
	return b;
}

static enum baton_pkt_kind parse6(struct bytes b, struct baton_pkt *pkt)
{
	assert_int_equal(baton_pkt_parse(AF_INET6, b.data, b.len, b.len, pkt), 0);
	return pkt->kind;
}

static void check_tuple6(const struct baton_pkt *pkt, u8 protocol)
{
	assert_memory_equal(pkt->tuple.saddr.bytes + 12, "\0\0\0\x01", 4);
	assert_memory_equal(pkt->tuple.daddr.bytes + 12, "\0\0\0\x02", 4);
	assert_int_equal(be16_to_cpu(pkt->tuple.sport), 1234);
	assert_int_equal(be16_to_cpu(pkt->tuple.dport), 80);
	assert_int_equal(pkt->tuple.family, AF_INET6);
	assert_int_equal(pkt->tuple.protocol, protocol);
}

static void test_v6_extensions(void **state)
{
	const u8 kinds[] = { IPPROTO_HOPOPTS, IPPROTO_DSTOPTS, IPPROTO_ROUTING, IPPROTO_DSTOPTS,
			     IPPROTO_DSTOPTS, IPPROTO_DSTOPTS, IPPROTO_DSTOPTS, IPPROTO_DSTOPTS,
			     IPPROTO_DSTOPTS };
	struct baton_pkt pkt;
	struct bytes b;
	size_t count;

	for (count = 0; count <= 8; count++) {
		b = extended(kinds, count);
		assert_int_equal(parse6(b, &pkt), BATON_PKT_FLOW);
		check_tuple6(&pkt, IPPROTO_UDP);
		assert_int_equal(pkt.l4, 40 + 16 * count);
		assert_int_equal(pkt.header_len, b.len);
		free(b.data);
	}
	b = extended(kinds, 9);				/* nobody sends so many in earnest */
	assert_int_equal(parse6(b, &pkt), BATON_PKT_OTHER);
	free(b.data);
	b = extended(kinds, 3);
	b.data[40 + 32 + 3] = 1;			/* still has somewhere else to go */
	assert_int_equal(parse6(b, &pkt), BATON_PKT_OTHER);
	b.data[40 + 32 + 3] = 0;
	b.data[40] = IPPROTO_AH;			/* what it authenticates is not looked at */
	assert_int_equal(parse6(b, &pkt), BATON_PKT_IPSEC);
	assert_int_equal(pkt.header_len, 56);
	free(b.data);
}

static void test_v6_fragments(void **state)
{
	struct { u8 kinds[2]; size_t count; enum baton_pkt_kind want; } cases[] = {
		{ { IPPROTO_FRAGMENT }, 1, BATON_PKT_FRAGMENT },
		{ { IPPROTO_DSTOPTS, IPPROTO_FRAGMENT }, 2, BATON_PKT_FRAGMENT },
		{ { IPPROTO_FRAGMENT, IPPROTO_DSTOPTS }, 2, BATON_PKT_FRAGMENT },
	};
	struct baton_pkt pkt;
	struct bytes b;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		b = extended(cases[i].kinds, cases[i].count);
		assert_int_equal(parse6(b, &pkt), cases[i].want);
		free(b.data);
	}
	b = extended(cases[0].kinds, 1);
	b.data[40] = IPPROTO_GRE;			/* not worth putting together */
	assert_int_equal(parse6(b, &pkt), BATON_PKT_OTHER);
	b.data[40] = IPPROTO_ESP;			/* nor need this be */
	put16(b.data + 42, 0x88);
	assert_int_equal(parse6(b, &pkt), BATON_PKT_IPSEC);
	free(b.data);
}

/* An ICMPv6 message of @type that quotes a UDP packet of which a fragment header may tell @place. */
static struct bytes error6(u8 type, bool piece, unsigned int place)
{
	size_t at = piece ? 96 : 88;
	struct bytes b = make(at + 8);

	put_ip6(b, 0, IPPROTO_ICMPV6);
	b.data[40] = type;
	put_ip6(b, 48, piece ? IPPROTO_FRAGMENT : IPPROTO_UDP);
	if (piece) {
		b.data[88] = IPPROTO_UDP;
		put16(b.data + 90, place);
	}
	put_ports(b, at);
	return b;
}

static void test_v6_errors(void **state)
{
	struct { u8 type; bool piece; unsigned int place; bool error; } cases[] = {
		{ 1, false, 0, true }, { 2, false, 0, true }, { 3, false, 0, true },
		{ 4, false, 0, true }, { 100, false, 0, true }, { 128, false, 0, false },
		{ 135, false, 0, false }, { 136, false, 0, false },
		{ 2, true, 1, true },			/* the first piece has the ports */
		{ 2, true, 0x88, false },		/* a later one has not */
	};
	struct baton_pkt pkt;
	struct bytes b;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		b = error6(cases[i].type, cases[i].piece, cases[i].place);
		assert_int_equal(parse6(b, &pkt), cases[i].error ? BATON_PKT_ERROR : BATON_PKT_OTHER);
		if (cases[i].error) {
			check_tuple6(&pkt, IPPROTO_UDP);
			assert_int_equal(pkt.l4, 40);
			assert_int_equal(pkt.inner, 48);
			assert_int_equal(pkt.inner_l4, cases[i].piece ? 96 : 88);
		}
		free(b.data);
	}
}

static void test_v6_broken(void **state)
{
	const u8 kind = IPPROTO_HOPOPTS;
	struct bytes b = extended(&kind, 1);
	struct baton_pkt pkt;

	b.data[0] = 0x45;				/* not IPv6 */
	assert_int_equal(baton_pkt_parse(AF_INET6, b.data, b.len, b.len, &pkt), -EINVAL);
	b.data[0] = 0x60;
	b.data[41] = 255;				/* longer than the packet */
	assert_int_equal(baton_pkt_parse(AF_INET6, b.data, b.len, b.len, &pkt), -EINVAL);
	b.data[41] = 1;
	put16(b.data + 4, 23);				/* the last byte is padding */
	assert_int_equal(baton_pkt_parse(AF_INET6, b.data, b.len, b.len, &pkt), -EINVAL);
	put16(b.data + 4, 0);				/* a jumbogram says its length elsewhere */
	assert_int_equal(parse6(b, &pkt), BATON_PKT_FLOW);
	free(b.data);
}

/* Every prefix: what is not there yet is asked for, what is not there at all is refused. */
static void check_prefixes(u8 family, struct bytes b)
{
	struct baton_pkt pkt;
	size_t have, total;
	u8 *copy;
	int need;

	for (total = 0; total <= b.len; total++) {
		for (have = 0; have <= total; have++) {
			copy = malloc(have ?: 1);
			assert_non_null(copy);
			memcpy(copy, b.data, have);
			need = baton_pkt_parse(family, copy, have, total, &pkt);
			if (need > 0) {
				assert_true((size_t)need > have);
				assert_true((size_t)need <= total);
			} else if (!need) {
				assert_true(pkt.header_len <= have);
			} else {
				assert_int_equal(need, -EINVAL);
				assert_true(total < b.len);
			}
			free(copy);
		}
	}
}

static void test_prefixes(void **state)
{
	struct bytes all[] = { tcp(5, 0), tcp(15, 0), udp(), error(3, 5, 8), error(11, 15, 20),
			       SCTP({ BATON_SCTP_INIT, 20 }) };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		check_prefixes(AF_INET, all[i]);
		free(all[i].data);
	}
}

static void test_v6_prefixes(void **state)
{
	const u8 kinds[] = { IPPROTO_HOPOPTS, IPPROTO_DSTOPTS };
	struct bytes all[] = { extended(kinds, 0), extended(kinds, 2), error6(1, true, 1) };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		check_prefixes(AF_INET6, all[i]);
		free(all[i].data);
	}
}

/* Anything at all: no read behind the end, and answers that keep their promises. */
static void test_noise(void **state)
{
	struct baton_pkt pkt;
	unsigned int seed = 1;
	int round, need;
	size_t have, i;
	u8 *data;

	for (round = 0; round < 200000; round++) {
		have = rand_r(&seed) % 100;
		data = malloc(have ?: 1);
		for (i = 0; i < have; i++)
			data[i] = rand_r(&seed);
		if (have > 9) {
			data[0] = 0x40 | (rand_r(&seed) & 0xf);
			data[9] = (u8[]){ 1, 6, 17, 47, 50 }[rand_r(&seed) % 5];
			put16(data + 2, rand_r(&seed) % 128);
			put16(data + 6, rand_r(&seed) % 4 ? 0 : rand_r(&seed));
		}
		need = baton_pkt_parse(AF_INET, data, have, have + rand_r(&seed) % 40, &pkt);
		if (need > 0)
			assert_true((size_t)need > have);
		else if (!need)
			assert_true(pkt.header_len <= have);
		free(data);
	}
}

static void test_v6_noise(void **state)
{
	const u8 nexts[] = { 0, 6, 17, 43, 44, 50, 58, 60 };
	struct baton_pkt pkt;
	unsigned int seed = 6;
	size_t have, i;
	int round, need;
	u8 *data;

	for (round = 0; round < 200000; round++) {
		have = rand_r(&seed) % 200;
		data = malloc(have ?: 1);
		for (i = 0; i < have; i++)
			data[i] = rand_r(&seed) % 4 ? nexts[rand_r(&seed) % sizeof(nexts)] : rand_r(&seed);
		if (have > 6) {
			data[0] = 0x60;
			put16(data + 4, rand_r(&seed) % 256);
			data[6] = nexts[rand_r(&seed) % sizeof(nexts)];
		}
		need = baton_pkt_parse(AF_INET6, data, have, have + rand_r(&seed) % 40, &pkt);
		if (need > 0)
			assert_true((size_t)need > have);
		else if (!need)
			assert_true(pkt.header_len <= have);
		free(data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_udp),
		cmocka_unit_test(test_sctp),
		cmocka_unit_test(test_icmp_errors),
		cmocka_unit_test(test_icmp_other),
		cmocka_unit_test(test_tunnel_errors),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_ipsec),
		cmocka_unit_test(test_other_protocol),
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_v6_extensions),
		cmocka_unit_test(test_v6_fragments),
		cmocka_unit_test(test_v6_errors),
		cmocka_unit_test(test_v6_broken),
		cmocka_unit_test(test_v6_prefixes),
		cmocka_unit_test(test_v6_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
