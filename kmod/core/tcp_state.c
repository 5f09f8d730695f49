// SPDX-License-Identifier: GPL-2.0-only
/*
 * The states are the server's, by RFC 9293, since it is the server that holds
 * resources: FIN_WAIT when the server closed first, CLOSE_WAIT when the client did.
 * The last FIN ends in TIME_WAIT for both orders: either end may still have to
 * repeat itself, so the director has to know the way for as long.
 *
 * When the server's packets are not seen (input only), the client's FIN is all that
 * will ever be seen of the end: FIN_WAIT lasts long enough for both directions.
 *
 * SYNACK is for a director that answers handshakes by itself; this one only takes
 * it over from a peer that does.
 */
#include "env.h"
#include "tcp_state.h"
#include "pkt.h"

enum event { SYN, FIN, ACK, RST, EVENTS };

#define NO BATON_STATE_NONE
#define ET BATON_STATE_TCP_ESTABLISHED
#define SS BATON_STATE_TCP_SYN_SENT
#define SR BATON_STATE_TCP_SYN_RECV
#define FW BATON_STATE_TCP_FIN_WAIT
#define TW BATON_STATE_TCP_TIME_WAIT
#define CL BATON_STATE_TCP_CLOSE
#define CW BATON_STATE_TCP_CLOSE_WAIT
#define LA BATON_STATE_TCP_LAST_ACK
#define SA BATON_STATE_TCP_SYNACK

#define TCP_STATES (BATON_STATE_TCP_SYNACK + 1)

static const u8 next_state[__BATON_TCP_VIEWS][EVENTS][TCP_STATES] = {
	[BATON_TCP_TO_SERVER] = {
		/*        NO  ET  SS  SR  FW  TW  CL  CW  LA  SA */
		[SYN] = { SR, ET, ET, SR, SR, SR, SR, SR, SR, SR },
		[FIN] = { CL, CW, CL, CW, TW, TW, CL, CW, LA, CW },
		[ACK] = { ET, ET, SS, ET, FW, TW, CL, CW, TW, ET },
		[RST] = { CL, CL, CL, CL, CL, CL, CL, CL, CL, CL },
	},
	[BATON_TCP_TO_CLIENT] = {
		/*        NO  ET  SS  SR  FW  TW  CL  CW  LA  SA */
		[SYN] = { SS, ET, SS, SR, FW, TW, CL, CW, LA, SA },
		[FIN] = { TW, FW, SS, FW, FW, TW, CL, LA, LA, FW },
		[ACK] = { ET, ET, SS, SR, FW, TW, CL, CW, LA, SA },
		[RST] = { CL, CL, CL, CL, CL, CL, CL, CL, CL, CL },
	},
	[BATON_TCP_INPUT_ONLY] = {
		/*        NO  ET  SS  SR  FW  TW  CL  CW  LA  SA */
		[SYN] = { SR, ET, ET, SR, SR, SR, SR, SR, SR, SR },
		[FIN] = { CL, FW, CL, FW, FW, TW, CL, CW, LA, FW },
		[ACK] = { ET, ET, SS, ET, FW, TW, CL, CW, TW, ET },
		[RST] = { CL, CL, CL, CL, CL, CL, CL, CL, CL, CL },
	},
};

u8 baton_tcp_next(enum baton_tcp_view view, u8 state, u8 flags)
{
	enum event event;

	if (state >= TCP_STATES)
		return state;
	if (flags & BATON_TCP_RST)
		event = RST;
	else if (flags & BATON_TCP_SYN)
		event = SYN;
	else if (flags & BATON_TCP_FIN)
		event = FIN;
	else if (flags & BATON_TCP_ACK)
		event = ACK;
	else
		return state;
	return next_state[view][event][state];
}

bool baton_tcp_reusable(enum baton_tcp_view view, u8 state)
{
	if (state == BATON_STATE_TCP_FIN_WAIT)
		return view == BATON_TCP_INPUT_ONLY;
	return state == BATON_STATE_TCP_TIME_WAIT || state == BATON_STATE_TCP_CLOSE;
}

u32 baton_state_timeout(u8 state)
{
	static const u32 seconds[BATON_STATE_MAX + 1] = {
		[BATON_STATE_NONE]		= 2,
		[BATON_STATE_TCP_ESTABLISHED]	= 900,
		[BATON_STATE_TCP_SYN_SENT]	= 120,
		[BATON_STATE_TCP_SYN_RECV]	= 60,
		[BATON_STATE_TCP_FIN_WAIT]	= 120,
		[BATON_STATE_TCP_TIME_WAIT]	= 120,
		[BATON_STATE_TCP_CLOSE]		= 10,
		[BATON_STATE_TCP_CLOSE_WAIT]	= 60,
		[BATON_STATE_TCP_LAST_ACK]	= 30,
		[BATON_STATE_TCP_SYNACK]	= 120,
		[BATON_STATE_UDP]		= 300,
		[BATON_STATE_TEMPLATE]		= 300,
		[BATON_STATE_SCTP_ESTABLISHED]	= 900,
		[BATON_STATE_SCTP_INIT]		= 60,
		[BATON_STATE_SCTP_COOKIE]	= 60,
		[BATON_STATE_SCTP_SHUTDOWN]	= 120,
		[BATON_STATE_SCTP_SHUTDOWN_ACK]	= 60,
		[BATON_STATE_SCTP_CLOSED]	= 10,
	};

	return state <= BATON_STATE_MAX ? seconds[state] : 0;
}
