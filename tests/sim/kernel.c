// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A model of the module's half of the sync contract in <linux/baton.h>: versions and digests
 * move only when records are handed out or applied. It remembers no deletion on the standby,
 * so an engine that applies an old record after a deletion brings the dead back, and is
 * caught here.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "brief.h"
#include "sim.h"

/* What the last drain or read gave: the engine has taken it in before anybody asks again. */
static struct baton_conn_record records[BATON_SYNC_RECORDS_MAX];
static struct baton_briefs briefs;

static uint32_t lives;	/* openings so far in this run */

void sim_kernel_reset(struct sim_kernel *k, uint32_t conns)
{
	memset(k, 0, offsetof(struct sim_kernel, conn) + conns * sizeof(k->conn[0]));
	k->conns = conns;
	lives = 0;
	k->role = BATON_ROLE_STANDBY;
	for (unsigned int i = 0; i < SIM_SERVICES; i++)
		k->service[i] = true;
}

static void set_dirty(struct sim_kernel *k, struct sim_conn *c, bool dirty)
{
	k->dirty_count += dirty - c->dirty;
	c->dirty = dirty;
}

static void set_tombstone(struct sim_kernel *k, struct sim_conn *c, bool tombstone)
{
	k->tombstones += tombstone - c->tombstone;
	c->tombstone = tombstone;
}

bool sim_kernel_open(struct sim_kernel *k, uint32_t i)
{
	struct sim_conn *c = &k->conn[i];

	if (c->live)
		return false;
	set_tombstone(k, c, false);
	c->live = true;
	c->life = ++lives;
	c->server = sim_below(SIM_SERVERS);
	c->state = BATON_STATE_TCP_ESTABLISHED;
	c->young = !c->committed && !c->dirty && sim_chance(k->young);
	set_dirty(k, c, !c->young);
	return true;
}

void sim_kernel_age(struct sim_kernel *k)
{
	for (uint32_t i = 0; k->young && i < k->conns; i++) {
		struct sim_conn *c = &k->conn[i];

		if (!c->live || !c->young || !sim_chance(10))
			continue;
		c->young = false;
		set_dirty(k, c, true);
	}
}

void sim_kernel_change(struct sim_kernel *k, uint32_t i)
{
	struct sim_conn *c = &k->conn[i];

	if (!c->live)
		return;
	c->state = 1 + sim_below(8);
	if (!c->young)
		set_dirty(k, c, true);
}

void sim_kernel_close(struct sim_kernel *k, uint32_t i)
{
	struct sim_conn *c = &k->conn[i];

	if (!c->live)
		return;
	c->live = false;
	if (!c->committed) {
		/* Nobody was ever told of it. */
		set_dirty(k, c, false);
		return;
	}
	if (k->tombstones >= k->tombstone_max) {
		k->overrun = true;
		c->committed = false;
		set_dirty(k, c, false);
		return;
	}
	set_tombstone(k, c, true);
	set_dirty(k, c, true);
}

void sim_kernel_gate(struct sim_kernel *k, uint8_t role, uint32_t epoch)
{
	/* Who is shut under a newer epoch still hands out what it has under its own. */
	if (role == BATON_ROLE_ACTIVE && k->seq < BATON_VERSION(epoch, 0))
		k->seq = BATON_VERSION(epoch, 0);
	k->role = role;
	k->epoch = epoch;
}

static uint32_t service_of(uint32_t i)
{
	return i % SIM_SERVICES;
}

/* Service 0: TCP on a port, 1: any port, 2: IPv6. */
static void make_record(struct baton_conn_record *r, uint32_t i)
{
	memset(r, 0, sizeof(*r));
	r->protocol = 6;
	r->cport = htons(1024 + i);
	if (service_of(i) == 2) {
		r->family = 10;
		r->caddr.v6[0] = htonl(0x20010db8);
		r->caddr.v6[3] = htonl(i * 2654435761u);
		r->vaddr.v6[3] = htonl(1);
		r->vport = r->svc_port = htons(443);
	} else {
		r->family = 2;
		r->caddr.v4 = htonl(0x0a000000 + i * 7919u);
		r->vaddr.v4 = htonl(0xc0000201);
		r->vport = htons(service_of(i) ? 2000 + i % 500 : 80);
		r->svc_port = service_of(i) ? 0 : r->vport;
	}
}

static uint32_t index_of(const struct baton_conn_record *r)
{
	return ntohs(r->cport) - 1024u;
}

static void hand_out(struct sim_kernel *k, uint32_t i)
{
	struct baton_conn_record *r = &records[k->batch.count++];
	struct sim_conn *c = &k->conn[i];

	make_record(r, i);
	r->version = c->version = ++k->seq;
	r->timeout = c->committed_life = c->life;
	c->committed = c->live;
	set_dirty(k, c, false);
	if (!c->live) {
		r->flags = BATON_CONN_F_DELETED;
		r->timeout = 0;
		set_tombstone(k, c, false);
		return;
	}
	c->committed_server = c->server;
	c->committed_state = c->state;
	r->state = c->state;
	r->method = c->server & 1;
	r->dport = service_of(i) == 1 ? r->vport : htons(8000);
	if (r->family == 10)
		r->daddr.v6[3] = htonl(100 + c->server);
	else
		r->daddr.v4 = htonl(0xc6336400 + c->server + 1);
}

static void pack(struct sim_kernel *k)
{
	baton_briefs_pack(&briefs, records, k->batch.count);
	k->batch.likes = briefs.like;
	k->batch.like_count = briefs.like_count;
	k->batch.briefs = briefs.brief;
}

int sim_kernel_drain(struct sim_kernel *k, uint32_t max)
{
	uint32_t n = 0;

	memset(&k->batch, 0, sizeof(k->batch));
	for (; n < k->conns && k->batch.count < max && k->dirty_count; n++) {
		uint32_t i = (k->dirty_from + n) % k->conns;

		if (k->conn[i].dirty)
			hand_out(k, i);
	}
	k->dirty_from = (k->dirty_from + n) % k->conns;
	pack(k);
	k->batch.seq = k->seq;
	k->batch.pending = k->dirty_count;
	k->batch.flags = (k->dirty_count ? BATON_SYNC_F_MORE : 0) |
			 (k->overrun ? BATON_SYNC_F_OVERRUN : 0);
	k->overrun = false;
	return 0;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 31) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 32;
}

/* Hashed once: a tuple is the same in every seed. */
static uint32_t bucket_of(uint32_t i)
{
	static uint16_t bucket[SIM_CONNS];	/* + 1; 0: not known yet */
	struct baton_conn_record r;

	if (!bucket[i]) {
		make_record(&r, i);
		bucket[i] = baton_tuple_bucket(&r) + 1;
	}
	return bucket[i] - 1;
}

static bool in_map(const uint8_t *map, uint32_t i)
{
	uint32_t b = bucket_of(i);

	return !map || map[b / 8] >> (b % 8) & 1;
}

int sim_kernel_read(struct sim_kernel *k, uint64_t cursor, uint32_t max, const uint8_t *map)
{
	uint32_t i = cursor;

	memset(&k->batch, 0, sizeof(k->batch));
	for (; i < k->conns && k->batch.count < max; i++)
		if (k->conn[i].live && !k->conn[i].young && in_map(map, i))
			hand_out(k, i);
	pack(k);
	k->batch.cursor = i < k->conns ? i : 0;
	k->batch.seq = k->seq;
	k->batch.pending = k->dirty_count;
	return 0;
}

static void check_not_dead(const struct sim_conn *c, const struct baton_conn_record *r)
{
	if (r->version < c->grave_version)
		sim_fail("connection %u: deleted at version %llx, back at version %llx",
			 index_of(r), (unsigned long long)c->grave_version,
			 (unsigned long long)r->version);
}

static void apply_one(struct sim_kernel *k, const struct baton_conn_record *r)
{
	struct sim_conn *c = &k->conn[index_of(r)];

	if (c->committed && c->version >= r->version) {
		k->result.stale++;
		return;
	}
	k->result.applied++;
	if (r->flags & BATON_CONN_F_DELETED) {
		if (c->grave_version < r->version)
			c->grave_version = r->version;
	} else {
		check_not_dead(c, r);
	}
	set_dirty(k, c, false);
	set_tombstone(k, c, false);
	c->committed = c->live = !(r->flags & BATON_CONN_F_DELETED);
	c->young = false;
	c->version = r->version;
	c->state = c->committed_state = r->state;
	c->server = c->committed_server =
		ntohl(r->family == 10 ? r->daddr.v6[3] : r->daddr.v4) % 256 -
		(r->family == 10 ? 100 : 1);
	c->life = c->committed_life = r->timeout;
}

int sim_kernel_apply(struct sim_kernel *k, uint32_t epoch, const struct baton_conn_record *r,
		     uint32_t count)
{
	if (k->role == BATON_ROLE_ACTIVE)
		return -EPERM;
	if (epoch < k->epoch || epoch < k->learned)
		return -ESTALE;
	k->learned = epoch;
	if (sim_chance(k->apply_errors))
		return -EBUSY;
	memset(&k->result, 0, offsetof(struct baton_sync_result, reject));
	for (uint32_t i = 0; i < count; i++) {
		if (index_of(&r[i]) >= k->conns)
			sim_fail("a record that nobody sent");
		if (!k->service[service_of(index_of(&r[i]))] &&
		    !(r[i].flags & BATON_CONN_F_DELETED)) {
			k->result.reject[k->result.rejected].index = i;
			k->result.reject[k->result.rejected++].reason = BATON_REJECT_NO_SERVICE;
			continue;
		}
		apply_one(k, &r[i]);
	}
	return 0;
}

int sim_kernel_prune(struct sim_kernel *k, uint32_t epoch, const uint8_t *map, uint64_t before,
		     uint32_t *removed)
{
	*removed = 0;
	if (epoch < k->epoch || epoch < k->learned)
		return -ESTALE;
	k->learned = epoch;
	for (uint32_t i = 0; i < k->conns; i++) {
		struct sim_conn *c = &k->conn[i];

		if (!c->committed || c->version >= before || !in_map(map, i))
			continue;
		c->committed = c->live = false;
		c->grave_version = before;
		set_dirty(k, c, false);
		set_tombstone(k, c, false);
		(*removed)++;
	}
	return 0;
}

void sim_kernel_digest(struct sim_kernel *k)
{
	struct baton_sync_digest *d = &k->digest;

	memset(d, 0, sizeof(*d));
	for (uint32_t i = 0; i < k->conns; i++) {
		const struct sim_conn *c = &k->conn[i];

		if (!c->committed) {
			d->unsynced += c->live && k->young;
			continue;
		}
		d->synced++;
		d->bucket[bucket_of(i)] += mix(mix(c->version + i) ^
					       mix(c->committed_server * 16u +
						   c->committed_state + 1));
	}
	d->seq = k->seq;
	d->pending = k->dirty_count;
}

uint32_t sim_kernel_compare(const struct sim_kernel *a, const struct sim_kernel *b, uint32_t *first)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < a->conns; i++) {
		const struct sim_conn *x = &a->conn[i], *y = &b->conn[i];

		if (x->committed == y->committed &&
		    (!x->committed || (x->version == y->version &&
				       x->committed_state == y->committed_state &&
				       x->committed_server == y->committed_server &&
				       x->committed_life == y->committed_life)))
			continue;
		if (!n++)
			*first = i;
	}
	return n;
}

bool sim_kernel_answer(struct sim_kernel *k, const struct baton_action *a, struct baton_input *in)
{
	switch (a->type) {
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
	default:
		return false;
	}
}
