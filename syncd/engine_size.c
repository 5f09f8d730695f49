// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How large a datagram gets through. An interface does not know how narrow the path behind it is,
 * and what does not fit is dropped without a word. So everybody tells the others what the
 * largest message was that he has heard of them lately, on the link where that is least; and
 * sends hellos that are padded to the size in use, and in turn to larger ones.
 */
#include "engine_priv.h"

#define PROBE_INTERVAL	MS(500)
#define SIZE_PERIOD	MS(3000)	/* what is heard counts until the end of the next one */
#define LINK_SETTLES	MS(1000)	/* before that a link has not had its chance */
#define NARROW_TOLD	MS(5000)

/* What is left of paths of 1400 .. 8000 bytes by IPv6; the interface's own is the last one tried. */
static const uint16_t sizes[] = { 1292, 1312, 1342, 1384, 1392, 3892, 7892 };

void baton_size_heard(struct baton_engine *e, struct peer *p, unsigned int link, size_t size)
{
	struct heard_size *h = &p->heard_size[link % BATON_LINKS];

	if (!h->here && !h->before)
		h->since = e->now;
	if (size > h->here)
		h->here = size;
	if (size > p->told_size && size > PAYLOAD_MIN)
		e->hello_now = true;
}

uint32_t baton_size_tell(const struct baton_engine *e, struct peer *p)
{
	uint32_t least = UINT32_MAX, most = 0;

	for (unsigned int i = 0; i < BATON_LINKS; i++) {
		const struct heard_size *h = &p->heard_size[i];
		uint32_t size = h->here > h->before ? h->here : h->before;

		if (size > most)
			most = size;
		if (size && size < least && e->now - h->since >= LINK_SETTLES)
			least = size;
	}
	p->told_size = least == UINT32_MAX ? most : least;
	return p->told_size;
}

static void turn_period(struct baton_engine *e)
{
	if (e->now - e->size.turned_at < SIZE_PERIOD)
		return;
	e->size.turned_at = e->now;
	for (unsigned int i = 0; i < BATON_ENGINE_PEERS; i++)
		for (unsigned int j = 0; j < BATON_LINKS; j++) {
			struct heard_size *h = &e->peer[i].heard_size[j];

			h->before = h->here;
			h->here = 0;
		}
}

/* A peer that says nothing of it is of a release that relies on the interfaces. */
static size_t largest(const struct baton_engine *e)
{
	size_t size = e->params.payload;

	for (unsigned int i = 0; i < BATON_ENGINE_PEERS && !MUTATION(8); i++) {
		const struct peer *p = &e->peer[i];

		if (p->present && p->reaches && p->reaches < size)
			size = p->reaches;
	}
	return size > PAYLOAD_MIN || size == e->params.payload ? size : PAYLOAD_MIN;
}

static void change(struct baton_engine *e, size_t size)
{
	bool less = size < e->payload;

	e->payload = size;
	e->source.window.budget = size;
	/* What was cut for the larger size would be lost again and again. */
	if (less && e->source.on && baton_source_joined(e))
		baton_source_recut(e);
}

/* Once, when it has lasted: for a moment it is so whenever somebody is met. */
static void tell(struct baton_engine *e)
{
	bool narrow = e->payload < e->params.payload;

	if (!narrow)
		e->size.narrow_since = 0;
	else if (!e->size.narrow_since)
		e->size.narrow_since = e->now;
	if (narrow == e->size.told || (narrow && e->now - e->size.narrow_since < NARROW_TOLD))
		return;
	e->size.told = narrow;
	baton_engine_note(e, BATON_NOTE_NARROW, NULL,
			  narrow ? e->payload + BATON_FRAME_OVERHEAD : 0, 0);
}

static void probe(struct baton_engine *e, size_t size)
{
	struct baton_msg_hello h;
	uint8_t *buf = baton_engine_payload(e);
	long n;

	if (!buf)
		return;
	baton_peer_fill_hello(e, &h);
	h.pad_to = size;
	n = baton_msg_write(&h, NULL, NULL, buf, e->params.payload);
	if (n > 0)
		baton_engine_send(e, buf, n);
}

/* The size in use, and one larger; all of them when somebody is new. */
static void probe_all(struct baton_engine *e)
{
	unsigned int count = sizeof(sizes) / sizeof(sizes[0]), larger = 0, turn;
	bool all = e->size.all;

	e->size.all = false;
	e->size.probe_at = e->now + PROBE_INTERVAL;
	probe(e, e->payload);
	for (unsigned int i = 0; i < count; i++)
		larger += sizes[i] > e->payload && sizes[i] < e->params.payload;
	turn = e->size.turn++ % (larger + 1);
	for (unsigned int i = 0; i < count; i++)
		if (sizes[i] > e->payload && sizes[i] < e->params.payload && (all || !turn--))
			probe(e, sizes[i]);
	if (e->payload < e->params.payload && (all || !turn))
		probe(e, e->params.payload);
}

void baton_size_run(struct baton_engine *e)
{
	size_t size;

	turn_period(e);
	size = largest(e);
	if (size != e->payload)
		change(e, size);
	tell(e);
	if (baton_size_deadline(e) <= e->now)
		probe_all(e);
}

void baton_size_new_peer(struct baton_engine *e)
{
	e->size.all = true;
	e->size.probe_at = 0;
}

uint64_t baton_size_deadline(const struct baton_engine *e)
{
	for (unsigned int i = 0; i < BATON_ENGINE_PEERS; i++)
		if (e->peer[i].present)
			return e->size.probe_at;
	return UINT64_MAX;
}
