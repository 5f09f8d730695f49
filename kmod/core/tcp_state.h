/* SPDX-License-Identifier: GPL-2.0-only */
/* The TCP state machine, as seen by somebody between the two ends. */
#ifndef BATON_CORE_TCP_STATE_H
#define BATON_CORE_TCP_STATE_H

#include "env.h"

/** enum baton_tcp_view - who sent the packet and what else we get to see */
enum baton_tcp_view {
	BATON_TCP_TO_SERVER,	/* from the client; the server's packets pass here too */
	BATON_TCP_TO_CLIENT,	/* from the server */
	BATON_TCP_INPUT_ONLY,	/* from the client; the server answers past us */
	__BATON_TCP_VIEWS
};

/**
 * baton_tcp_next - the state after a packet
 * @state: enum baton_state before it, a TCP state or BATON_STATE_NONE
 * @flags: TCP flags as in the header
 *
 * Sequence numbers are not looked at: the two ends judge them.
 * Return: enum baton_state; @state itself when it is no state of TCP.
 */
u8 baton_tcp_next(enum baton_tcp_view view, u8 state, u8 flags);

/** A SYN in this state means that the client begins anew, at any server. */
bool baton_tcp_reusable(enum baton_tcp_view view, u8 state);

/** Is this the state of a connection (any protocol with a handshake) whose client has shown nothing yet? */
static inline bool baton_state_opening(u8 state)
{
	return state == BATON_STATE_TCP_SYN_RECV || state == BATON_STATE_SCTP_INIT;
}

/** Has the handshake been finished, and the end not begun? */
static inline bool baton_state_established(u8 state)
{
	return state == BATON_STATE_TCP_ESTABLISHED || state == BATON_STATE_SCTP_ESTABLISHED;
}

/** Does a connection in this state (any protocol) load its server? The rest is inactive. */
static inline bool baton_state_active(u8 state)
{
	const u32 active = BIT(BATON_STATE_TCP_ESTABLISHED) | BIT(BATON_STATE_TCP_SYN_SENT) |
			   BIT(BATON_STATE_TCP_SYN_RECV) | BIT(BATON_STATE_TCP_SYNACK) |
			   BIT(BATON_STATE_UDP) | BIT(BATON_STATE_SCTP_ESTABLISHED) |
			   BIT(BATON_STATE_SCTP_INIT) | BIT(BATON_STATE_SCTP_COOKIE);

	return state <= BATON_STATE_MAX && active >> state & 1;
}

/** Seconds that a state lasts without a packet, unless configured; 0: no such state. */
u32 baton_state_timeout(u8 state);

#endif /* BATON_CORE_TCP_STATE_H */
