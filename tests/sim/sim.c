// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Seeded simulation of the sync engine.
 *
 *	 kernel A      engine A  <-- a network that drops, doubles, -->  engine B      kernel B
 *	 (model)  <--> (real)        delays, reorders and parts         (real)   <-->  (model)
 *
 * A run is a storm (traffic, loss, cut links, stopped and restarted daemons, roles that flip in
 * the middle of whatever there is) and then rest: one active, a clean network. At rest
 * the tables have to become equal and be proven so, every walk has to end, nothing may wait.
 * At all times no deletion is undone. The same seed is the same run, step by step.
 *
 *	sim [-v] FIRST [COUNT]		run seeds FIRST .. FIRST + COUNT - 1
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define SEC		1000000ull
#define BEGIN		(10 * SEC)	/* the clock's first value */
#define REST_LIMIT	(90 * SEC)	/* for everything to settle */
#define QUEUE		4096		/* datagrams under way */
#define SOCKET		300		/* datagrams that a stopped daemon can have waiting */
#define STEPS_A_SECOND	60000		/* more is a loop that does not end */

struct datagram {
	uint64_t at;
	int to;
	struct baton_frame head;
	size_t size;
	uint8_t *payload;
};

struct node {
	struct sim_kernel kernel;
	struct baton_engine *engine;
	uint64_t paused_until;		/* 0: runs; UINT64_MAX: daemon is down */
	uint64_t clock;			/* its offset from the world's */
	bool gate_news, service_news;	/* that a stopped daemon will read when it runs */
	unsigned int steps;
	uint64_t sent_seq;		/* of this session */
	uint64_t flushed;
};

/* What the storm of this seed is like. */
struct weather {
	unsigned int loss[SIM_NODES];	/* percent, by receiver */
	unsigned int dup;
	uint32_t delay, jitter;		/* microseconds */
	uint32_t opens;			/* per millisecond, times 100 */
	uint32_t storm;			/* seconds */
	size_t payload;
	unsigned int restarts, pauses, cuts, flips, services;	/* percent per second */
};

static struct node node[SIM_NODES];
static struct weather weather;
static struct datagram queue[QUEUE];
static unsigned int queued;
static uint64_t now, seed, state;
static uint64_t cut_until[SIM_NODES];
static uint32_t epoch;
static int active;
static bool resting, verbose;
static bool steady, was_warm;	/* nothing but a bad network; and the tables were equal once */
static struct baton_actions actions;
static uint64_t total_sent, total_seconds;

uint64_t sim_random(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

void sim_seed(uint64_t s)
{
	state = s * 0x2545f4914f6cdd1dull + 1;
}

uint32_t sim_below(uint32_t n)
{
	return n ? sim_random() % n : 0;
}

bool sim_chance(unsigned int percent)
{
	return percent && sim_below(100) < percent;
}

void sim_fail(const char *fmt, ...)
{
	va_list ap;

	printf("seed %llu, second %.3f: ", (unsigned long long)seed, (now - BEGIN) / 1e6);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\nagain with: sim -v %llu\n", (unsigned long long)seed);
	exit(1);
}

static void say(const char *fmt, ...)
{
	va_list ap;

	if (!verbose)
		return;
	printf("%9.4f ", (now - BEGIN) / 1e6);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

/* ---- the network ---- */

static void deliver_later(int to, const struct baton_action *a)
{
	struct datagram *d;

	if (queued == QUEUE)
		return;
	d = &queue[queued++];
	d->at = now + weather.delay + sim_below(weather.jitter);
	if (sim_chance(weather.jitter ? 2 : 0))
		d->at += sim_below(20) * weather.jitter;
	d->to = to;
	d->head = a->send.head;
	d->size = a->send.size;
	d->payload = malloc(d->size);
	memcpy(d->payload, a->send.payload, d->size);
}

static void transmit(int from, const struct baton_action *a)
{
	total_sent++;
	if (a->send.size > weather.payload)
		sim_fail("a datagram of %zu bytes", a->send.size);
	if (a->send.head.seq <= node[from].sent_seq)
		sim_fail("sequence number %llu is used twice",
			 (unsigned long long)a->send.head.seq);
	node[from].sent_seq = a->send.head.seq;
	for (int to = 0; to < SIM_NODES; to++) {
		if (to == from || cut_until[to] > now || cut_until[from] == now)
			continue;
		if (!sim_chance(weather.loss[to]))
			deliver_later(to, a);
		if (sim_chance(weather.dup))
			deliver_later(to, a);
	}
}

/* ---- one node: engine and kernel ---- */

static uint64_t clock_of(const struct node *n)
{
	return now + n->clock;
}

static void step(int i, const struct baton_input *in);

static const char *note_name(enum baton_note what)
{
	static const char *const names[] = {
		"peer up", "peer down", "peer restarted", "source", "sink", "warm", "differs",
		"bulk begin", "bulk end", "bulk missed", "overrun", "kernel error", "config",
	};

	return names[what];
}

static void start_daemon(int i);

/*
 * Digests heal whatever the stream loses, and hide that it does. So: where nothing restarts and
 * nothing is forgotten, tables that were equal once may never be found to differ again.
 */
static void hear_note(enum baton_note what)
{
	if (what == BATON_NOTE_WARM)
		was_warm = true;
	else if (what == BATON_NOTE_PEER_DOWN)
		was_warm = false;
	else if (what == BATON_NOTE_DIFFERS && was_warm && steady)
		sim_fail("the stream lost something");
}

static bool carry_out(int i, const struct baton_action *a, struct baton_input *in)
{
	struct sim_kernel *k = &node[i].kernel;

	switch (a->type) {
	case BATON_ACT_SEND:
		transmit(i, a);
		return false;
	case BATON_ACT_DRAIN:
		*in = (struct baton_input){ .type = BATON_IN_DRAINED, .batch = &k->batch };
		in->error = sim_kernel_drain(k, a->max_records);
		return true;
	case BATON_ACT_READ:
		*in = (struct baton_input){ .type = BATON_IN_READ, .batch = &k->batch };
		in->error = sim_kernel_read(k, a->read.cursor, a->read.max_records, a->read.map);
		return true;
	case BATON_ACT_APPLY:
		*in = (struct baton_input){ .type = BATON_IN_APPLIED, .result = &k->result };
		in->error = sim_kernel_apply(k, a->apply.epoch, a->apply.records, a->apply.count);
		return true;
	case BATON_ACT_DIGEST:
		*in = (struct baton_input){ .type = BATON_IN_DIGEST, .digest = &k->digest };
		sim_kernel_digest(k);
		return true;
	case BATON_ACT_PRUNE:
		*in = (struct baton_input){ .type = BATON_IN_PRUNED };
		in->error = sim_kernel_prune(k, a->prune.epoch, a->prune.map,
					     a->prune.version_before, &in->removed);
		return true;
	case BATON_ACT_FLUSHED:
		node[i].flushed++;
		return false;
	case BATON_ACT_NOTE:
		hear_note(a->note.what);
		say("%c: %s %lld %d", 'A' + i, note_name(a->note.what),
		    (long long)a->note.value, a->note.error);
		return false;
	case BATON_ACT_RESTART:
		sim_fail("an engine gave up");
	}
	return false;
}

static void step(int i, const struct baton_input *in)
{
	struct baton_input next = *in;
	bool more = true;

	while (more) {
		if (++node[i].steps > STEPS_A_SECOND)
			sim_fail("node %c does not come to rest", 'A' + i);
		baton_engine_step(node[i].engine, clock_of(&node[i]), &next, &actions);
		more = false;
		/* Kernel actions come one at a time, as the last thing of a step or alone. */
		for (unsigned int j = 0; j < actions.count; j++)
			if (carry_out(i, &actions.action[j], &next))
				more = true;
	}
}

static bool is_up(int i)
{
	return node[i].engine && node[i].paused_until <= now;
}

static void tell_gate(int i)
{
	struct baton_input in = {
		.type = BATON_IN_GATE,
		.gate = { node[i].kernel.role, node[i].kernel.epoch },
	};

	node[i].gate_news = !is_up(i);
	if (is_up(i))
		step(i, &in);
}

static void tell_services(int i)
{
	struct baton_input in = { .type = BATON_IN_SERVICES };

	for (unsigned int s = 0; s < SIM_SERVICES; s++)
		in.fingerprint = in.fingerprint * 2 + node[i].kernel.service[s];
	node[i].service_news = !is_up(i);
	if (is_up(i))
		step(i, &in);
}

static void start_daemon(int i)
{
	struct baton_engine_params p = {
		.node = i + 1, .seed = sim_random(), .payload = weather.payload,
	};

	for (int j = 0; j < BATON_SESSION_SIZE; j++)
		p.session.bytes[j] = sim_random();
	for (size_t j = 0; j < BATON_HASH_KEY; j++)
		p.hash_key[j] = sim_random();
	baton_engine_free(node[i].engine);
	node[i].engine = baton_engine_new(&p);
	if (!node[i].engine)
		abort();
	node[i].paused_until = 0;
	node[i].sent_seq = 0;
	/* The clock of the kernel goes on; it is its own on each node. */
	tell_services(i);
	tell_gate(i);
}

static void deliver(unsigned int at)
{
	struct datagram d = queue[at];
	struct baton_input in = {
		.type = BATON_IN_FRAME,
		.frame = { .head = &d.head, .payload = d.payload, .size = d.size },
	};

	queue[at] = queue[--queued];
	if (is_up(d.to) && cut_until[d.to] <= now)
		step(d.to, &in);
	free(d.payload);
}

/* ---- the storm ---- */

static void traffic(void)
{
	uint32_t n = weather.opens / 100 + sim_chance(weather.opens % 100);
	struct sim_kernel *k = &node[active].kernel;
	struct baton_input in = { .type = BATON_IN_WAKE };
	bool idle = !k->dirty_count;

	while (n--) {
		uint32_t c = sim_below(SIM_CONNS);

		switch (sim_below(4)) {
		case 0:
		case 1:
			if (!sim_kernel_open(k, c))
				sim_kernel_close(k, c);
			break;
		case 2:
			sim_kernel_change(k, c);
			break;
		case 3:
			sim_kernel_close(k, c);
			break;
		}
	}
	if (idle && k->dirty_count && is_up(active) && !sim_chance(1))
		step(active, &in);
}

static void promote(int who)
{
	struct sim_kernel *k = &node[who].kernel;

	active = who;
	sim_kernel_gate(k, BATON_ROLE_ACTIVE, ++epoch);
	say("%c: promoted, epoch %u", 'A' + who, epoch);
	tell_gate(who);
}

static void demote(int who, uint32_t to)
{
	sim_kernel_gate(&node[who].kernel, BATON_ROLE_STANDBY, to);
	say("%c: demoted, epoch %u", 'A' + who, to);
	tell_gate(who);
}

static void flip(void)
{
	int old = active, new = 1 - active;
	struct baton_input flush = { .type = BATON_IN_FLUSH, .prove = true };

	switch (sim_below(3)) {
	case 0:		/* handover: gate shut first, a flush tried */
		demote(old, node[old].kernel.epoch);
		if (is_up(old))
			step(old, &flush);
		promote(new);
		break;
	case 1:		/* the old one is told of the new epoch at once */
		promote(new);
		demote(old, epoch);
		break;
	case 2:		/* both active for a moment: the old one with an epoch that is over */
		promote(new);
		demote(old, node[old].kernel.epoch);
		break;
	}
}

static void trouble(void)
{
	int i = sim_below(SIM_NODES);
	struct baton_input in = { .type = BATON_IN_RESYNC };

	if (sim_chance(weather.restarts)) {
		say("%c: daemon restarts", 'A' + i);
		start_daemon(i);
	}
	if (sim_chance(weather.pauses)) {
		node[i].paused_until = now + sim_below(5000) * 1000ull;
		say("%c: paused", 'A' + i);
	}
	if (sim_chance(weather.cuts)) {
		cut_until[i] = now + sim_below(5000) * 1000ull;
		say("%c: deaf", 'A' + i);
	}
	if (sim_chance(weather.flips))
		flip();
	if (sim_chance(weather.services)) {
		int s = sim_below(SIM_SERVICES);

		node[1 - active].kernel.service[s] ^= 1;
		node[active].kernel.service[s] = true;
		say("service %d changed", s);
		tell_services(0);
		tell_services(1);
	}
	if (sim_chance(1) && is_up(i))
		step(i, &in);
}

static void choose_weather(void)
{
	static const unsigned int losses[] = { 0, 0, 0, 1, 5, 10, 30, 50 };
	static const size_t mtus[] = { 1280 - 48 - 60, 1500 - 28 - 60, 1500 - 48 - 60, 9000 - 28 - 60 };

	memset(&weather, 0, sizeof(weather));
	for (int i = 0; i < SIM_NODES; i++)
		weather.loss[i] = losses[sim_below(8)];
	weather.dup = sim_chance(30) ? sim_below(30) : 0;
	weather.delay = 50 + sim_below(sim_chance(20) ? 30000 : 1000);
	weather.jitter = sim_chance(50) ? sim_below(5000) : 0;
	weather.opens = sim_chance(50) ? sim_below(200) : sim_below(3000);
	weather.storm = 1 + sim_below(8);
	weather.payload = mtus[sim_below(4)];
	weather.restarts = sim_chance(40) ? sim_below(60) : 0;
	weather.pauses = sim_chance(40) ? sim_below(60) : 0;
	weather.cuts = sim_chance(40) ? sim_below(60) : 0;
	weather.flips = sim_chance(40) ? sim_below(60) : 0;
	weather.services = sim_chance(20) ? 50 : 0;
	say("loss %u/%u dup %u delay %u+%u opens %u storm %u payload %zu", weather.loss[0],
	    weather.loss[1], weather.dup, weather.delay, weather.jitter, weather.opens,
	    weather.storm, weather.payload);
}

/* ---- rest ---- */

static void calm_down(void)
{
	const struct sim_kernel *b = &node[1 - active].kernel;

	resting = true;
	say("rest");
	memset(weather.loss, 0, sizeof(weather.loss));
	memset(cut_until, 0, sizeof(cut_until));
	weather.dup = 0;
	weather.jitter = 0;
	weather.delay = 200;
	for (int i = 0; i < SIM_NODES; i++) {
		node[i].paused_until = 0;
		steady &= node[i].kernel.tombstone_max == SIM_CONNS;
		node[i].kernel.apply_errors = 0;
		memset(node[i].kernel.service, 1, sizeof(node[i].kernel.service));
	}
	if (b->role == BATON_ROLE_ACTIVE)
		demote(1 - active, b->epoch);
	for (int i = 0; i < SIM_NODES; i++)
		tell_services(i);
}

static bool settled(void)
{
	struct baton_engine_status a, b;
	uint32_t first;

	baton_engine_status(node[active].engine, clock_of(&node[active]), &a);
	baton_engine_status(node[1 - active].engine, clock_of(&node[1 - active]), &b);
	return !node[active].kernel.dirty_count && a.warm && b.warm && !a.bulk_running &&
	       !b.bulk_running && !a.lag_unacked && a.would_survive == a.connections &&
	       !sim_kernel_compare(&node[0].kernel, &node[1].kernel, &first);
}

static void complain(void)
{
	struct baton_engine_status s[2];
	uint32_t first = 0, n = sim_kernel_compare(&node[0].kernel, &node[1].kernel, &first);

	for (int i = 0; i < 2; i++) {
		baton_engine_status(node[i].engine, clock_of(&node[i]), &s[i]);
		printf("%c: role %d source %d warm %d bulk %d peers %u unacked %u pending %u dirty %u equal %d survive %u/%u\n",
		       'A' + i, s[i].role, s[i].source, s[i].warm, s[i].bulk_running, s[i].peers,
		       s[i].lag_unacked, s[i].lag_pending, node[i].kernel.dirty_count,
		       s[i].digests_equal, s[i].would_survive, s[i].connections);
	}
	sim_fail("not settled: %u tuples differ, the first is %u", n, first);
}

/* A proof is a proof: warm at an acknowledged position means equal there. Checked at rest. */
static void check_warm(void)
{
	struct baton_engine_status s;
	uint32_t first;

	baton_engine_status(node[1 - active].engine, clock_of(&node[1 - active]), &s);
	if (s.warm && now - (s.proof_at - node[1 - active].clock) < SEC / 10 &&
	    !node[active].kernel.dirty_count && sim_kernel_compare(&node[0].kernel,
								   &node[1].kernel, &first)) {
		struct baton_engine_status a;

		baton_engine_status(node[active].engine, clock_of(&node[active]), &a);
		if (!a.lag_unacked && a.digests_equal && a.warm)
			sim_fail("warm, but tuple %u differs", first);
	}
}

/* ---- time ---- */

static void tick_engines(void)
{
	struct baton_input in = { .type = BATON_IN_TIMER };

	for (int i = 0; i < SIM_NODES; i++) {
		if (is_up(i) && node[i].gate_news)
			tell_gate(i);
		if (is_up(i) && node[i].service_news)
			tell_services(i);
		if (is_up(i) && baton_engine_deadline(node[i].engine) <= clock_of(&node[i]))
			step(i, &in);
	}
}

static uint64_t next_event(uint64_t limit)
{
	for (unsigned int i = 0; i < queued; i++)
		if (is_up(queue[i].to) && queue[i].at < limit)
			limit = queue[i].at;
	for (int i = 0; i < SIM_NODES; i++) {
		uint64_t d;

		if (!is_up(i)) {
			if (node[i].paused_until < limit)
				limit = node[i].paused_until;
			continue;
		}
		d = baton_engine_deadline(node[i].engine);
		if (d != UINT64_MAX && d - node[i].clock < limit)
			limit = d - node[i].clock;
	}
	return limit > now ? limit : now + 1;
}

/* Datagrams to a stopped daemon wait in its socket, as many as fit. */
static void deliver_due(void)
{
	unsigned int waiting[SIM_NODES] = { 0 };

	for (unsigned int i = 0; i < queued; i++) {
		if (queue[i].at > now)
			continue;
		if (!is_up(queue[i].to) && ++waiting[queue[i].to] <= SOCKET)
			continue;
		deliver(i--);
	}
}

static void run(uint64_t s)
{
	uint64_t ms, second, end;

	seed = s;
	sim_seed(s);
	now = BEGIN;
	epoch = 1;
	active = 0;
	resting = false;
	queued = 0;
	memset(cut_until, 0, sizeof(cut_until));
	choose_weather();
	was_warm = false;
	steady = !weather.restarts && !weather.pauses && !weather.cuts && !weather.flips &&
		 !weather.services;
	for (int i = 0; i < SIM_NODES; i++) {
		sim_kernel_reset(&node[i].kernel);
		node[i].kernel.tombstone_max = sim_chance(20) ? 3 : SIM_CONNS;
		steady &= node[i].kernel.tombstone_max == SIM_CONNS;
		node[i].kernel.apply_errors = sim_chance(10) ? 10 : 0;
		node[i].clock = sim_random() % (1000 * SEC);
		node[i].steps = 0;
		start_daemon(i);
	}
	promote(0);
	for (uint32_t i = sim_below(SIM_CONNS); i; i--)
		sim_kernel_open(&node[0].kernel, sim_below(SIM_CONNS));
	ms = second = now;
	end = now + weather.storm * SEC;
	for (;;) {
		deliver_due();
		tick_engines();
		if (now >= ms) {
			ms += 1000;
			if (!resting)
				traffic();
		}
		if (now >= second) {
			second += SEC / 4;
			node[0].steps = node[1].steps = 0;
			if (!resting)
				trouble();
			else
				check_warm();
			if (resting && settled())
				break;
		}
		if (!resting && now >= end) {
			calm_down();
			end = now + REST_LIMIT;
		} else if (now >= end) {
			complain();
		}
		now = next_event(resting ? second : ms < second ? ms : second);
	}
	total_seconds += (now - BEGIN) / SEC;
	while (queued)
		free(queue[--queued].payload);
	for (int i = 0; i < SIM_NODES; i++) {
		baton_engine_free(node[i].engine);
		node[i].engine = NULL;
	}
	say("settled");
}

int main(int argc, char **argv)
{
	uint64_t first, count;
	int at = 1;

	if (argc > 1 && !strcmp(argv[1], "-v")) {
		verbose = true;
		at++;
	}
	if (at >= argc) {
		fprintf(stderr, "usage: sim [-v] FIRST [COUNT]\n");
		return 2;
	}
	first = strtoull(argv[at], NULL, 10);
	count = at + 1 < argc ? strtoull(argv[at + 1], NULL, 10) : 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (uint64_t s = first; s < first + count; s++)
		run(s);
	printf("%llu seeds, %llu simulated seconds, %llu datagrams: nothing lost, nothing undone\n",
	       (unsigned long long)count, (unsigned long long)total_seconds,
	       (unsigned long long)total_sent);
	return 0;
}
