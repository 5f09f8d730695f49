// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz the agent: what the other node's agent says in the group, what comes as a beat, what baton-syncd says, and what
 * is written on its control socket. All that hears is the agent's own (membership.c, recorder.c,
 * syncd_link.c, control.c), and so is what decides; the kernel, the disk and corosync are doubles that obey (ha_world.c). An input is a
 * list of pieces (pieces.h); the doors:
 *	0, 1	the peer's agent says something in the group; a message of our own comes round
 *	2, 3	a beat comes; with what it is signed with made right
 *	4	baton-syncd says something
 *	5	a client writes on the control socket
 *	6	a client goes, and another one comes
 *	7	time goes by, in ms, and something happens in the world
 * Whatever it is: the gate opens for an epoch that it has not been open for, none is forgotten, and each answer is
 * an object with "ok".
 */
#include <errno.h>
#include <json-c/json.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"
#include "tests/fuzz/ha_world.h"
#include "tests/fuzz/pieces.h"
#include "tmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static uint64_t beat_seq;
static struct sockaddr_un control_path = { .sun_family = AF_UNIX };
static struct sockaddr_un syncd_path = { .sun_family = AF_UNIX };
static int client = -1, syncd = -1, syncd_listener = -1;

/* --- both sockets --- */

static void turn(void)
{
	for (int i = 0; i < 64 && sd_event_run(world.agent.event, 0) > 0; i++)
		;
}

static void check(char *line)
{
	json_object *o = json_tokener_parse(line), *ok;

	if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, "ok", &ok) ||
	    !json_object_is_type(ok, json_type_boolean))
		abort();
	json_object_put(o);
}

static void hear(void)
{
	static char in[16 * BATON_CONTROL_LINE_MAX];
	size_t have = 0;
	ssize_t n;
	char *line = in, *end;

	turn();
	while (have < sizeof(in) && (n = recv(client, in + have, sizeof(in) - have, MSG_DONTWAIT)) > 0)
		have += (size_t)n;
	for (; (end = memchr(line, '\n', have - (size_t)(line - in))); line = end + 1) {
		*end = '\0';
		check(line);
	}
}

static void come(void)
{
	if (client >= 0)
		close(client);
	turn();
	client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client < 0 || connect(client, (struct sockaddr *)&control_path, sizeof(control_path)))
		abort();
	turn();
}

/* The newest connection of the agent's is the one that it listens to. */
static void syncd_says(const uint8_t *data, size_t size)
{
	int fd = accept4(syncd_listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		if (syncd >= 0)
			close(syncd);
		syncd = fd;
	}
	if (syncd >= 0)
		(void)!send(syncd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	turn();
}

/* --- the cluster --- */

static void group(bool peer)
{
	const struct cpg_address members[] = {
		{ .nodeid = SELF, .pid = (uint32_t)getpid(), .reason = 0 }, { .nodeid = PEER, .pid = 1, .reason = 0 },
	};

	baton_ha_on_group(0, NULL, members, peer ? 2 : 1, peer ? NULL : &members[1], !peer, NULL, 0);
}

static void ring(uint64_t seq, bool peer, bool quorate)
{
	static const uint32_t members[] = { SELF, PEER };

	baton_ha_on_totem(0, (struct cpg_ring_id){ .nodeid = SELF, .seq = seq }, peer ? 2 : 1, members);
	baton_ha_on_verdict(0, quorate, (struct quorum_ring_id){ .nodeid = SELF, .seq = seq }, peer ? 2 : 1, members);
}

static void beat(const uint8_t *data, size_t size, bool sign)
{
	struct baton_ha_event ev = { .type = BATON_HA_EV_BEAT };
	uint8_t buf[BATON_HA_BEAT_SIZE];

	if (sign) {
		if (size < sizeof(buf))
			return;
		memcpy(buf, data, sizeof(buf));
		crypto_generichash(buf + 32, 16, buf, 32, world.peer_key, sizeof(world.peer_key));
		data = buf;
		size = sizeof(buf);
	}
	if (!baton_ha_beat_decode(data, size, PEER, world.peer_key, &beat_seq, &ev.beat))
		baton_ha_feed(&world.agent, &ev);
}

/* Two bytes: milliseconds; then what happens, and how. */
static void pass(const uint8_t *data, size_t size)
{
	struct baton_ha_event ev = { .type = BATON_HA_EV_TICK };
	static uint64_t seq;
	bool yes;

	if (size < 4)
		return;
	world.usec += 1000ull * (data[0] << 8 | data[1]);
	yes = data[3] & 1;
	switch (data[2] % 7) {
	case 0:
		if (data[3] & 4)
			ev = (struct baton_ha_event){ .type = BATON_HA_EV_OWNER,
				.probe = (uint32_t)world.agent.ha.succession.beat_at - yes };
		break;
	case 1:
		ring(++seq, yes, data[3] & 2);
		return;
	case 2:
		group(yes);
		return;
	case 3:
		ev.type = BATON_HA_EV_GATE;
		world.gate.open = world.gate.open && yes;
		ev.gate = world.gate;
		break;
	case 4:
		ev.type = BATON_HA_EV_HEALTH;
		ev.health = world.agent.ha.health;
		ev.health.carrier = yes;
		ev.health.check_fails = data[3] & 2;
		break;
	case 5:
		ev.type = BATON_HA_EV_CLUSTER_DOWN;
		world.corosync.joined = false;
		break;
	case 6:
		ev.type = BATON_HA_EV_FLUSHED;
		ev.error = yes ? ETIMEDOUT : 0;
		break;
	}
	baton_ha_feed(&world.agent, &ev);
}

/* --- an input --- */

static void bind_to(struct sockaddr_un *path, const char *name)
{
	snprintf(path->sun_path, sizeof(path->sun_path), "%s/fuzz-%d%s", fuzz_tmp(), (int)getpid(), name);
	unlink(path->sun_path);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	bind_to(&control_path, "");
	bind_to(&syncd_path, "-syncd");
	syncd_listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* The socket and its handlers stay: who may open it is looked up in files each time. */
	world.agent.options = (struct baton_ha_options){ .control = control_path.sun_path, .syncd = syncd_path.sun_path };
	return sodium_init() < 0 || syncd_listener < 0 ||
	       bind(syncd_listener, (struct sockaddr *)&syncd_path, sizeof(syncd_path)) || listen(syncd_listener, 8) ||
	       sd_event_new(&world.agent.event) < 0 || baton_ha_recorder_new(&world.agent.recorder, &world.agent) < 0 ||
	       baton_ha_enquirer_new(&world.agent.enquirer, &world.agent) < 0 ||
	       baton_ha_control_new(&world.agent.control, &world.agent) < 0;
}

/* A standby of a healthy pair, which has not heard its peer yet. */
static void begin(void)
{
	static struct baton_ha_timeline timeline;
	struct baton_ha_event ev = { .type = BATON_HA_EV_START };

	world.agent = (struct baton_ha_agent){
		.options = world.agent.options,
		.event = world.agent.event,
		.recorder = world.agent.recorder,
		.enquirer = world.agent.enquirer,
		.control = world.agent.control,
		.timeline = &timeline,
	};
	baton_ha_timeline_init(&timeline);
	baton_ha_init(&world.agent.ha, 250);
	world.agent.ha.succession.ms = 130;
	world.agent.ha.succession.probe = true;
	world.gate = (struct baton_ha_gate){ .epoch = 1 };
	world.corosync = (struct baton_ha_corosync){ .agent = &world.agent, .nodeid = SELF };
	memset(world.peer_key, 0, sizeof(world.peer_key));
	world.usec = 1000000000;
	beat_seq = world.seen = world.opened = 0;
	if (baton_ha_syncd_link_new(&world.agent.syncd, &world.agent))
		abort();
	ev.start.gate = world.gate;
	baton_ha_feed(&world.agent, &ev);
	ev = (struct baton_ha_event){ .type = BATON_HA_EV_HEALTH, .health = {
		.module = true, .carrier = true, .guarded = true, .vips_all = true, .vips_armed = true, .vips_any = true } };
	baton_ha_feed(&world.agent, &ev);
	ring(7, true, true);
	group(true);
	come();
	syncd_says(NULL, 0);
}

static void end(void)
{
	hear();
	close(client);
	client = -1;
	turn();
	/* a command that is under way still ends */
	baton_ha_control_answer(world.agent.control, &(struct baton_ha_action){ 0 });
	baton_ha_syncd_link_free(world.agent.syncd);
	if (syncd >= 0)
		close(syncd);
	/* what nobody accepted */
	while ((syncd = accept4(syncd_listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		close(syncd);
}

static void piece(uint8_t door, const uint8_t *data, size_t size)
{
	switch (door) {
	case 0:
	case 1:
		baton_ha_on_message(0, NULL, door ? SELF : PEER, (uint32_t)getpid(), (void *)data, size);
		break;
	case 2:
	case 3:
		beat(data, size, door == 3);
		break;
	case 4:
		syncd_says(data, size);
		break;
	case 5:
		(void)!send(client, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
		break;
	case 6:
		come();
		break;
	case 7:
		pass(data, size);
		break;
	}
	hear();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	begin();
	each_piece(data, size, piece);
	end();
	return 0;
}
