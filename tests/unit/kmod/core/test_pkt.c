// SPDX-License-Identifier: GPL-2.0-or-later
/* The parser on IPv4, and what it does whatever the family. */
#include "pkt_unit.h"

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

static void dress(struct bytes b, unsigned int *seed)
{
	if (b.len <= 9)
		return;
	b.data[0] = 0x40 | (rand_r(seed) & 0xf);
	b.data[9] = (u8[]){ 1, 6, 17, 47, 50 }[rand_r(seed) % 5];
	put16(b.data + 2, rand_r(seed) % 128);
	put16(b.data + 6, rand_r(seed) % 4 ? 0 : rand_r(seed));
}

static void test_noise(void **state)
{
	check_noise(AF_INET, 1, 100, dress);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
