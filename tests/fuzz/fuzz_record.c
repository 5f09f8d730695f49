// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz records, as the kernel hands them out and takes them in. What its own rule lets in has to come out of
 * the window and the codec as it was; the newest of each connection, and no other.
 *
 * On their way they are packed into briefs as for the module. And the input itself is taken for briefs that
 * somebody else has made.
 *
 * An input is records of RECORD bytes; what does not matter here (bits that no record has) is cut off.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include <env.h>
#include "kmod/core/sync_rule.c"
#include "brief.h"
#include "syncd/window.h"

#define MOST	200u
#define BUDGET	1412u
#define EPOCH	3u
#define RECORD	24u

static struct baton_conn_record newest[MOST], out[BATON_BATCH_RECORDS], in[MOST];
static struct baton_briefs briefs;
static unsigned int count;
static struct baton_window *w;
static struct baton_dict_rx rx;
static struct baton_reader reader;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const uint8_t key[BATON_HASH_KEY] = "fuzz";

	(void)argc;
	(void)argv;
	w = calloc(1, sizeof(*w));
	if (!w)
		return 1;
	baton_window_init(w, BUDGET, key);
	return sodium_init() < 0;
}

static void address(union baton_addr *to, bool v6, const uint8_t *from)
{
	if (v6)
		to->v6[0] = htonl(0x20010db8);
	memcpy(v6 ? &to->v6[3] : &to->v4, from, 4);
}

static void make(struct baton_conn_record *r, const uint8_t *p, uint64_t version)
{
	bool v6 = p[0] & 1, mixed = p[0] & 2;

	memset(r, 0, sizeof(*r));
	r->version = version;
	r->family = v6 ? AF_INET6 : AF_INET;
	r->protocol = p[1];
	r->state = p[2];
	r->method = p[3];
	r->flags = (p[0] & 4 ? BATON_CONN_F_DELETED : 0) | (mixed ? BATON_CONN_F_MIXED : 0);
	r->timeout = p[0] & 8 ? 0 : p[4];
	r->idle = p[5];
	address(&r->caddr, v6, p + 6);
	/* few services and servers, so that they are shared */
	r->vaddr.v4 = 0;
	address(&r->vaddr, v6, (const uint8_t[]){ 192, 0, 2, p[10] & 3 });
	address(&r->daddr, v6 ^ mixed, (const uint8_t[]){ 198, 51, 100, p[11] & 7 });
	memcpy(&r->cport, p + 12, 2);
	memcpy(&r->vport, p + 14, 2);
	memcpy(&r->dport, p + 16, 2);
	/* a server's port 0 is the client's choice, and never a connection's own */
	if (!r->dport)
		r->dport = r->vport;
	r->svc_port = p[18] & 1 ? 0 : r->vport;
	if (p[18] & 2)
		memcpy(&r->svc_port, p + 20, 2);
}

static struct baton_conn_record *find(const struct baton_conn_record *r)
{
	for (unsigned int i = 0; i < count; i++)
		if (baton_tuple_same(&newest[i], r))
			return &newest[i];
	return NULL;
}

/* A deletion is the tuple; its version may be that of a later one in its batch. */
static bool same(const struct baton_conn_record *was, const struct baton_conn_record *is)
{
	if (was->flags & BATON_CONN_F_DELETED)
		return is->flags & BATON_CONN_F_DELETED && is->version >= was->version;
	return !memcmp(was, is, sizeof(*was));
}

static void read_back(uint64_t id)
{
	uint32_t unknown[BATON_ACK_UNKNOWN];
	unsigned int unknowns;
	uint8_t buf[BUDGET];
	long n = baton_window_write(w, id, 0, buf, sizeof(buf));
	int records;

	if (n <= 0 || baton_msg_read(&reader, buf, (size_t)n) || baton_msg_learn(&reader.msg, &rx))
		abort();
	records = baton_batch_read(reader.msg.batch, &rx, out, unknown, &unknowns);
	if (records < 0)
		abort();
	for (int i = 0; i < records; i++) {
		struct baton_conn_record *was = find(&out[i]);

		if (!was || !same(was, &out[i]) ||
		    baton_record_check(&out[i], EPOCH) != BATON_REJECT_NONE)
			abort();
		*was = newest[--count];
	}
}

/* As many as are there, and no byte beyond them. */
static void read_foreign(const uint8_t *data, size_t size)
{
	static struct baton_conn_record likes[3] = {
		{ .family = AF_INET }, { .family = AF_INET6 }, { .family = AF_UNSPEC },
	};
	struct baton_conn_record r;
	uint8_t *copy = malloc(size ? size : 1);
	const uint8_t *p = copy;
	int n;

	if (!copy)
		abort();
	memcpy(copy, data, size);
	n = baton_brief_count(likes, 3, copy, size);
	for (int i = 0; i < n; i++)
		p = baton_brief_next(likes, p, &r);
	if (n >= 0 && p != copy + size)
		abort();
	free(copy);
}

/* As the module hands them out, and as the engine takes them in. */
static void take_in(unsigned int records)
{
	struct baton_conn_record r;
	const uint8_t *p = briefs.brief, *next;

	baton_briefs_pack(&briefs, in, records);
	if (baton_brief_count(briefs.like, briefs.like_count, p, briefs.size) != (int)records)
		abort();
	for (unsigned int i = 0; i < records; i++, p = next) {
		next = baton_brief_next(briefs.like, p, &r);
		if (memcmp(&r, &in[i], sizeof(r)) != 0)
			abort();
	}
	if (baton_window_put(w, briefs.like, briefs.like_count, briefs.brief, records, 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t version = BATON_VERSION(EPOCH, 1);
	unsigned int records = 0;

	read_foreign(data, size);
	baton_window_clear(w);
	baton_dict_tx_reset(&w->dict);
	baton_dict_rx_reset(&rx);
	count = 0;
	for (; size >= RECORD && records < MOST; data += RECORD, size -= RECORD) {
		struct baton_conn_record r, *was;

		version += 1 + data[19] * (uint64_t)data[22];
		make(&r, data, version);
		if (baton_record_check(&r, EPOCH) != BATON_REJECT_NONE)
			continue;
		in[records++] = r;
		was = find(&r);
		*(was ? was : &newest[count++]) = r;
	}
	take_in(records);
	baton_window_close(w);
	for (uint64_t id = w->first; id < w->next; id++)
		read_back(id);
	if (count)
		abort();
	return 0;
}
