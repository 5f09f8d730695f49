// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of commands is the tool's table of contents; help and usage come from it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "err.h"
#include "tool.h"

#define KEY	"tcp|udp|sctp ADDRESS:PORT[-PORT]|mark|mark6 N"
#define MATCH	"[service " KEY "] [server ADDRESS:PORT] [client ADDRESS[/LENGTH][:PORT]]"
#define SETTINGS " [nat|dr|tunnel [ipip|gre|gue] [tunnel-checksum off|on|remote] [tunnel-port N]] [weight N] [upper N] [lower N]"
#define OPTIONS	" [scheduler NAME] [fallback on|off] [hash-port on|off] [sync on|off] [reset on|off] [fastpath on|off] [onepacket on|off] [helper ftp|off] [persistent SECONDS|off [prefix LENGTH] [by address|sip-call-id]] [expire-quiescent on|off] [bypass on|off] [conntrack on|off] [timeout_STATE SECONDS]..."

static const struct baton_command commands[] = {
	{ "status", NULL, true, "[--check|--verbose]", "role, warmth and services on one screen; --check: one line and an exit status for monitoring", baton_cmd_status },
	{ "service", "list", true, "[" KEY "]", "virtual services and their servers", baton_cmd_service_list },
	{ "service", "add", false, KEY OPTIONS, "add a virtual service", baton_cmd_service_add },
	{ "service", "set", false, KEY OPTIONS, "change it", baton_cmd_service_set },
	{ "service", "del", false, KEY, "delete it with its servers and connections", baton_cmd_service_del },
	{ "service", "flush", false, "", "delete all of them", baton_cmd_service_flush },
	{ "server", "list", true, "[" KEY "]", "real servers", baton_cmd_server_list },
	{ "server", "add", false, KEY " SERVER:PORT" SETTINGS, "add a real server to a service", baton_cmd_server_add },
	{ "server", "set", false, KEY " SERVER:PORT" SETTINGS, "change it", baton_cmd_server_set },
	{ "server", "del", false, KEY " SERVER:PORT [drain TIME]", "delete it, at once or when its connections have ended", baton_cmd_server_del },
	{ "connection", "list", true, MATCH, "connections", baton_cmd_connection_list },
	{ "connection", "count", false, MATCH, "how many there are", baton_cmd_connection_count },
	{ "connection", "kill", false, MATCH, "end them", baton_cmd_connection_kill },
	{ "apply", NULL, true, "[--dry-run] FILE", "make the services what FILE says (- is standard input)", baton_cmd_apply },
	{ "save", NULL, true, "[FILE]", "write the services as apply reads them", baton_cmd_save },
	{ "sync", "status", true, "", "the sync daemon: warmth, lag, traffic, rejects", baton_cmd_sync_status },
	{ "sync", "warm", false, "", "is the standby's table proven equal? the exit status says so", baton_cmd_sync_warm },
	{ "sync", "resync", false, "", "send the whole table again", baton_cmd_sync_resync },
	{ "sync", "flush", false, "[timeout MS]", "wait until the peer has everything", baton_cmd_sync_flush },
	{ "sync", "reload", false, "", "read baton.conf again: keys and auth", baton_cmd_sync_reload },
	{ "sync", "genkey", false, "[FILE]", "write a new key for the pair", baton_cmd_sync_genkey },
	{ "ha", "status", true, "", "the failover agent: state, peer, virtual addresses", baton_cmd_ha_status },
	{ "handover", NULL, true, "[timeout MS]", "move the active role to the other node", baton_cmd_handover },
	{ "drill", NULL, true, "[live [limit MS]] [report FILE]", "would a failover now be as it should? live: move the role there and back", baton_cmd_drill },
	{ "promote", NULL, true, "[force]", "make this node active", baton_cmd_promote },
	{ "demote", NULL, true, "", "make this node standby and hold it there", baton_cmd_demote },
	{ "resume", NULL, true, "", "end the hold", baton_cmd_resume },
	{ "timeline", NULL, true, "[all]", "the last failover, step by step, from both nodes", baton_cmd_timeline },
	{ "gate", "show", true, "", "the kernel's gate", baton_cmd_gate_show },
	{ "gate", "close", false, "[initial]", "forward nothing until told", baton_cmd_gate_close },
	{ "gate", "open", false, "[force]", "forward, without an agent", baton_cmd_gate_open },
	{ "monitor", NULL, true, "[gate] [service] [server] [connection]", "print changes as they happen", baton_cmd_monitor },
	{ "metrics", NULL, true, "", "warmth, lag and counters, as Prometheus reads them", baton_cmd_metrics },
	{ "stats", NULL, true, "[--explain]", "counters, and a reason for every drop", baton_cmd_stats },
	{ "top", NULL, true, "[interval SECONDS] [count N]", "what goes on now, per second", baton_cmd_top },
	{ "tunable", "list", true, "", "timeouts and limits", baton_cmd_tunable_list },
	{ "tunable", "set", false, "NAME VALUE ...", "change some", baton_cmd_tunable_set },
	{ "config", NULL, true, "[FILE]", "check baton.conf and the key, show what they say", baton_cmd_config },
	{ "version", NULL, true, "", "of tool and module", baton_cmd_version },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(void)
{
	char left[160];

	puts("usage: batonctl [--json] COMMAND\n");
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct baton_command *c = &commands[i];

		snprintf(left, sizeof(left), "%s%s%s %s", c->noun, c->verb ? " " : "",
			 c->verb ? c->verb : "", c->words);
		printf("  %s\n        %s%s\n", left, c->help,
		       c->verb && c->preset ? " (what the noun alone means)" : "");
	}
	puts("\nWithout a command: status. See batonctl(8) for the words and the exit statuses.");
	return BATON_EXIT_OK;
}

static int unknown(const char *noun, const char *verb)
{
	char verbs[128] = "";
	size_t len = 0;

	for (size_t i = 0; i < COMMANDS && verb; i++)
		if (!strcmp(commands[i].noun, noun) && len < sizeof(verbs))
			len += (size_t)snprintf(verbs + len, sizeof(verbs) - len, "%s%s",
						len ? ", " : "", commands[i].verb);
	if (verb)
		return baton_tool_fail(BATON_EXIT_USAGE, "%s has no '%s', it has %s", noun,
				       verb, verbs);
	return baton_tool_fail(BATON_EXIT_USAGE,
			       "there is no command '%s', 'batonctl help' lists them", noun);
}

/* Consumes the noun and, where it has verbs, the verb; NULL after a line was printed. */
static const struct baton_command *find(struct baton_args *args)
{
	const char *noun = "status", *verb;
	bool known = false;

	if (baton_args_left(args))
		noun = baton_args_word(args, "a command");
	verb = baton_args_peek(args);
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct baton_command *c = &commands[i];

		if (strcmp(c->noun, noun) != 0)
			continue;
		known = true;
		if (!c->verb || (c->preset && !verb))
			return c;
		if (verb && baton_args_is(args, c->verb))
			return c;
	}
	unknown(noun, known ? verb : NULL);
	return NULL;
}

/* --json may stand anywhere: the words left and right of it move together. */
static bool take_option(int *argc, char **argv, const char *name, const char *letter)
{
	bool found = false;
	int to = 1;

	for (int i = 1; i < *argc; i++) {
		if (!strcmp(argv[i], name) || !strcmp(argv[i], letter))
			found = true;
		else
			argv[to++] = argv[i];
	}
	*argc = to;
	return found;
}

int main(int argc, char **argv)
{
	struct baton_tool t = {};
	int status;

	t.json = take_option(&argc, argv, "--json", "-j");
	if (take_option(&argc, argv, "--help", "-h") ||
	    (argc > 1 && !strcmp(argv[1], "help")))
		return help();
	if (take_option(&argc, argv, "--version", "-V")) {
		puts("batonctl " BATON_RELEASE);
		return BATON_EXIT_OK;
	}
	t.args = (struct baton_args) { .word = argv + 1, .count = argc - 1 };
	t.command = find(&t.args);
	if (!t.command)
		return BATON_EXIT_USAGE;
	t.args.word += t.args.next;
	t.args.count -= t.args.next;
	t.args.next = 0;
	(t.json ? baton_writer_json : baton_writer_text)(&t.out, stdout);
	status = t.command->run(&t);
	errno = 0;
	if ((fflush(stdout) || ferror(stdout)) && !status)
		status = baton_tool_fail(BATON_EXIT_FILE, "cannot write the output: %s",
					 baton_err_text(errno ? errno : EIO));
	return status;
}
