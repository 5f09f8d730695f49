// SPDX-License-Identifier: GPL-2.0-or-later
/* What digests add up: every field counts, nothing cancels out, and the numbers stay what they are. */
#include "unit.h"
#include "kmod/core/digest.h"

/* No padding before the family. */
struct conn {
	union baton_addr daddr;
	u8 caddr[16], vaddr[16];
	u64 version;
	__be16 cport, vport, dport;
	u8 protocol, state;
	u8 family;
};

static struct conn conn4(u32 i)
{
	struct conn c = {
		.family = AF_INET, .protocol = IPPROTO_TCP, .state = BATON_STATE_TCP_ESTABLISHED,
		.vaddr = { 192, 0, 2, 100 }, .daddr.bytes = { 198, 51, 100, 21 },
		.cport = htobe16(32768 + i % 1000), .vport = htobe16(80), .dport = htobe16(8080),
		.version = BATON_VERSION(3, i),
	};
	__be32 addr = htobe32(0x0a000000 + i / 1000);

	memcpy(c.caddr, &addr, sizeof(addr));
	return c;
}

static struct conn conn6(u32 i)
{
	struct conn c = conn4(i);

	c.family = AF_INET6;
	memcpy(c.caddr + 12, c.caddr, 4);
	memset(c.caddr, 0xfd, 4);
	memset(c.vaddr, 0xfe, 8);
	memset(c.daddr.bytes, 0xfc, 16);
	return c;
}

static u64 tuple(const struct conn *c)
{
	return baton_digest_tuple(c->family, c->protocol, c->caddr, c->vaddr, c->cport, c->vport);
}

static u64 hash(const struct conn *c)
{
	return baton_digest_conn(tuple(c), c->family, &c->daddr, c->dport, c->state, c->version);
}

static void test_numbers(void **state)
{
	struct conn four = conn4(1), six = conn6(1);

	assert_int_equal(tuple(&four), 0x2e2c6f9773399479ULL);
	assert_int_equal(hash(&four), 0x73e973966ead3476ULL);
	assert_int_equal(tuple(&six), 0x98826dfff49bd1e0ULL);
	assert_int_equal(hash(&six), 0xb9bec12367184130ULL);
}

/* Each bit of what a connection is moves many of its hash, in either half. */
static void test_bits(void **state)
{
	unsigned int bit;

	for (bit = 0; bit < offsetof(struct conn, family) * 8; bit++) {
		struct conn a = conn6(77), b = a;
		u64 moved;

		((u8 *)&b)[bit / 8] ^= 1 << bit % 8;
		moved = hash(&a) ^ hash(&b);
		assert_in_range(__builtin_popcountll(moved & U32_MAX), 5, 27);
		assert_in_range(__builtin_popcountll(moved >> 32), 5, 27);
	}
}

/* Tables that differ as tables do when something went wrong: two versions changed places, one is behind. */
static void test_sums(void **state)
{
	u32 i;

	for (i = 1; i < 100000; i++) {
		struct conn a = conn4(i), b = conn4(i + 1);
		u64 sum = hash(&a) + hash(&b), other;

		a.version++;
		b.version--;
		other = hash(&a) + hash(&b);
		assert_true(sum != other && (u32)sum != (u32)other && sum >> 32 != other >> 32);
		a = conn4(i);
		a.state = BATON_STATE_TCP_FIN_WAIT;
		b = conn4(i + 1);
		b.state = BATON_STATE_TCP_FIN_WAIT;
		assert_true(hash(&a) + hash(&b) != sum);
	}
}

static void test_spread(void **state)
{
	static u32 four[BATON_DIGEST_BUCKETS], six[BATON_DIGEST_BUCKETS];
	u32 i;

	for (i = 0; i < 100 * BATON_DIGEST_BUCKETS; i++) {
		struct conn a = conn4(i), b = conn6(i);

		four[baton_digest_bucket(tuple(&a))]++;
		six[baton_digest_bucket(tuple(&b))]++;
	}
	for (i = 0; i < BATON_DIGEST_BUCKETS; i++) {
		assert_in_range(four[i], 40, 200);
		assert_in_range(six[i], 40, 200);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
