// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does a gateway answer? The kernel asks, by neighbour discovery (ARP or a neighbour solicitation), and its entry of
 * the neighbour says what came of it: it is reachable only by an answer that came since. So no packet socket
 * is needed, and what is tested is what the node's own packets need.
 *
 * Where there is no answer the kernel asks again at its own pace, once a second, and then gives the address of
 * the card up and asks everybody. It must be left to that: a question of ours that began it anew would go to the
 * old card for ever.
 */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdio.h>
#include "addr.h"
#include "checks.h"

/* States that are valid, can be asked about, and are not being asked about. */
#define QUIET	(NUD_REACHABLE | NUD_STALE | NUD_DELAY)
#define ASKED	(NUD_INCOMPLETE | NUD_PROBE)
#define STATIC	(NUD_PERMANENT | NUD_NOARP)

static int on_neighbour(struct nl_msg *msg, void *arg)
{
	const struct nlmsghdr *h = nlmsg_hdr(msg);

	if (h->nlmsg_type == RTM_NEWNEIGH && nlmsg_valid_hdr(h, sizeof(struct ndmsg)))
		*(int *)arg = ((const struct ndmsg *)nlmsg_data(h))->ndm_state;
	return NL_OK;
}

/*
 * One message to the kernel, one answer: the entry, an acknowledgement or an error.
 * @ret_state: the entry's if it was sent. Return: 0 or a negative error of libnl's.
 */
static int call(const struct baton_check *check, int ifindex, int type, int flags,
		struct ndmsg request, int *ret_state)
{
	struct nl_sock *sk = nl_socket_alloc();
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);
	int error = -NLE_NOMEM;

	request.ndm_family = check->family;
	request.ndm_ifindex = ifindex;
	if (!sk || !msg || nlmsg_append(msg, &request, sizeof(request), NLMSG_ALIGNTO) < 0 ||
	    nla_put(msg, NDA_DST, (int)baton_addr_size(check->family), check->gateway.bytes) < 0)
		goto out;
	error = nl_connect(sk, NETLINK_ROUTE);
	if (error < 0)
		goto out;
	nl_socket_disable_auto_ack(sk);	/* the entry itself is the answer when it is asked for */
	nl_socket_modify_cb(sk, NL_CB_VALID, NL_CB_CUSTOM, on_neighbour, ret_state);
	error = nl_send_auto(sk, msg);
	if (error >= 0)
		error = nl_recvmsgs_default(sk);
out:
	nlmsg_free(msg);
	nl_socket_free(sk);
	return error < 0 ? error : 0;
}

/* NUD_NONE: there is no entry. Return: a negative error of libnl's, or 0. */
static int get(const struct baton_check *check, int ifindex, int *ret_state)
{
	int error;

	*ret_state = NUD_NONE;
	error = call(check, ifindex, RTM_GETNEIGH, 0, (struct ndmsg){ 0 }, ret_state);
	return error == -NLE_OBJ_NOTFOUND ? 0 : error;
}

static int set(const struct baton_check *check, int ifindex, uint16_t state, uint8_t flags)
{
	int ignored;

	return call(check, ifindex, RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE,
		    (struct ndmsg){ .ndm_state = state, .ndm_flags = flags }, &ignored);
}

static int refuse(char *why, size_t size, const char *clause)
{
	snprintf(why, size, "%s", clause);
	return -EIO;
}

/* The state of its entry among the neighbours, and on which interface that is. */
static int find(const struct baton_check *check, int *ret_ifindex, int *ret_state, char *why, size_t size)
{
	int error;

	*ret_ifindex = (int)if_nametoindex(check->interface);
	if (!*ret_ifindex)
		return refuse(why, size, "there is no such interface");
	error = get(check, *ret_ifindex, ret_state);
	return error ? refuse(why, size, nl_geterror(error)) : 0;
}

int baton_ha_gateway_ask(const struct baton_check *check, char *why, size_t size)
{
	int ifindex, state, error = find(check, &ifindex, &state, why, size);

	if (error)
		return error;
	if (state & STATIC)
		return refuse(why, size, "its entry among the neighbours is static, so it is never asked");
	if (state & ASKED)
		return 0;
	error = state & QUIET ? set(check, ifindex, NUD_PROBE, 0) :
				set(check, ifindex, NUD_NONE, NTF_USE);
	/* Given up by the kernel between the two: it is asked as one without an entry then. */
	if (error && (state & QUIET))
		error = set(check, ifindex, NUD_NONE, NTF_USE);
	return error ? refuse(why, size, nl_geterror(error)) : 0;
}

int baton_ha_gateway_look(const struct baton_check *check, char *why, size_t size)
{
	int ifindex, state, error = find(check, &ifindex, &state, why, size);

	if (error)
		return error;
	return state & NUD_REACHABLE ? 0 : refuse(why, size, "no answer");
}
