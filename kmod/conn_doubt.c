// SPDX-License-Identifier: GPL-2.0-only
/*
 * An end that nobody has confirmed. A reset or a FIN is one packet, which anybody can send who knows
 * addresses and ports; the two ends judge it by its sequence number (RFC 5961), which is not known here: to
 * note it for every packet would cost the fast path more than all the rest.
 *
 * So the packet goes on its way, and the connection into the state that it leads to, as if it were
 * true, but in doubt. It is confirmed at once by an acknowledgement of that FIN. It is denied by
 * whoever goes on as before, as soon as what was already on its way has arrived: then the
 * connection is established again. When its time is over and nobody has said anything, challenge.c asks.
 *
 * Until it is confirmed a SYN does not begin another connection at another server: it is forwarded to
 * the same one, which knows better.
 *
 * A beginning can be doubted, too, where the server's answer is seen: who acknowledges something else has not got
 * it, and remains one that is opening.
 */
#include "challenge.h"
#include "core/doubt.h"
#include "core/tcp_state.h"
#include "path.h"

static void read_segment(const struct baton_ctx *ctx, struct baton_segment *ret)
{
	baton_segment_read(skb_network_header(ctx->skb) + ctx->pkt.l4, ctx->skb->len - ctx->pkt.l4, ret);
}

void baton_doubt_begin(const struct baton_ctx *ctx, struct baton_conn *conn)
{
	struct baton_segment segment;

	read_segment(ctx, &segment);
	WRITE_ONCE(conn->fin, (u16)segment.end);
	set_bit(BATON_CONN_DOUBTED, &conn->flags);
}

void baton_doubt_end(struct baton_conn *conn)
{
	clear_bit(BATON_CONN_WAITED, &conn->flags);
	clear_bit(BATON_CONN_SETTLED, &conn->flags);
	clear_bit(BATON_CONN_ASKED, &conn->flags);
	clear_bit(BATON_CONN_DOUBTED, &conn->flags);
}

/*
 * Where the server is not seen a FIN is confirmed by its own sender's word, which is only good
 * enough not to ask.
 */
static void confirm(struct baton_conn *conn, enum baton_tcp_view view)
{
	if (view == BATON_TCP_INPUT_ONLY)
		set_bit(BATON_CONN_ASKED, &conn->flags);
	else
		baton_doubt_end(conn);
}

bool baton_doubt_handshake(const struct baton_ctx *ctx, struct baton_conn *conn, enum baton_dir dir)
{
	struct baton_segment segment;

	read_segment(ctx, &segment);
	if (dir == BATON_TO_CLIENT) {
		if (!(segment.flags & BATON_TCP_RST))
			WRITE_ONCE(conn->fin, (u16)segment.end);
		return false;
	}
	if (segment.flags & (BATON_TCP_SYN | BATON_TCP_RST))
		return false;
	return !test_bit(BATON_CONN_OUT_SEEN, &conn->flags) || (u16)segment.ack != READ_ONCE(conn->fin);
}

bool baton_doubt_denied(const struct baton_ctx *ctx, struct baton_conn *conn,
			enum baton_tcp_view view, u8 state)
{
	struct baton_segment segment;

	read_segment(ctx, &segment);
	switch (baton_doubt_judge(view, state, READ_ONCE(conn->fin), &segment)) {
	case BATON_DOUBT_STAYS:
		break;
	case BATON_DOUBT_CONFIRMED:
		confirm(conn, view);
		break;
	case BATON_DOUBT_DENIED:
		return test_bit(BATON_CONN_SETTLED, &conn->flags);
	}
	return false;
}
