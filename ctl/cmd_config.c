// SPDX-License-Identifier: GPL-2.0-or-later
/* Check baton.conf as the daemons will read it, and show what they will make of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "addr.h"
#include "config.h"
#include "key.h"
#include "tool.h"

static void show_peers(struct baton_writer *w, const struct baton_config *c)
{
	char addr[BATON_ADDR_TEXT];

	baton_write_array(w, "peers");
	for (unsigned int i = 0; i < c->sync.peers; i++) {
		const char *interface = c->sync.peer[i].interface;

		baton_addr_format(c->sync.peer_family, &c->sync.peer[i].addr, addr, sizeof(addr));
		baton_write_line(w, "peer = %s%s%s", addr, *interface ? " " : "", interface);
		baton_write_object(w, NULL);
		baton_write_string(w, "address", NULL, addr);
		if (*interface)
			baton_write_string(w, "interface", NULL, interface);
		baton_write_end(w);
	}
	baton_write_end(w);
}

static void show_sync(struct baton_writer *w, const struct baton_config *c)
{
	char addr[BATON_ADDR_TEXT];

	baton_write_line(w, "[sync]");
	baton_write_object(w, "sync");
	baton_write_array(w, "interfaces");
	for (unsigned int i = 0; i < c->sync.interfaces; i++) {
		baton_write_string(w, "", NULL, c->sync.interface[i]);
		baton_write_line(w, "interface = %s", c->sync.interface[i]);
	}
	baton_write_end(w);
	if (!c->sync.peers) {
		baton_addr_format(c->sync.group_family, &c->sync.group, addr, sizeof(addr));
		baton_write_line(w, "group = %s", addr);
		baton_write_string(w, "group", NULL, addr);
	} else {
		show_peers(w, c);
	}
	baton_write_line(w, "port = %u", c->sync.port);
	baton_write_number(w, "port", NULL, c->sync.port);
	baton_write_array(w, "keys");
	for (unsigned int i = 0; i < c->sync.keys; i++) {
		baton_write_line(w, "key = %u %s", c->sync.key[i].id, c->sync.key[i].file);
		baton_write_object(w, NULL);
		baton_write_number(w, "id", NULL, c->sync.key[i].id);
		baton_write_string(w, "file", NULL, c->sync.key[i].file);
		baton_write_end(w);
	}
	baton_write_end(w);
	baton_write_line(w, "send_key = %u", c->sync.send_key);
	baton_write_number(w, "send_key", NULL, c->sync.send_key);
	baton_write_line(w, "auth = %s", baton_sync_auth_name(c->sync.auth));
	baton_write_string(w, "auth", NULL, baton_sync_auth_name(c->sync.auth));
	baton_write_end(w);
}

static void show_ha(struct baton_writer *w, const struct baton_config *c)
{
	baton_write_line(w, "[ha]");
	baton_write_object(w, "ha");
	baton_write_line(w, "lease_ms = %u", c->ha.lease_ms);
	baton_write_number(w, "lease_ms", NULL, c->ha.lease_ms);
	baton_write_line(w, "announce_ms =");
	baton_write_array(w, "announce_ms");
	for (unsigned int i = 0; i < c->ha.announces; i++)
		baton_write_number(w, "", "", c->ha.announce_ms[i]);
	baton_write_end(w);
	if (c->ha.fence[0]) {
		baton_write_line(w, "fence = %s", c->ha.fence);
		baton_write_string(w, "fence", NULL, c->ha.fence);
		baton_write_line(w, "fence_timeout_ms = %u", c->ha.fence_timeout_ms);
		baton_write_number(w, "fence_timeout_ms", NULL, c->ha.fence_timeout_ms);
	}
	if (c->ha.succession_ms) {
		baton_write_line(w, "succession_ms = %u", c->ha.succession_ms);
		baton_write_number(w, "succession_ms", NULL, c->ha.succession_ms);
		baton_write_line(w, "succession_port = %u", c->ha.succession_port);
		baton_write_number(w, "succession_port", NULL, c->ha.succession_port);
	}
	baton_write_line(w, "probe = %s", c->ha.probe ? "yes" : "no");
	baton_write_bool(w, "probe", NULL, c->ha.probe);
	baton_write_end(w);
}

static void show_vips(struct baton_writer *w, const struct baton_config *c)
{
	char addr[BATON_ADDR_TEXT], mac[BATON_MAC_TEXT];

	baton_write_array(w, "vips");
	for (unsigned int i = 0; i < c->vips; i++) {
		const struct baton_vip *vip = &c->vip[i];

		baton_addr_format(vip->family, &vip->addr, addr, sizeof(addr));
		baton_write_line(w, "[vip]");
		baton_write_line(w, "address = %s/%u", addr, vip->prefix);
		baton_write_line(w, "interface = %s", vip->interface);
		if (baton_vip_has_mac(vip))
			baton_write_line(w, "virtual_mac = %s", baton_mac_format(vip->mac, mac, sizeof(mac)));
		baton_write_object(w, NULL);
		baton_write_string(w, "address", NULL, addr);
		baton_write_number(w, "prefix", NULL, vip->prefix);
		baton_write_string(w, "interface", NULL, vip->interface);
		if (baton_vip_has_mac(vip))
			baton_write_string(w, "virtual_mac", NULL, mac);
		baton_write_end(w);
	}
	baton_write_end(w);
}

static void show_checks(struct baton_writer *w, const struct baton_config *c)
{
	char addr[BATON_ADDR_TEXT];

	baton_write_array(w, "checks");
	for (unsigned int i = 0; i < c->checks; i++) {
		const struct baton_check *k = &c->check[i];

		baton_write_line(w, "[check]");
		baton_write_line(w, "name = %s", k->name);
		baton_write_object(w, NULL);
		baton_write_string(w, "name", NULL, k->name);
		if (k->family) {
			baton_addr_format(k->family, &k->gateway, addr, sizeof(addr));
			baton_write_line(w, "gateway = %s", addr);
			baton_write_line(w, "interface = %s", k->interface);
			baton_write_string(w, "gateway", NULL, addr);
			baton_write_string(w, "interface", NULL, k->interface);
		} else {
			baton_write_line(w, "program = %s", k->program);
			baton_write_string(w, "program", NULL, k->program);
		}
		baton_write_line(w, "interval_ms = %u", k->interval_ms);
		baton_write_line(w, "timeout_ms = %u", k->timeout_ms);
		baton_write_line(w, "rise = %u", k->rise);
		baton_write_line(w, "fall = %u", k->fall);
		baton_write_number(w, "interval_ms", NULL, k->interval_ms);
		baton_write_number(w, "timeout_ms", NULL, k->timeout_ms);
		baton_write_number(w, "rise", NULL, k->rise);
		baton_write_number(w, "fall", NULL, k->fall);
		baton_write_end(w);
	}
	baton_write_end(w);
}

static int check_key(const char *path)
{
	uint8_t key[BATON_KEY_BYTES];
	char err[512];
	int error;

	/* Only the service is given its credentials. */
	if (!strncmp(path, BATON_KEY_CREDENTIAL, strlen(BATON_KEY_CREDENTIAL)) &&
	    !secure_getenv("CREDENTIALS_DIRECTORY"))
		return BATON_EXIT_OK;
	error = baton_key_load(path, key, err, sizeof(err));

	explicit_bzero(key, sizeof(key));
	if (!error)
		return BATON_EXIT_OK;
	return baton_tool_fail(error == -EPERM || error == -EACCES ? BATON_EXIT_PERMISSION :
			       BATON_EXIT_FILE, "%s", err);
}

int baton_cmd_config(struct baton_tool *t)
{
	const char *path = BATON_CONFIG_PATH;
	struct baton_config config;
	char err[512];
	int error, status;

	if (baton_args_left(&t->args))
		path = baton_args_word(&t->args, "the FILE");
	if (baton_args_end(&t->args))
		return baton_tool_usage(t);
	error = baton_config_load(path, &config, err, sizeof(err));
	if (error)
		return baton_tool_fail(error == -EACCES ? BATON_EXIT_PERMISSION :
				       BATON_EXIT_FILE, "%s", err);
	for (unsigned int i = 0; i < config.sync.keys; i++) {
		status = config.sync.auth == BATON_SYNC_AUTH_OFF ? BATON_EXIT_OK :
			 check_key(config.sync.key[i].file);
		if (status)
			return status;
	}
	baton_write_object(&t->out, NULL);
	show_sync(&t->out, &config);
	show_ha(&t->out, &config);
	show_vips(&t->out, &config);
	show_checks(&t->out, &config);
	baton_write_end(&t->out);
	return BATON_EXIT_OK;
}
