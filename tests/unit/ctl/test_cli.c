// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ctl/args.c ctl/args_service.c ctl/names.c ctl/rules.c ctl/rules_diff.c ctl/rules_apply.c ctl/show.c ctl/show_status.c */
/* links: ctl/show_timeline.c */
/* links: ctl/kernel.c ctl/tell.c ctl/tool.c ctl/writer_json.c ctl/writer_text.c ctl/cmd_apply.c */
/* links: ctl/cmd_config.c ctl/cmd_connection.c ctl/cmd_drill.c ctl/cmd_gate.c ctl/cmd_ha.c ctl/cmd_monitor.c */
/* links: ctl/cmd_save.c ctl/cmd_server.c ctl/cmd_service.c ctl/cmd_stats.c ctl/cmd_status.c */
/* links: ctl/cmd_sync.c ctl/cmd_top.c ctl/cmd_tunable.c ctl/rates.c ctl/show_metrics.c ctl/verdict.c */
/* links: ctl/lib/addr.c ctl/lib/config.c ctl/lib/config_check.c ctl/lib/config_vip.c ctl/lib/config_sync.c ctl/lib/control_call.c ctl/lib/err.c ctl/lib/key.c */
/* links: ctl/lib/nl.c ctl/lib/nl_attr.c ctl/lib/nl_conn.c ctl/lib/nl_events.c */
/* links: ctl/lib/nl_gate.c ctl/lib/nl_info.c ctl/lib/nl_server.c ctl/lib/nl_service.c */
/* links: ctl/lib/nl_stats.c ctl/lib/nl_match.c ctl/lib/sample.c ctl/survey.c ctl/survey_pair.c */
/* libs: libnl-genl-3.0 json-c inih libsodium */
/*
 * The whole tool, from words to exit status: each refusal is one line on standard error that
 * says what failed, why, and what to do, and nothing is on standard output. What needs the
 * module is tested in the kernel guest (tests/kernel).
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
int batonctl(int argc, char **argv);
#define main batonctl
#include "ctl/main.c"
#undef main
#include "ctl/lib/control.h"

static char dir[] = "/tmp/baton-cli-XXXXXX";
static char out[65536], err[65536];

static void read_back(int fd, char *buf, size_t size)
{
	ssize_t len = pread(fd, buf, size - 1, 0);

	assert_true(len >= 0);
	buf[len] = '\0';
	close(fd);
}

/* Runs `batonctl WORDS`; what it printed is in @out and @err. */
static int run(const char *words)
{
	char path[2][64], text[1024], *argv[32] = { "batonctl" }, *save = NULL;
	int argc = 1, fd[2], old[2], status;

	snprintf(text, sizeof(text), "%s", words);
	for (char *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	fflush(NULL);
	for (int i = 0; i < 2; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%d", dir, i);
		fd[i] = open(path[i], O_RDWR | O_CREAT | O_TRUNC, 0600);
		old[i] = dup(1 + i);
		dup2(fd[i], 1 + i);
	}
	status = batonctl(argc, argv);
	fflush(NULL);
	for (int i = 0; i < 2; i++) {
		dup2(old[i], 1 + i);
		close(old[i]);
		unlink(path[i]);
	}
	read_back(fd[0], out, sizeof(out));
	read_back(fd[1], err, sizeof(err));
	return status;
}

static void refuses(const char *words, int status, const char *why)
{
	int got = run(words);

	if (got != status || strncmp(err, "batonctl: ", 10) || !strstr(err, why))
		fail_msg("'%s': wanted %d '%s', got %d '%s'", words, status, why, got, err);
	if (strchr(err, '\n') != err + strlen(err) - 1)
		fail_msg("'%s': not one line: '%s'", words, err);
	assert_string_equal(out, "");
}

static void words_that_are_no_command(void **state)
{
	static const struct {
		const char *words, *why;
	} bad[] = {
		{ "frobnicate",			"'batonctl help' lists them" },
		{ "service frobnicate",		"it has list, add, set, del, flush" },
		{ "service add",		"protocol (tcp, udp or sctp, or mark or mark6) is missing; usage: batonctl service add" },
		{ "service add tcp 192.0.2.1",	"write ADDRESS:PORT" },
		{ "service add tcp 192.0.2.300:80", "'192.0.2.300' is not an IPv4 or IPv6 address" },
		{ "service add tcp 192.0.2.1:65536", "port 65536 is out of range, it must be 0 to 65535" },
		{ "service add tcp 192.0.2.1:80 scheduler x", "it must be rr, wrr, lc, " },
		{ "service set tcp 192.0.2.1:80", "nothing to change" },
		{ "service del tcp 192.0.2.1:80 now", "'now' is not expected" },
		{ "service flush now",		"'now' is not expected" },
		{ "server add tcp 192.0.2.1:80 10.0.0.1:80 weight 65536",
		  "weight 65536 is out of range, it must be 0 to 65535" },
		{ "server add tcp 192.0.2.1:80 10.0.0.1:81 dr", "dr does not rewrite" },
		{ "server set tcp 192.0.2.1:80 10.0.0.1:80", "nothing to change" },
		{ "server del tcp 192.0.2.1:80", "server's ADDRESS:PORT is missing" },
		{ "server list tcp",		"ADDRESS:PORT is missing" },
		{ "connection list service tcp", "ADDRESS:PORT is missing" },
		{ "connection list client 1.2.3", "'1.2.3' is not" },
		{ "apply",			"the FILE is missing" },
		{ "apply a b",			"'b' is not expected" },
		{ "save a --json",		"always text" },
		{ "tunable set",		"NAME is missing" },
		{ "tunable set colour 1",	"no tunable 'colour'" },
		{ "tunable set conn_max",	"number after 'conn_max' is missing" },
		{ "tunable set timeout_udp 0",	"out of range" },
		{ "tunable set timeout_udp 86401", "out of range" },
		{ "handover timeout",		"number after 'timeout' is missing" },
		{ "handover timeout 0",		"out of range" },
		{ "handover now",		"'now' is not expected" },
		{ "drill now",			"'now' is not expected" },
		{ "drill limit 5",		"'limit' is not expected" },
		{ "drill live limit",		"number after 'limit' is missing" },
		{ "drill report",		"the FILE" },
		{ "drill live report f x",	"'x' is not expected" },
		{ "drill live limit 0",		"out of range" },
		{ "promote please",		"'please' is not expected" },
		{ "gate open now",		"'now' is not expected" },
		{ "monitor everything",		"'everything' is not expected" },
		{ "stats --verbose",		"'--verbose' is not expected" },
		{ "sync genkey a b",		"'b' is not expected" },
		{ "status now",			"'now' is not expected" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuses(bad[i].words, BATON_EXIT_USAGE, bad[i].why);
}

static void put_file(const char *name, const char *text, mode_t mode, char *words, size_t size,
		     const char *command)
{
	char path[96];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
	snprintf(words, size, "%s %s", command, path);
}

static void bad_files(void **state)
{
	char words[256];

	(void)state;
	refuses("apply /nonexistent/services.conf", BATON_EXIT_FILE,
		"cannot read /nonexistent/services.conf: it does not exist; nothing was changed");
	refuses("config /nonexistent/baton.conf", BATON_EXIT_FILE, "see baton.conf(5)");
	refuses("sync genkey /nonexistent/key", BATON_EXIT_FILE, "directory does not exist");
	put_file("s", "service tcp 192.0.2.1:80\nserver nonsense\n", 0644, words,
		 sizeof(words), "apply");
	refuses(words, BATON_EXIT_FILE, "/s:2: ");
	put_file("c", "[sync]\nnonsense = 1\n", 0644, words, sizeof(words), "config");
	refuses(words, BATON_EXIT_FILE, "/c:2: [sync] has no 'nonsense'");
}

static void keys(void **state)
{
	char key[96], words[256], conf[256];

	(void)state;
	snprintf(key, sizeof(key), "%s/key", dir);
	snprintf(conf, sizeof(conf), "[sync]\ninterface = e\nkey_file = %s\n", key);
	put_file("c", conf, 0644, words, sizeof(words), "config");
	refuses(words, BATON_EXIT_FILE, "there is no key file");
	snprintf(words, sizeof(words), "sync genkey %s", key);
	assert_int_equal(run(words), BATON_EXIT_OK);
	assert_non_null(strstr(out, "copy it to the other node"));
	refuses(words, BATON_EXIT_FILE, "not overwritten");
	snprintf(words, sizeof(words), "config %s/c", dir);
	assert_int_equal(run(words), BATON_EXIT_OK);
	assert_non_null(strstr(out, "group = 239.255.66.66"));
	assert_int_equal(chmod(key, 0644), 0);
	refuses(words, BATON_EXIT_PERMISSION, "chmod 600");
}

static void config_as_json(void **state)
{
	json_object *object, *vips, *checks, *program;
	char words[256], conf[512];

	(void)state;
	snprintf(conf, sizeof(conf), "[sync]\ninterface = e\nkey_file = %s/key\n"
		 "[vip]\naddress = 192.0.2.1/24\ninterface = f\n"
		 "[check]\nname = a\ngateway = 192.0.2.254\ninterface = f\n"
		 "[check]\nname = b\nprogram = /bin/b -v\n", dir);
	put_file("c", conf, 0644, words, sizeof(words), "--json config");
	snprintf(conf, sizeof(conf), "%s/key", dir);
	assert_int_equal(chmod(conf, 0600), 0);
	assert_int_equal(run(words), BATON_EXIT_OK);
	object = json_tokener_parse(out);
	assert_non_null(object);
	assert_true(json_object_object_get_ex(object, "vips", &vips));
	assert_int_equal(json_object_array_length(vips), 1);
	assert_true(json_object_object_get_ex(object, "checks", &checks));
	assert_int_equal(json_object_array_length(checks), 2);
	assert_true(json_object_object_get_ex(json_object_array_get_idx(checks, 1), "program", &program));
	assert_string_equal(json_object_get_string(program), "/bin/b -v");
	json_object_put(object);
}

static void without_a_daemon(void **state)
{
	static const char *const ha[] = { "handover", "promote", "demote", "resume",
					  "timeline", "ha status", "ha" };
	static const char *const syncd[] = { "sync status", "sync", "sync flush",
					     "sync resync", "sync warm" };

	(void)state;
	if (baton_control_running(BATON_CONTROL_HA) ||
	    baton_control_running(BATON_CONTROL_SYNCD))
		skip();
	for (size_t i = 0; i < sizeof(ha) / sizeof(ha[0]); i++)
		refuses(ha[i], BATON_EXIT_NO_DAEMON,
			"baton-ha is not running; start it with 'systemctl start baton-ha'");
	for (size_t i = 0; i < sizeof(syncd) / sizeof(syncd[0]); i++)
		refuses(syncd[i], BATON_EXIT_NO_DAEMON, "baton-syncd is not running");
}

static void without_the_module(void **state)
{
	static const char *const words[] = {
		"", "status", "service", "server list", "connection list", "connection count",
		"service add tcp 192.0.2.1:80", "service set tcp 192.0.2.1:80 sync off",
		"service del tcp 192.0.2.1:80", "server add tcp 192.0.2.1:80 10.0.0.1:80",
		"server set tcp 192.0.2.1:80 10.0.0.1:80 dr",
		"server del tcp 192.0.2.1:80 10.0.0.1:80", "save", "stats --explain",
		"tunable list", "tunable set conn_max 1", "gate", "gate close", "gate open force",
		"monitor", "apply /dev/null",
	};
	char buf[256];
	struct baton_nl *nl;

	(void)state;
	if (baton_nl_open(&nl, buf, sizeof(buf)) != -ENOENT)
		skip();
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		refuses(words[i], BATON_EXIT_NO_MODULE, "run 'modprobe baton'");
	assert_int_equal(run("version"), BATON_EXIT_OK);
	assert_non_null(strstr(out, "batonctl " BATON_RELEASE));
}

static void help_names_every_command(void **state)
{
	char line[128];

	(void)state;
	assert_int_equal(run("help"), BATON_EXIT_OK);
	for (size_t i = 0; i < COMMANDS; i++) {
		snprintf(line, sizeof(line), "\n  %s%s%s ", commands[i].noun,
			 commands[i].verb ? " " : "",
			 commands[i].verb ? commands[i].verb : "");
		assert_non_null(strstr(out, line));
	}
	assert_int_equal(run("--version"), BATON_EXIT_OK);
	assert_string_equal(out, "batonctl " BATON_RELEASE "\n");
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	static const char *const names[] = { "s", "c", "key" };
	char path[96];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_that_are_no_command),
		cmocka_unit_test(bad_files),
		cmocka_unit_test(keys),
		cmocka_unit_test(config_as_json),
		cmocka_unit_test(without_a_daemon),
		cmocka_unit_test(without_the_module),
		cmocka_unit_test(help_names_every_command),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
