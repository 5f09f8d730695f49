// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file is read and checked whole, then compared with the kernel, and only what differs
 * is changed. A refusal half way is rare (the file was checked) and takes back what was
 * done: additions and changes come first and can be undone, deletions come last, but for those
 * of services whose ports another one is to get.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include "err.h"
#include "kernel.h"
#include "tool.h"

static int read_file(const char *path, struct baton_rules *ret)
{
	bool from_stdin = !strcmp(path, "-");
	FILE *in = from_stdin ? stdin : fopen(path, "re");
	char err[512];
	int error;

	if (!in)
		return baton_tool_fail(errno == EACCES ? BATON_EXIT_PERMISSION :
				       BATON_EXIT_FILE, "cannot read %s: %s; nothing was changed",
				       path, baton_err_text(errno));
	error = baton_rules_parse(in, from_stdin ? "standard input" : path, ret, err,
				  sizeof(err));
	if (!from_stdin)
		fclose(in);
	return error ? baton_tool_fail(BATON_EXIT_FILE, "%s; nothing was changed", err) :
		       BATON_EXIT_OK;
}

/* The line of the first such server, or 0. */
static unsigned int find_tunnel(const struct baton_rules *rules)
{
	for (size_t i = 0; i < rules->services; i++)
		for (size_t j = 0; j < rules->service[i].servers; j++)
			if (rules->service[i].server[j].server.method == BATON_METHOD_TUNNEL)
				return rules->service[i].server[j].line;
	return 0;
}

/* What the file may say and this module cannot do: known before anything is changed. */
static int check_features(struct baton_nl *nl, const char *path,
			  const struct baton_rules *want)
{
	struct baton_info info;
	int error = baton_nl_info(nl, &info);

	if (error)
		return baton_tool_refused(nl, error, "read the module's features", NULL);
	for (size_t i = 0; i < want->services; i++) {
		const struct baton_service_key *key = &want->service[i].service.key;
		const char *missing = NULL;

		if (key->family == AF_INET6 && !(info.features & BATON_FEATURE_IPV6))
			missing = "IPv6";
		else if (key->protocol == IPPROTO_SCTP && !(info.features & BATON_FEATURE_SCTP))
			missing = "SCTP";
		else if (want->service[i].service.flags & BATON_SERVICE_F_FTP &&
			 !(info.features & BATON_FEATURE_FTP))
			missing = "FTP";
		else if (want->service[i].service.flags & BATON_SERVICE_F_SIP &&
			 !(info.features & BATON_FEATURE_SIP))
			missing = "SIP";
		if (missing)
			return baton_tool_fail(BATON_EXIT_FILE,
					       "%s:%u: the loaded module (%s) does not do %s; nothing was changed",
					       path, want->service[i].line, info.version, missing);
	}
	if (find_tunnel(want) && !(info.features & BATON_FEATURE_TUNNEL))
		return baton_tool_fail(BATON_EXIT_FILE,
				       "%s:%u: the loaded module (%s) does not do tunnels; nothing was changed",
				       path, find_tunnel(want), info.version);
	return BATON_EXIT_OK;
}

static int make_changes(struct baton_nl *nl, const struct baton_change *changes, size_t count)
{
	char step[256], reason[512];
	size_t refused = 0;
	int error = baton_rules_apply(nl, changes, count, &refused, reason, sizeof(reason));

	if (!error)
		return BATON_EXIT_OK;
	return baton_tool_fail(error == -EPERM ? BATON_EXIT_PERMISSION : BATON_EXIT_REFUSED,
			       "cannot %s: %s; the %zu changes before it were taken back",
			       baton_change_format(&changes[refused], step, sizeof(step)), reason,
			       refused);
}

static void report(struct baton_writer *w, const struct baton_change *changes, size_t count,
		   bool dry_run)
{
	char step[256];

	baton_write_object(w, NULL);
	baton_write_bool(w, "dry_run", NULL, dry_run);
	baton_write_array(w, "changes");
	for (size_t i = 0; i < count; i++)
		baton_write_string(w, "", NULL,
				   baton_change_format(&changes[i], step, sizeof(step)));
	baton_write_end(w);
	for (size_t i = 0; i < count; i++)
		baton_write_line(w, "%s%s", dry_run ? "would " : "",
				 baton_change_format(&changes[i], step, sizeof(step)));
	if (!count)
		baton_write_line(w, "nothing to change");
	baton_write_end(w);
}

static int apply(struct baton_tool *t, struct baton_nl *nl, const char *path,
		 const struct baton_rules *want, bool dry_run)
{
	struct baton_change *changes = NULL;
	struct baton_rules now = {};
	size_t count = 0;
	int status;

	status = check_features(nl, path, want);
	if (!status)
		status = baton_kernel_rules(nl, NULL, &now);
	if (!status && baton_rules_diff(&now, want, &changes, &count))
		status = baton_tool_fail(BATON_EXIT_REFUSED, "not enough memory");
	if (!status && !dry_run)
		status = make_changes(nl, changes, count);
	if (!status)
		report(&t->out, changes, count, dry_run);
	free(changes);
	baton_rules_free(&now);
	return status;
}

int baton_cmd_apply(struct baton_tool *t)
{
	struct baton_rules want = {};
	struct baton_nl *nl;
	const char *path;
	bool dry_run;
	int status;

	dry_run = baton_args_is(&t->args, "--dry-run");
	path = baton_args_word(&t->args, "the FILE");
	if (!path)
		return baton_tool_usage(t);
	dry_run |= baton_args_is(&t->args, "--dry-run");
	if (baton_args_end(&t->args))
		return baton_tool_usage(t);
	status = read_file(path, &want);
	if (!status)
		status = baton_tool_open(&nl);
	if (!status) {
		status = apply(t, nl, path, &want, dry_run);
		baton_nl_close(nl);
	}
	baton_rules_free(&want);
	return status;
}
