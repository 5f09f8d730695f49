// SPDX-License-Identifier: GPL-2.0-or-later
#include "tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "control.h"
#include "err.h"

int baton_tool_fail(int status, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* What a file, the kernel or a daemon says stays one line. */
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	fflush(stdout);
	fprintf(stderr, "batonctl: %s\n", text);
	return status;
}

static const char *name_of(const struct baton_command *c, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s", c->noun, c->verb ? " " : "", c->verb ? c->verb : "");
	return buf;
}

int baton_tool_usage(struct baton_tool *t)
{
	const struct baton_command *c = t->command;
	char name[64];

	name_of(c, name, sizeof(name));
	return baton_tool_fail(BATON_EXIT_USAGE, "%s: %s; usage: batonctl %s%s%s", name,
			       t->args.err, name, c->words[0] ? " " : "", c->words);
}

int baton_tool_open(struct baton_nl **nl)
{
	char err[512];
	int error = baton_nl_open(nl, err, sizeof(err));

	switch (error) {
	case 0:
		return BATON_EXIT_OK;
	case -ENOENT:
		return baton_tool_fail(BATON_EXIT_NO_MODULE, "%s", err);
	case -EPROTO:
		return baton_tool_fail(BATON_EXIT_VERSION, "%s", err);
	case -EPERM:
	case -EACCES:
		return baton_tool_fail(BATON_EXIT_PERMISSION, "%s; run batonctl as root", err);
	default:
		return baton_tool_fail(BATON_EXIT_REFUSED, "%s", err);
	}
}

int baton_tool_refused(const struct baton_nl *nl, int error, const char *what,
		       const char *hint)
{
	bool permission = error == -EPERM || error == -EACCES;

	if (permission)
		hint = "run batonctl as root";
	else if (error == -EPROTO)
		hint = "install module and tool from one release";
	return baton_tool_fail(permission ? BATON_EXIT_PERMISSION :
			       error == -EPROTO ? BATON_EXIT_VERSION : BATON_EXIT_REFUSED,
			       "cannot %s: %s%s%s", what, baton_nl_reason(nl),
			       hint ? "; " : "", hint ? hint : "");
}

const char *baton_tool_what(const struct baton_tool *t, char *buf, size_t size)
{
	const struct baton_command *c = t->command;
	int n;

	n = snprintf(buf, size, "%s %s", strcmp(c->verb, "del") ? c->verb : "delete", c->noun);
	for (int i = 0; i < t->args.count && n > 0 && (size_t)n < size; i++)
		n += snprintf(buf + n, size - (size_t)n, " %s", t->args.word[i]);
	return buf;
}

json_object *baton_tool_request(const char *command)
{
	json_object *request = json_object_new_object();

	json_object_object_add(request, "command", json_object_new_string(command));
	return request;
}

int baton_tool_try(const char *daemon, json_object *request, int timeout_ms,
		   json_object **reply, char *err, size_t err_size)
{
	const char *path = !strcmp(daemon, "baton-ha") ? BATON_CONTROL_HA : BATON_CONTROL_SYNCD;
	int error;

	error = baton_control_call(path, request, timeout_ms, reply, err, err_size);
	json_object_put(request);
	if (!error)
		return BATON_EXIT_OK;
	if (error == -EACCES)
		return BATON_EXIT_PERMISSION;
	if ((error == -ENOENT || error == -ECONNREFUSED) && !baton_control_running(path)) {
		baton_err_set(err, err_size, error,
			      "%s is not running; start it with 'systemctl start %s' and see 'journalctl -u %s'",
			      daemon, daemon, daemon);
		return BATON_EXIT_NO_DAEMON;
	}
	return BATON_EXIT_REFUSED;
}

int baton_tool_ask(const char *daemon, json_object *request, int timeout_ms,
		   json_object **reply)
{
	char err[768];
	int status = baton_tool_try(daemon, request, timeout_ms, reply, err, sizeof(err));

	return status ? baton_tool_fail(status, "%s", err) : BATON_EXIT_OK;
}

void baton_tool_print(json_object *reply)
{
	puts(json_object_to_json_string_ext(reply, JSON_C_TO_STRING_PLAIN |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
}

void baton_tool_done(struct baton_tool *t, json_object *reply, const char *sentence)
{
	if (t->json)
		baton_tool_print(reply);
	else
		puts(sentence);
	json_object_put(reply);
}
