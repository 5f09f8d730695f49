// SPDX-License-Identifier: GPL-2.0-only
/* What the path does to packet buffers as such. */
#include <net/netfilter/nf_conntrack.h>
#include "header.h"
#include "path.h"

#define GLANCE 128U	/* headers, and the chunk or two that are looked at */

/* The pieces of a large SCTP packet are its later packets: nothing may be moved between them. */
static bool parse_copy(const struct sk_buff *skb, u8 family, struct baton_pkt *pkt)
{
	unsigned int len = min(skb->len, GLANCE);
	u8 copy[GLANCE];

	return !skb_copy_bits(skb, 0, copy, len) &&
	       !baton_pkt_parse(family, copy, len, len, pkt) && pkt->kind != BATON_PKT_OTHER;
}

bool baton_skb_parse(struct sk_buff *skb, u8 family, struct baton_pkt *pkt)
{
	int need = baton_header_len(family);

	if (WARN_ON_ONCE(skb_network_offset(skb)))
		return false;
	if (unlikely(skb_is_gso(skb) && skb_is_gso_sctp(skb)))
		return parse_copy(skb, family, pkt);
	/* each round asks for more than the one before, and never for more than there is */
	do {
		if (!pskb_may_pull(skb, need))
			return false;
		need = baton_pkt_parse(family, skb->data, skb_headlen(skb), skb->len, pkt);
	} while (need > 0);
	return !need && pkt->kind != BATON_PKT_OTHER;
}

bool baton_skb_writable(struct sk_buff *skb, unsigned int len)
{
	return !skb_ensure_writable(skb, len);
}

void baton_skb_untrack(struct sk_buff *skb)
{
	nf_reset_ct(skb);
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
#endif
}
