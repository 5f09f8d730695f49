// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every way in which up to N faults can fall into the life of a pair: at each step every fault that is
 * possible is tried, on either node, and everything goes on from there. Worlds that differ in nothing
 * that can matter are explored once.
 *
 *	explore [--faults N] [--settled | --unsettled] [--fenced] [--heirs MS [--unasked]] [--witness N] [--links]
 *		[--mutation M] [--budget SECONDS]
 *
 * The life begins when both are switched on; with --settled, when one is active and one warm. --unasked: an heir
 * does not ask the LAN. --witness: a third party has a vote, and prefers node N. The faults of a life are those of
 * machines, agents and operators, and a cut of everything; with --links those of single paths and directions, and
 * what can go wrong along with them; with --witness those of the witness. The budget is CPU time.
 *
 * Exit status: 0 every invariant held, 1 one did not (its story is printed), 3 the time was not enough.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "world.h"

#define PATH_MAX_STEPS	4000
#define SETTLE_STEPS	100
#define ROUNDS_MAX	2048

extern int baton_ha_mutation;
int baton_ha_mutation;

/* --- the set of worlds that were seen --- */

static uint64_t *seen;
static size_t seen_size, seen_count;

static bool seen_insert(uint64_t h)
{
	size_t at;

	if (!h)
		h = 1;
	if (seen_count * 4 >= seen_size * 3) {
		uint64_t *old = seen;
		size_t old_size = seen_size;

		seen_size = old_size ? old_size * 2 : 1 << 20;
		seen = calloc(seen_size, sizeof(*seen));
		if (!seen) {
			fputs("explore: out of memory\n", stderr);
			exit(2);
		}
		for (size_t i = 0; i < old_size; i++) {
			if (!old[i])
				continue;
			for (at = old[i] & (seen_size - 1); seen[at]; at = (at + 1) & (seen_size - 1))
				;
			seen[at] = old[i];
		}
		free(old);
	}
	for (at = h & (seen_size - 1); seen[at]; at = (at + 1) & (seen_size - 1))
		if (seen[at] == h)
			return false;
	seen[at] = h;
	seen_count++;
	return true;
}

/* --- the search --- */

#define OF_LINKS	(LINKS | BIT(FAULT_TWICE) | BIT(FAULT_RENEWED) | BIT(FAULT_FORCED))
#define OF_WITNESS	(BIT(FAULT_WITNESS) | BIT(FAULT_WITNESS_CUT) | BIT(FAULT_ISOLATED))
#define PLAIN		(~(OF_LINKS | OF_WITNESS) | BIT(FAULT_CUT) | BIT(FAULT_HEAL))
/* What befalls one node only in its own kernel or addresses has nothing to do with who hears whom. */
#define LOCAL		(BIT(FAULT_OPEN_FAILS) | BIT(FAULT_VIP_FAILS) | BIT(FAULT_VIP_LOST) | \
			 BIT(FAULT_LEASE_FAILS) | BIT(FAULT_CARRIER) | BIT(FAULT_DIE_OPENING) | \
			 BIT(FAULT_PROMOTE) | BIT(FAULT_FLUSH_FAILS))

/* A lone node whose agent is gone, or hangs, keeps its gate open: that is the price of having no third party. */
#define STANDS		(BIT(FAULT_AGENT_GONE) | BIT(FAULT_HANG))

struct choice {
	uint8_t fault;
	uint8_t node;
};

static struct choice path[PATH_MAX_STEPS];
static int path_length, deepest;
static uint64_t steps;
static clock_t end_at;
static bool settled;
static struct life life;
static uint64_t tried = PLAIN;
static struct world root;

static void tell_story(const struct world *last)
{
	struct world w;

	world_verbose = true;
	printf("\nThe story that breaks it:\n\n");
	world_boot(&w, &life);
	for (int i = 0; i < path_length; i++) {
		if (settled && i == SETTLE_STEPS)
			w.settled = true;
		if (path[i].fault)
			world_fault(&w, path[i].fault, path[i].node);
		else
			world_step(&w);
		if (w.broken)
			break;
	}
	if (!w.broken)
		check_rest(&w);
	putchar('\n');
	for (int i = 0; i < NODES; i++)
		say(&w, i, "in the end: %s: %s; gate %s", baton_ha_state_name(w.node[i].ha.state),
		    baton_ha_reason_text(w.node[i].ha.reason),
		    gate_is_open(&w, &w.node[i].gate) ? "open" : "shut");
	printf("\n%s\n", w.broken ? w.broken : last->broken);
	world_verbose = false;
}

/* From @w without a fault until it repeats itself, branching on the way. 0, or what exit() is given. */
static int explore(struct world w, int faults_left)
{
	int mark = path_length, result = 0;
	uint64_t mine[ROUNDS_MAX];
	int rounds = 0;

	for (;;) {
		/* On a way that branches no more it is enough to look where nothing is under way. */
		bool look = faults_left || (!w.node[0].queued && !w.node[1].queued);
		uint64_t h = look ? world_hash(&w, faults_left) : 0;

		if (look && !seen_insert(h)) {
			/* Seen on this very way: from here on everything repeats. */
			for (int i = 0; i < rounds; i++)
				if (mine[i] == h)
					check_rest(&w);
			break;
		}
		if (rounds == ROUNDS_MAX) {
			w.broken = "L1: the pair does not come to rest";
			break;
		}
		if (look)
			mine[rounds++] = h;
		for (int f = 1; f < FAULTS && faults_left; f++) {
			for (int i = 0; i < NODES && !result; i++) {
				struct world next;

				if (!(tried & BIT(f)) || !world_can(&w, f, i))
					continue;
				next = w;
				path[path_length++] = (struct choice){ f, i };
				world_fault(&next, f, i);
				if (next.broken) {
					tell_story(&next);
					return 1;
				}
				result = explore(next, faults_left - 1);
				if (result)
					return result;
				path_length--;
			}
		}
		if (!(++steps & 0xfff) && end_at && clock() > end_at)
			return 3;
		path[path_length++] = (struct choice){ FAULT_NONE, 0 };
		if (path_length > deepest)
			deepest = path_length;
		world_step(&w);
		if (w.broken)
			break;
	}
	if (w.broken) {
		tell_story(&w);
		return 1;
	}
	path_length = mark;
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "faults", required_argument, NULL, 'f' },
		{ "settled", no_argument, NULL, 's' },
		{ "unsettled", no_argument, NULL, 'u' },
		{ "fenced", no_argument, NULL, 'e' },
		{ "witness", required_argument, NULL, 'w' },
		{ "links", no_argument, NULL, 'l' },
		{ "heirs", required_argument, NULL, 'h' },
		{ "unasked", no_argument, NULL, 'n' },
		{ "mutation", required_argument, NULL, 'm' },
		{ "budget", required_argument, NULL, 'b' },
		{ 0 },
	};
	int faults = 2, c, result;
	long budget = 0;
	clock_t began = clock();

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'f': faults = atoi(optarg); break;
		case 's': settled = true; break;
		case 'u': settled = false; break;
		case 'e': life.fenced = true; break;
		case 'w': life.witness = atoi(optarg); tried = (PLAIN & ~LOCAL) | OF_WITNESS; break;
		case 'l': tried = (PLAIN & ~LOCAL & ~STANDS) | OF_LINKS; break;
		case 'h': life.heirs = atoi(optarg); break;
		case 'n': life.unasked = true; break;
		case 'm': baton_ha_mutation = atoi(optarg); break;
		case 'b': budget = atol(optarg); break;
		default: return 2;
		}
	}
	end_at = budget ? began + budget * CLOCKS_PER_SEC : 0;
	world_boot(&root, &life);
	for (int i = 0; settled && i < SETTLE_STEPS; i++) {
		path[path_length++] = (struct choice){ FAULT_NONE, 0 };
		world_step(&root);
	}
	root.settled = settled;
	result = explore(root, faults);
	printf("%zu states, %llu steps, depth %d, up to %d faults, %.1f s%s\n", seen_count,
	       (unsigned long long)steps, deepest, faults,
	       (double)(clock() - began) / CLOCKS_PER_SEC,
	       result == 3 ? ": not finished" : result ? "" : ": every invariant held");
	return result;
}
