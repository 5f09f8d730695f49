// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ctl/args.c ctl/args_service.c ctl/names.c ctl/lib/addr.c ctl/lib/err.c */
/* libs: json-c */
/*
 * What `gate open` and `gate close` ask of the kernel. Kernel and sync daemon are variables here: the gate as
 * it was, what the daemon answered, and what the kernel was then told.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "ctl/cmd_gate.c"

static struct baton_gate kernel, told;
static int sets, set_error, complaints;
static const char *answer;	/* of the daemon; NULL: it does not run */
static int answer_status;
static bool agent;

int baton_tool_open(struct baton_nl **nl)
{
	*nl = NULL;
	return BATON_EXIT_OK;
}

void baton_nl_close(struct baton_nl *nl)
{
	(void)nl;
}

int baton_nl_gate_get(struct baton_nl *nl, struct baton_gate *ret)
{
	(void)nl;
	*ret = kernel;
	return 0;
}

int baton_nl_gate_set(struct baton_nl *nl, const struct baton_gate *gate)
{
	(void)nl;
	told = *gate;
	sets++;
	return set_error;
}

int baton_tool_refused(const struct baton_nl *nl, int error, const char *what, const char *hint)
{
	(void)nl;
	(void)what;
	assert_int_equal(error, set_error);
	assert_true(!hint == (error != -ESTALE));
	return BATON_EXIT_REFUSED;
}

int baton_tool_fail(int status, const char *fmt, ...)
{
	(void)fmt;
	complaints++;
	return status;
}

int baton_tool_usage(struct baton_tool *t)
{
	(void)t;
	return BATON_EXIT_USAGE;
}

json_object *baton_tool_request(const char *command)
{
	assert_string_equal(command, "status");
	return json_object_new_object();
}

int baton_tool_try(const char *daemon, json_object *request, int timeout_ms, json_object **reply,
		   char *err, size_t err_size)
{
	(void)timeout_ms;
	assert_string_equal(daemon, "baton-syncd");
	json_object_put(request);
	if (answer_status) {
		snprintf(err, err_size, "%s", "it does not answer");
		return answer_status;
	}
	if (!answer)
		return BATON_EXIT_NO_DAEMON;
	*reply = json_tokener_parse(answer);
	assert_non_null(*reply);
	return BATON_EXIT_OK;
}

bool baton_control_running(const char *path)
{
	assert_string_equal(path, BATON_CONTROL_HA);
	return agent;
}

void baton_show_gate(struct baton_writer *w, const struct baton_gate *gate)
{
	(void)w;
	(void)gate;
}

static int run(int (*command)(struct baton_tool *t), char *word)
{
	struct baton_tool t = { .args = { .word = &word, .count = word ? 1 : 0 } };

	return command(&t);
}

static void gate(uint8_t state, uint32_t epoch)
{
	kernel = (struct baton_gate){ .state = state, .epoch = epoch,
		.role = state == BATON_GATE_SHUT ? BATON_ROLE_STANDBY : BATON_ROLE_ACTIVE };
}

/* Opens, and the kernel is told this epoch; 0: nothing. */
static void opens(uint32_t epoch)
{
	sets = 0;
	assert_int_equal(run(baton_cmd_gate_open, NULL), BATON_EXIT_OK);
	assert_int_equal(sets, epoch ? 1 : 0);
	if (!epoch)
		return;
	assert_int_equal(told.role, BATON_ROLE_ACTIVE);
	assert_int_equal(told.epoch, epoch);
	assert_int_equal(told.lease_ms, 0);
}

static void above_what_was_heard(void **state)
{
	(void)state;
	gate(BATON_GATE_SHUT, 3);
	opens(4);
	answer = "{\"epoch\":3,\"epoch_heard\":17,\"peer\":{\"epoch\":16}}";
	opens(18);
	gate(BATON_GATE_EXPIRED, 20);
	opens(21);
}

static void an_older_daemon(void **state)
{
	(void)state;
	gate(BATON_GATE_SHUT, 0);
	answer = "{\"epoch\":2,\"peer\":{\"epoch\":9}}";
	opens(10);
	answer = "{\"epoch\":2,\"peer\":{\"present\":false}}";
	opens(3);
}

static void strange_numbers(void **state)
{
	(void)state;
	gate(BATON_GATE_SHUT, 5);
	answer = "{\"epoch_heard\":-1,\"epoch\":4294967296,\"peer\":\"x\"}";
	opens(6);
	answer = "{\"epoch_heard\":1048576}";
	opens(6);
	/* The last one: the kernel refuses what is beyond, and says why. */
	answer = "{\"epoch_heard\":1048575}";
	set_error = -ERANGE;
	assert_int_equal(run(baton_cmd_gate_open, NULL), BATON_EXIT_REFUSED);
	assert_int_equal(told.epoch, BATON_EPOCH_MAX + 1);
}

static void an_open_gate(void **state)
{
	(void)state;
	gate(BATON_GATE_OPEN, 6);
	opens(0);
	answer = "{\"epoch_heard\":6}";
	opens(0);
	/* Somebody else was active since: those who heard him follow only who is above. */
	answer = "{\"epoch_heard\":7}";
	opens(8);
}

static void a_daemon_that_does_not_answer(void **state)
{
	(void)state;
	gate(BATON_GATE_SHUT, 5);
	answer_status = BATON_EXIT_REFUSED;
	opens(6);
	assert_int_equal(complaints, 1);
	answer_status = 0;
	opens(6);
	assert_int_equal(complaints, 1);
}

static void an_agent_decides(void **state)
{
	(void)state;
	gate(BATON_GATE_SHUT, 5);
	agent = true;
	assert_int_equal(run(baton_cmd_gate_open, NULL), BATON_EXIT_REFUSED);
	assert_int_equal(sets, 0);
	assert_int_equal(run(baton_cmd_gate_open, "force"), BATON_EXIT_OK);
	assert_int_equal(told.epoch, 6);
}

static void closing(void **state)
{
	(void)state;
	answer = "{\"epoch_heard\":40}";
	gate(BATON_GATE_OPEN, 6);
	assert_int_equal(run(baton_cmd_gate_close, NULL), BATON_EXIT_OK);
	assert_int_equal(told.role, BATON_ROLE_STANDBY);
	assert_int_equal(told.epoch, 6);
	assert_int_equal(run(baton_cmd_gate_close, "initial"), BATON_EXIT_OK);
	assert_int_equal(sets, 1);
	gate(BATON_GATE_OPEN, 0);
	assert_int_equal(run(baton_cmd_gate_close, "initial"), BATON_EXIT_OK);
	assert_int_equal(sets, 2);
	gate(BATON_GATE_SHUT, 6);
	assert_int_equal(run(baton_cmd_gate_close, NULL), BATON_EXIT_OK);
	assert_int_equal(sets, 2);
	assert_int_equal(run(baton_cmd_gate_close, "now"), BATON_EXIT_USAGE);
}

static int fresh(void **state)
{
	(void)state;
	sets = set_error = complaints = answer_status = 0;
	memset(&told, 0, sizeof(told));
	answer = NULL;
	agent = false;
	return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, fresh)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(above_what_was_heard),
		TEST(an_older_daemon),
		TEST(strange_numbers),
		TEST(an_open_gate),
		TEST(a_daemon_that_does_not_answer),
		TEST(an_agent_decides),
		TEST(closing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
