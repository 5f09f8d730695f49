// SPDX-License-Identifier: GPL-2.0-or-later
/* [vip] of baton.conf: the addresses that move with the role, and the link addresses that move with them. */
#include <stdio.h>
#include <string.h>
#include "addr.h"
#include "config_priv.h"

const char *baton_mac_format(const uint8_t *mac, char *buf, size_t size)
{
	snprintf(buf, size, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	return buf;
}

/* The same on both nodes and whenever an agent starts, so it can only come from the address. */
const char *baton_vip_device_name(const uint8_t *mac, char *buf, size_t size)
{
	snprintf(buf, size, "baton-%02x%02x%02x", mac[3], mac[4], mac[5]);
	return buf;
}

/* Six pairs of hexadecimal digits parted by colons, and nothing else. */
static bool parse_mac(const char *text, uint8_t *mac)
{
	char end;

	return strlen(text) == BATON_MAC_TEXT - 1 && strspn(text, "0123456789abcdefABCDEF:") == BATON_MAC_TEXT - 1 &&
	       sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%c", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4],
		      &mac[5], &end) == BATON_VMAC_LEN;
}

static int set_mac(struct baton_config_load *l, const char *value, struct baton_vip *vip)
{
	if (baton_vip_has_mac(vip))
		return baton_config_refuse(l, l->line, "virtual_mac is given twice");
	if (!parse_mac(value, vip->mac))
		return baton_config_refuse(l, l->line, "'%s' is no link address like 00:00:5e:00:01:0a", value);
	if (vip->mac[0] & 1 || !baton_vip_has_mac(vip))
		return baton_config_refuse(l, l->line, "'%s' cannot be a virtual_mac, it must be unicast", value);
	return 1;
}

static bool name_device(struct baton_config_load *l, struct baton_vip *vip)
{
	const struct baton_config *c = &l->config;

	if (!baton_vip_has_mac(vip)) {
		memcpy(vip->device, vip->interface, sizeof(vip->device));
		return true;
	}
	baton_vip_device_name(vip->mac, vip->device, sizeof(vip->device));
	for (unsigned int i = 0; i + 1 < c->vips; i++) {
		const struct baton_vip *other = &c->vip[i];

		if (!strcmp(other->device, vip->device) &&
		    (memcmp(other->mac, vip->mac, sizeof(vip->mac)) != 0 ||
		     strcmp(other->interface, vip->interface) != 0))
			return baton_config_refuse(l, l->vip_line,
				"the last three bytes of this [vip]'s virtual_mac name its device, %s, which an earlier one has with another address or interface",
				vip->device);
	}
	return true;
}

bool baton_config_end_vip(struct baton_config_load *l)
{
	struct baton_config *c = &l->config;
	struct baton_vip *vip;

	if (!c->vips)
		return true;
	vip = &c->vip[c->vips - 1];
	if (!vip->family || !vip->interface[0])
		return baton_config_refuse(l, l->vip_line, "this [vip] has no %s",
			      vip->family ? "interface" : "address");
	for (unsigned int i = 0; i + 1 < c->vips; i++)
		if (c->vip[i].family == vip->family &&
		    baton_addr_equal(vip->family, &c->vip[i].addr, &vip->addr))
			return baton_config_refuse(l, l->vip_line, "this [vip] has an address that an earlier one has");
	return name_device(l, vip);
}

void baton_config_begin_vip(struct baton_config_load *l)
{
	if (!baton_config_end_vip(l))
		return;
	if (l->config.vips == BATON_VIP_MAX) {
		baton_config_refuse(l, l->line, "more than %d virtual addresses", BATON_VIP_MAX);
		return;
	}
	l->vip_line = l->line;
	l->config.vips++;
}

int baton_config_set_vip(struct baton_config_load *l, const char *name, const char *value)
{
	struct baton_vip *vip = &l->config.vip[l->config.vips - 1];
	char clause[256];

	if (!strcmp(name, "interface"))
		return vip->interface[0] ? baton_config_refuse(l, l->line, "interface is given twice") :
		       baton_config_interface(l, value, vip->interface);
	if (!strcmp(name, "virtual_mac"))
		return set_mac(l, value, vip);
	if (strcmp(name, "address") != 0)
		return baton_config_refuse(l, l->line,
			"[vip] has no '%s'; it knows address, interface and virtual_mac", name);
	if (vip->family)
		return baton_config_refuse(l, l->line, "address is given twice; each needs a [vip] of its own");
	if (baton_network_parse(value, &vip->family, &vip->addr, &vip->prefix, clause,
				sizeof(clause)))
		return baton_config_refuse(l, l->line, "%s", clause);
	if (!baton_addr_is_host(vip->family, &vip->addr))
		return baton_config_refuse(l, l->line, "'%s' cannot be a virtual address, it must be unicast",
			      value);
	return 1;
}
