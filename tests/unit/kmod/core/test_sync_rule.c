// SPDX-License-Identifier: GPL-2.0-or-later
/* What is put on the wire, what a record must look like, and what it does to a connection. */
#include "unit.h"
#include "kmod/core/sync_rule.c"

static struct baton_conn_record good(void)
{
	struct baton_conn_record rec = {
		.version = BATON_VERSION(3, 7),
		.caddr.v4 = htobe32(0x0a000001), .vaddr.v4 = htobe32(0xc0000264),
		.daddr.v4 = htobe32(0xc6336415),
		.cport = htobe16(1024), .vport = htobe16(80), .dport = htobe16(8080),
		.svc_port = htobe16(80), .family = AF_INET, .protocol = IPPROTO_TCP,
		.state = BATON_STATE_TCP_ESTABLISHED, .method = BATON_METHOD_NAT,
	};

	return rec;
}

static void test_policy(void **state)
{
	static const u8 wanted[] = {
		BATON_STATE_TCP_ESTABLISHED, BATON_STATE_TCP_FIN_WAIT, BATON_STATE_TCP_CLOSE_WAIT,
		BATON_STATE_TCP_LAST_ACK,
	};
	unsigned int found = 0;
	size_t i;
	int s;

	for (s = 0; s <= 255; s++)
		found += baton_sync_policy(IPPROTO_TCP, (u8)s);
	assert_int_equal(found, ARRAY_SIZE(wanted));
	for (i = 0; i < ARRAY_SIZE(wanted); i++)
		assert_true(baton_sync_policy(IPPROTO_TCP, wanted[i]));
	assert_true(baton_sync_policy(IPPROTO_UDP, BATON_STATE_UDP));
	assert_false(baton_sync_policy(IPPROTO_UDP, BATON_STATE_TCP_ESTABLISHED));
	assert_false(baton_sync_policy(IPPROTO_TCP, BATON_STATE_UDP));
	assert_true(baton_sync_policy(IPPROTO_TCP | BATON_PROTOCOL_TEMPLATE, BATON_STATE_TEMPLATE));
	assert_false(baton_sync_policy(IPPROTO_TCP, BATON_STATE_TEMPLATE));
}

static void test_policy_sctp(void **state)
{
	unsigned int found = 0;
	int s;

	for (s = 0; s <= 255; s++)
		found += baton_sync_policy(IPPROTO_SCTP, (u8)s);
	assert_int_equal(found, 3);
	assert_true(baton_sync_policy(IPPROTO_SCTP, BATON_STATE_SCTP_ESTABLISHED));
	assert_true(baton_sync_policy(IPPROTO_SCTP, BATON_STATE_SCTP_SHUTDOWN));
	assert_true(baton_sync_policy(IPPROTO_SCTP, BATON_STATE_SCTP_SHUTDOWN_ACK));
	assert_false(baton_sync_policy(IPPROTO_TCP, BATON_STATE_SCTP_ESTABLISHED));
}

#define REFUSED(change) do {							\
	struct baton_conn_record rec = good();					\
										\
	change;									\
	assert_int_equal(baton_record_check(&rec, 3), BATON_REJECT_INVALID);	\
} while (0)
#define TAKEN(change) do {							\
	struct baton_conn_record rec = good();					\
										\
	change;									\
	assert_int_equal(baton_record_check(&rec, 3), BATON_REJECT_NONE);	\
} while (0)

static void test_check(void **state)
{
	TAKEN((void)0);
	TAKEN(rec.version = 1);
	TAKEN(rec.version = BATON_VERSION(4, 0) - 1);
	REFUSED(rec.version = 0);
	REFUSED(rec.version = BATON_VERSION(4, 0));
	REFUSED(rec.version = U64_MAX);
	REFUSED(rec.flags = BATON_CONN_F_SYNCED);
	REFUSED(rec.flags = BATON_CONN_F_DELETED | 1U << 31);
	REFUSED(rec.family = 0);
	REFUSED(rec.family = 255);
	REFUSED(rec.protocol = IPPROTO_ICMP);
	REFUSED(rec.protocol = 0);
	REFUSED(rec.protocol = BATON_PROTOCOL_TEMPLATE);
	REFUSED(rec.protocol |= BATON_PROTOCOL_TEMPLATE);
	REFUSED(rec.method = BATON_METHOD_MAX + 1);
	REFUSED(rec.method = 255);
	REFUSED(rec.caddr.bytes[4] = 1);
	REFUSED(rec.vaddr.bytes[15] = 1);
	REFUSED(rec.daddr.bytes[8] = 1);
	TAKEN(rec.family = AF_INET6; rec.daddr.bytes[8] = 1);
	REFUSED(rec.svc_port = htobe16(81));
	TAKEN(rec.svc_port = htobe16(79));	/* of a range that begins there */
	TAKEN(rec.svc_port = 0);
}

/* Only tunnels lead to a server of the other family, whose address is then as long as that. */
static void test_check_mixed(void **state)
{
	REFUSED(rec.flags = BATON_CONN_F_MIXED);
	REFUSED(rec.flags = BATON_CONN_F_MIXED; rec.method = BATON_METHOD_DR);
	TAKEN(rec.flags = BATON_CONN_F_MIXED; rec.method = BATON_METHOD_TUNNEL);
	TAKEN(rec.flags = BATON_CONN_F_MIXED; rec.method = BATON_METHOD_TUNNEL;
	      rec.daddr.bytes[15] = 1);
	REFUSED(rec.flags = BATON_CONN_F_MIXED; rec.method = BATON_METHOD_TUNNEL;
		rec.vaddr.bytes[15] = 1);
	REFUSED(rec.method = BATON_METHOD_TUNNEL; rec.daddr.bytes[15] = 1);
	REFUSED(rec.family = AF_INET6; rec.flags = BATON_CONN_F_MIXED;
		rec.method = BATON_METHOD_TUNNEL; rec.daddr.bytes[4] = 1);
	TAKEN(rec.family = AF_INET6; rec.flags = BATON_CONN_F_MIXED;
	      rec.method = BATON_METHOD_TUNNEL);
}

static void test_check_mark(void **state)
{
	TAKEN(rec.mark = 7; rec.svc_port = 0);
	REFUSED(rec.mark = 7);
	REFUSED(rec.mark = 7; rec.svc_port = 0; rec.protocol |= BATON_PROTOCOL_TEMPLATE;
		rec.state = BATON_STATE_TEMPLATE);
	REFUSED(rec.reserved = 1);
	/* its template is of no protocol and no port, and has the mark for an address */
	TAKEN(rec.mark = 7; rec.svc_port = rec.vport = 0; rec.protocol = BATON_PROTOCOL_TEMPLATE;
	      rec.state = BATON_STATE_TEMPLATE; rec.vaddr.v4 = htobe32(7));
	REFUSED(rec.mark = 7; rec.svc_port = rec.vport = 0; rec.protocol = BATON_PROTOCOL_TEMPLATE;
		rec.state = BATON_STATE_TEMPLATE; rec.vaddr.v4 = htobe32(8));
	REFUSED(rec.mark = 7; rec.svc_port = 0; rec.protocol = BATON_PROTOCOL_TEMPLATE;
		rec.state = BATON_STATE_TEMPLATE; rec.vaddr.v4 = htobe32(7));
	REFUSED(rec.mark = 7; rec.svc_port = rec.vport = 0; rec.protocol = BATON_PROTOCOL_TEMPLATE;
		rec.vaddr.v4 = htobe32(7));
	TAKEN(rec.flags = BATON_CONN_F_DELETED; rec.mark = 7; rec.svc_port = 0);
}

/* A correct peer may hand these out: a refusal would keep the tables different for good. */
static void test_check_ports(void **state)
{
	TAKEN(rec.cport = 0);
	TAKEN(rec.vport = 0; rec.svc_port = 0);
	TAKEN(rec.dport = 0);
}

static void test_check_states(void **state)
{
	int s;

	for (s = 0; s <= 255; s++) {
		if (s >= BATON_STATE_TCP_ESTABLISHED && s <= BATON_STATE_TCP_SYNACK)
			TAKEN(rec.state = (u8)s);
		else
			REFUSED(rec.state = (u8)s);
		if (s == BATON_STATE_UDP)
			TAKEN(rec.protocol = IPPROTO_UDP; rec.state = (u8)s);
		else
			REFUSED(rec.protocol = IPPROTO_UDP; rec.state = (u8)s);
		if (s >= BATON_STATE_SCTP_ESTABLISHED && s <= BATON_STATE_SCTP_CLOSED)
			TAKEN(rec.protocol = IPPROTO_SCTP; rec.state = (u8)s);
		else
			REFUSED(rec.protocol = IPPROTO_SCTP; rec.state = (u8)s);
		if (s == BATON_STATE_TEMPLATE)
			TAKEN(rec.protocol |= BATON_PROTOCOL_TEMPLATE; rec.state = (u8)s);
		else
			REFUSED(rec.protocol |= BATON_PROTOCOL_TEMPLATE; rec.state = (u8)s);
	}
}

static void test_check_deletion(void **state)
{
	TAKEN(rec.flags = BATON_CONN_F_DELETED; rec.state = 0; rec.method = 99; rec.dport = 0;
	      memset(&rec.daddr, 0, sizeof(rec.daddr)); rec.svc_port = htobe16(9));
	REFUSED(rec.flags = BATON_CONN_F_DELETED; rec.version = 0);
	REFUSED(rec.flags = BATON_CONN_F_DELETED; rec.protocol = 1);
	REFUSED(rec.flags = BATON_CONN_F_DELETED; rec.caddr.bytes[5] = 1);
}

static void test_judge(void **state)
{
	struct baton_conn_record live = good(), dead = good();
	u64 version = live.version;

	dead.flags = BATON_CONN_F_DELETED;
	assert_int_equal(baton_record_judge(&live, false, 0, false), BATON_RECORD_INSERT);
	assert_int_equal(baton_record_judge(&dead, false, 0, false), BATON_RECORD_NOTHING);
	/* never handed out: any record is newer */
	assert_int_equal(baton_record_judge(&live, true, 0, true), BATON_RECORD_UPDATE);
	assert_int_equal(baton_record_judge(&live, true, 0, false), BATON_RECORD_REPLACE);
	assert_int_equal(baton_record_judge(&dead, true, 0, true), BATON_RECORD_KILL);
	/* the same again, and older */
	assert_int_equal(baton_record_judge(&live, true, version, true), BATON_RECORD_STALE);
	assert_int_equal(baton_record_judge(&dead, true, version, true), BATON_RECORD_STALE);
	assert_int_equal(baton_record_judge(&live, true, version + 1, false), BATON_RECORD_STALE);
	/* newer; a later epoch beats any count of an earlier one */
	assert_int_equal(baton_record_judge(&live, true, version - 1, true), BATON_RECORD_UPDATE);
	assert_int_equal(baton_record_judge(&live, true, BATON_VERSION(3, 0) - 1, false),
			 BATON_RECORD_REPLACE);
	assert_int_equal(baton_record_judge(&dead, true, version - 1, false), BATON_RECORD_KILL);
}

static void test_buckets(void **state)
{
	u8 map[BATON_DIGEST_BUCKETS / 8] = { [0] = 0x81, [127] = 0x80 };

	assert_true(baton_bucket_selected(NULL, 5));
	assert_true(baton_bucket_selected(map, 0));
	assert_false(baton_bucket_selected(map, 1));
	assert_true(baton_bucket_selected(map, 7));
	assert_false(baton_bucket_selected(map, 8));
	assert_false(baton_bucket_selected(map, BATON_DIGEST_BUCKETS - 2));
	assert_true(baton_bucket_selected(map, BATON_DIGEST_BUCKETS - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_policy_sctp),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_mixed),
		cmocka_unit_test(test_check_mark),
		cmocka_unit_test(test_check_ports),
		cmocka_unit_test(test_check_states),
		cmocka_unit_test(test_check_deletion),
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_buckets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
