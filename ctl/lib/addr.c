// SPDX-License-Identifier: GPL-2.0-or-later
#include "addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "err.h"

size_t baton_addr_size(uint8_t family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

bool baton_addr_equal(uint8_t family, const union baton_addr *a, const union baton_addr *b)
{
	return !memcmp(a->bytes, b->bytes, baton_addr_size(family));
}

bool baton_addr_is_zero(const union baton_addr *a)
{
	static const union baton_addr zero;

	return !memcmp(a->bytes, zero.bytes, sizeof(zero.bytes));
}

bool baton_addr_is_multicast(uint8_t family, const union baton_addr *a)
{
	return family == AF_INET ? (a->bytes[0] & 0xf0) == 0xe0 : a->bytes[0] == 0xff;
}

bool baton_addr_is_host(uint8_t family, const union baton_addr *a)
{
	if (baton_addr_is_zero(a) || baton_addr_is_multicast(family, a))
		return false;
	return family != AF_INET || (a->bytes[0] && a->v4 != htonl(INADDR_BROADCAST));
}

int baton_service_key_compare(const struct baton_service_key *a,
			      const struct baton_service_key *b)
{
	int diff;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	diff = memcmp(a->addr.bytes, b->addr.bytes, baton_addr_size(a->family));
	if (diff)
		return diff;
	if (a->port != b->port)
		return ntohs(a->port) < ntohs(b->port) ? -1 : 1;
	if (a->mark != b->mark)
		return a->mark < b->mark ? -1 : 1;
	return (int)a->protocol - (int)b->protocol;
}

bool baton_service_key_equal(const struct baton_service_key *a,
			     const struct baton_service_key *b)
{
	return !baton_service_key_compare(a, b);
}

uint16_t baton_service_key_last(const struct baton_service_key *key)
{
	return ntohs(key->port_last ? key->port_last : key->port);
}

bool baton_service_key_overlap(const struct baton_service_key *a,
			       const struct baton_service_key *b)
{
	if (a->family != b->family || a->protocol != b->protocol || !a->port || !b->port ||
	    !baton_addr_equal(a->family, &a->addr, &b->addr))
		return false;
	return ntohs(a->port) <= baton_service_key_last(b) &&
	       ntohs(b->port) <= baton_service_key_last(a);
}

bool baton_service_key_names(const struct baton_service_key *key,
			     const struct baton_service_key *own)
{
	return baton_service_key_equal(key, own) &&
	       (!key->port_last || baton_service_key_last(key) == baton_service_key_last(own));
}

int baton_addr_parse(const char *text, uint8_t *family, union baton_addr *addr,
		     char *err, size_t err_size)
{
	union baton_addr found = {};

	if (inet_pton(AF_INET, text, &found.v4) == 1) {
		*family = AF_INET;
	} else if (inet_pton(AF_INET6, text, found.v6) == 1) {
		*family = AF_INET6;
	} else {
		return baton_err_set(err, err_size, -EINVAL,
				     "'%s' is not an IPv4 or IPv6 address", text);
	}
	*addr = found;
	return 0;
}

int baton_number_parse(const char *text, const char *what, unsigned long min,
		       unsigned long max, unsigned long *ret, char *err, size_t err_size)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long value;

	if (!digits || text[digits])
		return baton_err_set(err, err_size, -EINVAL,
				     "%s '%s' is not a number from %lu to %lu",
				     what, text, min, max);
	errno = 0;
	value = strtoul(text, NULL, 10);
	if (errno || value < min || value > max)
		return baton_err_set(err, err_size, -EINVAL,
				     "%s %s is out of range, it must be %lu to %lu",
				     what, text, min, max);
	*ret = value;
	return 0;
}

/* Copies @len bytes of @text, as long as they can be an address at all. */
static bool copy_part(char *buf, size_t size, const char *text, size_t len)
{
	if (!len || len >= size)
		return false;
	memcpy(buf, text, len);
	buf[len] = '\0';
	return true;
}

int baton_network_parse(const char *text, uint8_t *family, union baton_addr *addr,
			uint8_t *prefix, char *err, size_t err_size)
{
	const char *slash = strchr(text, '/');
	char part[BATON_ADDR_TEXT];
	union baton_addr found;
	unsigned long bits;
	uint8_t af;
	int ret;

	if (!slash)
		return baton_err_set(err, err_size, -EINVAL,
				     "'%s' has no prefix length, write for example %s/24",
				     text, text);
	if (!copy_part(part, sizeof(part), text, (size_t)(slash - text)))
		return baton_err_set(err, err_size, -EINVAL,
				     "'%s' is not an address with a prefix length", text);
	ret = baton_addr_parse(part, &af, &found, err, err_size);
	if (ret)
		return ret;
	ret = baton_number_parse(slash + 1, "prefix length", 1, af == AF_INET ? 32 : 128,
				 &bits, err, err_size);
	if (ret)
		return ret;
	*family = af;
	*addr = found;
	*prefix = (uint8_t)bits;
	return 0;
}

/*
 * Splits "a.b.c.d:p" and "[v6]:p". An IPv6 address without brackets is refused rather than
 * guessed at: 2001:db8::1:80 could be either.
 */
static int split_endpoint(const char *text, char *host, size_t size, const char **port,
			  char *err, size_t err_size)
{
	const char *end;

	if (text[0] == '[') {
		end = strchr(text, ']');
		if (!end || end[1] != ':')
			return baton_err_set(err, err_size, -EINVAL,
					     "'%s' is not [IPV6-ADDRESS]:PORT", text);
		*port = end + 2;
		text++;
	} else {
		end = strchr(text, ':');
		if (!end)
			return baton_err_set(err, err_size, -EINVAL,
					     "'%s' has no port, write ADDRESS:PORT", text);
		if (strchr(end + 1, ':'))
			return baton_err_set(err, err_size, -EINVAL,
					     "'%s' is ambiguous, write [IPV6-ADDRESS]:PORT",
					     text);
		*port = end + 1;
	}
	if (!copy_part(host, size, text, (size_t)(end - text)))
		return baton_err_set(err, err_size, -EINVAL, "'%s' has no valid address", text);
	return 0;
}

int baton_endpoint_parse(const char *text, uint8_t *family, union baton_addr *addr,
			 __be16 *port, char *err, size_t err_size)
{
	char host[BATON_ADDR_TEXT];
	union baton_addr found;
	const char *port_text;
	unsigned long number;
	uint8_t af;
	int ret;

	ret = split_endpoint(text, host, sizeof(host), &port_text, err, err_size);
	if (ret)
		return ret;
	ret = baton_addr_parse(host, &af, &found, err, err_size);
	if (ret)
		return ret;
	if ((af == AF_INET6) != (text[0] == '['))
		return baton_err_set(err, err_size, -EINVAL,
				     "'%s': brackets are for IPv6 addresses only", text);
	ret = baton_number_parse(port_text, "port", 0, 65535, &number, err, err_size);
	if (ret)
		return ret;
	*family = af;
	*addr = found;
	*port = htons((uint16_t)number);
	return 0;
}

/* Where the address of "a.b.c.d/24:80", "2001:db8::/32" or "[2001:db8::]/32:80" ends; 0: there is none. */
static size_t client_host(const char *text, const char **host, const char **rest)
{
	const char *colon = strchr(text, ':');
	size_t len;

	*host = text;
	*rest = text;
	if (text[0] == '[') {
		len = strcspn(++text, "]");
		if (!text[len])
			return 0;
		*rest = text + len + 1;
	} else {
		len = strcspn(text, colon && strchr(colon + 1, ':') ? "/" : "/:");
		*rest = text + len;
	}
	*host = text;
	return len;
}

int baton_client_parse(const char *text, uint8_t *family, union baton_addr *addr,
		       uint8_t *prefix, bool *has_port, __be16 *port, char *err,
		       size_t err_size)
{
	char part[BATON_ADDR_TEXT], length[BATON_ADDR_TEXT] = "";
	unsigned long bits, number = 0;
	const char *host, *rest, *colon;
	union baton_addr found;
	uint8_t af;
	int ret;
	size_t len = client_host(text, &host, &rest);

	if (!copy_part(part, sizeof(part), host, len) ||
	    baton_addr_parse(part, &af, &found, NULL, 0) || !strchr("/:", *rest))
		return baton_err_set(err, err_size, -EINVAL,
				     "'%s' is not ADDRESS[/LENGTH][:PORT]", text);
	bits = 8 * baton_addr_size(af);
	colon = rest + strcspn(rest, ":");
	if (*rest == '/') {
		if (!copy_part(length, sizeof(length), rest + 1, (size_t)(colon - rest - 1)))
			return baton_err_set(err, err_size, -EINVAL,
					     "'%s' has no prefix length after /", text);
		ret = baton_number_parse(length, "prefix length", 0, bits, &bits, err, err_size);
		if (ret)
			return ret;
	}
	if (*colon) {
		ret = baton_number_parse(colon + 1, "port", 0, 65535, &number, err, err_size);
		if (ret)
			return ret;
	}
	*family = af;
	*addr = found;
	*prefix = (uint8_t)bits;
	*has_port = *colon;
	*port = htons((uint16_t)number);
	return 0;
}

/* "ENDPOINT" or "ENDPOINT-PORT"; only a port has a dash before it. */
static int parse_ports(const char *text, struct baton_service_key *key, char *err, size_t err_size)
{
	const char *dash = strrchr(text, '-');
	char first[BATON_ENDPOINT_TEXT];
	unsigned long last;
	int error;

	if (!dash)
		return baton_endpoint_parse(text, &key->family, &key->addr, &key->port, err,
					    err_size);
	if (!copy_part(first, sizeof(first), text, (size_t)(dash - text)))
		return baton_err_set(err, err_size, -EINVAL, "'%s' is not ADDRESS:PORT-PORT", text);
	error = baton_endpoint_parse(first, &key->family, &key->addr, &key->port, err, err_size);
	if (error)
		return error;
	if (!key->port)
		return baton_err_set(err, err_size, -EINVAL,
				     "'%s': a range of ports begins at 1 or more", text);
	error = baton_number_parse(dash + 1, "the last port", ntohs(key->port), 65535, &last, err,
				   err_size);
	key->port_last = htons((uint16_t)(error ? 0 : last));
	return error;
}

/* Decimal, or as nft prints it. */
static int parse_mark(const char *text, struct baton_service_key *key, char *err, size_t err_size)
{
	bool hex = !strncmp(text, "0x", 2);
	size_t digits = strspn(text + 2 * hex, hex ? "0123456789abcdefABCDEF" : "0123456789");
	unsigned long value = 0;

	if (digits && digits <= 10 && !text[2 * hex + digits])
		value = strtoul(text, NULL, hex ? 16 : 10);
	if (!value || value > UINT32_MAX)
		return baton_err_set(err, err_size, -EINVAL,
				     "'%s' is not a mark, it must be 1 to %u or 0x1 to 0xffffffff",
				     text, UINT32_MAX);
	key->mark = (uint32_t)value;
	return 0;
}

static int parse_marked(uint8_t family, const char *mark, struct baton_service_key *ret, char *err,
			size_t err_size)
{
	struct baton_service_key key = { .family = family };
	int error = parse_mark(mark, &key, err, err_size);

	if (!error)
		*ret = key;
	return error;
}

int baton_service_key_parse(const char *protocol, const char *endpoint,
			    struct baton_service_key *ret, char *err, size_t err_size)
{
	struct baton_service_key key = {};
	int error;

	if (!strcmp(protocol, "mark"))
		return parse_marked(AF_INET, endpoint, ret, err, err_size);
	if (!strcmp(protocol, "mark6"))
		return parse_marked(AF_INET6, endpoint, ret, err, err_size);
	if (!strcmp(protocol, "tcp"))
		key.protocol = IPPROTO_TCP;
	else if (!strcmp(protocol, "udp"))
		key.protocol = IPPROTO_UDP;
	else if (!strcmp(protocol, "sctp"))
		key.protocol = IPPROTO_SCTP;
	else
		return baton_err_set(err, err_size, -EINVAL,
				     "'%s' is not a protocol, it must be tcp, udp or sctp (or mark, mark6)",
				     protocol);
	error = parse_ports(endpoint, &key, err, err_size);
	if (error)
		return error;
	if (!baton_addr_is_host(key.family, &key.addr))
		return baton_err_set(err, err_size, -EINVAL,
				     "'%s' cannot be a virtual address, it must be unicast",
				     endpoint);
	*ret = key;
	return 0;
}

char *baton_addr_format(uint8_t family, const union baton_addr *addr, char *buf, size_t size)
{
	if (!inet_ntop(family, addr->bytes, buf, (socklen_t)size))
		snprintf(buf, size, "?");
	return buf;
}

char *baton_endpoint_format(uint8_t family, const union baton_addr *addr, __be16 port,
			    char *buf, size_t size)
{
	char host[BATON_ADDR_TEXT];

	baton_addr_format(family, addr, host, sizeof(host));
	snprintf(buf, size, family == AF_INET6 ? "[%s]:%u" : "%s:%u", host, ntohs(port));
	return buf;
}

const char *baton_protocol_format(uint8_t protocol, char *buf, size_t size)
{
	if (protocol == IPPROTO_TCP)
		return "tcp";
	if (protocol == IPPROTO_UDP)
		return "udp";
	if (protocol == IPPROTO_SCTP)
		return "sctp";
	snprintf(buf, size, "protocol-%u", protocol);
	return buf;
}

char *baton_service_key_format(const struct baton_service_key *key, char *buf, size_t size)
{
	char endpoint[BATON_ENDPOINT_TEXT], protocol[16], last[8] = "";

	if (key->mark) {
		snprintf(buf, size, "mark%s %u", key->family == AF_INET6 ? "6" : "", key->mark);
		return buf;
	}
	baton_endpoint_format(key->family, &key->addr, key->port, endpoint, sizeof(endpoint));
	if (baton_service_key_last(key) != ntohs(key->port))
		snprintf(last, sizeof(last), "-%u", baton_service_key_last(key));
	snprintf(buf, size, "%s %s%s",
		 baton_protocol_format(key->protocol, protocol, sizeof(protocol)), endpoint, last);
	return buf;
}
