/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the readers of the sections of baton.conf share; config.c reads the file. */
#ifndef BATON_LIB_CONFIG_PRIV_H
#define BATON_LIB_CONFIG_PRIV_H

#include <stdbool.h>
#include <stdio.h>
#include "config.h"

/** struct baton_config_load - a file being read; the first error stands */
struct baton_config_load {
	FILE *file;
	const char *path;
	unsigned int line;
	unsigned int vip_line;		/* of the [vip] that vip[vips - 1] came from */
	unsigned int check_line;	/* the same of check[checks - 1] */
	struct baton_config config;
	bool check_seen[4];		/* what that [check] gave, see config_check.c */
	bool fence_seen, fence_timeout_seen;
	bool succession_seen, succession_port_seen, probe_seen;
	bool announces_seen, port_seen, group_seen, key_file_seen, key_id_seen, keys_seen,
		send_key_seen, auth_seen, services_seen, lease_seen;
	char *err;
	size_t err_size;
	int error;			/* the first one stands */
	unsigned int error_line;
};

/** Note an error at @line, as one clause. Return: 0, which ends the reading. */
int baton_config_refuse(struct baton_config_load *l, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/** Return: 1, or 0 when @value is no number from @min to @max. */
int baton_config_number(struct baton_config_load *l, const char *name, const char *value,
			unsigned long min, unsigned long max, unsigned long *ret);
/** Return: 1, or 0 when @name was there before. */
int baton_config_once(struct baton_config_load *l, bool *seen, const char *name);
/** Return: 1, or 0 when @value cannot be an interface; @to has IF_NAMESIZE bytes. */
int baton_config_interface(struct baton_config_load *l, const char *value, char *to);

/* config_sync.c */
/** Return: 1, or 0 for what [sync] does not know. */
int baton_config_set_sync(struct baton_config_load *l, const char *name, const char *value);
/** What only the whole section shows. Return: whether it is in order. */
bool baton_config_check_sync(struct baton_config_load *l);

/* config_vip.c */
/** A [vip] begins, on the present line. */
void baton_config_begin_vip(struct baton_config_load *l);
/** Return: 1, or 0 for what the [vip] does not know. */
int baton_config_set_vip(struct baton_config_load *l, const char *name, const char *value);
/** The last [vip], if there is one, has ended. Return: whether it is in order. */
bool baton_config_end_vip(struct baton_config_load *l);

/* config_check.c */
/** A [check] begins, on the present line. */
void baton_config_begin_check(struct baton_config_load *l);
/** Return: 1, or 0 for what the [check] does not know. */
int baton_config_set_check(struct baton_config_load *l, const char *name, const char *value);
/** The last [check], if there is one, has ended. Return: whether it is in order. */
bool baton_config_end_check(struct baton_config_load *l);

#endif /* BATON_LIB_CONFIG_PRIV_H */
