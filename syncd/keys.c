// SPDX-License-Identifier: GPL-2.0-or-later
/* The keys of the configuration, which of them is used, and which the peers use. */
#include <errno.h>

#include "key.h"
#include "log.h"
#include "syncd.h"

_Static_assert(BATON_SYNC_KEY_MAX <= BATON_KEY_SLOTS, "each key has a slot");
_Static_assert(BATON_KEY_BYTES == BATON_FRAME_KEY, "key");

int baton_syncd_keys_load(const struct baton_config *c, struct baton_keyring *ret, char *err,
			  size_t size)
{
	struct baton_keyring ring = { .open = c->sync.auth != BATON_SYNC_AUTH_ENFORCE };
	int error = 0;

	for (unsigned int i = 0; i < c->sync.keys && c->sync.auth != BATON_SYNC_AUTH_OFF; i++) {
		error = baton_key_load(c->sync.key[i].file, ring.slot[i].key, err, size);
		if (error)
			break;
		ring.slot[i].id = c->sync.key[i].id;
	}
	if (!error)
		*ret = ring;
	sodium_memzero(&ring, sizeof(ring));
	return error;
}

uint8_t baton_syncd_keys_send(const struct baton_config *c)
{
	switch (c->sync.auth) {
	case BATON_SYNC_AUTH_RECEIVE_ONLY:
	case BATON_SYNC_AUTH_OFF:
		return BATON_KEY_NONE;
	default:
		return c->sync.send_key;
	}
}

void baton_syncd_keys_log(const struct baton_config *c)
{
	if (c->sync.auth == BATON_SYNC_AUTH_ENFORCE)
		baton_log(LOG_INFO, "sending with key %u; what has no key of ours is refused",
			  c->sync.send_key);
	else
		baton_log(LOG_WARNING,
			  "auth = %s: whoever reaches the sync network can speak for the peer",
			  baton_sync_auth_name(c->sync.auth));
}

static json_object *heard_json(const struct syncd *d, uint8_t id)
{
	const struct syncd_heard *h = &d->heard[id];
	json_object *o = json_object_new_object();

	json_object_object_add(o, "id", json_object_new_int(id));
	json_object_object_add(o, "received", json_object_new_int64((int64_t)h->count));
	json_object_object_add(o, "last_heard_ms", json_object_new_int64(
		h->count ? (int64_t)((baton_syncd_now() - h->at) / 1000) : -1));
	return o;
}

json_object *baton_syncd_keys_json(const struct syncd *d)
{
	json_object *o = json_object_new_object(), *keys = json_object_new_array();

	json_object_object_add(o, "mode", json_object_new_string(
		baton_sync_auth_name(d->config.sync.auth)));
	json_object_object_add(o, "send_key",
			       json_object_new_int(baton_syncd_keys_send(&d->config)));
	if (d->keys.open || d->heard[BATON_KEY_NONE].count)
		json_object_array_add(keys, heard_json(d, BATON_KEY_NONE));
	for (unsigned int i = 0; i < BATON_KEY_SLOTS; i++)
		if (d->keys.slot[i].id)
			json_object_array_add(keys, heard_json(d, d->keys.slot[i].id));
	json_object_object_add(o, "keys", keys);
	return o;
}
