// SPDX-License-Identifier: GPL-2.0-only
/* State of a network namespace: made with it (or with the module), gone with it. */
#include <net/netns/generic.h>
#include "conn.h"
#include "core/tcp_state.h"
#include "net.h"
#include "nl.h"
#include "opening.h"
#include "path.h"
#include "service.h"
#include "vip.h"

static unsigned int net_id __read_mostly;

struct baton_net *baton_net(struct net *net)
{
	return net_generic(net, net_id);
}

static int __net_init net_init(struct net *net)
{
	struct baton_net *bn = baton_net(net);
	int err, i;

	bn->net = net;
	bn->opening_max = BATON_OPENING_MAX;
	atomic64_set(&bn->unheard, BATON_UNHEARD_ONE - 1);	/* no tick that there was */
	bn->challenge.max = BATON_CHALLENGE_MAX;
	baton_defence_init(&bn->defence);
	mutex_init(&bn->config_mutex);
	baton_gate_init(&bn->gate);
	baton_relay_net_init(bn);
	baton_near_net_init(bn);
	baton_rival_net_init(bn);
	baton_probe_net_init(bn);
	baton_vmac_net_init(bn);
	baton_upkeep_net_init(bn);
	baton_expect_net_init(bn);
	baton_fast_net_init(bn);
	for (i = 0; i <= BATON_STATE_MAX; i++)
		bn->timeout[i] = baton_state_timeout(i) * HZ;
	bn->drops = alloc_percpu(struct baton_drops);
	if (!bn->drops)
		return -ENOMEM;
	err = baton_conn_net_init(bn);
	if (err)
		goto err_conn;
	err = baton_sync_net_init(bn);
	if (err)
		goto err_sync;
	baton_will_net_init(bn);
	return 0;

err_sync:
	baton_conn_net_exit(bn);
err_conn:
	free_percpu(bn->drops);
	return err;
}

/* After this and the grace period that follows no packet is in any of our hooks. */
static void __net_exit net_pre_exit(struct net *net)
{
	struct baton_net *bn = baton_net(net);

	baton_will_net_pre_exit(bn);
	mutex_lock(&bn->config_mutex);
	baton_hook_unregister(bn);
	baton_track_net_exit(bn);
	baton_route_net_exit(bn);
	mutex_unlock(&bn->config_mutex);
	baton_vip_net_exit(bn);
	baton_vmac_net_pre_exit(bn);
}

static void __net_exit net_exit(struct net *net)
{
	struct baton_net *bn = baton_net(net);

	baton_will_net_exit(bn);
	baton_relay_net_exit(bn);
	baton_near_net_exit(bn);
	baton_expect_net_exit(bn);
	baton_rival_net_exit(bn);
	baton_vmac_net_exit(bn);
	baton_probe_net_exit(bn);
	mutex_lock(&bn->config_mutex);
	baton_service_flush(bn);
	mutex_unlock(&bn->config_mutex);
	baton_conn_net_exit(bn);
	baton_opening_net_exit(bn);
	baton_upkeep_net_exit(bn);
	baton_sync_net_exit(bn);
	free_percpu(bn->drops);
}

static struct pernet_operations ops = {
	.init		= net_init,
	.pre_exit	= net_pre_exit,
	.exit		= net_exit,
	.id		= &net_id,
	.size		= sizeof(struct baton_net),
};

int __init baton_net_module_init(void)
{
	return register_pernet_subsys(&ops);
}

void baton_net_module_exit(void)
{
	unregister_pernet_subsys(&ops);
}
