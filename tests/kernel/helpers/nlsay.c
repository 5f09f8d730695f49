// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nlsay: says requests to the module exactly as they are written, also such as no tool would make.
 *
 * A line of standard input is a request: COMMAND, or COMMAND* for a dump, and its attributes, nested as
 * in the contract, by the names in linux/baton.h: "SERVICE_DEL SERVICE{ FAMILY=2 MARK=7 }". A value is
 * a number, an address, or a word; +HEX stands for bytes. Behind "=>" a line is a comment. Prints each
 * request with "=> " and what came of it: "ok", or "ERRNO: the kernel's sentence".
 *
 * Exit status: 0; 1 the family is not there or the socket broke; 2 a line that it does not understand.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/baton.h>

#define DEPTH_MAX	3

enum kind { U8, U16, U32, U64, WORD, BYTES, NEST };

struct name {
	const char		*name;
	uint16_t		type;
	enum kind		kind;
	const struct name	*inside;
};

#define IN(set, attr, kind) { #attr, BATON_##set##_A_##attr, kind, NULL }

static const struct name service[] = {
	IN(SERVICE, FAMILY, U8), IN(SERVICE, PROTOCOL, U8), IN(SERVICE, ADDR, BYTES), IN(SERVICE, PORT, U16),
	IN(SERVICE, PORT_LAST, U16), IN(SERVICE, MARK, U32), IN(SERVICE, SCHED, WORD), IN(SERVICE, FLAGS, U32),
	IN(SERVICE, SCHED_FLAGS, U32), IN(SERVICE, TIMEOUTS, BYTES), IN(SERVICE, PERSIST_PREFIX, U8),
	IN(SERVICE, SYNC_AFTER, U32), {}
};
static const struct name server[] = {
	IN(SERVER, FAMILY, U8), IN(SERVER, ADDR, BYTES), IN(SERVER, PORT, U16), IN(SERVER, METHOD, U8),
	IN(SERVER, WEIGHT, U32), IN(SERVER, UPPER, U32), IN(SERVER, LOWER, U32), IN(SERVER, DRAIN, U32),
	IN(SERVER, TUNNEL, U8), IN(SERVER, TUNNEL_CHECKSUM, U8), IN(SERVER, TUNNEL_PORT, U16), {}
};
static const struct name filter[] = {
	{ "SERVICE", BATON_FILTER_A_SERVICE, NEST, service }, { "SERVER", BATON_FILTER_A_SERVER, NEST, server },
	IN(FILTER, CLIENT, BYTES), IN(FILTER, CLIENT_PREFIX, U8), IN(FILTER, CLIENT_PORT, U16), {}
};
static const struct name tunables[] = {
	IN(TUNABLE, TIMEOUTS, BYTES), IN(TUNABLE, CONN_MAX, U32), IN(TUNABLE, TOMBSTONE_MAX, U32),
	IN(TUNABLE, FASTPATH, U32), IN(TUNABLE, OPENING_MAX, U32), IN(TUNABLE, DROP_MODE, U32), {}
};
static const struct name gate[] = {
	IN(GATE, ROLE, U8), IN(GATE, EPOCH, U32), IN(GATE, LEASE_MS, U32), IN(GATE, RELAY_MS, U32), {}
};
static const struct name announcement[] = {
	IN(ANNOUNCE, IFINDEX, U32), IN(ANNOUNCE, FAMILY, U8), IN(ANNOUNCE, ADDR, BYTES), {}
};
static const struct name probe[] = {
	IN(PROBE, NUMBER, U32), IN(PROBE, TARGETS, BYTES), {}
};
static const struct name sync_attrs[] = {
	IN(SYNC, EPOCH, U32), IN(SYNC, RECORDS, BYTES), IN(SYNC, MAX_RECORDS, U32), IN(SYNC, CURSOR, U64),
	IN(SYNC, BUCKET_MAP, BYTES), IN(SYNC, VERSION_BEFORE, U64), IN(SYNC, LIKES, BYTES),
	IN(SYNC, BRIEFS, BYTES), {}
};
static const struct name top[] = {
	{ "SERVICE", BATON_A_SERVICE, NEST, service }, { "SERVER", BATON_A_SERVER, NEST, server },
	{ "FILTER", BATON_A_FILTER, NEST, filter }, { "TUNABLES", BATON_A_TUNABLES, NEST, tunables },
	{ "GATE", BATON_A_GATE, NEST, gate }, { "ANNOUNCE", BATON_A_ANNOUNCE, NEST, announcement },
	{ "SYNC", BATON_A_SYNC, NEST, sync_attrs }, { "VIPS", BATON_A_VIPS, BYTES, NULL },
	{ "CURSOR", BATON_A_CURSOR, U64, NULL }, { "PROBE", BATON_A_PROBE, NEST, probe },
	{ "VMACS", BATON_A_VMACS, BYTES, NULL }, {}
};

#define COMMAND(cmd) { #cmd, BATON_CMD_##cmd, NEST, top }

static const struct name commands[] = {
	COMMAND(SERVICE_ADD), COMMAND(SERVICE_SET), COMMAND(SERVICE_DEL), COMMAND(SERVICE_GET),
	COMMAND(SERVER_ADD), COMMAND(SERVER_SET), COMMAND(SERVER_DEL), COMMAND(SERVER_GET), COMMAND(CONN_GET),
	COMMAND(TUNABLE_SET), COMMAND(GATE_SET), COMMAND(LEASE_RENEW), COMMAND(ANNOUNCE), COMMAND(SYNC_DRAIN),
	COMMAND(SYNC_READ), COMMAND(SYNC_APPLY), COMMAND(SYNC_PRUNE), COMMAND(VIP_SET), COMMAND(CONN_KILL),
	COMMAND(PROBE), {}
};

static const struct name *find(const struct name *in, const char *name, size_t len)
{
	for (; in->name; in++)
		if (strlen(in->name) == len && !strncmp(in->name, name, len))
			return in;
	return NULL;
}

/* Bytes of an address, or behind "+" of hexadecimal digits; -1: neither */
static int bytes(const char *text, uint8_t *to, size_t space)
{
	size_t len = 0;

	if (*text != '+') {
		if (inet_pton(AF_INET, text, to) == 1)
			return 4;
		return inet_pton(AF_INET6, text, to) == 1 ? 16 : -1;
	}
	for (text++; *text && len < space; text += 2)
		if (sscanf(text, "%2hhx", &to[len++]) != 1 || !text[1])
			return -1;
	return *text ? -1 : (int)len;
}

static int put(struct nl_msg *msg, const struct name *attr, const char *text)
{
	unsigned long long value = strtoull(text, NULL, 0);
	uint8_t buf[1024];
	int len;

	switch (attr->kind) {
	case U8:
		return nla_put_u8(msg, attr->type, (uint8_t)value);
	case U16:
		return nla_put_u16(msg, attr->type, htons((uint16_t)value));
	case U32:
		return nla_put_u32(msg, attr->type, (uint32_t)value);
	case U64:
		return nla_put_u64(msg, attr->type, value);
	case WORD:
		return nla_put_string(msg, attr->type, text);
	default:
		len = bytes(text, buf, sizeof(buf));
		return len < 0 ? -1 : nla_put(msg, attr->type, len, buf);
	}
}

/* The attributes of one line, which is cut up; 0, or -1 for what nobody understands */
static int attributes(struct nl_msg *msg, char *line)
{
	const struct name *in[DEPTH_MAX + 1] = { top }, *attr;
	struct nlattr *nest[DEPTH_MAX + 1] = { NULL };
	int depth = 0;

	for (char *word = strtok(line, " \t"); word; word = strtok(NULL, " \t")) {
		size_t len = strcspn(word, "={");

		if (!strcmp(word, "}")) {
			if (!depth)
				return -1;
			nla_nest_end_keep_empty(msg, nest[depth--]);
			continue;
		}
		attr = find(in[depth], word, len);
		if (!attr || (word[len] == '{') != (attr->kind == NEST))
			return -1;
		if (attr->kind != NEST) {
			if (word[len] != '=' || put(msg, attr, word + len + 1))
				return -1;
		} else if (depth == DEPTH_MAX) {
			return -1;
		} else {
			nest[++depth] = nla_nest_start(msg, attr->type | NLA_F_NESTED);
			in[depth] = attr->inside;
		}
	}
	return depth ? -1 : 0;
}

/* What the kernel says behind an error, or NULL; @skip: bytes in front of its attributes */
static const char *sentence(struct nlmsghdr *nlh, int skip)
{
	struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	attr = nla_find((struct nlattr *)((char *)nlmsg_data(nlh) + skip), nlmsg_datalen(nlh) - skip,
			NLMSGERR_ATTR_MSG);
	return attr ? nla_get_string(attr) : NULL;
}

/* Everything up to the acknowledgement or the end of the dump; its errno in @ret_error */
static int answer(int fd, int *ret_error, char *text, size_t size)
{
	static char buf[1 << 17];

	for (;;) {
		ssize_t got = recv(fd, buf, sizeof(buf), 0);
		struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
		int left = (int)got;

		if (got <= 0)
			return -1;
		for (; nlmsg_ok(nlh, left); nlh = nlmsg_next(nlh, &left)) {
			int skip = nlh->nlmsg_type == NLMSG_DONE ? sizeof(int) : sizeof(struct nlmsgerr);
			const char *said;

			if (nlh->nlmsg_type != NLMSG_ERROR && nlh->nlmsg_type != NLMSG_DONE)
				continue;
			memcpy(ret_error, nlmsg_data(nlh), sizeof(*ret_error));
			said = sentence(nlh, skip);
			snprintf(text, size, "%s", said ? said : "-");
			return 0;
		}
	}
}

static int say(struct nl_sock *sock, int family, const char *line)
{
	size_t len = strcspn(line, " *\t");
	const struct name *cmd = find(commands, line, len);
	int flags = line[len] == '*' ? NLM_F_DUMP : NLM_F_ACK, error;
	struct nl_msg *msg = nlmsg_alloc_size(1 << 16);
	char *copy = strdup(line + len + (line[len] == '*'));
	char text[256];

	if (!cmd || !genlmsg_put(msg, 0, 0, family, 0, flags, (uint8_t)cmd->type, BATON_GENL_VERSION) ||
	    attributes(msg, copy)) {
		fprintf(stderr, "nlsay: what is this: %s\n", line);
		return 2;
	}
	free(copy);
	if (nl_send_auto(sock, msg) < 0 || answer(nl_socket_get_fd(sock), &error, text, sizeof(text))) {
		perror("nlsay");
		return 1;
	}
	nlmsg_free(msg);
	if (error)
		printf("%s => %s: %s\n", line, strerrorname_np(-error), text);
	else
		printf("%s => ok\n", line);
	return 0;
}

int main(void)
{
	struct nl_sock *sock = nl_socket_alloc();
	static char line[4096];
	int family, one = 1, ret = 0;

	if (!sock || genl_connect(sock) < 0 || (family = genl_ctrl_resolve(sock, BATON_GENL_NAME)) < 0) {
		fprintf(stderr, "nlsay: no generic netlink family %s\n", BATON_GENL_NAME);
		return 1;
	}
	nl_socket_disable_auto_ack(sock);
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	while (!ret && fgets(line, sizeof(line), stdin)) {
		char *end = strstr(line, " =>");

		line[strcspn(line, "\n")] = '\0';
		if (end)
			*end = '\0';
		if (*line)
			ret = say(sock, family, line);
	}
	nl_socket_free(sock);
	return ret;
}
