// SPDX-License-Identifier: GPL-2.0-only
/* Module init and exit, nothing else. The exit is the init read upwards. */
#include <linux/module.h>
#include <net/genetlink.h>
#include "challenge.h"
#include "conn.h"
#include "net.h"
#include "nl.h"
#include "path.h"
#include "pause.h"
#include "version.h"

static int __init baton_init(void)
{
	int err;

	baton_pause_init();
	baton_challenge_module_init();
	err = baton_conn_module_init();
	if (err)
		goto err_conn;
	err = baton_net_module_init();
	if (err)
		goto err_net;
	err = baton_route_module_init();
	if (err)
		goto err_route;
	err = baton_vmac_module_init();
	if (err)
		goto err_vmac;
	err = baton_will_module_init();
	if (err)
		goto err_will;
	err = baton_nl_init();
	if (err)
		goto err_nl;
	return 0;

err_nl:
	baton_will_module_exit();
err_will:
	baton_vmac_module_exit();
err_vmac:
	baton_route_module_exit();
err_route:
	baton_net_module_exit();
err_net:
	baton_conn_module_exit();
err_conn:
	return err;
}

static void __exit baton_exit(void)
{
	baton_nl_exit();
	baton_will_module_exit();
	baton_vmac_module_exit();
	baton_route_module_exit();
	baton_net_module_exit();
	baton_conn_module_exit();
}

module_init(baton_init);
module_exit(baton_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Layer-4 director whose connection table survives a failover");
MODULE_VERSION(BATON_RELEASE);
MODULE_ALIAS_GENL_FAMILY(BATON_GENL_NAME);
/* fast_rules.c listens there: better loaded now than when it asks, which holds a lock */
MODULE_SOFTDEP("pre: nfnetlink");
