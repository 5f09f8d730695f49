// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inih splits lines into sections, names and values; this file says what they mean. The
 * lines come through a reader of our own, because the handler is told neither the line
 * number nor where a section begins, and [vip] and [check] may be given many times.
 */
#include "config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "addr.h"
#include "config_priv.h"
#include "err.h"
#include "key.h"

#define ANNOUNCE_MS_MAX	60000
#define FENCE_MS_MAX	600000
#define SUCCESSION_MS_MIN 50	/* a lease of 28 ms, a beat each 7 */
#define SUCCESSION_MS_MAX 5000

int baton_config_refuse(struct baton_config_load *l, unsigned int line, const char *fmt, ...)
{
	char clause[512];
	va_list ap;

	if (l->error)
		return 0;
	va_start(ap, fmt);
	vsnprintf(clause, sizeof(clause), fmt, ap);
	va_end(ap);
	l->error_line = line;
	l->error = baton_err_set(l->err, l->err_size, -EINVAL, "%s:%u: %s", l->path, line,
				 clause);
	return 0;
}

int baton_config_number(struct baton_config_load *l, const char *name, const char *value,
			unsigned long min, unsigned long max, unsigned long *ret)
{
	char clause[256];

	if (baton_number_parse(value, name, min, max, ret, clause, sizeof(clause)))
		return baton_config_refuse(l, l->line, "%s", clause);
	return 1;
}

int baton_config_once(struct baton_config_load *l, bool *seen, const char *name)
{
	if (*seen)
		return baton_config_refuse(l, l->line, "%s is given twice", name);
	*seen = true;
	return 1;
}

int baton_config_interface(struct baton_config_load *l, const char *value, char *to)
{
	size_t len = strlen(value);

	if (!len || len >= IF_NAMESIZE || strpbrk(value, "/ \t:") || !strcmp(value, ".") ||
	    !strcmp(value, ".."))
		return baton_config_refuse(l, l->line, "'%s' is not an interface name", value);
	memcpy(to, value, len + 1);
	return 1;
}

/* --- [ha] --- */

static int ha_announce(struct baton_config_load *l, const char *value)
{
	struct baton_config *c = &l->config;
	char text[256], *save = NULL, *word;
	unsigned long ms;
	unsigned int n = 0;

	if (strlen(value) >= sizeof(text))
		return baton_config_refuse(l, l->line, "announce_ms is too long");
	snprintf(text, sizeof(text), "%s", value);
	for (word = strtok_r(text, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		if (n == BATON_ANNOUNCE_MAX)
			return baton_config_refuse(l, l->line, "announce_ms has more than %d times",
				      BATON_ANNOUNCE_MAX);
		if (!baton_config_number(l, "announce_ms", word, 0, ANNOUNCE_MS_MAX, &ms))
			return 0;
		if (n && ms <= c->ha.announce_ms[n - 1])
			return baton_config_refuse(l, l->line, "announce_ms must ascend, %lu does not", ms);
		c->ha.announce_ms[n++] = (uint32_t)ms;
	}
	if (!n)
		return baton_config_refuse(l, l->line, "announce_ms is empty");
	c->ha.announces = n;
	return baton_config_once(l, &l->announces_seen, "announce_ms");
}

static int ha_fence(struct baton_config_load *l, const char *value)
{
	if (value[0] != '/' || strlen(value) >= sizeof(l->config.ha.fence))
		return baton_config_refuse(l, l->line, "fence must be the absolute path of a program, without arguments");
	snprintf(l->config.ha.fence, sizeof(l->config.ha.fence), "%s", value);
	return baton_config_once(l, &l->fence_seen, "fence");
}

static int ha_probe(struct baton_config_load *l, const char *value)
{
	bool yes = !strcmp(value, "yes");

	if (!yes && strcmp(value, "no") != 0)
		return baton_config_refuse(l, l->line, "probe is yes or no, not '%s'", value);
	l->config.ha.probe = yes;
	return baton_config_once(l, &l->probe_seen, "probe");
}

static int set_ha(struct baton_config_load *l, const char *name, const char *value)
{
	unsigned long number;

	if (!strcmp(name, "announce_ms"))
		return ha_announce(l, value);
	if (!strcmp(name, "lease_ms")) {
		if (!baton_config_number(l, name, value, 1, BATON_LEASE_MAX_MS, &number))
			return 0;
		l->config.ha.lease_ms = (uint32_t)number;
		return baton_config_once(l, &l->lease_seen, name);
	}
	if (!strcmp(name, "fence"))
		return ha_fence(l, value);
	if (!strcmp(name, "probe"))
		return ha_probe(l, value);
	if (!strcmp(name, "fence_timeout_ms")) {
		if (!baton_config_number(l, name, value, 1000, FENCE_MS_MAX, &number))
			return 0;
		l->config.ha.fence_timeout_ms = (uint32_t)number;
		return baton_config_once(l, &l->fence_timeout_seen, name);
	}
	if (!strcmp(name, "succession_ms")) {
		if (!baton_config_number(l, name, value, SUCCESSION_MS_MIN, SUCCESSION_MS_MAX, &number))
			return 0;
		l->config.ha.succession_ms = (uint32_t)number;
		return baton_config_once(l, &l->succession_seen, name);
	}
	if (!strcmp(name, "succession_port")) {
		if (!baton_config_number(l, name, value, 1, UINT16_MAX, &number))
			return 0;
		l->config.ha.succession_port = (uint16_t)number;
		return baton_config_once(l, &l->succession_port_seen, name);
	}
	return baton_config_refuse(l, l->line,
		"[ha] has no '%s'; it knows lease_ms, announce_ms, fence, fence_timeout_ms, succession_ms, succession_port and probe",
		name);
}

/* --- the file --- */

static int set(void *arg, const char *section, const char *name, const char *value)
{
	struct baton_config_load *l = arg;

	if (l->error)
		return 0;
	if (!strcmp(section, "sync"))
		return baton_config_set_sync(l, name, value);
	if (!strcmp(section, "ha"))
		return set_ha(l, name, value);
	if (!strcmp(section, "vip"))
		return baton_config_set_vip(l, name, value);
	if (!strcmp(section, "check"))
		return baton_config_set_check(l, name, value);
	return baton_config_refuse(l, l->line, "'%s' stands before any section", name);
}

/* A header alone must not pass unseen, and inih tells nobody about it. */
static void begin_section(struct baton_config_load *l, const char *str)
{
	size_t len = strcspn(str + 1, "]");

	if (!str[1 + len])
		return;			/* inih will refuse it */
	if (len == 3 && !memcmp(str + 1, "vip", 3))
		baton_config_begin_vip(l);
	else if (len == 5 && !memcmp(str + 1, "check", 5))
		baton_config_begin_check(l);
	else if (!(len == 4 && !memcmp(str + 1, "sync", 4)) &&
		 !(len == 2 && !memcmp(str + 1, "ha", 2)))
		baton_config_refuse(l, l->line,
		       "there is no section [%.*s]; there are [sync], [ha], [vip] and [check]",
		       (int)len, str + 1);
}

/*
 * fgets() for inih, which adds: line numbers; comments after a value begin with " #" too;
 * an indented line is a line of its own and not more of the one above. What inih skips before a header is
 * skipped here, so that both see the same headers.
 */
static char *read_line(char *str, int num, void *arg)
{
	struct baton_config_load *l = arg;
	size_t len, skip = 0;
	char *hash;

	if (l->error || !fgets(str, num, l->file))
		return NULL;
	l->line++;
	len = strlen(str);
	if (len + 1 == (size_t)num && str[len - 1] != '\n') {
		baton_config_refuse(l, l->line, "this line is longer than %d bytes", num - 2);
		return NULL;
	}
	for (hash = strchr(str, '#'); hash; hash = strchr(hash + 1, '#'))
		if (hash == str || isspace((unsigned char)hash[-1])) {
			*hash = '\0';
			break;
		}
	if (l->line == 1 && !strncmp(str, "\xef\xbb\xbf", 3))
		skip = 3;		/* a byte order mark */
	skip += strspn(str + skip, " \t\v\f\r");
	memmove(str, str + skip, strlen(str + skip) + 1);
	if (str[0] == '[')
		begin_section(l, str);
	return str;
}

static void set_defaults(struct baton_config *c)
{
	static const uint32_t announce_ms[] = { 0, 100, 1100, 2500, 5000 };

	c->sync.group_family = AF_INET;
	inet_pton(AF_INET, "239.255.66.66", &c->sync.group.v4);
	c->sync.port = 6666;
	snprintf(c->sync.key[0].file, sizeof(c->sync.key[0].file), "%s", BATON_KEY_PATH);
	c->sync.key[0].id = 1;
	c->sync.keys = 1;
	c->ha.lease_ms = 250;
	c->ha.fence_timeout_ms = 60000;
	c->ha.succession_port = 6667;
	c->ha.probe = true;
	memcpy(c->ha.announce_ms, announce_ms, sizeof(announce_ms));
	c->ha.announces = sizeof(announce_ms) / sizeof(announce_ms[0]);
}

static void check_whole(struct baton_config_load *l)
{
	if (baton_config_end_vip(l) && baton_config_end_check(l))
		baton_config_check_sync(l);
}

static int open_file(struct baton_config_load *l)
{
	struct stat st;

	l->file = fopen(l->path, "re");
	if (!l->file)
		return baton_err_set(l->err, l->err_size, -errno,
				     "cannot read %s: %s; see baton.conf(5)", l->path,
				     baton_err_text(errno));
	if (!fstat(fileno(l->file), &st) && S_ISDIR(st.st_mode)) {
		fclose(l->file);
		return baton_err_set(l->err, l->err_size, -EISDIR,
				     "cannot read %s: it is a directory", l->path);
	}
	return 0;
}

int baton_config_load(const char *path, struct baton_config *ret, char *err, size_t err_size)
{
	struct baton_config_load *l = calloc(1, sizeof(*l));
	int bad, error;

	if (!l)
		return baton_err_set(err, err_size, -ENOMEM, "%s", baton_err_text(ENOMEM));
	l->path = path;
	l->err = err;
	l->err_size = err_size;
	set_defaults(&l->config);
	error = open_file(l);
	if (error)
		goto out;
	bad = ini_parse_stream(read_line, l, set, l);
	if (!l->error && ferror(l->file))
		l->error = baton_err_set(err, err_size, -EIO, "cannot read %s: %s", path,
					 baton_err_text(EIO));
	fclose(l->file);
	/* inih goes on after a line it cannot read, so a later line may have failed first. */
	if (bad > 0 && (!l->error || (unsigned int)bad < l->error_line)) {
		l->error = 0;
		baton_config_refuse(l, (unsigned int)bad,
		       "neither [section], nor name = value, nor a comment");
	}
	if (!l->error)
		check_whole(l);
	error = l->error;
	if (!error)
		*ret = l->config;
out:
	free(l);
	return error;
}
