// SPDX-License-Identifier: GPL-2.0-only
/*
 * The will: see will.h.
 *
 * All that changes it holds RTNL, as netpoll wants it. A panic takes no lock: by then the other processors stand
 * still, wherever they are, so the list and what it leads to are whole at every moment, and what is being taken
 * down is marked before.
 */
#include <linux/netdevice.h>
#include <linux/netpoll.h>
#include <linux/notifier.h>
#include <linux/panic_notifier.h>
#include <linux/rculist.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/dst.h>
#include <net/neighbour.h>
#include "net.h"
#include "path.h"

#if IS_ENABLED(CONFIG_NETPOLL)

struct way {
	struct netpoll		poll;
	struct baton_will_path	path;
	bool			ready;		/* RTNL; READ_ONCE */
};

struct baton_testament {
	u32			epoch;
	unsigned int		size;
	u8			word[BATON_WILL_WORD_MAX];
	unsigned int		ways;
	struct way		way[BATON_WILL_PATHS];
};

static LIST_HEAD(wills);

/* The peer's hardware address, as the path would be taken now. */
static struct net_device *next_hop(struct net *net, const struct baton_will_path *path, u8 *mac)
{
	struct dst_entry *dst = baton_route_to(net, path->family, &path->own, &path->peer);
	struct net_device *dev = NULL;
	struct neighbour *neigh;

	if (!dst)
		return NULL;
	neigh = dst_neigh_lookup(dst, &path->peer);
	if (neigh) {
		if (READ_ONCE(neigh->nud_state) & NUD_VALID && dst->dev->addr_len == ETH_ALEN) {
			neigh_ha_snapshot(mac, neigh, dst->dev);
			dev = dst->dev;		/* RTNL keeps it */
		}
		neigh_release(neigh);
	}
	dst_release(dst);
	return dev;
}

static void prepare(struct net *net, struct way *way)
{
	const struct baton_will_path *path = &way->path;
	struct netpoll *poll = &way->poll;
	struct net_device *dev;

	ASSERT_RTNL();
	dev = next_hop(net, path, poll->remote_mac);
	if (!dev)
		return;
	poll->name = "baton";
	poll->ipv6 = path->family == AF_INET6;
	memcpy(&poll->local_ip, &path->own, sizeof(path->own));
	memcpy(&poll->remote_ip, &path->peer, sizeof(path->peer));
	poll->local_port = ntohs(path->own_port);
	poll->remote_port = ntohs(path->peer_port);
	strscpy(poll->dev_name, dev->name, sizeof(poll->dev_name));
	if (__netpoll_setup(poll, dev))
		return;
	netdev_hold(dev, &poll->dev_tracker, GFP_KERNEL);
	WRITE_ONCE(way->ready, true);
}

static void dismantle(struct way *way)
{
	struct net_device *dev = way->poll.dev;

	ASSERT_RTNL();
	if (!way->ready)
		return;
	WRITE_ONCE(way->ready, false);
	__netpoll_cleanup(&way->poll);
	netdev_put(dev, &way->poll.dev_tracker);
	way->poll.dev = NULL;
}

static void revoke(struct baton_will *will)
{
	struct baton_testament *old = will->now;
	unsigned int i;

	ASSERT_RTNL();
	WRITE_ONCE(will->now, NULL);
	for (i = 0; old && i < old->ways; i++)
		dismantle(&old->way[i]);
	kfree(old);
}

static void work(struct work_struct *w)
{
	struct baton_will *will = container_of(w, struct baton_will, work);
	struct baton_net *bn = container_of(will, struct baton_net, will);
	struct baton_testament *next;
	unsigned int i;

	rtnl_lock();
	next = xchg(&will->next, NULL);
	if (next) {
		revoke(will);
		for (i = 0; i < next->ways; i++)
			prepare(bn->net, &next->way[i]);
		smp_store_release(&will->now, next);	/* a panic may come now */
	}
	rtnl_unlock();
}

int baton_will_set(struct baton_net *bn, const struct baton_will_order *order,
		   struct netlink_ext_ack *extack)
{
	struct baton_testament *next = kzalloc(sizeof(*next), GFP_KERNEL);
	unsigned int i;

	if (!next)
		return -ENOMEM;
	next->epoch = order->epoch;
	next->size = order->size;
	next->ways = order->paths;
	if (order->paths)
		memcpy(next->word, order->word, order->size);
	for (i = 0; i < order->paths; i++)
		next->way[i].path = order->path[i];
	kfree(xchg(&bn->will.next, next));
	queue_work(system_wq, &bn->will.work);
	return 0;
}

/*
 * Interrupts off. The gate is shut first, without its lock, which a processor that stands still may hold: nobody may
 * be told what is not yet true. Nobody is left who could open it.
 */
static void speak(struct baton_net *bn)
{
	struct baton_testament *t = smp_load_acquire(&bn->will.now);	/* work() releases it whole */
	struct baton_gate *gate = &bn->gate;
	bool open = baton_gate_open(gate);
	unsigned int i;

	WRITE_ONCE(gate->until, 0);
	if (!t || !open || t->epoch != READ_ONCE(gate->epoch))
		return;
	for (i = 0; i < t->ways; i++)
		if (READ_ONCE(t->way[i].ready))
			netpoll_send_udp(&t->way[i].poll, t->word, t->size);
}

/*
 * Interrupts are off, and the other processors were stopped. They stay so, but this one's
 * interrupts come back on: what is forwarded after that is up to the gate.
 */
static int on_panic(struct notifier_block *block, unsigned long event, void *info)
{
	struct baton_will *will;

	list_for_each_entry_rcu(will, &wills, node, true)
		speak(container_of(will, struct baton_net, will));
	return NOTIFY_DONE;
}

static struct notifier_block panic_block = {
	.notifier_call	= on_panic,
	.priority	= INT_MAX,	/* clients wait; who prints or dumps has time */
};

static int on_device(struct notifier_block *block, unsigned long event, void *info)
{
	struct net_device *dev = netdev_notifier_info_to_dev(info);
	struct baton_testament *t;
	unsigned int i;

	if (event != NETDEV_UNREGISTER)
		return NOTIFY_DONE;
	t = baton_net(dev_net(dev))->will.now;
	for (i = 0; t && i < t->ways; i++)
		if (t->way[i].poll.dev == dev)
			dismantle(&t->way[i]);
	return NOTIFY_DONE;
}

static struct notifier_block device_block = { .notifier_call = on_device };

void baton_will_net_init(struct baton_net *bn)
{
	INIT_WORK(&bn->will.work, work);
	rtnl_lock();
	list_add_rcu(&bn->will.node, &wills);
	rtnl_unlock();
}

static void speak_in_time(struct baton_net *bn)
{
	unsigned long flags;

	ASSERT_RTNL();
	local_irq_save(flags);
	speak(bn);
	local_irq_restore(flags);
}

void baton_will_net_pre_exit(struct baton_net *bn)
{
	rtnl_lock();
	speak_in_time(bn);
	rtnl_unlock();
}

/* The namespace waits for a grace period after this, before its memory goes. */
void baton_will_net_exit(struct baton_net *bn)
{
	cancel_work_sync(&bn->will.work);
	kfree(bn->will.next);
	rtnl_lock();
	list_del_rcu(&bn->will.node);
	revoke(&bn->will);
	rtnl_unlock();
}

int __init baton_will_module_init(void)
{
	int err = register_netdevice_notifier(&device_block);

	if (!err)
		atomic_notifier_chain_register(&panic_notifier_list, &panic_block);
	return err;
}

/* To leave the chain is to hear that every device goes: what is to be said is said before. */
void baton_will_module_exit(void)
{
	struct baton_will *will;

	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_block);
	rtnl_lock();
	list_for_each_entry(will, &wills, node)
		speak_in_time(container_of(will, struct baton_net, will));
	rtnl_unlock();
	unregister_netdevice_notifier(&device_block);
}

#else

int baton_will_set(struct baton_net *bn, const struct baton_will_order *order,
		   struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG(extack, "this kernel was built without netpoll, by which a last word could be sent");
	return -EOPNOTSUPP;
}

void baton_will_net_init(struct baton_net *bn)
{
}

void baton_will_net_pre_exit(struct baton_net *bn)
{
}

void baton_will_net_exit(struct baton_net *bn)
{
}

int __init baton_will_module_init(void)
{
	return 0;
}

void baton_will_module_exit(void)
{
}

#endif
