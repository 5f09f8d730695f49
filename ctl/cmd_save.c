// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "err.h"
#include "kernel.h"
#include "show.h"
#include "tool.h"

static int cannot_write(const char *path, int error)
{
	return baton_tool_fail(error == EACCES || error == EPERM ? BATON_EXIT_PERMISSION :
			       BATON_EXIT_FILE, "cannot write %s: %s; the file is unchanged",
			       path, baton_err_text(error));
}

/* A file that is there keeps its mode and is replaced at once or not at all. */
static int write_file(const char *path, const struct baton_rules *rules)
{
	struct stat st;
	mode_t mode = stat(path, &st) ? 0644 : st.st_mode & 0777;
	char temp[4096];
	FILE *out;
	int fd, error = 0;

	if (snprintf(temp, sizeof(temp), "%s.XXXXXX", path) >= (int)sizeof(temp))
		return cannot_write(path, ENAMETOOLONG);
	fd = mkstemp(temp);
	if (fd < 0)
		return cannot_write(path, errno);
	out = fdopen(fd, "w");
	if (!out) {
		error = errno;
		close(fd);
	} else {
		baton_rules_print(out, rules);
		errno = 0;
		if (fflush(out) || ferror(out) || fchmod(fd, mode) || fsync(fd))
			error = errno ? errno : EIO;
		if (fclose(out) && !error)
			error = errno;
	}
	if (!error && rename(temp, path))
		error = errno;
	if (!error)
		return BATON_EXIT_OK;
	unlink(temp);
	return cannot_write(path, error);
}

int baton_cmd_save(struct baton_tool *t)
{
	struct baton_rules rules = {};
	const char *path = NULL;
	struct baton_nl *nl;
	int status;

	if (baton_args_left(&t->args))
		path = baton_args_word(&t->args, "the FILE");
	if (path && t->json)
		baton_args_fail(&t->args, "a FILE is always text, --json goes to the terminal");
	if ((path && t->json) || baton_args_end(&t->args))
		return baton_tool_usage(t);
	status = baton_tool_open(&nl);
	if (status)
		return status;
	status = baton_kernel_rules(nl, NULL, &rules);
	baton_nl_close(nl);
	if (status)
		return status;
	if (path)
		status = write_file(path, &rules);
	else if (t->json)
		baton_show_rules(&t->out, &rules);
	else
		baton_rules_print(stdout, &rules);
	baton_rules_free(&rules);
	return status;
}
