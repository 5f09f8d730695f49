// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The active's services and servers, as the text that services.conf is, for a standby that adopts
 * them. A source says which text it has; a standby with another one asks for it piece by piece,
 * and has it applied when it is whole. Connections never wait for it: what finds no server
 * yet is parked, as always.
 */
#include "engine_priv.h"

#define PIECE		1024
#define PIECES		8		/* answers to one question */
#define ASK_AGAIN	MS(50)
#define ADOPT_AGAIN	MS(10000)	/* what did not work, or did not last */

static uint64_t hash_of(const char *text, size_t size)
{
	uint64_t h;

	crypto_generichash((uint8_t *)&h, sizeof(h), (const uint8_t *)text, size, NULL, 0);
	return le64toh(h) ? le64toh(h) : 1;
}

void baton_config_own(struct baton_engine *e, const char *text, size_t size)
{
	/* One that is too long is not for others; they say that theirs differs, as ever. */
	e->config.hash = 0;
	e->config.size = 0;
	if (!text || size > BATON_CONFIG_TEXT_MAX)
		return;
	memcpy(e->config.text, text, size);
	e->config.size = (uint32_t)size;
	e->config.hash = hash_of(text, size);
}

/* ---- the source ---- */

void baton_config_answer(struct baton_engine *e, const struct baton_msg_ack *ack)
{
	uint32_t at = ack->want_offset;

	if (!ack->want_config || ack->want_config != e->config.hash)
		return;
	for (int i = 0; i < PIECES && at < e->config.size; i++) {
		uint32_t n = e->config.size - at < PIECE ? e->config.size - at : PIECE;
		uint8_t *buf = baton_engine_payload(e);
		long size;

		if (!buf)
			return;
		size = baton_config_write(e->config.hash, at, e->config.text + at, n, buf,
					  PAYLOAD_MIN);
		if (size > 0)
			baton_engine_send(e, buf, size);
		at += n;
	}
}

/* ---- the sink ---- */

void baton_config_hear(struct baton_engine *e, const struct baton_msg_source *m)
{
	struct adopt *a = &e->sink.adopt;

	if (!e->params.adopt || !m->config_hash || m->config_hash == e->config.hash ||
	    m->config_size > BATON_CONFIG_TEXT_MAX) {
		a->hash = 0;
		return;
	}
	if (a->hash == m->config_hash ||
	    (m->config_hash == a->tried && e->now < a->not_before))
		return;
	a->hash = m->config_hash;
	a->size = m->config_size;
	a->have = 0;
	a->ask_at = e->now;
}

void baton_config_piece(struct baton_engine *e, const struct baton_msg_config *c)
{
	struct adopt *a = &e->sink.adopt;

	if (!a->hash || c->hash != a->hash || c->offset != a->have || c->size > a->size - a->have)
		return;
	memcpy(a->text + a->have, c->text, c->size);
	a->have += (uint32_t)c->size;
	a->ask_at = e->now + (a->have / PIECE % PIECES ? ASK_AGAIN : 0);
}

uint64_t baton_config_deadline(const struct baton_engine *e)
{
	const struct adopt *a = &e->sink.adopt;

	return a->hash && a->have < a->size ? a->ask_at : UINT64_MAX;
}

void baton_config_ask(struct baton_engine *e, struct baton_msg_ack *ack)
{
	struct adopt *a = &e->sink.adopt;

	ack->want_config = 0;
	if (baton_config_deadline(e) > e->now)
		return;
	ack->want_config = a->hash;
	ack->want_offset = a->have;
	a->ask_at = e->now + ASK_AGAIN;
}

static void tried(struct baton_engine *e)
{
	struct adopt *a = &e->sink.adopt;

	a->tried = a->hash;
	a->not_before = e->now + ADOPT_AGAIN;
	a->hash = 0;
}

bool baton_config_run(struct baton_engine *e)
{
	struct adopt *a = &e->sink.adopt;
	struct baton_action *act;

	if (!a->hash || a->have < a->size)
		return false;
	if (hash_of(a->text, a->size) != a->hash) {
		tried(e);
		return false;
	}
	e->op = OP_ADOPT;
	act = baton_engine_act(e, BATON_ACT_ADOPT);
	act->adopt.text = a->text;
	act->adopt.size = a->size;
	return true;
}

void baton_config_adopted(struct baton_engine *e, const struct baton_input *in)
{
	e->stats.adopted += !in->error;
	baton_engine_note(e, BATON_NOTE_ADOPTED, e->sink.from, e->sink.adopt.size, in->error);
	tried(e);
}
