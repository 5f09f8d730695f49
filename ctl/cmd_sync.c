// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include "json_field.h"
#include "key.h"
#include "status.h"
#include "tool.h"

#define ANSWER_MS	2000
#define FLUSH_MS	5000

int baton_cmd_sync_status(struct baton_tool *t)
{
	json_object *reply;
	int status;

	if (baton_args_end(&t->args))
		return baton_tool_usage(t);
	status = baton_tool_ask("baton-syncd", baton_tool_request("status"), ANSWER_MS, &reply);
	if (status)
		return status;
	if (t->json)
		baton_tool_print(reply);
	else
		baton_show_sync(&t->out, reply);
	json_object_put(reply);
	return BATON_EXIT_OK;
}

/* For scripts and monitoring: the exit status is the answer. */
int baton_cmd_sync_warm(struct baton_tool *t)
{
	json_object *reply;
	int status;

	if (baton_args_end(&t->args))
		return baton_tool_usage(t);
	status = baton_tool_ask("baton-syncd", baton_tool_request("status"), ANSWER_MS, &reply);
	if (status)
		return status;
	if (!baton_json_bool(reply, "warm"))
		status = baton_tool_fail(BATON_EXIT_REFUSED,
					 "not warm: the tables are not proven equal, see 'batonctl sync status'");
	else
		baton_show_warm(&t->out, reply);
	json_object_put(reply);
	return status;
}

int baton_cmd_sync_resync(struct baton_tool *t)
{
	return baton_tool_tell(t, "baton-syncd", baton_tool_request("resync"), ANSWER_MS,
			       "a full resync has begun; 'batonctl sync status' shows how far it is");
}

int baton_cmd_sync_reload(struct baton_tool *t)
{
	return baton_tool_tell(t, "baton-syncd", baton_tool_request("reload"), ANSWER_MS,
			       "the configuration was read again");
}

int baton_cmd_sync_flush(struct baton_tool *t)
{
	unsigned long ms = FLUSH_MS;
	json_object *request;

	if (baton_args_is(&t->args, "timeout") &&
	    baton_args_number(&t->args, "timeout", 1, 600000, &ms))
		return baton_tool_usage(t);
	request = baton_tool_request("flush");
	json_object_object_add(request, "timeout_ms", json_object_new_int64((int64_t)ms));
	return baton_tool_tell(t, "baton-syncd", request, (int)ms + ANSWER_MS, "the peer has everything");
}

int baton_cmd_sync_genkey(struct baton_tool *t)
{
	const char *path = BATON_KEY_PATH;
	char err[512];
	int error;

	if (baton_args_left(&t->args))
		path = baton_args_word(&t->args, "the FILE");
	if (baton_args_end(&t->args))
		return baton_tool_usage(t);
	error = baton_key_generate(path, err, sizeof(err));
	if (error)
		return baton_tool_fail(error == -EACCES || error == -EPERM ?
				       BATON_EXIT_PERMISSION : BATON_EXIT_FILE, "%s", err);
	baton_write_object(&t->out, NULL);
	baton_write_words(&t->out, "wrote a new key to %s; copy it to the other node, name it in baton.conf and run 'batonctl sync reload' on both",
			  path);
	baton_write_string(&t->out, "key_file", NULL, path);
	baton_write_end(&t->out);
	return BATON_EXIT_OK;
}
