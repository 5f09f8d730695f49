// SPDX-License-Identifier: GPL-2.0-or-later
/* The world of the agent that is fuzzed: doubles that obey, and checks of what it decides. */
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <corosync/cmap.h>

#include "ha/checks.h"
#include "ha/enquiry.h"
#include "ha/lan.h"
#include "ha/message.h"
#include "ha/pulse.h"
#include "ha/record.h"
#include "ha/vip.h"
#include "tests/fuzz/ha_world.h"

#define FOLLOW	16	/* events that follow from one, far more than there can be */

struct ha_world world;

/* --- a clock, and doubles that do what they are told --- */

uint64_t baton_ha_usec(clockid_t clock)
{
	return world.usec + (clock == CLOCK_REALTIME ? 1600000000000000 : 0);
}

uint64_t baton_ha_now(void)
{
	return world.usec / 1000;
}

void baton_ha_report(struct baton_ha_agent *a, int priority, const char *event, const char *detail, ...)
{
	char text[140];
	va_list ap;

	(void)priority;
	va_start(ap, detail);
	vsnprintf(text, sizeof(text), detail, ap);
	va_end(ap);
	baton_ha_timeline_add(a->timeline, baton_ha_usec(CLOCK_REALTIME), world.usec, event, text);
}

void baton_ha_report_past(struct baton_ha_agent *a, int priority, uint64_t ago_ms, const char *event,
			  const char *detail)
{
	(void)ago_ms;
	baton_ha_report(a, priority, event, "%s", detail);
}

int baton_ha_kernel_gate(struct baton_ha_kernel *k, struct baton_ha_gate *ret)
{
	(void)k;
	*ret = world.gate;
	return 0;
}

const char *baton_ha_kernel_error(const struct baton_ha_kernel *k)
{
	(void)k;
	return "";
}

const char *baton_ha_why(const struct baton_ha_agent *a, enum baton_ha_reason reason, char *buf, size_t size)
{
	(void)a;
	snprintf(buf, size, "%s", baton_ha_reason_text(reason));
	return buf;
}

bool baton_ha_checks_get(const struct baton_ha_checks *c, unsigned int i, struct baton_ha_check_view *ret)
{
	(void)c;
	(void)i;
	(void)ret;
	return false;
}

int baton_ha_vip_look(const struct baton_config *config, bool present[BATON_VIP_MAX],
		      bool armable[BATON_VIP_MAX])
{
	(void)config;
	(void)present;
	(void)armable;
	return 0;
}

/* A table with one connection of nobody. */
int baton_ha_kernel_sample(struct baton_ha_kernel *k, uint64_t *cursor, struct baton_conn_record *records,
			   uint32_t *ret_count)
{
	(void)k;
	*cursor += 1;
	*records = (struct baton_conn_record){ .family = AF_INET };
	*ret_count = 1;
	return 0;
}

int baton_ha_kernel_match(struct baton_ha_kernel *k, const struct baton_conn_record *records, uint32_t count,
			  uint8_t *matches)
{
	(void)k;
	(void)records;
	memset(matches, 0, count);
	return 0;
}

const struct baton_ha_lan *baton_ha_announcer_lan(const struct baton_ha_announcer *a)
{
	static const struct baton_ha_lan lan;

	(void)a;
	return &lan;
}

void baton_ha_pulse_counters(const struct baton_ha_pulse *p, struct baton_ha_pulse_counters *ret)
{
	(void)p;
	*ret = (struct baton_ha_pulse_counters){ 0 };
}

void baton_ha_pulse_learn(struct baton_ha_pulse *p, const uint8_t *key)
{
	(void)p;
	memcpy(world.peer_key, key, sizeof(world.peer_key));
}

void baton_ha_pulse_paths(struct baton_ha_pulse *p, uint32_t nodeid, uint32_t peer,
			  const struct baton_ha_path *list, unsigned int count)
{
	(void)p;
	(void)nodeid;
	(void)peer;
	(void)list;
	(void)count;
}

int baton_ha_corosync_send_record(struct baton_ha_corosync *c, void *buf, size_t size)
{
	struct baton_ha_enquiry q;
	struct baton_ha_record r;

	(void)c;
	if (baton_ha_record_decode(buf, size, &r) && baton_ha_enquiry_decode(buf, size, &q))
		abort();
	return 0;
}

cs_error_t cpg_context_get(cpg_handle_t handle, void **context)
{
	(void)handle;
	*context = &world.corosync;
	return CS_OK;
}

cs_error_t quorum_context_get(quorum_handle_t handle, const void **context)
{
	(void)handle;
	*context = &world.corosync;
	return CS_OK;
}

cs_error_t cmap_initialize(cmap_handle_t *handle)
{
	(void)handle;
	return CS_OK;
}

cs_error_t cmap_finalize(cmap_handle_t handle)
{
	(void)handle;
	return CS_OK;
}

cs_error_t cmap_get_uint8(cmap_handle_t handle, const char *key, uint8_t *value)
{
	(void)handle;
	(void)key;
	(void)value;
	return CS_ERR_NOT_EXIST;
}

cs_error_t cmap_get_uint32(cmap_handle_t handle, const char *key, uint32_t *value)
{
	(void)handle;
	if (strstr(key, "node.0"))
		*value = SELF;
	else if (strstr(key, "node.1"))
		*value = PEER;
	else if (strstr(key, "token"))
		*value = 1000;
	else
		return CS_ERR_NOT_EXIST;
	return CS_OK;
}

cs_error_t cmap_get_string(cmap_handle_t handle, const char *key, char **value)
{
	(void)handle;
	(void)key;
	(void)value;
	return CS_ERR_NOT_EXIST;
}

/* --- what is decided is done --- */

static void set_gate(const struct baton_ha_action *a)
{
	if (a->type == BATON_HA_ACT_GATE_OPEN) {
		/* By another epoch than any before, and one that the kernel takes. */
		if (!a->epoch || a->epoch > BATON_HA_EPOCH_MAX || (a->epoch <= world.opened && !world.gate.open))
			abort();
		world.opened = a->epoch;
		world.gate.active = world.gate.open = true;
	} else if (a->type == BATON_HA_ACT_GATE_SHUT) {
		world.gate.active = world.gate.open = false;
	}
	world.gate.epoch = a->epoch;
	world.gate.lease_ms = world.gate.left_ms = a->value;
}

/* Return: how many events follow. */
static unsigned int do_action(const struct baton_ha_action *a, struct baton_ha_event *follow)
{
	uint8_t buf[BATON_HA_MESSAGE_SIZE];
	struct baton_ha_message m;

	switch (a->type) {
	case BATON_HA_ACT_GATE_OPEN:
	case BATON_HA_ACT_GATE_SHUT:
	case BATON_HA_ACT_LEASE:
		set_gate(a);
		return 0;
	case BATON_HA_ACT_CONFIRM:
		*follow = (struct baton_ha_event){ .type = BATON_HA_EV_CONFIRM };
		return 1;
	case BATON_HA_ACT_SEND:
		baton_ha_message_encode(&a->message, buf);
		if (baton_ha_message_decode(buf, sizeof(buf), &m))
			abort();
		return 0;
	case BATON_HA_ACT_FLUSH:
		baton_ha_syncd_link_flush(world.agent.syncd, a->value, a->prove, a->epoch);
		return 0;
	case BATON_HA_ACT_ANSWER:
		baton_ha_control_answer(world.agent.control, a);
		return 0;
	case BATON_HA_ACT_EVENT:
		baton_ha_report(&world.agent, 0, a->text, "%s", baton_ha_reason_text(a->reason));
		return 0;
	case BATON_HA_ACT_FENCE:
		*follow = (struct baton_ha_event){ .type = BATON_HA_EV_FENCED, .fenced = { a->value, 0 } };
		return 1;
	default:
		return 0;
	}
}

void baton_ha_feed(struct baton_ha_agent *a, const struct baton_ha_event *event)
{
	struct baton_ha_event queue[FOLLOW] = { *event };
	struct baton_ha_actions out;
	unsigned int head = 0, tail = 1;

	while (head < tail) {
		a->event_at[queue[head].type] = baton_ha_now();
		baton_ha_step(&a->ha, &queue[head++], baton_ha_now(), &out);
		if (a->ha.epoch_seen < world.seen || a->ha.epoch_seen > BATON_HA_EPOCH_MAX)
			abort();
		world.seen = a->ha.epoch_seen;
		for (unsigned int i = 0; i < out.count; i++) {
			if (tail == FOLLOW)
				abort();
			tail += do_action(&out.list[i], &queue[tail]);
		}
	}
}
