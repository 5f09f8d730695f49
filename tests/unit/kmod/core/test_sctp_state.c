// SPDX-License-Identifier: GPL-2.0-or-later
/* Conversations, told as sequences of packets with the state that each has to lead to. */
#include "unit.h"
#include "kmod/core/sctp_state.c"

#define TO	BATON_TCP_TO_SERVER
#define BACK	BATON_TCP_TO_CLIENT
#define ONLY	BATON_TCP_INPUT_ONLY

struct step {
	enum baton_tcp_view	view;
	u8			chunk;
	u8			want;
};

static void run(const struct step *steps, size_t count)
{
	u8 state = BATON_STATE_NONE;
	size_t i;

	for (i = 0; i < count; i++) {
		state = baton_sctp_next(steps[i].view, state, steps[i].chunk);
		if (state != steps[i].want)
			print_error("step %zu\n", i);
		assert_int_equal(state, steps[i].want);
	}
}
#define RUN(...) run((const struct step[]){ __VA_ARGS__ },	\
		     ARRAY_SIZE(((const struct step[]){ __VA_ARGS__ })))

#define OPENED	{ TO, BATON_SCTP_INIT, IN }, { BACK, BATON_SCTP_INIT_ACK, IN },		\
		{ TO, BATON_SCTP_COOKIE_ECHO, CK }, { BACK, BATON_SCTP_COOKIE_ACK, ET }

static void test_client_ends(void **state)
{
	RUN(OPENED, { TO, BATON_SCTP_DATA, ET }, { BACK, BATON_SCTP_SACK, ET },
	    { TO, BATON_SCTP_SHUTDOWN, SD }, { BACK, BATON_SCTP_SHUTDOWN_ACK, SA },
	    { TO, BATON_SCTP_SHUTDOWN_COMPLETE, CL });
}

static void test_server_ends(void **state)
{
	RUN(OPENED, { BACK, BATON_SCTP_SHUTDOWN, SD }, { TO, BATON_SCTP_SHUTDOWN_ACK, SA },
	    { BACK, BATON_SCTP_SHUTDOWN_COMPLETE, CL }, { TO, BATON_SCTP_SACK, CL });
}

/* Both want to end at once; data that was under way still comes. */
static void test_both_end(void **state)
{
	RUN(OPENED, { TO, BATON_SCTP_SHUTDOWN, SD }, { BACK, BATON_SCTP_SHUTDOWN, SD },
	    { BACK, BATON_SCTP_DATA, SD }, { TO, BATON_SCTP_SHUTDOWN_ACK, SA },
	    { BACK, BATON_SCTP_SHUTDOWN_ACK, SA }, { TO, BATON_SCTP_SHUTDOWN_COMPLETE, CL });
}

static void test_lost_words(void **state)
{
	/* the server's answer came, but not past here: the client may go on only if it has it */
	RUN({ TO, BATON_SCTP_INIT, IN }, { TO, BATON_SCTP_COOKIE_ECHO, CK }, { TO, BATON_SCTP_DATA, ET });
	RUN({ TO, BATON_SCTP_INIT, IN }, { TO, BATON_SCTP_COOKIE_ECHO, CK }, { BACK, BATON_SCTP_DATA, ET });
	RUN(OPENED, { TO, BATON_SCTP_SHUTDOWN_ACK, SA });
	RUN(OPENED, { TO, BATON_SCTP_SHUTDOWN, SD }, { TO, BATON_SCTP_SHUTDOWN_COMPLETE, CL });
}

static void test_repeated(void **state)
{
	RUN({ TO, BATON_SCTP_INIT, IN }, { TO, BATON_SCTP_INIT, IN }, { BACK, BATON_SCTP_INIT_ACK, IN },
	    { TO, BATON_SCTP_COOKIE_ECHO, CK }, { TO, BATON_SCTP_COOKIE_ECHO, CK },
	    { BACK, BATON_SCTP_COOKIE_ACK, ET }, { TO, BATON_SCTP_COOKIE_ECHO, ET },
	    { BACK, BATON_SCTP_COOKIE_ACK, ET });
}

static void test_refused(void **state)
{
	RUN({ TO, BATON_SCTP_INIT, IN }, { BACK, BATON_SCTP_ABORT, CL });
	RUN(OPENED, { TO, BATON_SCTP_ABORT, CL });
}

/* Words that do not fit are for the ends to judge. */
static void test_out_of_place(void **state)
{
	RUN(OPENED, { TO, BATON_SCTP_INIT, ET }, { BACK, BATON_SCTP_INIT, ET },
	    { TO, BATON_SCTP_SHUTDOWN_COMPLETE, ET }, { BACK, BATON_SCTP_ERROR, ET }, { TO, 0x81, ET });
	RUN({ TO, BATON_SCTP_INIT, IN }, { TO, BATON_SCTP_SHUTDOWN, IN },
	    { TO, BATON_SCTP_SHUTDOWN_COMPLETE, IN }, { TO, BATON_SCTP_DATA, IN });
}

static void test_server_not_seen(void **state)
{
	RUN({ ONLY, BATON_SCTP_INIT, IN }, { ONLY, BATON_SCTP_COOKIE_ECHO, ET },
	    { ONLY, BATON_SCTP_SHUTDOWN, SD }, { ONLY, BATON_SCTP_SHUTDOWN_COMPLETE, CL });
	RUN({ ONLY, BATON_SCTP_INIT, IN }, { ONLY, BATON_SCTP_COOKIE_ECHO, ET },
	    { ONLY, BATON_SCTP_SHUTDOWN_ACK, SA }, { ONLY, BATON_SCTP_SACK, SA });
}

/* Whatever comes in whatever state: a state of SCTP follows, and after an abort always CLOSED. */
static void test_total(void **state)
{
	unsigned int view, s, chunk;
	u8 next;

	for (view = 0; view < __BATON_TCP_VIEWS; view++)
		for (s = 0; s < 256; s++)
			for (chunk = 0; chunk < 256; chunk++) {
				next = baton_sctp_next(view, (u8)s, (u8)chunk);
				if (s && (s < FIRST || s > CL)) {
					assert_int_equal(next, s);
					continue;
				}
				assert_true(next >= FIRST && next <= CL);
				if (chunk == BATON_SCTP_ABORT)
					assert_int_equal(next, CL);
			}
}

static void test_reuse(void **state)
{
	assert_true(baton_sctp_reusable(TO, CL));
	assert_true(baton_sctp_reusable(ONLY, CL));
	assert_true(baton_sctp_reusable(ONLY, SA));
	assert_false(baton_sctp_reusable(TO, SA));
	assert_false(baton_sctp_reusable(TO, ET));
	assert_false(baton_sctp_reusable(ONLY, SD));
	assert_false(baton_sctp_reusable(TO, BATON_STATE_TCP_CLOSE));
}

static void test_amid(void **state)
{
	unsigned int chunk, found = 0;

	for (chunk = 0; chunk < 256; chunk++)
		found += baton_sctp_is_amid((u8)chunk);
	assert_int_equal(found, 5);
	assert_true(baton_sctp_is_amid(BATON_SCTP_I_DATA));
	assert_false(baton_sctp_is_amid(BATON_SCTP_COOKIE_ECHO));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_client_ends),
		cmocka_unit_test(test_server_ends),
		cmocka_unit_test(test_both_end),
		cmocka_unit_test(test_lost_words),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_out_of_place),
		cmocka_unit_test(test_server_not_seen),
		cmocka_unit_test(test_total),
		cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_amid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
