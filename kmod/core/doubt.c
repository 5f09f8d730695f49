// SPDX-License-Identifier: GPL-2.0-only
/* See doubt.h. */
#include "env.h"
#include "doubt.h"
#include "pkt.h"

static u32 get32(const u8 *p)
{
	return (u32)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

void baton_segment_read(const u8 *tcp, u32 len, struct baton_segment *ret)
{
	u32 header = (tcp[12] >> 4) * 4;

	ret->flags = tcp[13];
	ret->ack = get32(tcp + 8);
	ret->end = get32(tcp + 4) + (len > header ? len - header : 0) +
		   !!(ret->flags & BATON_TCP_SYN) + !!(ret->flags & BATON_TCP_FIN);
}

bool baton_doubt_begins(u8 from, u8 to)
{
	return from == BATON_STATE_TCP_ESTABLISHED &&
	       (to == BATON_STATE_TCP_CLOSE || to == BATON_STATE_TCP_CLOSE_WAIT ||
		to == BATON_STATE_TCP_FIN_WAIT);
}

bool baton_doubt_lasts(u8 state)
{
	return state == BATON_STATE_TCP_CLOSE || state == BATON_STATE_TCP_CLOSE_WAIT ||
	       state == BATON_STATE_TCP_FIN_WAIT || state == BATON_STATE_TCP_SYN_RECV;
}

/* CLOSE_WAIT: the client closed first; FIN_WAIT: the server, if it is seen at all. */
static bool is_claimant(enum baton_tcp_view view, u8 state)
{
	if (view == BATON_TCP_INPUT_ONLY)
		return true;
	return (view == BATON_TCP_TO_SERVER) == (state == BATON_STATE_TCP_CLOSE_WAIT);
}

/* A FIN that comes again proves no more than the first one. */
static enum baton_doubt judge_fin(enum baton_tcp_view view, u8 state, u16 fin,
				  const struct baton_segment *segment)
{
	if (!is_claimant(view, state))
		return (u16)segment->ack == fin ? BATON_DOUBT_CONFIRMED : BATON_DOUBT_DENIED;
	if (segment->flags & BATON_TCP_FIN)
		return BATON_DOUBT_STAYS;
	if ((u16)segment->end != fin)
		return BATON_DOUBT_DENIED;
	return view == BATON_TCP_INPUT_ONLY ? BATON_DOUBT_CONFIRMED : BATON_DOUBT_STAYS;
}

enum baton_doubt baton_doubt_judge(enum baton_tcp_view view, u8 state, u16 fin,
				   const struct baton_segment *segment)
{
	const u8 mask = BATON_TCP_SYN | BATON_TCP_RST | BATON_TCP_ACK;

	if ((segment->flags & mask) != BATON_TCP_ACK)
		return BATON_DOUBT_STAYS;
	switch (state) {
	case BATON_STATE_TCP_CLOSE_WAIT:
	case BATON_STATE_TCP_FIN_WAIT:
		return judge_fin(view, state, fin, segment);
	case BATON_STATE_TCP_CLOSE:
	case BATON_STATE_TCP_SYN_RECV:
		return BATON_DOUBT_DENIED;
	}
	return BATON_DOUBT_STAYS;
}
