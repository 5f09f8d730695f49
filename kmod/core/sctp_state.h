/* SPDX-License-Identifier: GPL-2.0-only */
/* The states of an SCTP association, as seen by somebody between the two ends. */
#ifndef BATON_CORE_SCTP_STATE_H
#define BATON_CORE_SCTP_STATE_H

#include "env.h"
#include "tcp_state.h"

/* types of the chunks that matter (RFC 9260, 3.2) */
#define BATON_SCTP_DATA			0
#define BATON_SCTP_INIT			1
#define BATON_SCTP_INIT_ACK		2
#define BATON_SCTP_SACK			3
#define BATON_SCTP_HEARTBEAT		4
#define BATON_SCTP_HEARTBEAT_ACK	5
#define BATON_SCTP_ABORT		6
#define BATON_SCTP_SHUTDOWN		7
#define BATON_SCTP_SHUTDOWN_ACK		8
#define BATON_SCTP_ERROR		9
#define BATON_SCTP_COOKIE_ECHO		10
#define BATON_SCTP_COOKIE_ACK		11
#define BATON_SCTP_SHUTDOWN_COMPLETE	14
#define BATON_SCTP_I_DATA		64	/* RFC 8260 */

/**
 * baton_sctp_next - the state after a packet
 * @state: enum baton_state before it, a state of SCTP or BATON_STATE_NONE
 * @chunk: type of the packet's chunk that decides, see baton_pkt
 *
 * Tags are not looked at: the two ends judge them.
 * Return: enum baton_state; @state itself when it is no state of SCTP.
 */
u8 baton_sctp_next(enum baton_tcp_view view, u8 state, u8 chunk);

/** An INIT in this state means that the client begins anew, at any server. */
bool baton_sctp_reusable(enum baton_tcp_view view, u8 state);

/** Does a chunk of this type belong to an association that is established? */
static inline bool baton_sctp_is_amid(u8 chunk)
{
	return chunk == BATON_SCTP_DATA || chunk == BATON_SCTP_I_DATA || chunk == BATON_SCTP_SACK ||
	       chunk == BATON_SCTP_HEARTBEAT || chunk == BATON_SCTP_HEARTBEAT_ACK;
}

#endif /* BATON_CORE_SCTP_STATE_H */
