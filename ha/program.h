/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program of the site's, run with a time limit. To start one means to read it from a disk, which may hang: a
 * thread does that, and the loop, which has a lease to renew, never waits for it.
 */
#ifndef BATON_HA_PROGRAM_H
#define BATON_HA_PROGRAM_H

#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#define BATON_HA_PROGRAM_WORDS	16	/* path and arguments */

struct baton_ha_program;

/** @why: NULL when it ended with exit status 0, else one clause; lives until the return */
typedef void (*baton_ha_program_fn)(void *arg, const char *why);

/** Return: 0 or negative errno. SIGCHLD has to be blocked in every thread. */
int baton_ha_program_new(struct baton_ha_program **ret, sd_event *event, baton_ha_program_fn fn,
			 void *arg);

/**
 * baton_ha_program_run - start it; the result follows in every case, once, and never from in here
 * @argv: up to BATON_HA_PROGRAM_WORDS, NULL at the end; [0] is an absolute path. Copied.
 * @variable: one "NAME=value" for its environment, beside PATH and LANG. Copied.
 * @limit_ms: then its process group is killed, and the result is bad
 *
 * Not before the result of the run before. It gets an empty standard input, and none of this process's rights
 * or priority.
 */
void baton_ha_program_run(struct baton_ha_program *p, const char *const *argv, const char *variable,
			  uint32_t limit_ms);

/** One that runs is killed; no result follows. NULL is fine. */
void baton_ha_program_free(struct baton_ha_program *p);

#endif /* BATON_HA_PROGRAM_H */
