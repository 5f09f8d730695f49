/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the nl_*.c files share: one request at a time on a handle, answered by zero or more
 * messages and an end (ack, error or the end of a dump).
 */
#ifndef BATON_LIB_NL_PRIV_H
#define BATON_LIB_NL_PRIV_H

#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include "nl.h"

/* A full answer, with room to spare. */
#define BATON_NL_BUF	(256 * 1024)
#define BATON_NL_WAIT_MS 2000	/* without a single message */
#define BATON_NL_ATTRS	32	/* top-level attributes of our family and of the controller */

struct baton_briefs;

struct baton_nl {
	struct nl_sock *sk;
	uint16_t family;
	uint32_t seq;
	char error[512];
	const char *reason;		/* of the last failure: extack, or words for its errno */
	char extack[256];
	bool torn;			/* the last dump raced with a change */
	uint8_t *buf;			/* BATON_NL_BUF bytes: what recvmsg() filled */
	struct baton_conn_record *records; /* BATON_SYNC_RECORDS_MAX: likes of the last batch */
	struct baton_briefs *briefs;	/* what is applied */
};

/** One answer, attributes already sorted by number; a negative return ends the call. */
typedef int (*baton_nl_answer_fn)(struct nlattr **attr, void *arg);

/** A handle that talks to the generic netlink controller only; see baton_nl_resolve(). */
int baton_nl_handle_new(struct baton_nl **ret, char *err, size_t err_size);
/**
 * baton_nl_resolve - find the module's family
 * @group, @group_id: also this multicast group; both NULL when not wanted
 *
 * Return: 0, or -ENOENT when the module is not loaded (or does not have the group)
 */
int baton_nl_resolve(struct baton_nl *nl, const char *group, uint32_t *group_id);
/** A generic netlink socket with extended answers and a large receive buffer. */
int baton_nl_socket(struct nl_sock **ret, char *err, size_t err_size);
/** The sentence of a failure; returns @error. */
int baton_nl_fail(struct baton_nl *nl, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** A request for the module; NULL without memory. @payload: bytes of attributes at most. */
struct nl_msg *baton_nl_request(struct baton_nl *nl, uint8_t cmd, int flags, size_t payload);

/**
 * baton_nl_call - send @msg, wait for the end of the answer
 * @msg: freed in every case; NULL is -ENOMEM
 * @what: "add the service", for the sentence of a failure
 * @fn: gets the answers; NULL: only the ack is wanted
 */
int baton_nl_call(struct baton_nl *nl, struct nl_msg *msg, const char *what,
		  baton_nl_answer_fn fn, void *arg);
/** struct baton_nl_tail - what follows a request's last attribute and belongs to it, uncopied */
struct baton_nl_tail {
	const void *bytes;
	size_t size;
};
/** The same for what is answered exactly once: the answer is the end. @tail: or NULL. */
int baton_nl_ask(struct baton_nl *nl, struct nl_msg *msg, const struct baton_nl_tail *tail,
		 const char *what, baton_nl_answer_fn fn, void *arg);
/** A dump of services or servers that was torn by a change is repeated this often. */
#define BATON_NL_DUMP_TRIES 8
/** The sentence and -EAGAIN for one that was torn every time. */
int baton_nl_torn(struct baton_nl *nl, const char *what);
/** For attributes that did not fit: frees @msg, fails with -EMSGSIZE. */
int baton_nl_too_large(struct baton_nl *nl, struct nl_msg *msg, const char *what);

/*
 * Attributes <-> model. Getters return -EPROTO for what does not follow the contract; an
 * attribute that is missing leaves zero.
 */
int baton_nl_put_key(struct nl_msg *msg, int attr, const struct baton_service_key *key);
/** @port_last: big-endian, what to say of it; 0: nothing */
int baton_nl_put_key_members(struct nl_msg *msg, const struct baton_service_key *key,
			     __be16 port_last);
int baton_nl_put_server_members(struct nl_msg *msg, const struct baton_server *server);
int baton_nl_put_server_key(struct nl_msg *msg, int attr, const struct baton_server *server);
int baton_nl_get_service(struct nlattr *attr, struct baton_service *ret);
int baton_nl_get_server(struct nlattr *attr, struct baton_server *ret);
int baton_nl_get_stats(struct nlattr *attr, struct baton_stats *ret);
int baton_nl_get_gate(struct nlattr *attr, struct baton_gate *ret);
int baton_nl_get_answer(struct nlattr *attr, struct baton_nl_answer *ret);
int baton_nl_get_addr(struct nlattr *attr, uint8_t family, union baton_addr *ret);
/** Copies, because netlink aligns to 4 and a record wants 8. -EPROTO: not whole records. */
int baton_nl_get_records(struct nlattr *attr, struct baton_conn_record *to, size_t max,
			 uint32_t *count);

static inline uint8_t baton_nl_u8(struct nlattr *attr)
{
	return attr && nla_len(attr) >= 1 ? nla_get_u8(attr) : 0;
}

static inline uint16_t baton_nl_u16(struct nlattr *attr)
{
	return attr && nla_len(attr) >= 2 ? nla_get_u16(attr) : 0;
}

static inline uint32_t baton_nl_u32(struct nlattr *attr)
{
	return attr && nla_len(attr) >= 4 ? nla_get_u32(attr) : 0;
}

static inline uint64_t baton_nl_u64(struct nlattr *attr)
{
	return attr && nla_len(attr) >= 8 ? nla_get_u64(attr) : 0;
}

#endif /* BATON_LIB_NL_PRIV_H */
