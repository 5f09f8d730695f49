// SPDX-License-Identifier: GPL-2.0-or-later
/* Words of the tool and of services.conf that say how a service is. */
#include "args.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "addr.h"
#include "names.h"

static int parse_scheduler(struct baton_args *args, struct baton_service *svc)
{
	const char *word = baton_args_word(args, "the scheduler's name");
	const struct baton_sched_words *s;
	char known[128] = "";
	size_t len = 0;

	if (!word)
		return -EINVAL;
	if (baton_sched_find(word)) {
		snprintf(svc->sched, sizeof(svc->sched), "%s", word);
		return 0;
	}
	for (size_t i = 0; (s = baton_sched_nth(i)); i++)
		len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s",
					!i ? "" : baton_sched_nth(i + 1) ? ", " : " or ", s->name);
	return baton_args_fail(args, "'%s' is not a scheduler, it must be %s", word, known);
}

/* 1: the next words are a flag of schedulers; 0: they are not */
static int parse_sched_flag(struct baton_args *args, struct baton_service *svc,
			    struct baton_given *given)
{
	const struct baton_sched_flag *f;

	for (size_t i = 0; (f = baton_sched_flag_nth(i)); i++) {
		if (!baton_args_is(args, f->word))
			continue;
		if (given->sched_flags & f->flag)
			return baton_args_fail(args, "%s is given twice", f->word);
		given->sched_flags |= f->flag;
		if (baton_args_is(args, "on"))
			svc->sched_flags |= f->flag;
		else if (!baton_args_is(args, "off"))
			return baton_args_fail(args, "%s must be on or off", f->word);
		return 1;
	}
	return 0;
}

int baton_args_sched_flags(struct baton_args *args, struct baton_service *svc,
			   const struct baton_given *given, uint32_t now)
{
	const struct baton_sched_words *sched = baton_sched_find(svc->sched);
	const struct baton_sched_flag *f;

	for (size_t i = 0; sched && (f = baton_sched_flag_nth(i)); i++)
		if (given->sched_flags & f->flag & ~sched->flags)
			return baton_args_fail(args, "the scheduler %s knows no '%s'", svc->sched,
					       f->word);
	svc->sched_flags |= now & ~given->sched_flags;
	return 0;
}

int baton_args_new_service(struct baton_args *args, struct baton_service *ret)
{
	const struct baton_sched_words *sched;
	struct baton_given given;
	int error = baton_args_service(args, ret, &given);

	if (error)
		return error;
	error = baton_args_persistence(args, &given, given.persistent);
	if (error)
		return error;
	sched = baton_sched_find(ret->sched);
	return baton_args_sched_flags(args, ret, &given, sched ? sched->defaults : 0);
}

/* `WORD on` clears the flag that says no to it, `WORD off` sets it. */
static int parse_switch(struct baton_args *args, const char *word, uint32_t off_flag,
			struct baton_service *svc)
{
	if (baton_args_is(args, "on"))
		svc->flags &= ~off_flag;
	else if (baton_args_is(args, "off"))
		svc->flags |= off_flag;
	else
		return baton_args_fail(args, "%s must be on or off", word);
	return 0;
}

/* `WORD on` sets the flag that says yes to it. */
static int parse_yes(struct baton_args *args, const char *word, uint32_t flag,
		     struct baton_service *svc)
{
	svc->flags ^= flag;
	if (parse_switch(args, word, flag, svc))
		return -EINVAL;
	svc->flags ^= flag;
	return 0;
}

/* A connection is told of at once, never, or when it is so old. */
static int parse_sync(struct baton_args *args, struct baton_service *svc)
{
	unsigned long after = 0;

	if (baton_args_is(args, "after")) {
		if (baton_args_number(args, "sync after", 1, BATON_SYNC_AFTER_MAX, &after))
			return -EINVAL;
		svc->sync_after = (uint32_t)after;
		return 0;
	}
	if (baton_args_is(args, "on"))
		return 0;
	if (!baton_args_is(args, "off"))
		return baton_args_fail(args, "sync must be on or off, or after so many milliseconds");
	svc->flags |= BATON_SERVICE_F_NOSYNC;
	return 0;
}

static int parse_onepacket(struct baton_args *args, struct baton_service *svc)
{
	if (parse_yes(args, "onepacket", BATON_SERVICE_F_ONEPACKET, svc))
		return -EINVAL;
	if (svc->key.protocol != IPPROTO_UDP && !svc->key.mark &&
	    svc->flags & BATON_SERVICE_F_ONEPACKET)
		return baton_args_fail(args, "onepacket is for udp");
	return 0;
}

static int parse_bypass(struct baton_args *args, struct baton_service *svc)
{
	if (parse_yes(args, "bypass", BATON_SERVICE_F_BYPASS, svc))
		return -EINVAL;
	if (!svc->key.mark && svc->flags & BATON_SERVICE_F_BYPASS)
		return baton_args_fail(args, "bypass is for services by mark");
	return 0;
}

static int parse_helper(struct baton_args *args, struct baton_service *svc)
{
	bool ftp = baton_args_is(args, "ftp");

	if (!ftp && !baton_args_is(args, "off"))
		return baton_args_fail(args, "helper must be ftp or off");
	if (ftp && (svc->key.protocol != IPPROTO_TCP || !svc->key.port ||
		    baton_service_key_last(&svc->key) != ntohs(svc->key.port)))
		return baton_args_fail(args, "helper ftp is for tcp and one port");
	if (ftp)
		svc->flags |= BATON_SERVICE_F_FTP;
	return 0;
}

/* timeout_STATE, as the tunables are called; BATON_STATE_NONE: it is no such word. */
static unsigned int timeout_state(const char *word)
{
	static const char prefix[] = "timeout_";

	if (!word || strncmp(word, prefix, sizeof(prefix) - 1) != 0)
		return BATON_STATE_NONE;
	for (unsigned int i = BATON_STATE_NONE + 1; i <= BATON_STATE_MAX; i++)
		if (i != BATON_STATE_TEMPLATE &&
		    !strcmp(word + sizeof(prefix) - 1, baton_state_name(i)))
			return i;
	return BATON_STATE_NONE;
}

static int parse_timeout(struct baton_args *args, unsigned int state, struct baton_service *svc,
			 struct baton_given *given)
{
	const char *word = baton_args_word(args, "the timeout");
	unsigned long seconds = 0;

	if (baton_args_twice(args, &given->timeout[state], word) ||
	    baton_args_number(args, word, 0, BATON_TIMEOUT_MAX, &seconds))
		return -EINVAL;
	svc->timeouts[state] = (uint32_t)seconds;
	return 0;
}

/* The time is that of the templates. */
static int parse_persistent(struct baton_args *args, struct baton_service *svc,
			    struct baton_given *given)
{
	unsigned long seconds = 0;

	given->persistent_off = baton_args_is(args, "off");
	if (given->persistent_off)
		return 0;
	if (baton_args_number(args, "persistent", BATON_PERSIST_MIN, BATON_TIMEOUT_MAX, &seconds))
		return -EINVAL;
	svc->timeouts[BATON_STATE_TEMPLATE] = (uint32_t)seconds;
	return 0;
}

static int parse_prefix(struct baton_args *args, struct baton_service *svc)
{
	unsigned long bits = 0;

	if (baton_args_number(args, "prefix", 1, 8 * baton_addr_size(svc->key.family), &bits))
		return -EINVAL;
	svc->persist_prefix = (uint8_t)bits;
	return 0;
}

/* Who comes again: the same client, or the same call. */
static int parse_by(struct baton_args *args, struct baton_service *svc)
{
	if (baton_args_is(args, "address"))
		return 0;
	if (!baton_args_is(args, "sip-call-id"))
		return baton_args_fail(args, "by must be address or sip-call-id");
	if (svc->key.protocol != IPPROTO_UDP)
		return baton_args_fail(args, "by sip-call-id is for udp");
	svc->flags |= BATON_SERVICE_F_SIP;
	return 0;
}

/* 1: the next words are about persistence; 0: they are not */
static int parse_persistence(struct baton_args *args, struct baton_service *svc,
			     struct baton_given *given)
{
	int error;

	if (baton_args_is(args, "persistent"))
		error = baton_args_twice(args, &given->persistent, "persistent") ?:
			parse_persistent(args, svc, given);
	else if (baton_args_is(args, "prefix"))
		error = baton_args_twice(args, &given->prefix, "prefix") ?: parse_prefix(args, svc);
	else if (baton_args_is(args, "by"))
		error = baton_args_twice(args, &given->by, "by") ?: parse_by(args, svc);
	else if (baton_args_is(args, "expire-quiescent"))
		error = baton_args_twice(args, &given->expire_quiescent, "expire-quiescent") ?:
			parse_yes(args, "expire-quiescent", BATON_SERVICE_F_EXPIRE_QUIESCENT, svc);
	else
		return 0;
	return error ?: 1;
}

int baton_args_persistence(struct baton_args *args, const struct baton_given *given, bool persistent)
{
	if (given->prefix && !persistent)
		return baton_args_fail(args, "prefix is for persistent services");
	if (given->by && !persistent)
		return baton_args_fail(args, "by is for persistent services");
	return 0;
}

/* The words may come in any order; without `prefix` whole addresses count. */
static int end_persistent(struct baton_args *args, struct baton_service *svc,
			  const struct baton_given *given)
{
	if (given->persistent_off && baton_args_persistence(args, given, false))
		return -EINVAL;
	if (given->persistent && !given->persistent_off && !given->prefix)
		svc->persist_prefix = (uint8_t)(8 * baton_addr_size(svc->key.family));
	return 0;
}

int baton_args_service(struct baton_args *args, struct baton_service *ret,
		       struct baton_given *given)
{
	struct baton_service svc = { .sched = "wlc" };
	int error, flag;

	*given = (struct baton_given) {};
	error = baton_args_key(args, &svc.key);
	while (!error && baton_args_left(args)) {
		if (baton_args_is(args, "scheduler"))
			error = baton_args_twice(args, &given->sched, "scheduler") ?:
				parse_scheduler(args, &svc);
		else if (baton_args_is(args, "sync"))
			error = baton_args_twice(args, &given->sync, "sync") ?:
				parse_sync(args, &svc);
		else if (baton_args_is(args, "reset"))
			error = baton_args_twice(args, &given->reset, "reset") ?:
				parse_switch(args, "reset", BATON_SERVICE_F_NORESET, &svc);
		else if (baton_args_is(args, "fastpath"))
			error = baton_args_twice(args, &given->fastpath, "fastpath") ?:
				parse_switch(args, "fastpath", BATON_SERVICE_F_NOFAST, &svc);
		else if ((flag = parse_sched_flag(args, &svc, given)) != 0)
			error = flag < 0 ? flag : 0;
		else if (baton_args_is(args, "onepacket"))
			error = baton_args_twice(args, &given->onepacket, "onepacket") ?:
				parse_onepacket(args, &svc);
		else if (baton_args_is(args, "helper"))
			error = baton_args_twice(args, &given->helper, "helper") ?:
				parse_helper(args, &svc);
		else if ((flag = parse_persistence(args, &svc, given)) != 0)
			error = flag < 0 ? flag : 0;
		else if (baton_args_is(args, "bypass"))
			error = baton_args_twice(args, &given->bypass, "bypass") ?: parse_bypass(args, &svc);
		else if (baton_args_is(args, "conntrack"))
			error = baton_args_twice(args, &given->conntrack, "conntrack") ?:
				parse_yes(args, "conntrack", BATON_SERVICE_F_CONNTRACK, &svc);
		else if (timeout_state(baton_args_peek(args)))
			error = parse_timeout(args, timeout_state(baton_args_peek(args)), &svc,
					      given);
		else
			error = baton_args_end(args);
	}
	if (!error)
		error = end_persistent(args, &svc, given);
	if (!error)
		*ret = svc;
	return error;
}
