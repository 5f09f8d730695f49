// SPDX-License-Identifier: GPL-2.0-or-later
/* The parser on IPv6: extension headers, pieces, errors. */
#include "pkt_unit.h"

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

/* headers that are stepped over, and what they say their lengths are */
static void dress(struct bytes b, unsigned int *seed)
{
	const u8 nexts[] = { 0, 6, 17, 43, 44, 50, 58, 60 };
	size_t i;

	for (i = 0; i < b.len; i++)
		if (rand_r(seed) % 4)
			b.data[i] = nexts[rand_r(seed) % sizeof(nexts)];
	if (b.len <= 6)
		return;
	b.data[0] = 0x60;
	put16(b.data + 4, rand_r(seed) % 256);
	b.data[6] = nexts[rand_r(seed) % sizeof(nexts)];
}

static void test_v6_noise(void **state)
{
	check_noise(AF_INET6, 6, 200, dress);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v6_extensions),
		cmocka_unit_test(test_v6_fragments),
		cmocka_unit_test(test_v6_errors),
		cmocka_unit_test(test_v6_broken),
		cmocka_unit_test(test_v6_prefixes),
		cmocka_unit_test(test_v6_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
