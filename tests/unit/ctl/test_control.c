// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ctl/lib/control.c ctl/lib/control_call.c ctl/lib/err.c */
/* libs: json-c libsystemd */
/*
 * The server runs in the test's own event loop; clients are plain sockets driven step by
 * step, and for baton_control_call(), which blocks, a thread.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>
#include "control.h"

static char dir[] = "/tmp/baton-control-XXXXXX";
static char path[64];
static sd_event *event;
static struct baton_control *control;
static struct baton_control_client *held;	/* asked "later" or "watch" */
static int requests, gone;

static void on_request(struct baton_control_client *client, const char *command,
		       json_object *request, void *arg)
{
	json_object *reply;

	(void)arg;
	requests++;
	if (!strcmp(command, "later") || !strcmp(command, "watch")) {
		held = client;
		return;
	}
	if (!strcmp(command, "no")) {
		baton_control_fail(client, -EBUSY, "not while %s", "it rains");
		return;
	}
	reply = json_object_new_object();
	json_object_object_add(reply, "echo", json_object_get(request));
	baton_control_reply(client, reply);
}

static void on_gone(struct baton_control_client *client, void *arg)
{
	(void)arg;
	gone++;
	if (client == held)
		held = NULL;
}

/* Runs the loop until nothing is left to do for 20 ms. */
static void settle(void)
{
	while (sd_event_run(event, 20000) > 0)
		;
}

static int dial(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(addr.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	settle();
	return fd;
}

static void tell(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	settle();
}

/* What has arrived; "" for nothing, "EOF" when the server closed. */
static const char *hear(int fd)
{
	static char buf[4096];
	ssize_t len = recv(fd, buf, sizeof(buf) - 1, MSG_DONTWAIT);

	if (!len || (len < 0 && errno == ECONNRESET))
		return "EOF";
	buf[len > 0 ? len : 0] = '\0';
	return buf;
}

static void answers_a_request(void **state)
{
	int fd = dial();

	(void)state;
	tell(fd, "{\"command\":\"status\"}\n");
	assert_string_equal(hear(fd), "{\"echo\":{\"command\":\"status\"},\"ok\":true}\n");
	tell(fd, "{\"command\":\"no\"}\n");
	assert_string_equal(hear(fd),
			    "{\"ok\":false,\"error\":\"not while it rains\",\"code\":16}\n");
	close(fd);
	settle();
}

static void a_line_may_come_in_pieces(void **state)
{
	int fd = dial();

	(void)state;
	tell(fd, "{\"comm");
	assert_string_equal(hear(fd), "");
	tell(fd, "and\":\"a\"}\n{\"command\":\"b\"}\n{\"comm");
	assert_string_equal(hear(fd), "{\"echo\":{\"command\":\"a\"},\"ok\":true}\n"
				      "{\"echo\":{\"command\":\"b\"},\"ok\":true}\n");
	close(fd);
	settle();
}

static void requests_wait_for_an_answer(void **state)
{
	int fd = dial(), before = requests;

	(void)state;
	tell(fd, "{\"command\":\"later\"}\n{\"command\":\"a\"}\n");
	assert_int_equal(requests, before + 1);
	assert_string_equal(hear(fd), "");
	baton_control_reply(held, json_object_new_object());
	settle();
	assert_int_equal(requests, before + 2);
	assert_string_equal(hear(fd), "{\"ok\":true}\n{\"echo\":{\"command\":\"a\"},\"ok\":true}\n");
	close(fd);
	settle();
}

static void garbage_is_answered_and_closed(void **state)
{
	static const char *const garbage[] = {
		"hello\n", "[]\n", "{}\n", "{\"command\":1}\n", "{\"command\":\"a\"} x\n",
		"\n", "{\"command\":\"a\"\n", "null\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		int fd = dial(), before = requests;

		tell(fd, garbage[i]);
		assert_non_null(strstr(hear(fd), "\"ok\":false"));
		assert_string_equal(hear(fd), "EOF");
		assert_int_equal(requests, before);
		close(fd);
	}
}

static void too_long_a_line_is_refused(void **state)
{
	char *text = malloc(BATON_CONTROL_LINE_MAX + 1);
	int fd = dial();

	(void)state;
	memset(text, 'x', BATON_CONTROL_LINE_MAX);
	text[BATON_CONTROL_LINE_MAX] = '\0';
	tell(fd, text);
	assert_non_null(strstr(hear(fd), "too long"));
	free(text);
	close(fd);
	settle();
}

static void a_client_may_vanish(void **state)
{
	int fd = dial(), before = gone;

	(void)state;
	tell(fd, "{\"command\":\"later\"}\n");
	assert_non_null(held);
	close(fd);
	settle();
	assert_int_equal(gone, before + 1);
	assert_null(held);
}

static void watchers_get_more_lines(void **state)
{
	int fd = dial();
	json_object *line;

	(void)state;
	tell(fd, "{\"command\":\"watch\"}\n");
	baton_control_reply(held, json_object_new_object());
	line = json_object_new_object();
	json_object_object_add(line, "n", json_object_new_int(1));
	baton_control_push(held, line);
	settle();
	assert_string_equal(hear(fd), "{\"ok\":true}\n{\"n\":1}\n");
	close(fd);
	settle();
	assert_null(held);
}

/* It asks for something else meanwhile: that it has gone is told all the same. */
static void watchers_may_ask_and_vanish(void **state)
{
	int fd = dial(), before = gone;

	(void)state;
	tell(fd, "{\"command\":\"watch\"}\n");
	baton_control_reply(held, json_object_new_object());
	tell(fd, "{\"command\":\"hello\"}\n");
	assert_non_null(held);
	assert_int_equal(gone, before);
	close(fd);
	settle();
	assert_int_equal(gone, before + 1);
	assert_null(held);
}

/* A watcher that never reads costs a bounded amount of memory, then its connection. */
static void deaf_watchers_are_dropped(void **state)
{
	int fd = dial(), before = gone;

	(void)state;
	tell(fd, "{\"command\":\"watch\"}\n");
	for (int i = 0; i < 200 && held; i++) {
		json_object *line = json_object_new_object();
		char text[10000];

		memset(text, 'x', sizeof(text));
		text[sizeof(text) - 1] = '\0';
		json_object_object_add(line, "x", json_object_new_string(text));
		baton_control_push(held, line);
		settle();
	}
	assert_null(held);
	assert_int_equal(gone, before + 1);
	close(fd);
}

static void at_most_sixteen_clients(void **state)
{
	int fd[17];

	(void)state;
	for (int i = 0; i < 17; i++)
		fd[i] = dial();
	assert_non_null(strstr(hear(fd[16]), "too many"));
	tell(fd[15], "{\"command\":\"a\"}\n");
	assert_non_null(strstr(hear(fd[15]), "\"ok\":true"));
	for (int i = 0; i < 17; i++)
		close(fd[i]);
	settle();
}

static void the_socket_is_for_the_group(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
}

/* --- the client side --- */

struct call {
	const char *command;
	int timeout_ms;
	int ret;
	json_object *reply;
	char err[512];
};

static void *make_call(void *arg)
{
	struct call *c = arg;
	json_object *request = json_object_new_object();

	json_object_object_add(request, "command", json_object_new_string(c->command));
	c->ret = baton_control_call(path, request, c->timeout_ms, &c->reply, c->err,
				    sizeof(c->err));
	json_object_put(request);
	return NULL;
}

static void run_call(struct call *c)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, make_call, c), 0);
	while (pthread_tryjoin_np(thread, NULL) == EBUSY)
		sd_event_run(event, 1000);
}

static void calls_and_refusals(void **state)
{
	struct call ok = { .command = "status", .timeout_ms = 10000 };
	struct call no = { .command = "no", .timeout_ms = 10000 };
	struct call late = { .command = "later", .timeout_ms = 50 };

	(void)state;
	run_call(&ok);
	assert_int_equal(ok.ret, 0);
	assert_true(json_object_object_get_ex(ok.reply, "echo", NULL));
	json_object_put(ok.reply);
	run_call(&no);
	assert_int_equal(no.ret, -EBUSY);
	assert_string_equal(no.err, "not while it rains");
	run_call(&late);
	assert_int_equal(late.ret, -ETIMEDOUT);
	assert_non_null(strstr(late.err, "in time"));
	settle();
}

static void nobody_listens(void **state)
{
	json_object *request = json_object_new_object(), *reply = NULL;
	char err[512];

	(void)state;
	assert_true(baton_control_running(path));
	assert_int_equal(baton_control_call("/tmp/baton-no-such-socket", request, 100, &reply,
					    err, sizeof(err)), -ENOENT);
	assert_non_null(strstr(err, "not running"));
	assert_null(reply);
	assert_false(baton_control_running("/tmp/baton-no-such-socket"));
	json_object_put(request);
}

static void a_stale_socket_is_replaced(void **state)
{
	struct baton_control *second;
	char stale[80];
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	snprintf(stale, sizeof(stale), "%s/stale", dir);
	strcpy(addr.sun_path, stale);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
	assert_false(baton_control_running(stale));
	assert_int_equal(baton_control_listen(&second, event, stale, on_request, NULL, NULL),
			 0);
	assert_true(baton_control_running(stale));
	baton_control_close(second);
	assert_int_equal(access(stale, F_OK), -1);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir) || sd_event_new(&event) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/control", dir);
	return baton_control_listen(&control, event, path, on_request, on_gone, NULL);
}

static int teardown(void **state)
{
	(void)state;
	baton_control_close(control);
	sd_event_unref(event);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_a_request),
		cmocka_unit_test(a_line_may_come_in_pieces),
		cmocka_unit_test(requests_wait_for_an_answer),
		cmocka_unit_test(garbage_is_answered_and_closed),
		cmocka_unit_test(too_long_a_line_is_refused),
		cmocka_unit_test(a_client_may_vanish),
		cmocka_unit_test(watchers_get_more_lines),
		cmocka_unit_test(watchers_may_ask_and_vanish),
		cmocka_unit_test(deaf_watchers_are_dropped),
		cmocka_unit_test(at_most_sixteen_clients),
		cmocka_unit_test(the_socket_is_for_the_group),
		cmocka_unit_test(calls_and_refusals),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(a_stale_socket_is_replaced),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
