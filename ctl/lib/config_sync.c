// SPDX-License-Identifier: GPL-2.0-or-later
/* [sync] of baton.conf: the paths to the peers, and the keys. */
#include <string.h>
#include "addr.h"
#include "config_priv.h"
#include "key.h"

static int sync_interface(struct baton_config_load *l, const char *value)
{
	struct baton_config *c = &l->config;

	if (c->sync.interfaces == BATON_SYNC_LINK_MAX)
		return baton_config_refuse(l, l->line, "more than %d sync interfaces", BATON_SYNC_LINK_MAX);
	if (!baton_config_interface(l, value, c->sync.interface[c->sync.interfaces]))
		return 0;
	for (unsigned int i = 0; i < c->sync.interfaces; i++)
		if (!strcmp(c->sync.interface[i], value))
			return baton_config_refuse(l, l->line, "interface %s is given twice", value);
	c->sync.interfaces++;
	return 1;
}

static int sync_group(struct baton_config_load *l, const char *value)
{
	struct baton_config *c = &l->config;
	char clause[256];

	if (l->group_seen || c->sync.peers)
		return baton_config_refuse(l, l->line, "give one group, once, or peers");
	l->group_seen = true;
	if (baton_addr_parse(value, &c->sync.group_family, &c->sync.group, clause, sizeof(clause)))
		return baton_config_refuse(l, l->line, "group: %s", clause);
	if (!baton_addr_is_multicast(c->sync.group_family, &c->sync.group))
		return baton_config_refuse(l, l->line, "group '%s' is not a multicast address",
					   value);
	return 1;
}

/* peer = ADDRESS [INTERFACE] */
static int sync_peer(struct baton_config_load *l, const char *value)
{
	struct baton_config *c = &l->config;
	size_t len = strcspn(value, " \t");
	const char *interface = value + len + strspn(value + len, " \t");
	char text[BATON_ADDR_TEXT], clause[256];
	union baton_addr addr;
	uint8_t family;

	if (l->group_seen)
		return baton_config_refuse(l, l->line, "give one group, once, or peers");
	if (c->sync.peers == BATON_SYNC_PEER_MAX)
		return baton_config_refuse(l, l->line, "more than %d peers", BATON_SYNC_PEER_MAX);
	snprintf(text, sizeof(text), "%.*s", (int)len, value);
	if (len >= sizeof(text) || baton_addr_parse(text, &family, &addr, clause, sizeof(clause)))
		return baton_config_refuse(l, l->line, "peer: %s",
					   len >= sizeof(text) ? "too long for an address" : clause);
	if (baton_addr_is_zero(&addr) || !baton_addr_is_host(family, &addr))
		return baton_config_refuse(l, l->line, "peer '%s' is not a unicast address", text);
	if (c->sync.peers && family != c->sync.peer_family)
		return baton_config_refuse(l, l->line, "peers must be all IPv4 or all IPv6");
	if (*interface &&
	    !baton_config_interface(l, interface, c->sync.peer[c->sync.peers].interface))
		return 0;
	c->sync.group_family = 0;
	c->sync.group = (union baton_addr){};
	c->sync.peer_family = family;
	c->sync.peer[c->sync.peers++].addr = addr;
	return 1;
}

static bool key_path(struct baton_config_load *l, const char *value, char *to, size_t size)
{
	const char *name = value + strlen(BATON_KEY_CREDENTIAL);
	bool credential = !strncmp(value, BATON_KEY_CREDENTIAL, strlen(BATON_KEY_CREDENTIAL));

	if (strlen(value) >= size ||
	    (credential ? !*name || strchr(name, '/') || *name == '.' : value[0] != '/'))
		return baton_config_refuse(l, l->line,
					   "key file '%s' is neither an absolute path nor " BATON_KEY_CREDENTIAL "NAME",
					   value);
	snprintf(to, size, "%s", value);
	return true;
}

/* The short way for one key. */
static int sync_key_file(struct baton_config_load *l, const char *value)
{
	if (l->keys_seen)
		return baton_config_refuse(l, l->line, "give key lines or key_file, not both");
	return key_path(l, value, l->config.sync.key[0].file, sizeof(l->config.sync.key[0].file)) &&
	       baton_config_once(l, &l->key_file_seen, "key_file");
}

static int sync_key_id(struct baton_config_load *l, const char *value)
{
	unsigned long number;

	if (l->keys_seen)
		return baton_config_refuse(l, l->line, "give key lines or key_id, not both");
	if (!baton_config_number(l, "key_id", value, 1, 255, &number))
		return 0;
	l->config.sync.key[0].id = (uint8_t)number;
	return baton_config_once(l, &l->key_id_seen, "key_id");
}

/* key = ID FILE */
static int sync_key(struct baton_config_load *l, const char *value)
{
	struct baton_config *c = &l->config;
	size_t len = strcspn(value, " \t");
	unsigned long number;
	char id[8];

	if (l->key_file_seen || l->key_id_seen)
		return baton_config_refuse(l, l->line, "give key lines or key_file and key_id, not both");
	if (!l->keys_seen)
		c->sync.keys = 0;
	l->keys_seen = true;
	if (c->sync.keys == BATON_SYNC_KEY_MAX)
		return baton_config_refuse(l, l->line, "more than %d keys", BATON_SYNC_KEY_MAX);
	if (len >= sizeof(id) || !value[len])
		return baton_config_refuse(l, l->line, "key '%s' is not an id and a file", value);
	snprintf(id, sizeof(id), "%.*s", (int)len, value);
	if (!baton_config_number(l, "key", id, 1, 255, &number))
		return 0;
	for (unsigned int i = 0; i < c->sync.keys; i++)
		if (c->sync.key[i].id == number)
			return baton_config_refuse(l, l->line, "key %lu is given twice", number);
	if (!key_path(l, value + len + strspn(value + len, " \t"), c->sync.key[c->sync.keys].file,
		      sizeof(c->sync.key[0].file)))
		return 0;
	c->sync.key[c->sync.keys++].id = (uint8_t)number;
	return 1;
}

static const char *const auth_names[BATON_SYNC_AUTH_COUNT] = {
	[BATON_SYNC_AUTH_ENFORCE]	= "enforce",
	[BATON_SYNC_AUTH_PERMISSIVE]	= "permissive",
	[BATON_SYNC_AUTH_RECEIVE_ONLY]	= "receive-only",
	[BATON_SYNC_AUTH_OFF]		= "off",
};

const char *baton_sync_auth_name(enum baton_sync_auth auth)
{
	return (unsigned int)auth < BATON_SYNC_AUTH_COUNT ? auth_names[auth] : "unknown";
}

static int sync_auth(struct baton_config_load *l, const char *value)
{
	for (unsigned int i = 0; i < BATON_SYNC_AUTH_COUNT; i++) {
		if (strcmp(value, auth_names[i]) != 0)
			continue;
		l->config.sync.auth = i;
		return baton_config_once(l, &l->auth_seen, "auth");
	}
	return baton_config_refuse(l, l->line,
				   "auth '%s' is not enforce, permissive, receive-only or off",
				   value);
}

static bool has_interface(const struct baton_config *c, const char *name)
{
	for (unsigned int i = 0; i < c->sync.interfaces; i++)
		if (!strcmp(c->sync.interface[i], name))
			return true;
	return !*name;
}

static bool has_key(const struct baton_config *c, uint8_t id)
{
	for (unsigned int i = 0; i < c->sync.keys; i++)
		if (c->sync.key[i].id == id)
			return true;
	return false;
}

bool baton_config_check_sync(struct baton_config_load *l)
{
	struct baton_config *c = &l->config;
	unsigned int line = l->line ? l->line : 1;

	if (!l->send_key_seen)
		c->sync.send_key = c->sync.key[0].id;
	if (!has_key(c, c->sync.send_key))
		return baton_config_refuse(l, line, "send_key %u is no key of [sync]",
					   c->sync.send_key);
	for (unsigned int i = 0; i < c->sync.peers; i++)
		if (!has_interface(c, c->sync.peer[i].interface))
			return baton_config_refuse(l, line,
						   "a peer is on %s, which is no interface of [sync]",
						   c->sync.peer[i].interface);
	if (!c->sync.interfaces && !c->sync.peers)
		return baton_config_refuse(l, line,
					   "[sync] has no interface; multicast needs at least one");
	return true;
}

static int sync_services(struct baton_config_load *l, const char *value)
{
	l->config.sync.adopt = !strcmp(value, "adopt");
	if (!l->config.sync.adopt && strcmp(value, "refuse") != 0)
		return baton_config_refuse(l, l->line, "services '%s' is neither refuse nor adopt",
					   value);
	return baton_config_once(l, &l->services_seen, "services");
}

int baton_config_set_sync(struct baton_config_load *l, const char *name, const char *value)
{
	unsigned long number;

	if (!strcmp(name, "interface"))
		return sync_interface(l, value);
	if (!strcmp(name, "group"))
		return sync_group(l, value);
	if (!strcmp(name, "peer"))
		return sync_peer(l, value);
	if (!strcmp(name, "key_file"))
		return sync_key_file(l, value);
	if (!strcmp(name, "port")) {
		if (!baton_config_number(l, name, value, 1, 65535, &number))
			return 0;
		l->config.sync.port = (uint16_t)number;
		return baton_config_once(l, &l->port_seen, name);
	}
	if (!strcmp(name, "key_id"))
		return sync_key_id(l, value);
	if (!strcmp(name, "key"))
		return sync_key(l, value);
	if (!strcmp(name, "auth"))
		return sync_auth(l, value);
	if (!strcmp(name, "services"))
		return sync_services(l, value);
	if (!strcmp(name, "send_key")) {
		if (!baton_config_number(l, name, value, 1, 255, &number))
			return 0;
		l->config.sync.send_key = (uint8_t)number;
		return baton_config_once(l, &l->send_key_seen, name);
	}
	return baton_config_refuse(l, l->line,
		      "[sync] has no '%s'; it knows interface, group, peer, port, key, key_file, key_id, send_key, auth and services",
		      name);
}

