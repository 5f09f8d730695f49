/* SPDX-License-Identifier: GPL-2.0-only */
/* What packets say about an end of a TCP connection that somebody claimed, perhaps in another's name. */
#ifndef BATON_CORE_DOUBT_H
#define BATON_CORE_DOUBT_H

#include "env.h"
#include "tcp_state.h"

/** enum baton_doubt - what a packet says about it */
enum baton_doubt {
	BATON_DOUBT_STAYS,	/* nothing */
	BATON_DOUBT_CONFIRMED,	/* it has ended, as far as anybody can tell */
	BATON_DOUBT_DENIED,	/* it goes on */
};

/** struct baton_segment - what of a TCP packet is asked for; host byte order */
struct baton_segment {
	u32	end;	/* sequence number behind it: SYN and FIN count one */
	u32	ack;
	u8	flags;	/* BATON_TCP_* */
};

/**
 * baton_segment_read - read a TCP header
 * @tcp: the header, 20 bytes
 * @len: bytes of the packet from there on, by its IP header
 */
void baton_segment_read(const u8 *tcp, u32 len, struct baton_segment *ret);

/** baton_doubt_begins - does a change of states end an established connection on one packet's word? */
bool baton_doubt_begins(u8 from, u8 to);

/** Can what was claimed still be denied in @state? Else others than the claimant have ended it, too. */
bool baton_doubt_lasts(u8 state);

/**
 * baton_doubt_judge - compare a packet with the claim
 * @state: enum baton_state that the claim led to
 * @fin: lower half of the sequence number behind the FIN, in CLOSE_WAIT and FIN_WAIT
 *
 * A FIN is confirmed by whoever acknowledges it, or, where the server's packets are not seen, by its
 * sender's next sequence number; whoever acknowledges or sends anything else denies it. A
 * reset is denied by whoever goes on to acknowledge. A packet that was on its way when the
 * claim was made says the same: ask only when such packets have arrived.
 */
enum baton_doubt baton_doubt_judge(enum baton_tcp_view view, u8 state, u16 fin,
				   const struct baton_segment *segment);

#endif /* BATON_CORE_DOUBT_H */
