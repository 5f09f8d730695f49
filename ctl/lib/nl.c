// SPDX-License-Identifier: GPL-2.0-or-later
#include "brief.h"
#include "nl_priv.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include "err.h"

#define NOT_LOADED "the kernel module baton is not loaded; run 'modprobe baton'"

int baton_nl_fail(struct baton_nl *nl, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(nl->error, sizeof(nl->error), fmt, ap);
	va_end(ap);
	nl->reason = nl->error;
	return error;
}

const char *baton_nl_error(const struct baton_nl *nl)
{
	return nl->error;
}

const char *baton_nl_reason(const struct baton_nl *nl)
{
	return nl->reason ? nl->reason : "";
}

int baton_nl_socket(struct nl_sock **ret, char *err, size_t err_size)
{
	int size = 4 * BATON_NL_BUF, one = 1, fd, error;
	struct nl_sock *sk;

	sk = nl_socket_alloc();
	if (!sk)
		return baton_err_set(err, err_size, -ENOMEM, "%s", baton_err_text(ENOMEM));
	errno = 0;
	error = genl_connect(sk);
	if (error < 0) {
		nl_socket_free(sk);
		return baton_err_set(err, err_size, errno ? -errno : -EIO,
				     "cannot open a netlink socket: %s", nl_geterror(error));
	}
	fd = nl_socket_get_fd(sk);
	/* Best effort: without CAP_NET_ADMIN the system's limit applies. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	*ret = sk;
	return 0;
}

/* --- one exchange --- */

struct exchange {
	struct baton_nl *nl;
	uint32_t seq;
	baton_nl_answer_fn fn;
	void *arg;
	const struct baton_nl_tail *tail;
	bool once;			/* one answer, and no word that it was the last */
	int error;			/* of the callback: the rest is read and dropped */
	bool done;
};

/*
 * The kernel's own words, in the attributes behind an error or the end of a dump.
 * @skip: bytes of payload before them
 */
static void read_extack(struct baton_nl *nl, struct nlmsghdr *hdr, int skip)
{
	struct nlattr *attr[NLMSGERR_ATTR_MAX + 1];
	int len = nlmsg_datalen(hdr) - skip;

	nl->extack[0] = '\0';
	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS) || len < (int)sizeof(struct nlattr))
		return;
	if (nla_parse(attr, NLMSGERR_ATTR_MAX,
		      (struct nlattr *)((char *)nlmsg_data(hdr) + skip), len, NULL) < 0)
		return;
	if (attr[NLMSGERR_ATTR_MSG])
		nla_strlcpy(nl->extack, attr[NLMSGERR_ATTR_MSG], sizeof(nl->extack));
}

static int read_error(struct baton_nl *nl, struct nlmsghdr *hdr)
{
	struct nlmsgerr *e = nlmsg_data(hdr);
	int skip = sizeof(*e);

	if (nlmsg_datalen(hdr) < (int)sizeof(*e))
		return -EPROTO;
	if (!(hdr->nlmsg_flags & NLM_F_CAPPED) && e->msg.nlmsg_len >= sizeof(e->msg))
		skip += NLMSG_ALIGN(e->msg.nlmsg_len - sizeof(e->msg));
	read_extack(nl, hdr, skip);
	return e->error;
}

static int read_done(struct baton_nl *nl, struct nlmsghdr *hdr)
{
	int error = 0;

	if (nlmsg_datalen(hdr) >= (int)sizeof(error))
		memcpy(&error, nlmsg_data(hdr), sizeof(error));
	read_extack(nl, hdr, sizeof(error));
	return error;
}

static int read_answer(struct exchange *x, struct nlmsghdr *hdr)
{
	struct nlattr *attr[BATON_NL_ATTRS];
	struct genlmsghdr *genl;

	if (!genlmsg_valid_hdr(hdr, 0))
		return -EPROTO;
	genl = genlmsg_hdr(hdr);
	if (nla_parse(attr, BATON_NL_ATTRS - 1, genlmsg_attrdata(genl, 0),
		      genlmsg_attrlen(genl, 0), NULL) < 0)
		return -EPROTO;
	return x->fn(attr, x->arg);
}

/* One datagram; 0 or the error that ends the exchange. */
static int read_datagram(struct exchange *x, int len)
{
	struct nlmsghdr *hdr = (struct nlmsghdr *)x->nl->buf;

	for (; nlmsg_ok(hdr, len); hdr = nlmsg_next(hdr, &len)) {
		/* What is left of an exchange that ran into its time limit. */
		if (hdr->nlmsg_seq != x->seq)
			continue;
		if (hdr->nlmsg_flags & NLM_F_DUMP_INTR)
			x->nl->torn = true;
		switch (hdr->nlmsg_type) {
		case NLMSG_NOOP:
			break;
		case NLMSG_OVERRUN:
			return -ENOBUFS;
		case NLMSG_ERROR:
			x->done = true;
			return read_error(x->nl, hdr);
		case NLMSG_DONE:
			x->done = true;
			return read_done(x->nl, hdr);
		default:
			if (x->fn && !x->error)
				x->error = read_answer(x, hdr);
			x->done |= x->once;
		}
	}
	return 0;
}

static int wait_readable(struct baton_nl *nl)
{
	struct pollfd pfd = { .fd = nl_socket_get_fd(nl->sk), .events = POLLIN };
	int ready = poll(&pfd, 1, BATON_NL_WAIT_MS);

	if (!ready)
		return -ETIMEDOUT;
	return ready < 0 && errno != EINTR ? -errno : 0;
}

/*
 * One datagram; its length, 0 for none or one to be ignored, or an error. The kernel answers before a request
 * is sent, so hardly anything is ever waited for.
 */
static int receive(struct baton_nl *nl)
{
	struct sockaddr_nl from = {};
	struct iovec iov = { nl->buf, BATON_NL_BUF };
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = &iov, .msg_iovlen = 1,
	};
	ssize_t len;

	len = recvmsg(nl_socket_get_fd(nl->sk), &msg, MSG_DONTWAIT);
	if (len < 0 && errno == EAGAIN)
		return wait_readable(nl);
	if (len < 0)
		return errno == EINTR ? 0 : -errno;
	if (msg.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	/* Other processes can send to our port; only the kernel answers. */
	return from.nl_pid ? 0 : (int)len;
}

static int send_request(const struct exchange *x, struct nl_msg *msg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct iovec iov[2] = { { hdr, hdr->nlmsg_len } };

	if (x->once)
		hdr->nlmsg_flags &= ~NLM_F_ACK;
	if (!x->tail)
		return nl_send(x->nl->sk, msg);
	hdr->nlmsg_len += x->tail->size;
	iov[1] = (struct iovec){ (void *)x->tail->bytes, x->tail->size };
	return nl_send_iovec(x->nl->sk, msg, iov, 2);
}

static int exchange(struct exchange *x, struct nl_msg *msg)
{
	int len, ret;

	x->seq = x->nl->seq = x->nl->seq + 1 ? x->nl->seq + 1 : 1;
	nlmsg_hdr(msg)->nlmsg_seq = x->seq;
	nl_complete_msg(x->nl->sk, msg);
	errno = 0;
	if (send_request(x, msg) < 0)
		return errno ? -errno : -EIO;
	while (!x->done) {
		len = receive(x->nl);
		if (len < 0)
			return len;
		ret = read_datagram(x, len);
		if (ret < 0)
			return ret;
	}
	return x->error;
}

static int explain(struct baton_nl *nl, const char *what, int error)
{
	const char *why = nl->extack[0] ? nl->extack : baton_err_text(error);

	baton_nl_fail(nl, error, "cannot %s: %s", what, why);
	nl->reason = why;
	return error;
}

static int call(struct exchange *x, struct nl_msg *msg, const char *what)
{
	struct baton_nl *nl = x->nl;
	int ret = -ENOMEM;

	nl->extack[0] = '\0';
	nl->error[0] = '\0';
	nl->reason = nl->error;
	nl->torn = false;
	if (msg) {
		ret = exchange(x, msg);
		nlmsg_free(msg);
	}
	return ret < 0 ? explain(nl, what, ret) : 0;
}

int baton_nl_call(struct baton_nl *nl, struct nl_msg *msg, const char *what,
		  baton_nl_answer_fn fn, void *arg)
{
	struct exchange x = { .nl = nl, .fn = fn, .arg = arg };

	return call(&x, msg, what);
}

int baton_nl_ask(struct baton_nl *nl, struct nl_msg *msg, const struct baton_nl_tail *tail,
		 const char *what, baton_nl_answer_fn fn, void *arg)
{
	struct exchange x = { .nl = nl, .fn = fn, .arg = arg, .tail = tail, .once = true };

	return call(&x, msg, what);
}

int baton_nl_too_large(struct baton_nl *nl, struct nl_msg *msg, const char *what)
{
	nlmsg_free(msg);
	nl->extack[0] = '\0';
	return explain(nl, what, -EMSGSIZE);
}

int baton_nl_torn(struct baton_nl *nl, const char *what)
{
	return explain(nl, what, -EAGAIN);
}

static struct nl_msg *request_to(uint16_t family, uint8_t cmd, uint8_t version, int flags,
				 size_t payload)
{
	struct nl_msg *msg = nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN + 64 + payload);

	if (!msg)
		return NULL;
	/* Sequence 1 only keeps libnl from drawing its own: exchange() sets the real one. */
	if (!genlmsg_put(msg, NL_AUTO_PORT, 1, family, 0, flags, cmd, version)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

struct nl_msg *baton_nl_request(struct baton_nl *nl, uint8_t cmd, int flags, size_t payload)
{
	return request_to(nl->family, cmd, BATON_GENL_VERSION, flags, payload);
}

/* --- finding the module --- */

struct family {
	const char *group;
	uint32_t group_id;
	uint16_t id;
};

static int read_family(struct nlattr **attr, void *arg)
{
	struct nlattr *group, *in[CTRL_ATTR_MCAST_GRP_MAX + 1];
	struct family *f = arg;
	int left;

	f->id = baton_nl_u16(attr[CTRL_ATTR_FAMILY_ID]);
	if (!f->group || !attr[CTRL_ATTR_MCAST_GROUPS])
		return 0;
	nla_for_each_nested(group, attr[CTRL_ATTR_MCAST_GROUPS], left) {
		if (nla_parse_nested(in, CTRL_ATTR_MCAST_GRP_MAX, group, NULL) < 0)
			return -EPROTO;
		if (in[CTRL_ATTR_MCAST_GRP_NAME] &&
		    !nla_strcmp(in[CTRL_ATTR_MCAST_GRP_NAME], f->group))
			f->group_id = baton_nl_u32(in[CTRL_ATTR_MCAST_GRP_ID]);
	}
	return 0;
}

int baton_nl_resolve(struct baton_nl *nl, const char *group, uint32_t *group_id)
{
	struct family f = { .group = group };
	struct nl_msg *msg;
	int ret;

	msg = request_to(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, 0, 64);
	if (msg && nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, BATON_GENL_NAME) < 0)
		return baton_nl_too_large(nl, msg, "find the module");
	ret = baton_nl_call(nl, msg, "find the kernel module", read_family, &f);
	if (ret == -ENOENT || (!ret && !f.id))
		return baton_nl_fail(nl, -ENOENT, NOT_LOADED);
	if (ret)
		return ret;
	if (group && !f.group_id)
		return baton_nl_fail(nl, -EPROTO,
				     "the loaded module has no event group '%s'; it and this program are of different versions",
				     group);
	nl->family = f.id;
	if (group_id)
		*group_id = f.group_id;
	return 0;
}

int baton_nl_handle_new(struct baton_nl **ret, char *err, size_t err_size)
{
	struct baton_nl *nl = calloc(1, sizeof(*nl));
	int error;

	if (nl) {
		nl->buf = calloc(1, BATON_NL_BUF);
		nl->records = calloc(BATON_SYNC_RECORDS_MAX, sizeof(*nl->records));
		nl->briefs = malloc(sizeof(*nl->briefs));
	}
	if (!nl || !nl->buf || !nl->records || !nl->briefs) {
		baton_nl_close(nl);
		return baton_err_set(err, err_size, -ENOMEM, "%s", baton_err_text(ENOMEM));
	}
	error = baton_nl_socket(&nl->sk, err, err_size);
	if (error) {
		baton_nl_close(nl);
		return error;
	}
	nl->seq = (uint32_t)time(NULL);
	*ret = nl;
	return 0;
}

int baton_nl_open(struct baton_nl **ret, char *err, size_t err_size)
{
	struct baton_info info;
	struct baton_nl *nl;
	int error;

	error = baton_nl_handle_new(&nl, err, err_size);
	if (error)
		return error;
	error = baton_nl_resolve(nl, NULL, NULL);
	if (!error)
		error = baton_nl_info(nl, &info);
	if (!error && info.abi != BATON_ABI_VERSION)
		error = baton_nl_fail(nl, -EPROTO,
				      "the loaded module (%s) speaks interface version %u and this program version %u; install both from one release and reload the module",
				      info.version, info.abi, BATON_ABI_VERSION);
	if (error) {
		baton_err_set(err, err_size, error, "%s", nl->error);
		baton_nl_close(nl);
		return error;
	}
	*ret = nl;
	return 0;
}

void baton_nl_close(struct baton_nl *nl)
{
	if (!nl)
		return;
	if (nl->sk)
		nl_socket_free(nl->sk);
	free(nl->briefs);
	free(nl->records);
	free(nl->buf);
	free(nl);
}
