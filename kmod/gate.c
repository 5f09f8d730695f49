// SPDX-License-Identifier: GPL-2.0-only
/*
 * The gate's slow side: roles, epochs and leases; the rules are in the contract.
 *
 * A lease begins when the command comes in, not when it has been carried out.
 */
#include <linux/netlink.h>
#include "announce.h"
#include "conn.h"
#include "gate.h"
#include "net.h"
#include "nl.h"
#include "sync.h"

/* Longer than any queue of a machine that runs again takes to drain. */
#define STALE_NS	(10ULL * NSEC_PER_SEC)

/* By then who has something to send has tried it again, and the others are told the truth. */
#define FRESH_NS	(60ULL * NSEC_PER_SEC)

void baton_gate_init(struct baton_gate *gate)
{
	spin_lock_init(&gate->lock);
	gate->role = BATON_ROLE_ACTIVE;
	gate->until = KTIME_MAX;
}

bool baton_gate_leased(const struct baton_gate *gate, u64 until)
{
	return ktime_get_mono_fast_ns() < until && !baton_pause_seen(&gate->pause);
}

enum baton_drop baton_gate_reason(const struct baton_gate *gate)
{
	return READ_ONCE(gate->role) == BATON_ROLE_ACTIVE ? BATON_DROP_LEASE_EXPIRED :
							    BATON_DROP_GATE_SHUT;
}

/* Packets on several processors: the first to get here was the first. */
void baton_gate_note_first(struct baton_gate *gate)
{
	atomic64_cmpxchg(&gate->first, 0, ktime_get_mono_fast_ns());
}

static u64 lease_end(u32 lease_ms)
{
	return lease_ms ? ktime_get_ns() + (u64)lease_ms * NSEC_PER_MSEC : KTIME_MAX;
}

static int check_range(const struct baton_gate_order *order, struct netlink_ext_ack *extack)
{
	if (order->role > BATON_ROLE_MAX || order->epoch > BATON_EPOCH_MAX ||
	    order->lease_ms > BATON_LEASE_MAX_MS || order->relay_ms > BATON_RELAY_MAX_MS) {
		NL_SET_ERR_MSG(extack, "role, epoch, lease or relay time is out of range");
		return -ERANGE;
	}
	if (order->relay_ms && order->role != BATON_ROLE_STANDBY) {
		NL_SET_ERR_MSG(extack, "only a node that gives its role away passes packets on");
		return -EINVAL;
	}
	return 0;
}

static int check_set(const struct baton_gate *gate, u8 role, u32 epoch,
		     struct netlink_ext_ack *extack)
{
	if (epoch < gate->epoch) {
		NL_SET_ERR_MSG(extack, "the epoch is older than the present one");
		return -ESTALE;
	}
	if (role != BATON_ROLE_ACTIVE || epoch > gate->epoch)
		return 0;
	if (gate->role != BATON_ROLE_ACTIVE || !baton_gate_open(gate)) {
		NL_SET_ERR_MSG(extack, "this epoch's right to be active is over: a higher one is needed");
		return -ESTALE;
	}
	return 0;
}

static void note_announced(struct baton_gate *gate, u32 epoch)
{
	spin_lock_bh(&gate->lock);
	if (gate->epoch == epoch)
		gate->announced = ktime_get_ns();
	spin_unlock_bh(&gate->lock);
}

/*
 * Opening anew takes three steps: the gate is shut under the new epoch, then the table gets
 * ready without the lock, then the gate is opened, unless somebody set
 * it again in between. Then the LAN is told, before anything else gets to run: all that waits, waits for that.
 */
static void open_anew(struct baton_net *bn, u32 epoch, u64 until)
{
	struct baton_gate *gate = &bn->gate;
	u64 now;
	bool opened;

	baton_sync_new_epoch(bn, epoch);
	baton_conn_start_ageing(bn);
	baton_fast_flush(bn);	/* what the peer has told is to be seen on the slow path first */
	spin_lock_bh(&gate->lock);
	opened = gate->epoch == epoch && gate->role == BATON_ROLE_ACTIVE;
	if (opened) {
		now = ktime_get_ns();
		gate->opened = now;
		gate->announced = 0;
		atomic64_set(&gate->first, 0);
		WRITE_ONCE(gate->fresh_until, now + FRESH_NS);
		WRITE_ONCE(gate->until, until);
	}
	spin_unlock_bh(&gate->lock);
	if (!opened)
		return;
	baton_announce_all(bn);
	note_announced(gate, epoch);
	baton_relay_stop(bn);
	baton_vmac_opened(bn);
}

int baton_gate_set(struct baton_net *bn, const struct baton_gate_order *order,
		   struct netlink_ext_ack *extack)
{
	struct baton_gate *gate = &bn->gate;
	bool active = order->role == BATON_ROLE_ACTIVE, anew;
	u64 until = lease_end(order->lease_ms);
	struct baton_pause pause = {};
	int err;

	err = check_range(order, extack);
	if (err)
		return err;
	baton_pause_arm(&pause, order->lease_ms);
	spin_lock_bh(&gate->lock);
	err = check_set(gate, order->role, order->epoch, extack);
	if (err) {
		spin_unlock_bh(&gate->lock);
		return err;
	}
	if (gate->role == BATON_ROLE_ACTIVE && !baton_gate_open(gate))
		WRITE_ONCE(gate->stale_until, ktime_get_ns() + STALE_NS);
	/* only a right that was held can be given away */
	if (order->relay_ms && baton_gate_open(gate))
		baton_relay_begin(bn, order->relay_ms);
	anew = active && order->epoch > gate->epoch;
	if (anew || !active)
		WRITE_ONCE(gate->until, 0);
	gate->pause = pause;
	gate->epoch = order->epoch;
	gate->lease_ms = active ? order->lease_ms : 0;
	WRITE_ONCE(gate->role, order->role);
	if (active && !anew)
		WRITE_ONCE(gate->until, until);
	spin_unlock_bh(&gate->lock);

	if (anew)
		open_anew(bn, order->epoch, until);
	else if (!active)
		baton_near_begin(bn);
	baton_nl_gate_event(bn);
	return 0;
}

/*
 * The new clocks are read before the old lease is judged: a stop of the machine in between voids
 * one or the other.
 */
int baton_gate_renew(struct baton_net *bn, u32 epoch, u32 lease_ms, struct netlink_ext_ack *extack)
{
	struct baton_gate *gate = &bn->gate;
	u64 until = lease_end(lease_ms);
	struct baton_pause pause = {};
	int err = 0;

	if (lease_ms > BATON_LEASE_MAX_MS) {
		NL_SET_ERR_MSG(extack, "the lease is too long");
		return -ERANGE;
	}
	baton_pause_arm(&pause, lease_ms);
	spin_lock_bh(&gate->lock);
	if (epoch != gate->epoch || gate->role != BATON_ROLE_ACTIVE) {
		NL_SET_ERR_MSG(extack, "not active with this epoch");
		err = -ESTALE;
	} else if (!baton_gate_open(gate)) {
		NL_SET_ERR_MSG(extack, "the lease has run out: a higher epoch is needed");
		WRITE_ONCE(gate->until, 0);
		err = -ETIME;
	} else {
		gate->pause = pause;
		gate->lease_ms = lease_ms;
		WRITE_ONCE(gate->until, until);
	}
	spin_unlock_bh(&gate->lock);
	return err;
}

void baton_gate_read(struct baton_net *bn, struct baton_gate_view *ret)
{
	struct baton_gate *gate = &bn->gate;
	u64 now;

	memset(ret, 0, sizeof(*ret));
	spin_lock_bh(&gate->lock);
	now = ktime_get_ns();
	ret->epoch = gate->epoch;
	ret->role = gate->role;
	ret->lease_ms = gate->lease_ms;
	if (gate->role != BATON_ROLE_ACTIVE)
		ret->state = BATON_GATE_SHUT;
	else
		ret->state = baton_gate_open(gate) ? BATON_GATE_OPEN : BATON_GATE_EXPIRED;
	ret->opened = gate->opened;
	ret->announced = gate->announced;
	ret->first = atomic64_read(&gate->first);
	if (ret->state == BATON_GATE_OPEN && gate->until != KTIME_MAX)
		ret->lease_left_ms = max_t(s64, gate->until - now, 0) / NSEC_PER_MSEC;
	spin_unlock_bh(&gate->lock);
}
