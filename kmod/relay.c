// SPDX-License-Identifier: GPL-2.0-only
/* Waiting for the next active, and passing on: see relay.h. */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include "header.h"
#include "net.h"
#include "relay.h"
#include "stats.h"

/* Who sent it has tried again by then, and would get the answer out of its time. */
#define HOLD_NS		(1ULL * NSEC_PER_SEC)

/* 10 ms of ten million packets a second would be more: who loses them there has lost little. */
#define HELD_MAX	16384
#define BYTES_MAX	(32u << 20)

/* A packet that waits belongs to nobody else. */
struct waiting {
	int	ifindex;		/* where it came from */
};

static struct waiting *waiting(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct waiting) > sizeof(skb->cb));
	return (struct waiting *)skb->cb;
}

u32 baton_relay_left(const struct baton_net *bn)
{
	u64 until = READ_ONCE(bn->relay.until), now = ktime_get_ns();

	return until > now ? div_u64(until - now, NSEC_PER_MSEC) : 0;
}

/* Packets that are not passed on: for want of a taker, of room, or of time. */
static void discard(struct baton_net *bn, struct sk_buff *skb, enum baton_drop reason)
{
	local_bh_disable();
	baton_drop(bn, reason);
	local_bh_enable();
	kfree_skb(skb);
}

/* False: its hops are used up. The header is writable. */
static bool hop(struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP)) {
		if (ip_hdr(skb)->ttl <= 1)
			return false;
		ip_decrease_ttl(ip_hdr(skb));
	} else {
		if (ipv6_hdr(skb)->hop_limit <= 1)
			return false;
		ipv6_hdr(skb)->hop_limit--;
	}
	return true;
}

static unsigned int header_len(const struct sk_buff *skb)
{
	return baton_header_len(skb->protocol == htons(ETH_P_IP) ? AF_INET : AF_INET6);
}

/* Takes @skb, which is at its network header. */
static void pass_on(struct baton_net *bn, struct sk_buff *skb, struct net_device *dev, const u8 *mac)
{
	/* what was put together here would have to be cut again, which only its sender can */
	if (!skb_is_gso(skb) && skb->len > READ_ONCE(dev->mtu))
		return discard(bn, skb, BATON_DROP_TOO_BIG);
	if (skb_ensure_writable(skb, header_len(skb)) || skb_cow_head(skb, LL_RESERVED_SPACE(dev)))
		return discard(bn, skb, BATON_DROP_WRITE);
	if (!hop(skb))
		return discard(bn, skb, BATON_DROP_TTL);
	skb_forward_csum(skb);
	skb_clear_tstamp(skb);
	skb->dev = dev;
	if (dev_hard_header(skb, dev, ntohs(skb->protocol), mac, NULL, skb->len) < 0)
		return discard(bn, skb, BATON_DROP_WRITE);
	atomic64_inc(&bn->relay.passed);
	dev_queue_xmit(skb);
}

/* The link address of who announced on this network, or NULL. Lock held. */
static const u8 *taker(const struct baton_relay *relay, int ifindex)
{
	u32 i;

	for (i = 0; i < relay->links; i++)
		if (relay->link[i].ifindex == ifindex)
			return relay->link[i].mac;
	return NULL;
}

/* Lock held. False: there is no room, or it is too late. */
static bool hold(struct baton_relay *relay, struct sk_buff *skb)
{
	if (ktime_get_mono_fast_ns() >= relay->hold_until ||
	    skb_queue_len(&relay->held) >= HELD_MAX || relay->bytes + skb->truesize > BYTES_MAX)
		return false;
	relay->bytes += skb->truesize;
	__skb_queue_tail(&relay->held, skb);
	return true;
}

unsigned int baton_relay(struct baton_net *bn, struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	struct baton_relay *relay = &bn->relay;
	struct net_device *dev = state->in ? baton_vmac_below(bn, state->in) : NULL;
	u8 mac[ETH_ALEN];
	const u8 *found;
	bool held;

	/* what was sent to everybody on the link reached the peer, too */
	if (likely(!baton_relay_runs(relay)) || !dev || dev->type != ARPHRD_ETHER ||
	    skb->pkt_type != PACKET_HOST)
		return baton_drop(bn, baton_gate_reason(&bn->gate));
	/* From here on it belongs to no socket, route or connection of this host. */
	skb_orphan(skb);
	skb_scrub_packet(skb, false);
	waiting(skb)->ifindex = dev->ifindex;

	spin_lock(&relay->lock);
	found = taker(relay, dev->ifindex);
	if (found)
		ether_addr_copy(mac, found);
	held = !found && relay->until && hold(relay, skb);
	spin_unlock(&relay->lock);
	if (found)
		pass_on(bn, skb, dev, mac);
	else if (!held)
		discard(bn, skb, BATON_DROP_NOT_TAKEN);
	return NF_STOLEN;
}

/* Move what waits on one network (0: on any) to @list. Lock held. */
static void release(struct baton_relay *relay, int ifindex, struct sk_buff_head *list)
{
	struct sk_buff *skb, *next;

	skb_queue_walk_safe(&relay->held, skb, next) {
		if (ifindex && waiting(skb)->ifindex != ifindex)
			continue;
		__skb_unlink(skb, &relay->held);
		relay->bytes -= skb->truesize;
		__skb_queue_tail(list, skb);
	}
}

/* Lock held. */
static bool learn(struct baton_relay *relay, int ifindex, const u8 *mac)
{
	u32 i;

	for (i = 0; i < relay->links; i++)
		if (relay->link[i].ifindex == ifindex)
			break;
	if (i == BATON_RELAY_LINKS)
		return false;
	if (i == relay->links)
		relay->links++;
	relay->link[i].ifindex = ifindex;
	ether_addr_copy(relay->link[i].mac, mac);
	return true;
}

void baton_relay_hear(struct baton_net *bn, const struct sk_buff *skb,
		      const struct nf_hook_state *state)
{
	struct baton_relay *relay = &bn->relay;
	struct net_device *dev = state->in;
	struct sk_buff_head list;
	struct sk_buff *waits;
	u8 mac[ETH_ALEN];

	if (likely(!baton_relay_runs(relay)) || dev->type != ARPHRD_ETHER || !skb_mac_header_was_set(skb))
		return;
	ether_addr_copy(mac, eth_hdr(skb)->h_source);
	if (!is_valid_ether_addr(mac) || ether_addr_equal(mac, dev->dev_addr))
		return;
	__skb_queue_head_init(&list);
	spin_lock(&relay->lock);
	if (relay->until && learn(relay, dev->ifindex, mac))
		release(relay, dev->ifindex, &list);
	spin_unlock(&relay->lock);
	while ((waits = __skb_dequeue(&list)))
		pass_on(bn, waits, dev, mac);
}

void baton_relay_begin(struct baton_net *bn, u32 ms)
{
	struct baton_relay *relay = &bn->relay;
	u64 now = ktime_get_ns();

	spin_lock_bh(&relay->lock);
	relay->links = 0;
	relay->hold_until = now + HOLD_NS;
	WRITE_ONCE(relay->until, now + (u64)ms * NSEC_PER_MSEC);
	spin_unlock_bh(&relay->lock);
	mod_delayed_work(system_wq, &relay->end, nsecs_to_jiffies(HOLD_NS) + 1);
}

/* No more of it, and nobody takes what waits: @list gets that. */
static void finish(struct baton_relay *relay, bool all, struct sk_buff_head *list)
{
	__skb_queue_head_init(list);
	spin_lock_bh(&relay->lock);
	if (all)
		WRITE_ONCE(relay->until, 0);
	if (all || ktime_get_ns() >= relay->hold_until)
		release(relay, 0, list);
	spin_unlock_bh(&relay->lock);
}

/* Each came from a device that may be gone. */
void baton_relay_stop(struct baton_net *bn)
{
	struct net_device *dev;
	struct sk_buff_head list;
	struct sk_buff *skb;

	finish(&bn->relay, true, &list);
	while ((skb = __skb_dequeue(&list))) {
		rcu_read_lock();
		dev = dev_get_by_index_rcu(bn->net, waiting(skb)->ifindex);
		if (dev) {
			skb->dev = dev;
			netif_rx(skb);
		} else {
			discard(bn, skb, BATON_DROP_NOT_TAKEN);
		}
		rcu_read_unlock();
	}
}

static void end(struct work_struct *work)
{
	struct baton_relay *relay = container_of(to_delayed_work(work), struct baton_relay, end);
	struct baton_net *bn = container_of(relay, struct baton_net, relay);
	struct sk_buff_head list;
	struct sk_buff *skb;

	finish(relay, false, &list);
	while ((skb = __skb_dequeue(&list)))
		discard(bn, skb, BATON_DROP_NOT_TAKEN);
}

void baton_relay_net_init(struct baton_net *bn)
{
	spin_lock_init(&bn->relay.lock);
	__skb_queue_head_init(&bn->relay.held);
	INIT_DELAYED_WORK(&bn->relay.end, end);
}

void baton_relay_net_exit(struct baton_net *bn)
{
	struct sk_buff_head list;

	cancel_delayed_work_sync(&bn->relay.end);
	finish(&bn->relay, true, &list);
	__skb_queue_purge(&list);
}
