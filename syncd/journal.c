// SPDX-License-Identifier: GPL-2.0-or-later
/* What the engine finds worth a line. */
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "syncd.h"

#define REFUSED_PAUSE	60000000ull	/* between two lines for one reason */
#define KERNEL_PAUSE	5000000ull	/* between two lines about a kernel that refuses */

static void kernel_refused(int error)
{
	static uint64_t last;
	uint64_t now = baton_syncd_now();

	if (last && now - last < KERNEL_PAUSE)
		return;
	last = now;
	baton_log(LOG_WARNING, "the kernel refused a sync request (%s); trying again",
		  strerror(-error));
}

void baton_syncd_refused(const struct baton_frame *f, enum baton_refusal why)
{
	const char *fields[] = { "BATON_EVENT=refused", NULL };
	static uint64_t last[BATON_REFUSAL_COUNT];
	uint64_t now = baton_syncd_now();

	/* What only an operator can mend; the rest is counted. */
	if ((why != BATON_REFUSAL_MIN_READER && why != BATON_REFUSAL_KEY_ID &&
	     why != BATON_REFUSAL_AUTH && why != BATON_REFUSAL_NO_KEY) ||
	    (last[why] && now - last[why] < REFUSED_PAUSE))
		return;
	last[why] = now;
	if (why == BATON_REFUSAL_MIN_READER)
		baton_log_fields(LOG_ERR, fields,
				 "nothing is taken from the peer: it wants a reader of version %u, this one is %u; bring this node to the peer's release",
				 f->min_reader, BATON_FRAME_READER);
	else if (why == BATON_REFUSAL_KEY_ID)
		baton_log_fields(LOG_WARNING, fields,
				 "refusing datagrams under key %u, which is not in baton.conf",
				 f->key_id);
	else if (why == BATON_REFUSAL_NO_KEY)
		baton_log_fields(LOG_WARNING, fields,
				 "refusing datagrams without a key: auth is not enforce where they come from");
	else
		baton_log_fields(LOG_WARNING, fields,
				 "refusing datagrams under key %u: sealed with another key, or tampered with",
				 f->key_id);
}

static void adopted(const char *fields[], const char *peer, int error)
{
	if (error)
		baton_log_fields(LOG_ERR, fields,
				 "cannot have the services and servers of peer %s (%s); trying again",
				 peer, strerror(-error));
	else
		baton_log_fields(LOG_NOTICE, fields,
				 "services and servers are now those of peer %s", peer);
}

static void narrow(const char *fields[], unsigned long long size)
{
	if (size)
		baton_log_fields(LOG_WARNING, fields,
				 "the path to the peers is narrower than the interface: datagrams of at most %llu bytes get through",
				 size);
	else
		baton_log_fields(LOG_NOTICE, fields,
				 "datagrams as large as the interface's get through");
}

void baton_syncd_note(const struct baton_action *a)
{
	const char *fields[] = { "BATON_EVENT=sync", NULL };
	unsigned long long v = a->note.value;
	char peer[2 * BATON_SESSION_SIZE + 1];

	sodium_bin2hex(peer, sizeof(peer), a->note.peer.bytes, BATON_SESSION_SIZE);
	peer[8] = '\0';
	switch (a->note.what) {
	case BATON_NOTE_PEER_UP:
		baton_log_fields(LOG_NOTICE, fields, "peer %s is heard", peer);
		break;
	case BATON_NOTE_PEER_DOWN:
		baton_log_fields(LOG_WARNING, fields, "peer %s is not heard any more", peer);
		break;
	case BATON_NOTE_PEER_RESTARTED:
		baton_log_fields(LOG_NOTICE, fields, "the peer has started anew, as %s", peer);
		break;
	case BATON_NOTE_SOURCE:
		baton_log_fields(LOG_NOTICE, fields, "sending our connections, epoch %llu", v);
		break;
	case BATON_NOTE_SINK:
		baton_log_fields(LOG_NOTICE, fields, "taking connections of %s, epoch %llu", peer, v);
		break;
	case BATON_NOTE_WARM:
		baton_log_fields(LOG_NOTICE, fields,
				 "warm: the table is proven equal to the peer's at position %llu", v);
		break;
	case BATON_NOTE_DIFFERS:
		baton_log_fields(LOG_NOTICE, fields, "%llu buckets differ from the peer's", v);
		break;
	case BATON_NOTE_BULK_BEGIN:
		baton_log_fields(LOG_INFO, fields, "a walk begins, about %llu connections", v);
		break;
	case BATON_NOTE_BULK_END:
		baton_log_fields(LOG_INFO, fields, "a walk is complete: %llu connections", v);
		break;
	case BATON_NOTE_BULK_MISSED:
		baton_log_fields(LOG_WARNING, fields, "a walk missed %llu connections: again", v);
		break;
	case BATON_NOTE_OVERRUN:
		baton_log_fields(LOG_WARNING, fields,
				 "the kernel forgot deletions: the whole table is sent again");
		break;
	case BATON_NOTE_KERNEL:
		kernel_refused(a->note.error);
		break;
	case BATON_NOTE_LEFT_BEHIND:
		baton_log_fields(LOG_WARNING, fields,
				 "peer %s is too slow for the others; left behind for %llu ms", peer, v);
		break;
	case BATON_NOTE_ADOPTED:
		adopted(fields, peer, a->note.error);
		break;
	case BATON_NOTE_NARROW:
		narrow(fields, v);
		break;
	case BATON_NOTE_CONFIG:
		baton_log_fields(v ? LOG_WARNING : LOG_NOTICE, fields,
				 v ? "services or servers differ from the peer's" :
				     "services and servers are the same as the peer's");
		break;
	}
}
