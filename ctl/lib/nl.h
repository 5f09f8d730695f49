/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Client of the module's generic netlink family.
 *
 * A handle is used by one thread at a time. Requests are synchronous and
 * bounded: 2 s without a message from the kernel is -ETIMEDOUT. All calls return 0 or a negative errno and never log; after a failure
 * baton_nl_error() is one sentence that says what the kernel refused and why
 * (its extack text), or what is wrong with the connection to it. Events
 * come on a second socket (baton_nl_events_*), never mixed with answers.
 */
#ifndef BATON_LIB_NL_H
#define BATON_LIB_NL_H

#include <stddef.h>
#include "model.h"

struct baton_nl;
struct baton_nl_events;

/**
 * baton_nl_open - connect to the module
 * @ret: the handle, to be freed with baton_nl_close()
 * @err, @err_size: gets one sentence on failure
 *
 * Return: 0; -ENOENT: the module is not loaded; -EPROTO: its
 * BATON_ABI_VERSION is not ours; -EPERM: no CAP_NET_ADMIN; other negative errno.
 */
int baton_nl_open(struct baton_nl **ret, char *err, size_t err_size);
void baton_nl_close(struct baton_nl *nl);
/** Sentence for the last failure on @nl; owned by @nl. */
const char *baton_nl_error(const struct baton_nl *nl);
/** Only the reason in it, the kernel's own words where it gave some; owned by @nl. */
const char *baton_nl_reason(const struct baton_nl *nl);

int baton_nl_info(struct baton_nl *nl, struct baton_info *ret);

int baton_nl_service_add(struct baton_nl *nl, const struct baton_service *svc);
int baton_nl_service_set(struct baton_nl *nl, const struct baton_service *svc);
int baton_nl_service_del(struct baton_nl *nl, const struct baton_service_key *key);
/** Every service; *@ret is malloc()ed, @count entries. A torn dump is repeated. */
int baton_nl_service_list(struct baton_nl *nl, struct baton_service **ret, size_t *count);

int baton_nl_server_add(struct baton_nl *nl, const struct baton_service_key *key,
			const struct baton_server *server);
int baton_nl_server_set(struct baton_nl *nl, const struct baton_service_key *key,
			const struct baton_server *server);
/** @drain: seconds that its connections have; 0: none, they end now */
int baton_nl_server_del(struct baton_nl *nl, const struct baton_service_key *key,
			const struct baton_server *server, uint32_t drain);
/** Servers of the service @key, as baton_nl_service_list(). */
int baton_nl_server_list(struct baton_nl *nl, const struct baton_service_key *key,
			 struct baton_server **ret, size_t *count);
/** Every service with its servers and connections. */
int baton_nl_flush(struct baton_nl *nl);

/** struct baton_conn_filter - NULL members match everything */
struct baton_conn_filter {
	const struct baton_service_key *service;
	const struct baton_server *server;
	const union baton_addr *client;
	uint8_t client_family;
	uint8_t client_prefix;		/* bits of @client that have to match */
	const __be16 *client_port;
};

/** Called for each batch of a dump; a negative return ends it and is passed on. */
typedef int (*baton_conn_fn)(const struct baton_conn_record *records, size_t count, void *arg);
/** Every connection that exists from begin to end is reported at least once. */
int baton_nl_conn_dump(struct baton_nl *nl, const struct baton_conn_filter *filter,
		       baton_conn_fn fn, void *arg);

/**
 * baton_nl_conn_kill - end every connection that @filter names, in as many calls as it takes
 * @filter: at least one member is given
 * @killed: how many
 */
int baton_nl_conn_kill(struct baton_nl *nl, const struct baton_conn_filter *filter,
		       uint64_t *killed);

/**
 * baton_nl_conn_sample - some of the connections
 * @cursor: in: a place in the table, any number; out: the place behind the last one that was looked at, 0: the end
 *
 * Templates of persistence are none. Return: 0 or negative errno.
 */
int baton_nl_conn_sample(struct baton_nl *nl, uint64_t *cursor,
			 struct baton_conn_record records[BATON_MATCH_MAX], uint32_t *ret_count);
/**
 * baton_nl_conn_match - what packets of another node's connections would meet here, by the lookup of packets
 * @count: 1 to BATON_MATCH_MAX
 * @matches: gets an enum baton_match for each
 */
int baton_nl_conn_match(struct baton_nl *nl, const struct baton_conn_record *records, uint32_t count,
			uint8_t matches[BATON_MATCH_MAX]);

int baton_nl_stats(struct baton_nl *nl, struct baton_stats *total,
		   uint64_t drops[BATON_DROP_COUNT]);

/** struct baton_tunables - TUNABLE_GET/_SET; see enum baton_tunable_attr */
struct baton_tunables {
	uint32_t timeouts[BATON_STATE_MAX + 1];	/* seconds; 0 in a set: keep */
	uint32_t value[BATON_TUNABLE_A_MAX + 1];	/* index: the attribute; not TIMEOUTS */
	uint32_t set;				/* 1 << attribute: those that TUNABLE_SET writes */
};
int baton_nl_tunables_get(struct baton_nl *nl, struct baton_tunables *ret);
int baton_nl_tunables_set(struct baton_nl *nl, const struct baton_tunables *t);

int baton_nl_gate_get(struct baton_nl *nl, struct baton_gate *ret);
int baton_nl_gate_set(struct baton_nl *nl, const struct baton_gate *gate);
int baton_nl_lease_renew(struct baton_nl *nl, uint32_t epoch, uint32_t lease_ms);
int baton_nl_announce(struct baton_nl *nl, unsigned int ifindex, uint8_t family,
		      const union baton_addr *addr);

/**
 * baton_nl_vip_set - replace the list of addresses that are in use only while the gate is open
 * @count: 0 empties it
 * @vmac: link addresses that both nodes have; @vmacs: how many; 0 unless @count is not
 *
 * Return: as at struct baton_vip_addr; -EOPNOTSUPP also of a module that is older than @vmac.
 */
int baton_nl_vip_set(struct baton_nl *nl, const struct baton_vip_addr *list, uint32_t count,
		     const uint8_t (*vmac)[BATON_VMAC_LEN], uint32_t vmacs);

/**
 * baton_nl_probe - ask the LAN who has these guarded addresses; answers are BATON_NL_EVENT_PROBE
 * @number: comes back in each of them
 * @count: 1 to BATON_VIP_MAX
 *
 * Return: as in enum baton_probe_attr; -EOPNOTSUPP also of a module that is older than this.
 */
int baton_nl_probe(struct baton_nl *nl, uint32_t number, const struct baton_probe_target *list,
		   uint32_t count);

/**
 * baton_nl_will_set - what the kernel tells the peer should this node end as the active one of @epoch
 * @word: @size bytes, at most BATON_WILL_WORD_MAX
 * @count: paths, at most BATON_WILL_PATHS; 0: there is to be no will
 */
int baton_nl_will_set(struct baton_nl *nl, uint32_t epoch, const void *word, uint32_t size,
		      const struct baton_will_path *path, uint32_t count);

/** @max_records 0: as many as fit. See BATON_CMD_SYNC_* in <linux/baton.h>. */
int baton_nl_sync_drain(struct baton_nl *nl, uint32_t max_records, struct baton_sync_batch *ret);
/** @bucket_map: BATON_DIGEST_BUCKETS / 8 bytes, or NULL for every bucket. */
int baton_nl_sync_read(struct baton_nl *nl, uint64_t cursor, uint32_t max_records,
		       const uint8_t *bucket_map, struct baton_sync_batch *ret);
int baton_nl_sync_apply(struct baton_nl *nl, uint32_t epoch,
			const struct baton_conn_record *records, uint32_t count,
			struct baton_sync_result *ret);
int baton_nl_sync_digest(struct baton_nl *nl, struct baton_sync_digest *ret);
int baton_nl_sync_prune(struct baton_nl *nl, uint32_t epoch, const uint8_t *bucket_map,
			uint64_t version_before, uint32_t *ret_removed);

/** enum baton_nl_event_type - what arrived on the event socket */
enum baton_nl_event_type {
	BATON_NL_EVENT_WAKE,		/* the dirty list became non-empty */
	BATON_NL_EVENT_GATE,		/* gate is valid */
	BATON_NL_EVENT_SERVICE,		/* event, service */
	BATON_NL_EVENT_SERVER,		/* event, service (key), server */
	BATON_NL_EVENT_CONN,		/* event, records, count */
	BATON_NL_EVENT_LOST,		/* messages were lost (ENOBUFS or a gap): resync your view */
	BATON_NL_EVENT_PROBE,		/* answer: another machine says that it has an address */
};

/** struct baton_nl_answer - see enum baton_probe_attr */
struct baton_nl_answer {
	uint32_t number;
	uint32_t ifindex;
	uint32_t after_us;
	uint8_t family;
	uint8_t mac[6];
	union baton_addr addr;
};

struct baton_nl_event {
	enum baton_nl_event_type type;
	uint8_t event;			/* enum baton_event */
	uint32_t seq;			/* MONITOR_SEQ, 0 where there is none */
	struct baton_gate gate;
	struct baton_nl_answer answer;
	struct baton_service service;
	struct baton_server server;
	const struct baton_conn_record *records; /* valid during the callback */
	uint32_t count;
};
typedef void (*baton_nl_event_fn)(const struct baton_nl_event *event, void *arg);

/** @group: BATON_MCGRP_MONITOR or BATON_MCGRP_SYNC. Non-blocking socket. */
int baton_nl_events_open(struct baton_nl_events **ret, const char *group,
			 baton_nl_event_fn fn, void *arg, char *err, size_t err_size);
int baton_nl_events_fd(const struct baton_nl_events *ev);
/** Read all that is there; 0 or a negative errno (-EAGAIN is not an error). */
int baton_nl_events_dispatch(struct baton_nl_events *ev);
void baton_nl_events_close(struct baton_nl_events *ev);

#endif /* BATON_LIB_NL_H */
