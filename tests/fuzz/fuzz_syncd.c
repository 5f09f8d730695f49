// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz baton-syncd as those see it who may write on its control socket: the daemon's loop, engine, handlers and words
 * are its own, only the kernel and the network are doubles. An input is a list of pieces (pieces.h); the doors:
 *	0, 1	one of two clients writes
 *	2	the peer says something, behind the frame
 *	3	the gate: standby or active, and the epoch
 *	4	time: what is due is done; a client may go
 *	5	baton.conf is another one from now on
 * Whatever it is, an answer is an object with "ok", no more survive than there are, and a reload that is refused has
 * changed nothing.
 */
#include "syncd/syncd.h"

/* Touching all of an engine's memory beforehand is for speed, and not for this. */
#define baton_engine_populate(e) ((void)(e))
#include "syncd/daemon.c"

#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/fuzz/pieces.h"
#include "tmp.h"

#define CLIENTS	2

static const char conf[] = "[sync]\ninterface = lo\nauth = off\n";
static char conf_path[40], socket_path[40];
static const struct syncd_options options = { .config = conf_path, .control = socket_path };
static struct syncd *daemon_;
static int conf_fd;

/* What the engine last told its peer. */
static uint64_t challenge;
static struct baton_frame peer;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* --- doubles --- */

void baton_log_fields(int priority, const char *const *fields, const char *fmt, ...)
{
	(void)priority;
	(void)fields;
	(void)fmt;
}

int baton_log_later(sd_event *event, int urgent)
{
	(void)event;
	(void)urgent;
	return 0;
}

int baton_syncd_kernel_open(struct syncd_kernel **ret, struct syncd *d, char *err, size_t size)
{
	(void)d;
	*ret = NULL;
	snprintf(err, size, "there is none");
	return -ENOENT;
}

void baton_syncd_kernel_close(struct syncd_kernel *k)
{
	(void)k;
}

int baton_syncd_kernel_begin(struct syncd_kernel *k)
{
	(void)k;
	return 0;
}

/* It takes everything, and has nothing. */
void baton_syncd_kernel_do(struct syncd_kernel *k, const struct baton_action *a, struct baton_input *in)
{
	static struct baton_sync_batch batch;
	static struct baton_sync_result result;
	static struct baton_sync_digest digest;

	(void)k;
	*in = (struct baton_input){ .type = BATON_IN_DRAINED + (a->type - BATON_ACT_DRAIN) };
	if (a->type == BATON_ACT_ADOPT)
		in->type = BATON_IN_ADOPTED;
	else if (a->type == BATON_ACT_DRAIN || a->type == BATON_ACT_READ)
		in->batch = &batch;
	else if (a->type == BATON_ACT_APPLY)
		in->result = &result;
	else if (a->type == BATON_ACT_DIGEST)
		in->digest = &digest;
}

int baton_syncd_transport_open(struct syncd_transport **ret, struct syncd *d, char *err, size_t size)
{
	(void)d;
	*ret = NULL;
	snprintf(err, size, "there is none");
	return -ENOENT;
}

void baton_syncd_transport_close(struct syncd_transport *t)
{
	(void)t;
}

void baton_syncd_transport_repair(struct syncd_transport *t)
{
	(void)t;
}

size_t baton_syncd_transport_payload(const struct syncd_transport *t)
{
	(void)t;
	return 1412;
}

json_object *baton_syncd_transport_json(const struct syncd_transport *t)
{
	(void)t;
	return json_object_new_array();
}

/* Every datagram of the daemon's has to be one that its peer can read. */
void baton_syncd_transport_send(struct syncd_transport *t, const uint8_t *datagram, size_t size)
{
	static struct baton_keyring ring = { .open = true };
	static const struct baton_session nobody;
	static struct baton_reader rd;
	uint8_t plain[BATON_FRAME_MAX];
	struct baton_frame head;
	size_t n;

	(void)t;
	if (baton_frame_open(&ring, &nobody, datagram, size, &head, plain, &n))
		abort();
	if (baton_msg_read(&rd, plain, n))
		abort();
	if (rd.msg.has_hello && rd.msg.hello.peers)
		challenge = rd.msg.hello.peer[0].challenge;
}

/* --- the peer --- */

static void say(const uint8_t *p, size_t size)
{
	struct baton_input in = {
		.type = BATON_IN_FRAME,
		.frame = { .head = &peer, .payload = p, .size = size },
	};

	peer.seq++;
	baton_syncd_feed(daemon_, &in);
}

static void meet(void)
{
	struct baton_msg_hello h = { .node = 2, .role = BATON_ROLE_ACTIVE, .peers = 1 };
	struct baton_msg_source s = { .last = 300 };
	uint8_t buf[512];

	peer = (struct baton_frame){ .session = { "peer" }, .epoch = 5 };
	challenge = 0;
	for (int i = 0; i < 2; i++) {
		h.peer[0].session = daemon_->params.session;
		h.peer[0].echo = challenge;
		h.peer[0].start = 295;
		say(buf, (size_t)baton_msg_write(&h, &s, NULL, buf, sizeof(buf)));
		baton_syncd_feed(daemon_, &(struct baton_input){ .type = BATON_IN_TIMER });
	}
}

/* --- the clients --- */

struct asker {
	int fd;
	size_t have;
	char in[16 * BATON_CONTROL_LINE_MAX];
};

static struct asker client[CLIENTS];

static void turn(void)
{
	for (int i = 0; i < 64 && sd_event_run(daemon_->event, 0) > 0; i++)
		;
}

static int64_t number(json_object *o, const char *key)
{
	json_object *v;

	return json_object_object_get_ex(o, key, &v) ? json_object_get_int64(v) : -1;
}

static void check(const char *line)
{
	json_object *o = json_tokener_parse(line), *v;

	if (!json_object_is_type(o, json_type_object))
		abort();
	if (json_object_object_get_ex(o, "ok", &v)) {
		if (!json_object_is_type(v, json_type_boolean))
			abort();
		if (!json_object_get_boolean(v) && (number(o, "code") <= 0 || !json_object_object_get_ex(o, "error", &v)))
			abort();
	} else if (!json_object_object_get_ex(o, "released", &v) && !json_object_object_get_ex(o, "warm", &v)) {
		abort();
	}
	if (number(o, "would_survive") > number(o, "connections"))
		abort();
	json_object_put(o);
}

static void hear(struct asker *c)
{
	ssize_t n;
	char *end;

	while (c->have < sizeof(c->in) &&
	       (n = recv(c->fd, c->in + c->have, sizeof(c->in) - c->have, MSG_DONTWAIT)) > 0)
		c->have += (size_t)n;
	while ((end = memchr(c->in, '\n', c->have))) {
		*end = '\0';
		check(c->in);
		c->have -= (size_t)(end + 1 - c->in);
		memmove(c->in, end + 1, c->have);
	}
}

static void come(struct asker *c)
{
	struct sockaddr_un where = { .sun_family = AF_UNIX };

	memcpy(where.sun_path, socket_path, sizeof(socket_path));
	c->have = 0;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&where, sizeof(where)))
		abort();
}

static void leave(struct asker *c)
{
	hear(c);
	close(c->fd);
	turn();
}

static void ask(struct asker *c, const uint8_t *data, size_t size)
{
	(void)!send(c->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	turn();
	hear(c);
}

/* --- an input --- */

static void write_conf(const void *data, size_t size)
{
	if (ftruncate(conf_fd, 0) || pwrite(conf_fd, data, size, 0) != (ssize_t)size)
		abort();
}

/* The socket and its handlers stay: who may open it is looked up in files each time. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct syncd *d = calloc(1, sizeof(*d));

	(void)argc;
	(void)argv;
	conf_fd = memfd_create("fuzz", MFD_CLOEXEC);
	snprintf(conf_path, sizeof(conf_path), "/proc/self/fd/%d", conf_fd);
	snprintf(socket_path, sizeof(socket_path), "%s/fuzz-%d", fuzz_tmp(), (int)getpid());
	if (!d || conf_fd < 0 || sodium_init() < 0)
		return 1;
	daemon_ = d;
	d->started = baton_syncd_now();
	d->options = &options;
	return sd_event_new(&d->event) < 0 ||
	       sd_event_add_time(d->event, &d->timer, CLOCK_MONOTONIC, UINT64_MAX, 1, on_timer, d) < 0 ||
	       baton_syncd_control_open(&d->control, d, socket_path) < 0;
}

static void begin(void)
{
	struct syncd *d = daemon_;

	write_conf(conf, sizeof(conf) - 1);
	if (load(d) || new_engine(d))
		abort();
	baton_syncd_feed(d, &(struct baton_input){ .type = BATON_IN_GATE,
			 .gate = { .role = BATON_ROLE_STANDBY, .epoch = 1 } });
	meet();
	for (int i = 0; i < CLIENTS; i++)
		come(&client[i]);
	turn();
}

static void end(void)
{
	for (int i = 0; i < CLIENTS; i++)
		leave(&client[i]);
}

static void gate(const uint8_t *data, size_t size)
{
	struct baton_input in = { .type = BATON_IN_GATE };

	if (size < 2)
		return;
	in.gate.role = data[0] & 1 ? BATON_ROLE_ACTIVE : BATON_ROLE_STANDBY;
	in.gate.epoch = data[1];
	baton_syncd_feed(daemon_, &in);
}

static void pass(const uint8_t *data, size_t size)
{
	if (size && data[0] < CLIENTS) {
		leave(&client[data[0]]);
		come(&client[data[0]]);
	}
	baton_syncd_feed(daemon_, &(struct baton_input){ .type = BATON_IN_TIMER });
	if (daemon_->restart && new_engine(daemon_) < 0)
		abort();
	turn();
}

static void piece(uint8_t door, const uint8_t *data, size_t size)
{
	if (door < CLIENTS)
		ask(&client[door], data, size);
	else if (door == 2)
		say(data, size);
	else if (door == 3)
		gate(data, size);
	else if (door == 4)
		pass(data, size);
	else if (door == 5)
		write_conf(data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	begin();
	each_piece(data, size, piece);
	end();
	return 0;
}
