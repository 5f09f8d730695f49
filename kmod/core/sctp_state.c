// SPDX-License-Identifier: GPL-2.0-only
/*
 * By RFC 9260, in as few states as differ for us: the handshake before and after the client has
 * shown the server's cookie, the end before and after both sides have agreed on it.
 *
 * A cookie is shown only by somebody who got it, so where the server's packets are not seen (input
 * only) that establishes; where they are, the server's word does. A client may not send anything
 * else before it has that word: what comes next is as good.
 *
 * An INIT on what is established is left to the ends (a restart, or a forgery).
 */
#include "env.h"
#include "sctp_state.h"

enum event { OTHER, INIT, COOKIE, COOKIE_ACK, SHUTDOWN, SHUTDOWN_ACK, COMPLETE, ABORT, EVENTS };

#define NO BATON_STATE_NONE
#define ET BATON_STATE_SCTP_ESTABLISHED
#define IN BATON_STATE_SCTP_INIT
#define CK BATON_STATE_SCTP_COOKIE
#define SD BATON_STATE_SCTP_SHUTDOWN
#define SA BATON_STATE_SCTP_SHUTDOWN_ACK
#define CL BATON_STATE_SCTP_CLOSED

#define FIRST BATON_STATE_SCTP_ESTABLISHED
#define STATES (BATON_STATE_SCTP_CLOSED - FIRST + 2)

static const u8 next_state[__BATON_TCP_VIEWS][EVENTS][STATES] = {
	[BATON_TCP_TO_SERVER] = {
		/*                 NO  ET  IN  CK  SD  SA  CL */
		[OTHER]		= { ET, ET, IN, ET, SD, SA, CL },
		[INIT]		= { IN, ET, IN, CK, SD, SA, IN },
		[COOKIE]	= { CK, ET, CK, CK, SD, SA, CL },
		[COOKIE_ACK]	= { ET, ET, ET, ET, SD, SA, CL },
		[SHUTDOWN]	= { SD, SD, IN, SD, SD, SA, CL },
		[SHUTDOWN_ACK]	= { SA, SA, IN, SA, SA, SA, CL },
		[COMPLETE]	= { CL, ET, IN, CK, CL, CL, CL },
		[ABORT]		= { CL, CL, CL, CL, CL, CL, CL },
	},
	[BATON_TCP_TO_CLIENT] = {
		/*                 NO  ET  IN  CK  SD  SA  CL */
		[OTHER]		= { ET, ET, IN, ET, SD, SA, CL },
		[INIT]		= { IN, ET, IN, CK, SD, SA, CL },
		[COOKIE]	= { CK, ET, IN, CK, SD, SA, CL },
		[COOKIE_ACK]	= { ET, ET, ET, ET, SD, SA, CL },
		[SHUTDOWN]	= { SD, SD, IN, SD, SD, SA, CL },
		[SHUTDOWN_ACK]	= { SA, SA, IN, SA, SA, SA, CL },
		[COMPLETE]	= { CL, ET, IN, CK, CL, CL, CL },
		[ABORT]		= { CL, CL, CL, CL, CL, CL, CL },
	},
	[BATON_TCP_INPUT_ONLY] = {
		/*                 NO  ET  IN  CK  SD  SA  CL */
		[OTHER]		= { ET, ET, IN, ET, SD, SA, CL },
		[INIT]		= { IN, ET, IN, CK, SD, IN, IN },
		[COOKIE]	= { ET, ET, ET, ET, SD, SA, CL },
		[COOKIE_ACK]	= { ET, ET, ET, ET, SD, SA, CL },
		[SHUTDOWN]	= { SD, SD, IN, SD, SD, SA, CL },
		[SHUTDOWN_ACK]	= { SA, SA, IN, SA, SA, SA, CL },
		[COMPLETE]	= { CL, ET, IN, CK, CL, CL, CL },
		[ABORT]		= { CL, CL, CL, CL, CL, CL, CL },
	},
};

static enum event event_of(u8 chunk)
{
	switch (chunk) {
	case BATON_SCTP_INIT:
	case BATON_SCTP_INIT_ACK:
		return INIT;
	case BATON_SCTP_COOKIE_ECHO:
		return COOKIE;
	case BATON_SCTP_COOKIE_ACK:
		return COOKIE_ACK;
	case BATON_SCTP_SHUTDOWN:
		return SHUTDOWN;
	case BATON_SCTP_SHUTDOWN_ACK:
		return SHUTDOWN_ACK;
	case BATON_SCTP_SHUTDOWN_COMPLETE:
		return COMPLETE;
	case BATON_SCTP_ABORT:
		return ABORT;
	}
	return OTHER;
}

u8 baton_sctp_next(enum baton_tcp_view view, u8 state, u8 chunk)
{
	unsigned int column = state ? state - FIRST + 1U : 0;

	if (state && (state < FIRST || column >= STATES))
		return state;
	return next_state[view][event_of(chunk)][column];
}

bool baton_sctp_reusable(enum baton_tcp_view view, u8 state)
{
	/* the server's last word is not seen there */
	if (state == BATON_STATE_SCTP_SHUTDOWN_ACK)
		return view == BATON_TCP_INPUT_ONLY;
	return state == BATON_STATE_SCTP_CLOSED;
}
