// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets for the native benchmark, and what they take. Loading it is the whole run:
 *
 *	insmod feed.ko flows=N stride=N rounds=N lane=NAME:NETNS:IN:OUT:SRC:SPORT:DST:DPORT:VARY[,...]
 *
 * A lane is a director: NETNS is a descriptor of its namespace; UDP datagrams from SRC to DST are
 * handed to the receive path of its device IN, as a driver does, and should leave by OUT. They
 * belong to so many flows in turn, which differ in the client's end: VARY is "src" or "dst". From one flow
 * to the next it is a stride of them, which should have no divisor in common with their number: 1, and the ports come
 * in their order, or a large one.
 *
 * The lanes take turns of BATCH packets, so that what slows the machine down slows all of them. The
 * clock is the host's, of what this thread has had of the processor: the kernel is a process of the
 * host, and asks it. Each lane gets a line in the kernel's log.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/etherdevice.h>
#include <linux/inet.h>
#include <linux/ip.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/sort.h>
#include <linux/udp.h>
#include <linux/vmalloc.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/net_namespace.h>

#define LANES	8
#define BATCH	200
#define PORTS	16384	/* of one client's address */
#define FRAME	100

struct lane {
	char			name[16];
	struct net		*net;
	struct net_device	*in, *out;
	__be32			src, dst;
	u16			sport, dport;
	bool			vary_dst;
	u32			flow;
	u64			left_before;	/* packets that OUT had sent */
	u32			*took;		/* ns of each batch */
};

static char *lane[LANES];
static unsigned int lanes;
module_param_array(lane, charp, &lanes, 0);
static unsigned int flows = 1;
module_param(flows, uint, 0);
static unsigned int stride = 1;
module_param(stride, uint, 0);
static unsigned int rounds = 1;
module_param(rounds, uint, 0);

static struct lane lane_of[LANES];

/* In nanoseconds. The host's system call clock_gettime() of CLOCK_THREAD_CPUTIME_ID. */
static noinline u64 host_clock(void)
{
	struct { s64 sec, nsec; } now = { };
	long err;

	asm volatile("syscall" : "=a" (err) : "0" (228L), "D" (3L), "S" (&now) : "rcx", "r11", "memory");
	return err ? 0 : now.sec * NSEC_PER_SEC + now.nsec;
}

static struct sk_buff *datagram(struct lane *l)
{
	u32 address = l->flow / PORTS, port = l->flow % PORTS, len = FRAME - ETH_HLEN - sizeof(struct iphdr);
	struct sk_buff *skb = alloc_skb(NET_SKB_PAD + 2 + FRAME, GFP_ATOMIC);
	struct ethhdr *eth;
	struct udphdr *udp;
	struct iphdr *ip;

	if (!skb)
		return NULL;
	l->flow += stride;
	if (l->flow >= flows)
		l->flow -= flows;
	skb_reserve(skb, NET_SKB_PAD + 2);
	eth = skb_put_zero(skb, FRAME);
	ip = (struct iphdr *)(eth + 1);
	udp = (struct udphdr *)(ip + 1);
	ether_addr_copy(eth->h_dest, l->in->dev_addr);
	eth->h_source[0] = 2;
	eth->h_proto = htons(ETH_P_IP);
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(FRAME - ETH_HLEN);
	ip->frag_off = htons(IP_DF);
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = l->vary_dst ? l->src : htonl(ntohl(l->src) + address);
	ip->daddr = l->vary_dst ? htonl(ntohl(l->dst) + address) : l->dst;
	ip->check = ip_fast_csum(ip, ip->ihl);
	udp->source = htons(l->vary_dst ? l->sport : l->sport + port);
	udp->dest = htons(l->vary_dst ? l->dport + port : l->dport);
	udp->len = htons(len);
	/* the payload is zeroes */
	udp->check = csum_tcpudp_magic(ip->saddr, ip->daddr, len, IPPROTO_UDP, csum_partial(udp, sizeof(*udp), 0));
	skb->protocol = eth_type_trans(skb, l->in);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	return skb;
}

static int batch(struct lane *l, u32 *took)
{
	u64 begin = host_clock();
	struct sk_buff *skb;
	int i, err = 0;

	local_bh_disable();
	for (i = 0; i < BATCH && !err; i++) {
		skb = datagram(l);
		if (skb)
			netif_receive_skb(skb);
		else
			err = -ENOMEM;
	}
	local_bh_enable();
	*took = host_clock() - begin;
	return err;
}

static u64 has_left(const struct lane *l)
{
	struct rtnl_link_stats64 stats;

	return dev_get_stats(l->out, &stats)->tx_packets;
}

static int parse(struct lane *l, const char *text)
{
	char in[IFNAMSIZ], out[IFNAMSIZ], src[16], dst[16], vary[4];
	int fd;

	if (sscanf(text, "%15[^:]:%d:%15[^:]:%15[^:]:%15[^:]:%hu:%15[^:]:%hu:%3s", l->name, &fd, in, out,
		   src, &l->sport, dst, &l->dport, vary) != 9)
		return -EINVAL;
	l->src = in_aton(src);
	l->dst = in_aton(dst);
	l->vary_dst = !strcmp(vary, "dst");
	l->net = get_net_ns_by_fd(fd);
	if (IS_ERR(l->net)) {
		int err = PTR_ERR(l->net);

		l->net = NULL;
		return err;
	}
	l->in = dev_get_by_name(l->net, in);
	l->out = dev_get_by_name(l->net, out);
	if (!l->in || !l->out)
		return -ENODEV;
	l->took = vzalloc(array_size(rounds, sizeof(*l->took)));
	if (!l->took)
		return -ENOMEM;
	l->left_before = has_left(l);
	return 0;
}

static void put(struct lane *l)
{
	vfree(l->took);
	dev_put(l->out);
	dev_put(l->in);
	if (l->net)
		put_net(l->net);
}

static int compare(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static void tell(struct lane *l)
{
	sort(l->took, rounds, sizeof(*l->took), compare, NULL);
	pr_info("system=%s connections=%u packets=%u left=%llu batch=%u tenth=%u median=%u ninetieth=%u\n", l->name,
		flows, rounds * BATCH, has_left(l) - l->left_before, BATCH, l->took[rounds / 10], l->took[rounds / 2],
		l->took[rounds - 1 - rounds / 10]);
}

static int __init feed_init(void)
{
	unsigned int i, round;
	int err = flows && rounds ? 0 : -EINVAL;

	if (!err)
		stride %= flows;
	for (i = 0; i < lanes && !err; i++)
		err = parse(&lane_of[i], lane[i]);
	for (round = 0; round < rounds && !err; round++) {
		for (i = 0; i < lanes && !err; i++)
			err = batch(&lane_of[i], &lane_of[i].took[round]);
		cond_resched();
	}
	for (i = 0; i < lanes; i++) {
		if (!err)
			tell(&lane_of[i]);
		put(&lane_of[i]);
	}
	return err;
}

static void __exit feed_exit(void)
{
}

module_init(feed_init);
module_exit(feed_exit);
MODULE_DESCRIPTION("packets for the native benchmark");
MODULE_LICENSE("GPL");
