// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to services by itself: a server that drains goes at its deadline, or once it has no
 * connections; a server that became overloaded, or is so no more, leaves or joins the array that its
 * scheduler chooses from. (Until it left, a pick that meets it looks for another.)
 */
#include <linux/jiffies.h>
#include <linux/workqueue.h>
#include "destset.h"
#include "net.h"
#include "service.h"

#define RETRY	HZ

static bool is_done(const struct baton_net *bn, const struct baton_server *server)
{
	if (time_after_eq64(get_jiffies_64(), server->drain_until))
		return true;
	/* a standby does not know what the active's packets have just opened */
	return baton_gate_open(&bn->gate) &&
	       !atomic_read(&server->active) && !atomic_read(&server->inactive);
}

/* Return: whether somebody goes on draining. */
static bool drain(struct baton_net *bn, struct baton_service *svc)
{
	struct baton_server *server, *next;
	bool more = false;

	list_for_each_entry_safe(server, next, &svc->servers, list) {
		if (!server->draining)
			continue;
		if (is_done(bn, server))
			baton_server_del(svc, server);
		else
			more = true;
	}
	return more;
}

static void upkeep(struct work_struct *work)
{
	struct baton_net *bn = container_of(to_delayed_work(work), struct baton_net, upkeep);
	struct baton_service *svc;
	struct hlist_node *next;
	bool again = false;
	int i;

	mutex_lock(&bn->config_mutex);
	for (i = 0; i < ARRAY_SIZE(bn->services); i++) {
		hlist_for_each_entry_safe(svc, next, &bn->services[i], node) {
			again |= drain(bn, svc);
			if (READ_ONCE(svc->outdated))
				again |= baton_destset_publish(svc, GFP_KERNEL) != 0;
		}
	}
	mutex_unlock(&bn->config_mutex);
	if (again)
		baton_upkeep(bn, RETRY);
}

void baton_upkeep(struct baton_net *bn, unsigned long delay)
{
	if (delay)
		queue_delayed_work(system_unbound_wq, &bn->upkeep, delay);
	else
		mod_delayed_work(system_unbound_wq, &bn->upkeep, 0);
}

void baton_upkeep_net_init(struct baton_net *bn)
{
	INIT_DELAYED_WORK(&bn->upkeep, upkeep);
}

/* Nothing drains any more, so it does not start itself again. */
void baton_upkeep_net_exit(struct baton_net *bn)
{
	cancel_delayed_work_sync(&bn->upkeep);
}
