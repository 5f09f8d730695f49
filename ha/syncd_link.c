// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The line to baton-syncd: one connection that watches (is the table warm, is the peer heard), and a
 * second one for the length of a flush. Nothing here waits; syncd may come and go, and hang: it is asked anew every
 * second.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>
#include "agent.h"
#include "control.h"

#define RETRY_MS	250
#define ASK_MS		1000
#define SILENT		5	/* so many questions without an answer, and it hangs */
#define WATCH		"{\"command\":\"watch\"}\n"
#define FLUSH_GRACE_MS	50	/* for the answer, after the time that syncd was given */

/* A connection that reads lines. */
struct line {
	int fd;				/* -1: none */
	sd_event_source *io;
	size_t len;
	char buf[BATON_CONTROL_LINE_MAX];
};

/* What a takeover would have kept, as baton-syncd counted last. */
struct figures {
	uint64_t at;			/* ms; 0: not known */
	int64_t all, kept;
	char lost[80];			/* "; lost: ", by reason */
};

struct baton_ha_syncd_link {
	struct baton_ha_agent *agent;
	sd_event_source *retry;
	sd_event_source *limit;		/* of the flush */
	sd_event_source *ask;
	unsigned int unanswered;
	struct line watch;
	struct line flush;
	struct baton_ha_syncd state;
	struct figures figures;
};

static void line_close(struct line *l)
{
	l->io = sd_event_source_disable_unref(l->io);
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	l->len = 0;
}

static int line_open(struct baton_ha_syncd_link *link, struct line *l, const char *request,
		     sd_event_io_handler_t fn)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *path = link->agent->options.syncd;
	size_t len = strlen(request);

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, path, strlen(path) + 1);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return -errno;
	if (connect(l->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    send(l->fd, request, len, MSG_NOSIGNAL) != (ssize_t)len ||
	    sd_event_add_io(link->agent->event, &l->io, l->fd, EPOLLIN, fn, link) < 0) {
		line_close(l);
		return -ECONNREFUSED;
	}
	return 0;
}

/* Reads what is there; false: the other side is gone, or breaks the rules. */
static bool line_fill(struct line *l)
{
	ssize_t got;

	while (l->len < sizeof(l->buf)) {
		got = recv(l->fd, l->buf + l->len, sizeof(l->buf) - l->len, 0);
		if (got < 0)
			return errno == EAGAIN || errno == EINTR;
		if (!got)
			return false;
		l->len += got;
	}
	return memchr(l->buf, '\n', l->len);
}

/* The next whole line as an object, or NULL; *@bad: it was none. */
static json_object *line_next(struct line *l, bool *bad)
{
	char *end = memchr(l->buf, '\n', l->len);
	json_object *o;

	if (!end)
		return NULL;
	*end = '\0';
	o = json_tokener_parse(l->buf);
	l->len -= end + 1 - l->buf;
	memmove(l->buf, end + 1, l->len);
	*bad = !json_object_is_type(o, json_type_object);
	if (*bad)
		json_object_put(o);
	return *bad ? NULL : o;
}

static bool get_bool(json_object *o, const char *key, bool otherwise)
{
	json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_boolean(v) : otherwise;
}

static bool is_active(json_object *o, const char *key)
{
	json_object *v;

	return json_object_object_get_ex(o, key, &v) && json_object_is_type(v, json_type_string) &&
	       !strcmp(json_object_get_string(v), "active");
}

static uint32_t get_epoch(json_object *o, const char *key)
{
	json_object *v;
	int64_t n = json_object_object_get_ex(o, key, &v) ? json_object_get_int64(v) : 0;

	return n > 0 && n <= BATON_HA_EPOCH_MAX ? n : 0;
}

/* What is said while the peer is there; once it is gone nobody counts any more. */
static void take_figures(struct figures *f, json_object *o)
{
	json_object *all, *kept, *lost;
	size_t len = 0;

	if (!json_object_object_get_ex(o, "connections", &all) ||
	    !json_object_object_get_ex(o, "would_survive", &kept))
		return;
	f->at = baton_ha_now();
	f->all = json_object_get_int64(all);
	f->kept = json_object_get_int64(kept);
	f->lost[0] = '\0';
	if (!json_object_object_get_ex(o, "lost_by_reason", &lost) ||
	    !json_object_is_type(lost, json_type_object))
		return;
	json_object_object_foreach(lost, reason, count) {
		if (json_object_get_int64(count) > 0 && len < sizeof(f->lost))
			len += (size_t)snprintf(f->lost + len, sizeof(f->lost) - len, "%s%lld %s", len ? ", " : "; lost: ",
						(long long)json_object_get_int64(count), reason);
	}
}

void baton_ha_syncd_link_count(struct baton_ha_syncd_link *l)
{
	const struct figures *f = &l->figures;

	if (f->at)
		baton_ha_report(l->agent, LOG_NOTICE, "flows", "%lld of %lld go on, as counted %llu ms ago%s",
				(long long)f->kept, (long long)f->all,
				(unsigned long long)(baton_ha_now() - f->at), f->lost);
	l->figures.at = 0;
}

/* A first answer is a whole status, what follows are changes; both say the same things. */
static void take_state(struct baton_ha_syncd_link *link, json_object *o)
{
	struct baton_ha_syncd *s = &link->state;
	json_object *peer;

	s->connected = true;
	s->warm = get_bool(o, "warm", s->warm);
	if (json_object_object_get_ex(o, "peer", &peer)) {
		s->peer_present = get_bool(peer, "present", s->peer_present);
		s->peer_epoch = get_epoch(peer, "epoch");
		s->peer_active = s->peer_present && is_active(peer, "role") && !get_bool(peer, "quiet", false);
	} else {
		s->peer_present = get_bool(o, "peer_present", s->peer_present);
		s->peer_epoch = get_epoch(o, "peer_epoch");
		s->peer_active = s->peer_present && is_active(o, "peer_role") && !get_bool(o, "peer_quiet", false);
	}
	if (s->peer_active)
		take_figures(&link->figures, o);
}

static void tell(struct baton_ha_syncd_link *link)
{
	struct baton_ha_event ev = { .type = BATON_HA_EV_SYNCD, .syncd = link->state };

	baton_ha_feed(link->agent, &ev);
}

static void retry_later(struct baton_ha_syncd_link *link)
{
	sd_event_source_set_time_relative(link->retry, RETRY_MS * 1000);
	sd_event_source_set_enabled(link->retry, SD_EVENT_ONESHOT);
}

static void lost(struct baton_ha_syncd_link *link, const char *why)
{
	bool was = link->state.connected;

	line_close(&link->watch);
	link->state = (struct baton_ha_syncd){ 0 };
	retry_later(link);
	if (!was)
		return;
	baton_ha_report(link->agent, LOG_WARNING, "syncd", "%s", why);
	tell(link);
}

static void given(struct baton_ha_syncd_link *link, uint32_t epoch)
{
	struct baton_ha_event ev = { .type = BATON_HA_EV_GIVEN, .epoch = epoch };

	if (!epoch)
		return;
	baton_ha_report(link->agent, LOG_INFO, "given", "epoch %u, with all that belongs to it", epoch);
	baton_ha_feed(link->agent, &ev);
}

static int on_watch(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct baton_ha_syncd_link *link = arg;
	bool was = link->state.connected, was_warm = link->state.warm;
	bool alive = line_fill(&link->watch), bad = false, news = false;
	json_object *o;

	(void)source;
	(void)fd;
	(void)revents;
	link->unanswered = 0;
	while ((o = line_next(&link->watch, &bad))) {
		if (json_object_object_get_ex(o, "released", NULL)) {
			given(link, get_epoch(o, "released"));
			json_object_put(o);
			continue;
		}
		news = true;
		if (get_bool(o, "ok", true))
			take_state(link, o);
		else
			bad = true;
		json_object_put(o);
	}
	if (news && !bad) {
		if (!was)
			baton_ha_report(link->agent, LOG_INFO, "syncd", "baton-syncd is there, %s",
					link->state.warm ? "warm" : "not warm");
		else if (was_warm != link->state.warm)
			baton_ha_report(link->agent, LOG_INFO, "warm", "%s",
					link->state.warm ? "proven equal" : "not proven any more");
		tell(link);
	}
	if (!alive || bad)
		lost(link, "baton-syncd is gone");
	return 0;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *arg)
{
	struct baton_ha_syncd_link *link = arg;

	(void)source;
	(void)usec;
	link->unanswered = 0;
	if (line_open(link, &link->watch, WATCH, on_watch))
		retry_later(link);
	return 0;
}

/* Counted, not timed: when this node stood still, the daemon had no time to answer either. */
static int on_ask(sd_event_source *source, uint64_t usec, void *arg)
{
	struct baton_ha_syncd_link *link = arg;

	(void)usec;
	if (link->watch.fd >= 0 && ++link->unanswered > SILENT)
		lost(link, "baton-syncd does not answer");
	else if (link->watch.fd >= 0)
		(void)!send(link->watch.fd, WATCH, strlen(WATCH), MSG_NOSIGNAL | MSG_DONTWAIT);
	sd_event_source_set_time_relative(source, ASK_MS * 1000);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static void flushed(struct baton_ha_syncd_link *link, int error)
{
	struct baton_ha_event ev = { .type = BATON_HA_EV_FLUSHED, .error = error };

	line_close(&link->flush);
	sd_event_source_set_enabled(link->limit, SD_EVENT_OFF);
	baton_ha_report(link->agent, LOG_INFO, "flush", "%s", error ? strerror(error) : "done");
	baton_ha_feed(link->agent, &ev);
}

static int on_flush(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct baton_ha_syncd_link *link = arg;
	bool alive = line_fill(&link->flush), bad = false, ok;
	json_object *o = line_next(&link->flush, &bad), *code;
	int error = EIO;

	(void)source;
	(void)fd;
	(void)revents;
	if (!o) {
		if (bad || !alive)
			flushed(link, EPIPE);
		return 0;
	}
	ok = get_bool(o, "ok", false);
	if (!ok && json_object_object_get_ex(o, "code", &code) && json_object_get_int(code) > 0)
		error = json_object_get_int(code);
	json_object_put(o);
	flushed(link, ok ? 0 : error);
	return 0;
}

static int on_limit(sd_event_source *source, uint64_t usec, void *arg)
{
	struct baton_ha_syncd_link *link = arg;

	(void)source;
	(void)usec;
	flushed(link, link->flush.fd < 0 ? ECONNREFUSED : ETIMEDOUT);
	return 0;
}

void baton_ha_syncd_link_flush(struct baton_ha_syncd_link *link, uint32_t timeout_ms, bool prove,
			       uint32_t release)
{
	uint64_t limit_ms = timeout_ms + FLUSH_GRACE_MS;
	char request[120];

	line_close(&link->flush);
	snprintf(request, sizeof(request),
		 "{\"command\":\"flush\",\"timeout_ms\":%u,\"prove\":%s,\"release\":%u}\n",
		 timeout_ms, prove ? "true" : "false", release);
	if (line_open(link, &link->flush, request, on_flush))
		limit_ms = 0;		/* answered from the loop, never from in here */
	sd_event_source_set_time_relative(link->limit, limit_ms * 1000);
	sd_event_source_set_enabled(link->limit, SD_EVENT_ONESHOT);
}

int baton_ha_syncd_link_new(struct baton_ha_syncd_link **ret, struct baton_ha_agent *agent)
{
	struct baton_ha_syncd_link *link = calloc(1, sizeof(*link));
	int error;

	if (!link)
		return -ENOMEM;
	link->agent = agent;
	link->watch.fd = -1;
	link->flush.fd = -1;
	error = sd_event_add_time_relative(agent->event, &link->retry, CLOCK_MONOTONIC, 0, 1000,
					   on_retry, link);
	if (error >= 0)
		error = sd_event_add_time_relative(agent->event, &link->ask, CLOCK_MONOTONIC, ASK_MS * 1000,
						   10000, on_ask, link);
	/* What was answered is read before it is missed. */
	if (error >= 0)
		error = sd_event_source_set_priority(link->ask, BATON_HA_PRIORITY_TIMER);
	if (error >= 0)
		error = sd_event_add_time(agent->event, &link->limit, CLOCK_MONOTONIC, UINT64_MAX,
					  1000, on_limit, link);
	if (error >= 0)
		error = sd_event_source_set_enabled(link->limit, SD_EVENT_OFF);
	if (error < 0) {
		baton_ha_syncd_link_free(link);
		return error;
	}
	*ret = link;
	return 0;
}

void baton_ha_syncd_link_free(struct baton_ha_syncd_link *link)
{
	if (!link)
		return;
	line_close(&link->watch);
	line_close(&link->flush);
	sd_event_source_disable_unref(link->retry);
	sd_event_source_disable_unref(link->limit);
	sd_event_source_disable_unref(link->ask);
	free(link);
}
