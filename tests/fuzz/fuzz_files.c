// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz what is read from disk. The first byte of an input chooses the file:
 *	0	baton.conf: what is taken keeps within the limits that its reader relies on; what is not has a reason
 *	1	a key: taken as it would be written, or not at all
 *	2	the epoch: a number that the kernel takes, or an error
 *	3	a timeline, of an agent that ran before or of an earlier boot: every moment of it can be shown
 */
#include <fcntl.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

static char path[40];
static int file;

static int open_file(void)
{
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The epoch's file has a name in a folder. */
#define openat(...) open_file()
#include "ha/epoch.c"

#include "config.h"
#include "ha/timeline.h"
#include "key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

void baton_ha_report(struct baton_ha_agent *agent, int priority, const char *event,
		     const char *detail, ...)
{
	(void)agent;
	(void)priority;
	(void)event;
	(void)detail;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	file = memfd_create("fuzz", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return file < 0 || fchmod(file, 0600) || sodium_init() < 0;
}

static void write_file(const uint8_t *data, size_t size)
{
	if (ftruncate(file, 0) || pwrite(file, data, size, 0) != (ssize_t)size)
		abort();
}

static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size);
}

static void check_sync(const struct baton_config *c)
{
	bool send_key = false;

	if (c->sync.interfaces > BATON_SYNC_LINK_MAX || c->sync.peers > BATON_SYNC_PEER_MAX ||
	    (!c->sync.interfaces && !c->sync.peers) || !c->sync.port ||
	    c->sync.keys < 1 || c->sync.keys > BATON_SYNC_KEY_MAX ||
	    (unsigned int)c->sync.auth >= BATON_SYNC_AUTH_COUNT)
		abort();
	for (unsigned int i = 0; i < c->sync.keys; i++) {
		if (!c->sync.key[i].id || !c->sync.key[i].file[0] || !ends(c->sync.key[i].file, sizeof(c->sync.key[i].file)))
			abort();
		send_key |= c->sync.key[i].id == c->sync.send_key;
		for (unsigned int j = 0; j < i; j++)
			if (c->sync.key[j].id == c->sync.key[i].id)
				abort();
	}
	if (!send_key || (c->sync.peers && c->sync.group_family))
		abort();
}

static void check_ha(const struct baton_config *c)
{
	if (!c->ha.lease_ms || c->ha.announces < 1 || c->ha.announces > BATON_ANNOUNCE_MAX ||
	    !ends(c->ha.fence, sizeof(c->ha.fence)) || (c->ha.fence[0] && c->ha.fence[0] != '/') ||
	    c->vips > BATON_VIP_MAX || c->checks > BATON_CHECK_MAX)
		abort();
	for (unsigned int i = 1; i < c->ha.announces; i++)
		if (c->ha.announce_ms[i] <= c->ha.announce_ms[i - 1])
			abort();
	for (unsigned int i = 0; i < c->vips; i++)
		if (c->vip[i].prefix > (c->vip[i].family == AF_INET ? 32 : 128) || !c->vip[i].interface[0])
			abort();
	for (unsigned int i = 0; i < c->checks; i++) {
		const struct baton_check *check = &c->check[i];

		if (!check->name[0] || !check->interval_ms || !check->timeout_ms || !check->rise || !check->fall ||
		    check->timeout_ms > check->interval_ms || !check->family == !check->program[0])
			abort();
	}
}

static void config(void)
{
	struct baton_config c;
	char err[512] = "";
	int error = baton_config_load(path, &c, err, sizeof(err));

	if (error) {
		if (!*err)
			abort();
		return;
	}
	check_sync(&c);
	check_ha(&c);
}

static void key(const uint8_t *data, size_t size)
{
	char text[sodium_base64_ENCODED_LEN(BATON_KEY_BYTES, sodium_base64_VARIANT_ORIGINAL)];
	uint8_t bytes[BATON_KEY_BYTES];
	char err[512] = "";

	if (baton_key_load(path, bytes, err, sizeof(err))) {
		if (!*err)
			abort();
		return;
	}
	sodium_bin2base64(text, sizeof(text), bytes, sizeof(bytes), sodium_base64_VARIANT_ORIGINAL);
	if (size < sizeof(text) - 1 || memcmp(text, data, sizeof(text) - 1) != 0)
		abort();
}

static void epoch(void)
{
	uint32_t value = 0;

	if (!read_epoch(-1, &value) && value > BATON_HA_EPOCH_MAX)
		abort();
}

/* A file that is shorter was made longer when it was mapped. */
static void timeline(const uint8_t *data, size_t size)
{
	static struct baton_ha_timeline t;
	char text[sizeof(t.ring[0].event) + sizeof(t.ring[0].detail)];

	baton_ha_timeline_init(&t);
	if (size > sizeof(t) - 8)
		size = sizeof(t) - 8;
	/* magic and size as they should be: they have nothing to do with the rest */
	memcpy((uint8_t *)&t + 8, data, size);
	if (!baton_ha_timeline_check(&t))
		return;
	baton_ha_timeline_rebase(&t, 1600000000000000, 5000000);
	baton_ha_timeline_add(&t, 1600000000000001, 5000001, "agent", "starts");
	for (unsigned int i = 0; i < t.count; i++) {
		const struct baton_ha_moment *m = baton_ha_timeline_get(&t, i);

		if (snprintf(text, sizeof(text), "%s%s", m->event, m->detail) >= (int)sizeof(text))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	write_file(data + 1, size - 1);
	switch (data[0] & 3) {
	case 0:
		config();
		break;
	case 1:
		key(data + 1, size - 1);
		break;
	case 2:
		epoch();
		break;
	default:
		timeline(data + 1, size - 1);
	}
	return 0;
}
