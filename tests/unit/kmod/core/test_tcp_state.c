// SPDX-License-Identifier: GPL-2.0-or-later
/* Conversations, told as sequences of packets with the state that each has to lead to. */
#include "unit.h"
#include "kmod/core/tcp_state.c"

#define S BATON_TCP_SYN
#define A BATON_TCP_ACK
#define F BATON_TCP_FIN
#define R BATON_TCP_RST

#define IN  BATON_TCP_TO_SERVER
#define OUT BATON_TCP_TO_CLIENT
#define DR  BATON_TCP_INPUT_ONLY

struct step {
	enum baton_tcp_view	view;
	u8			flags;
	u8			want;
};

static void run(const struct step *steps, size_t count)
{
	u8 state = BATON_STATE_NONE;
	size_t i;

	for (i = 0; i < count; i++) {
		state = baton_tcp_next(steps[i].view, state, steps[i].flags);
		if (state != steps[i].want)
			print_error("step %zu\n", i);
		assert_int_equal(state, steps[i].want);
	}
}
#define RUN(...) run((const struct step[]){ __VA_ARGS__ },	\
		     ARRAY_SIZE(((const struct step[]){ __VA_ARGS__ })))

static void test_client_closes(void **state)
{
	RUN({ IN, S, SR }, { OUT, S | A, SR }, { IN, A, ET }, { OUT, A, ET }, { IN, A, ET },
	    { IN, F | A, CW }, { OUT, A, CW }, { OUT, F | A, LA }, { IN, A, TW }, { IN, A, TW });
}

static void test_server_closes(void **state)
{
	RUN({ IN, S, SR }, { OUT, S | A, SR }, { IN, A, ET }, { OUT, F | A, FW }, { IN, A, FW },
	    { OUT, A, FW }, { IN, F | A, TW }, { OUT, A, TW });
}

static void test_both_close_at_once(void **state)
{
	RUN({ IN, S, SR }, { OUT, S | A, SR }, { IN, A, ET }, { IN, F | A, CW }, { OUT, F | A, LA },
	    { IN, A, TW }, { OUT, A, TW });
}

static void test_resets(void **state)
{
	RUN({ IN, S, SR }, { OUT, R | A, CL }, { IN, A, CL });
	RUN({ IN, S, SR }, { OUT, S | A, SR }, { IN, A, ET }, { IN, R, CL }, { OUT, A, CL });
	RUN({ IN, S, SR }, { OUT, S | A, SR }, { IN, A, ET }, { OUT, R, CL });
	/* a reset wins over whatever else is set */
	RUN({ IN, S, SR }, { IN, S | F | A | R, CL });
}

static void test_repeated_packets(void **state)
{
	RUN({ IN, S, SR }, { IN, S, SR }, { OUT, S | A, SR }, { OUT, S | A, SR }, { IN, A, ET },
	    { OUT, S | A, ET }, { IN, A, ET }, { IN, F | A, CW }, { IN, F | A, CW },
	    { OUT, F | A, LA }, { OUT, F | A, LA }, { IN, F | A, LA }, { IN, A, TW });
}

/* An old or forged SYN does not end what is established. */
static void test_syn_on_established(void **state)
{
	RUN({ IN, S, SR }, { OUT, S | A, SR }, { IN, A, ET }, { IN, S, ET }, { OUT, A, ET });
}

static void test_server_not_seen(void **state)
{
	RUN({ DR, S, SR }, { DR, A, ET }, { DR, A, ET }, { DR, F | A, FW }, { DR, A, FW });
	RUN({ DR, S, SR }, { DR, A, ET }, { DR, R, CL });
}

static void test_no_flags_no_change(void **state)
{
	u8 s;

	for (s = 0; s <= BATON_STATE_MAX; s++) {
		assert_int_equal(baton_tcp_next(IN, s, 0), s);
		assert_int_equal(baton_tcp_next(OUT, s, 0x08 | 0x20 | 0xc0), s);
	}
}

/* Whatever comes in whatever state: a TCP state follows, and after a reset always CLOSE. */
static void test_total(void **state)
{
	unsigned int view, s, flags;
	u8 next;

	for (view = 0; view < __BATON_TCP_VIEWS; view++)
		for (s = 0; s < BATON_STATE_UDP; s++)
			for (flags = 0; flags < 256; flags++) {
				next = baton_tcp_next(view, s, flags);
				assert_true(next < BATON_STATE_UDP);
				assert_true(next != BATON_STATE_NONE || s == BATON_STATE_NONE);
				if (flags & R)
					assert_int_equal(next, CL);
			}
	assert_int_equal(baton_tcp_next(IN, BATON_STATE_UDP, R), BATON_STATE_UDP);
	assert_int_equal(baton_tcp_next(IN, 255, S), 255);
}

static void test_reuse(void **state)
{
	assert_true(baton_tcp_reusable(IN, TW));
	assert_true(baton_tcp_reusable(IN, CL));
	assert_true(baton_tcp_reusable(DR, TW));
	assert_true(baton_tcp_reusable(DR, FW));
	assert_false(baton_tcp_reusable(IN, FW));
	assert_false(baton_tcp_reusable(IN, ET));
	assert_false(baton_tcp_reusable(DR, SR));
	assert_false(baton_tcp_reusable(IN, LA));
}

static void test_activity_and_timeouts(void **state)
{
	const struct { u8 state; bool active; u32 timeout; } want[] = {
		{ BATON_STATE_NONE, false, 2 },
		{ BATON_STATE_TCP_ESTABLISHED, true, 900 },
		{ BATON_STATE_TCP_SYN_SENT, true, 120 },
		{ BATON_STATE_TCP_SYN_RECV, true, 60 },
		{ BATON_STATE_TCP_FIN_WAIT, false, 120 },
		{ BATON_STATE_TCP_TIME_WAIT, false, 120 },
		{ BATON_STATE_TCP_CLOSE, false, 10 },
		{ BATON_STATE_TCP_CLOSE_WAIT, false, 60 },
		{ BATON_STATE_TCP_LAST_ACK, false, 30 },
		{ BATON_STATE_TCP_SYNACK, true, 120 },
		{ BATON_STATE_UDP, true, 300 },
		{ BATON_STATE_TEMPLATE, false, 300 },
		{ BATON_STATE_SCTP_ESTABLISHED, true, 900 },
		{ BATON_STATE_SCTP_INIT, true, 60 },
		{ BATON_STATE_SCTP_COOKIE, true, 60 },
		{ BATON_STATE_SCTP_SHUTDOWN, false, 120 },
		{ BATON_STATE_SCTP_SHUTDOWN_ACK, false, 60 },
		{ BATON_STATE_SCTP_CLOSED, false, 10 },
	};
	size_t i;

	assert_int_equal(ARRAY_SIZE(want), BATON_STATE_MAX + 1);
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		assert_int_equal(baton_state_active(want[i].state), want[i].active);
		assert_int_equal(baton_state_timeout(want[i].state), want[i].timeout);
	}
	assert_int_equal(baton_state_timeout(BATON_STATE_MAX + 1), 0);
	assert_false(baton_state_active(200));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_client_closes),
		cmocka_unit_test(test_server_closes),
		cmocka_unit_test(test_both_close_at_once),
		cmocka_unit_test(test_resets),
		cmocka_unit_test(test_repeated_packets),
		cmocka_unit_test(test_syn_on_established),
		cmocka_unit_test(test_server_not_seen),
		cmocka_unit_test(test_no_flags_no_change),
		cmocka_unit_test(test_total),
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_activity_and_timeouts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
