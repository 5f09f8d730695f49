/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dictionaries: services and servers as small numbers. The sender numbers them in the order
 * of first use and never reuses a number in a session; the reader keeps what it was told.
 */
#ifndef BATON_SYNCD_DICT_H
#define BATON_SYNCD_DICT_H

#include <stdbool.h>
#include <stdint.h>

#include "model.h"

#define BATON_DICT_SERVICES	4096
#define BATON_DICT_SERVERS	16384
#define BATON_DICT_HASH		32768	/* a power of two */
#define BATON_DICT_RECENT	256	/* a power of two */

/** struct baton_dict_server - family 0: no server, as in a deletion */
struct baton_dict_server {
	uint16_t service;
	uint8_t family;
	uint8_t method;
	__be16 port;			/* 0: the port that the client asked for */
	union baton_addr addr;
};

/**
 * struct baton_dict_tx - the sender's
 * @recent: numbers that were asked for lately, under what decides them in a record
 * @service_sent, @server_sent: the batch that told of the entry first; 0: none since
 *	baton_dict_tx_forget()
 */
struct baton_dict_tx {
	unsigned int services;
	unsigned int servers;
	struct baton_service_key service[BATON_DICT_SERVICES + 1];
	struct baton_dict_server server[BATON_DICT_SERVERS + 1];
	uint64_t service_sent[BATON_DICT_SERVICES + 1];
	uint64_t server_sent[BATON_DICT_SERVERS + 1];
	uint16_t service_next[BATON_DICT_SERVICES + 1];
	uint16_t server_next[BATON_DICT_SERVERS + 1];
	uint16_t service_head[BATON_DICT_HASH];
	uint16_t server_head[BATON_DICT_HASH];
	struct baton_dict_recent {
		struct baton_dict_place {
			union baton_addr vaddr, daddr;
			__be16 vport, dport, svc_port;
			uint8_t family, protocol, method;
			bool mixed;
			uint32_t mark;
		} place;
		uint16_t server;	/* 0: none */
	} recent[BATON_DICT_RECENT];
};

/** struct baton_dict_rx - the reader's, of one session */
struct baton_dict_rx {
	bool service_known[BATON_DICT_SERVICES + 1];
	bool server_known[BATON_DICT_SERVERS + 1];
	struct baton_service_key service[BATON_DICT_SERVICES + 1];
	struct baton_dict_server server[BATON_DICT_SERVERS + 1];
};

void baton_dict_tx_reset(struct baton_dict_tx *d);
/** Every entry has to be told again: somebody new listens. */
void baton_dict_tx_forget(struct baton_dict_tx *d);

/**
 * baton_dict_number - the numbers for a record's server and service, new ones if need be
 *
 * Return: number of the server, or -ENOSPC when the dictionary is full: only a new session
 * can help.
 */
int baton_dict_number(struct baton_dict_tx *d, const struct baton_conn_record *r);

/** Whether the service with exactly this key has a number. */
bool baton_dict_has_service(const struct baton_dict_tx *d, const struct baton_service_key *key);

void baton_dict_rx_reset(struct baton_dict_rx *d);
/** Return: 0, or -EBADMSG for numbers out of range. An entry that is known is replaced. */
int baton_dict_learn_service(struct baton_dict_rx *d, uint32_t id,
			     const struct baton_service_key *key);
int baton_dict_learn_server(struct baton_dict_rx *d, uint32_t id,
			    const struct baton_dict_server *server);

#endif /* BATON_SYNCD_DICT_H */
