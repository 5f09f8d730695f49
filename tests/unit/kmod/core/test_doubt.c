// SPDX-License-Identifier: GPL-2.0-or-later
/* What is believed of an end of a connection that one packet claimed. */
#include "unit.h"
#include "kmod/core/doubt.c"

#define S BATON_TCP_SYN
#define A BATON_TCP_ACK
#define F BATON_TCP_FIN
#define R BATON_TCP_RST

#define IN  BATON_TCP_TO_SERVER
#define OUT BATON_TCP_TO_CLIENT
#define DR  BATON_TCP_INPUT_ONLY

#define CL BATON_STATE_TCP_CLOSE
#define CW BATON_STATE_TCP_CLOSE_WAIT
#define FW BATON_STATE_TCP_FIN_WAIT
#define SR BATON_STATE_TCP_SYN_RECV

#define STAYS		BATON_DOUBT_STAYS
#define CONFIRMED	BATON_DOUBT_CONFIRMED
#define DENIED		BATON_DOUBT_DENIED

#define FIN_AT 0x7fff1234u

static void judged(enum baton_tcp_view view, u8 state, u8 flags, u32 end, u32 ack, enum baton_doubt want)
{
	const struct baton_segment segment = { .flags = flags, .end = end, .ack = ack };

	assert_int_equal(baton_doubt_judge(view, state, (u16)FIN_AT, &segment), want);
}

static void test_fin_of_client(void **state)
{
	judged(OUT, CW, A, 5, FIN_AT, CONFIRMED);
	judged(OUT, CW, A | F, 5, FIN_AT, CONFIRMED);
	judged(OUT, CW, A, 5, FIN_AT - 1, DENIED);
	judged(OUT, CW, A, 5, FIN_AT + 1, DENIED);
	judged(IN, CW, A, FIN_AT, 7, STAYS);		/* its sender says it again */
	judged(IN, CW, A | F, FIN_AT, 7, STAYS);
	judged(IN, CW, A | F, FIN_AT + 9, 7, STAYS);
	judged(IN, CW, A, FIN_AT + 9, 7, DENIED);
	judged(IN, CW, A, FIN_AT - 1, 7, DENIED);
}

static void test_fin_of_server(void **state)
{
	judged(IN, FW, A, 5, FIN_AT, CONFIRMED);
	judged(IN, FW, A | F, 5, FIN_AT, CONFIRMED);
	judged(IN, FW, A, 5, FIN_AT - 100, DENIED);
	judged(OUT, FW, A, FIN_AT, 7, STAYS);
	judged(OUT, FW, A, FIN_AT + 1400, 7, DENIED);
}

static void test_fin_without_answers(void **state)
{
	judged(DR, FW, A, FIN_AT, 7, CONFIRMED);
	judged(DR, FW, A | F, FIN_AT, 7, STAYS);
	judged(DR, FW, A, FIN_AT + 1, 7, DENIED);
	judged(DR, FW, A, FIN_AT - 1, 7, DENIED);
}

static void test_reset(void **state)
{
	const enum baton_tcp_view view[] = { IN, OUT, DR };
	const u8 said[] = { CL, SR };
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(view); i++)
		for (j = 0; j < ARRAY_SIZE(said); j++) {
			judged(view[i], said[j], A, 1, 1, DENIED);
			judged(view[i], said[j], A | F, 1, 1, DENIED);
			judged(view[i], said[j], R, 1, 1, STAYS);
			judged(view[i], said[j], R | A, 1, 1, STAYS);
			judged(view[i], said[j], S, 1, 1, STAYS);
			judged(view[i], said[j], S | A, 1, 1, STAYS);
			judged(view[i], said[j], 0, 1, 1, STAYS);
		}
}

/* Where it begins it can be denied; where it cannot be denied nothing is said of it. */
static void test_states(void **state)
{
	u8 from, to;

	for (from = 0; from <= BATON_STATE_MAX; from++)
		for (to = 0; to <= BATON_STATE_MAX; to++)
			if (baton_doubt_begins(from, to)) {
				assert_int_equal(from, BATON_STATE_TCP_ESTABLISHED);
				assert_true(baton_doubt_lasts(to));
			}
	assert_true(baton_doubt_begins(BATON_STATE_TCP_ESTABLISHED, CL));
	assert_true(baton_doubt_begins(BATON_STATE_TCP_ESTABLISHED, CW));
	assert_true(baton_doubt_begins(BATON_STATE_TCP_ESTABLISHED, FW));
	for (to = 0; to <= BATON_STATE_MAX; to++)
		if (!baton_doubt_lasts(to))
			judged(IN, to, A, 1, 1, STAYS);
	assert_false(baton_doubt_lasts(BATON_STATE_TCP_TIME_WAIT));
	assert_false(baton_doubt_lasts(BATON_STATE_TCP_ESTABLISHED));
}

static void read_one(u8 offset, u8 flags, u32 len, u32 want_end)
{
	u8 tcp[20] = { [4] = 0xff, 0xff, 0xff, 0xfe, 0x12, 0x34, 0x56, 0x78 };
	struct baton_segment segment;

	tcp[12] = (u8)(offset << 4);
	tcp[13] = flags;
	baton_segment_read(tcp, len, &segment);
	assert_int_equal(segment.end, want_end);
	assert_int_equal(segment.ack, 0x12345678);
	assert_int_equal(segment.flags, flags);
}

static void test_read(void **state)
{
	read_one(5, A, 20, 0xfffffffe);
	read_one(5, A, 21, 0xffffffff);
	read_one(5, A | F, 30, 9);
	read_one(5, S | F, 20, 0);
	read_one(8, A, 42, 8);
	read_one(15, A, 20, 0xfffffffe);	/* a header that claims more than there is */
	read_one(0, A, 20, 18);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fin_of_client),
		cmocka_unit_test(test_fin_of_server),
		cmocka_unit_test(test_fin_without_answers),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
