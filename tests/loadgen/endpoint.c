// SPDX-License-Identifier: GPL-2.0-or-later
#include "endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static int parse_port(const char *text, in_port_t *port)
{
	char *end;
	unsigned long value;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	value = strtoul(text, &end, 10);
	if (*end || value < 1 || value > 65535)
		return -EINVAL;
	*port = htons((in_port_t)value);
	return 0;
}

static int parse_one(const char *text, size_t len, struct baton_endpoint *out)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&out->addr;
	struct sockaddr_in *in4 = (struct sockaddr_in *)&out->addr;
	char host[BATON_ENDPOINT_TEXT];
	char *colon;

	memset(out, 0, sizeof(*out));
	if (!len || len >= sizeof(host))
		return -EINVAL;
	memcpy(out->text, text, len);
	memcpy(host, out->text, sizeof(host));
	colon = strrchr(host, ':');
	if (!colon)
		return -EINVAL;
	*colon = '\0';

	if (host[0] == '[') {
		if (colon == host || colon[-1] != ']')
			return -EINVAL;
		colon[-1] = '\0';
		in6->sin6_family = AF_INET6;
		out->len = sizeof(*in6);
		if (inet_pton(AF_INET6, host + 1, &in6->sin6_addr) != 1)
			return -EINVAL;
		return parse_port(colon + 1, &in6->sin6_port);
	}
	in4->sin_family = AF_INET;
	out->len = sizeof(*in4);
	if (inet_pton(AF_INET, host, &in4->sin_addr) != 1)
		return -EINVAL;
	return parse_port(colon + 1, &in4->sin_port);
}

int baton_endpoint_list(const char *text, struct baton_endpoint *out)
{
	int n = 0;

	for (;;) {
		size_t len = strcspn(text, ",");
		int err;

		if (n == BATON_ENDPOINTS_MAX)
			return -E2BIG;
		err = parse_one(text, len, &out[n]);
		if (err)
			return err;
		n++;
		if (!text[len])
			return n;
		text += len + 1;
	}
}
