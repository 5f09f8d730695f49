// SPDX-License-Identifier: GPL-2.0-or-later
/* links: syncd/dict.c */
/* Dictionary numbers: the same for the same, never reused, and an end that is noticed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "records.h"
#include "syncd/dict.h"

static struct baton_dict_tx tx;
static struct baton_dict_rx rx;

static int fresh(void **state)
{
	(void)state;
	baton_dict_tx_reset(&tx);
	baton_dict_rx_reset(&rx);
	return 0;
}

static void same_number(void **state)
{
	struct baton_conn_record a = record4(1, 1), b = record4(9, 2), c = record4(2, 3);
	struct baton_service_key key = {
		.family = a.family, .protocol = a.protocol, .port = a.svc_port, .addr = a.vaddr,
	};

	(void)state;
	assert_false(baton_dict_has_service(&tx, &key));
	assert_int_equal(baton_dict_number(&tx, &a), 1);
	assert_int_equal(baton_dict_number(&tx, &b), 1);
	assert_int_equal(baton_dict_number(&tx, &c), 2);
	a.method = BATON_METHOD_DR;
	assert_int_equal(baton_dict_number(&tx, &a), 3);
	a.protocol = IPPROTO_UDP;
	assert_int_equal(baton_dict_number(&tx, &a), 4);
	assert_int_equal(tx.services, 2);
	assert_true(baton_dict_has_service(&tx, &key));
	key.port = 0;
	assert_false(baton_dict_has_service(&tx, &key));
}

static void the_servers_own_family(void **state)
{
	struct baton_conn_record r = record4(1, 1);

	(void)state;
	r.method = BATON_METHOD_TUNNEL;
	assert_int_equal(baton_dict_number(&tx, &r), 1);
	r.flags |= BATON_CONN_F_MIXED;
	assert_int_equal(baton_dict_number(&tx, &r), 2);
	assert_int_equal(tx.server[1].family, AF_INET);
	assert_int_equal(tx.server[2].family, AF_INET6);
}

static void full(void **state)
{
	struct baton_conn_record r = record4(0, 1);

	(void)state;
	for (uint32_t i = 0; i < BATON_DICT_SERVERS; i++) {
		r.daddr.v4 = htonl(0x0a000000 + i);
		assert_int_equal(baton_dict_number(&tx, &r), i + 1);
	}
	r.daddr.v4 = htonl(0x0b000000);
	assert_int_equal(baton_dict_number(&tx, &r), -ENOSPC);
	r.daddr.v4 = htonl(0x0a000000);
	assert_int_equal(baton_dict_number(&tx, &r), 1);
	fresh(NULL);
	for (uint32_t i = 0; i < BATON_DICT_SERVICES; i++) {
		r.vport = r.svc_port = htons(1 + i);
		assert_true(baton_dict_number(&tx, &r) > 0);
	}
	r.vport = r.svc_port = htons(60000);
	assert_int_equal(baton_dict_number(&tx, &r), -ENOSPC);
}

static void learn(void **state)
{
	struct baton_service_key key = { .family = AF_INET };
	struct baton_dict_server s = { .service = 1, .family = AF_INET };

	(void)state;
	assert_int_equal(baton_dict_learn_service(&rx, 0, &key), -EBADMSG);
	assert_int_equal(baton_dict_learn_service(&rx, BATON_DICT_SERVICES + 1, &key), -EBADMSG);
	assert_int_equal(baton_dict_learn_service(&rx, BATON_DICT_SERVICES, &key), 0);
	assert_int_equal(baton_dict_learn_server(&rx, BATON_DICT_SERVERS + 1, &s), -EBADMSG);
	assert_int_equal(baton_dict_learn_server(&rx, BATON_DICT_SERVERS, &s), 0);
	s.service = 0;
	assert_int_equal(baton_dict_learn_server(&rx, 1, &s), -EBADMSG);
	s.service = BATON_DICT_SERVICES + 1;
	assert_int_equal(baton_dict_learn_server(&rx, 1, &s), -EBADMSG);
	assert_false(rx.server_known[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(same_number, fresh),
		cmocka_unit_test_setup(the_servers_own_family, fresh),
		cmocka_unit_test_setup(full, fresh),
		cmocka_unit_test_setup(learn, fresh),
	};

	return cmocka_run_group_tests_name("syncd/dict", tests, NULL, NULL);
}
