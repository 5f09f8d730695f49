/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text <-> addresses, endpoints and service keys. The one spelling of each, everywhere:
 *
 *	address		192.0.2.1		2001:db8::1
 *	endpoint	192.0.2.1:80		[2001:db8::1]:80
 *	service key	tcp 192.0.2.1:80	udp [2001:db8::1]:53	tcp 192.0.2.1:8000-8999
 *			mark 7 (IPv4)		mark6 7 (IPv6)
 *	network		192.0.2.1/24
 *
 * Port 0 is "any port" of a service and "the client's port" of a server. Parsers return 0
 * or -EINVAL with one clause in @err that names the offending text and what would be right;
 * results are written only on success. Formatters write into the caller's buffer, always
 * terminated, and return it.
 */
#ifndef BATON_LIB_ADDR_H
#define BATON_LIB_ADDR_H

#include <stddef.h>
#include "model.h"

#define BATON_ADDR_TEXT		46	/* longest IPv6 text and the closing zero */
#define BATON_ENDPOINT_TEXT	(BATON_ADDR_TEXT + 8)
#define BATON_KEY_TEXT		(BATON_ENDPOINT_TEXT + 12)

int baton_addr_parse(const char *text, uint8_t *family, union baton_addr *addr,
		     char *err, size_t err_size);
/** @prefix: bits, 1 .. 32 or 128; the text must have one */
int baton_network_parse(const char *text, uint8_t *family, union baton_addr *addr,
			uint8_t *prefix, char *err, size_t err_size);
/** @port: big-endian; the text must have one, 0 .. 65535 */
int baton_endpoint_parse(const char *text, uint8_t *family, union baton_addr *addr,
			 __be16 *port, char *err, size_t err_size);
/**
 * @protocol: "tcp", "udp" or "sctp"; @endpoint: as above, and one that a host can have; maybe with "-PORT". Or
 * "mark" or "mark6", and a number, decimal or with 0x.
 */
int baton_service_key_parse(const char *protocol, const char *endpoint,
			    struct baton_service_key *ret, char *err, size_t err_size);

/**
 * baton_client_parse - ADDRESS, ADDRESS/LENGTH, ADDRESS:PORT or ADDRESS/LENGTH:PORT; an IPv6
 *	address with a port in brackets
 * @prefix: the whole address unless the text says otherwise, 0 .. 32 or 128
 * @has_port: @port is valid
 */
int baton_client_parse(const char *text, uint8_t *family, union baton_addr *addr,
		       uint8_t *prefix, bool *has_port, __be16 *port, char *err,
		       size_t err_size);

/** A decimal number without sign, space or leading zeros that change its meaning. */
int baton_number_parse(const char *text, const char *what, unsigned long min,
		       unsigned long max, unsigned long *ret, char *err, size_t err_size);

/** Can one machine have @a? Neither unspecified, nor of 0.0.0.0/8, multicast or broadcast. */
bool baton_addr_is_host(uint8_t family, const union baton_addr *a);
/** Bytes that an address of @family has: 4, 16, or 0 for an unknown family. */
size_t baton_addr_size(uint8_t family);
bool baton_addr_equal(uint8_t family, const union baton_addr *a, const union baton_addr *b);
bool baton_addr_is_zero(const union baton_addr *a);
bool baton_addr_is_multicast(uint8_t family, const union baton_addr *a);
bool baton_service_key_equal(const struct baton_service_key *a,
			     const struct baton_service_key *b);
/** The last port of a service, host byte order; of a single one, that; of any, 0. */
uint16_t baton_service_key_last(const struct baton_service_key *key);
/** Is there a port that both would have? Any-port services have none for themselves. */
bool baton_service_key_overlap(const struct baton_service_key *a,
			       const struct baton_service_key *b);
/** Does @key, maybe without the end of a range, name the service with the key @own? */
bool baton_service_key_names(const struct baton_service_key *key,
			     const struct baton_service_key *own);
/** Order of lists: family, address, port, protocol. Like memcmp(). */
int baton_service_key_compare(const struct baton_service_key *a,
			      const struct baton_service_key *b);

char *baton_addr_format(uint8_t family, const union baton_addr *addr, char *buf, size_t size);
char *baton_endpoint_format(uint8_t family, const union baton_addr *addr, __be16 port,
			    char *buf, size_t size);
char *baton_service_key_format(const struct baton_service_key *key, char *buf, size_t size);
/** "tcp", "udp", "sctp" or "protocol-N"; static storage or @buf of at least 16 bytes. */
const char *baton_protocol_format(uint8_t protocol, char *buf, size_t size);

#endif /* BATON_LIB_ADDR_H */
