// SPDX-License-Identifier: GPL-2.0-or-later
/* links: ctl/lib/config.c ctl/lib/config_check.c ctl/lib/config_vip.c ctl/lib/config_sync.c ctl/lib/addr.c ctl/lib/err.c */
/* libs: inih */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "config.h"

static char path[] = "/tmp/baton-config-XXXXXX";
static char err[512];

static int load(const char *text, struct baton_config *c)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	assert_int_equal(fclose(out), 0);
	err[0] = '\0';
	return baton_config_load(path, c, err, sizeof(err));
}

static void defaults(void **state)
{
	struct baton_config c;

	(void)state;
	assert_int_equal(load("[sync]\ninterface = eth1\n", &c), 0);
	assert_int_equal(c.sync.interfaces, 1);
	assert_string_equal(c.sync.interface[0], "eth1");
	assert_int_equal(c.sync.group_family, AF_INET);
	assert_int_equal(c.sync.group.v4, inet_addr("239.255.66.66"));
	assert_int_equal(c.sync.peer_family, 0);
	assert_int_equal(c.sync.port, 6666);
	assert_int_equal(c.sync.keys, 1);
	assert_string_equal(c.sync.key[0].file, "/etc/baton/sync.key");
	assert_int_equal(c.sync.key[0].id, 1);
	assert_int_equal(c.sync.send_key, 1);
	assert_int_equal(c.sync.auth, BATON_SYNC_AUTH_ENFORCE);
	assert_false(c.sync.adopt);
	assert_int_equal(load("[sync]\ninterface = eth1\nservices = adopt\n", &c), 0);
	assert_true(c.sync.adopt);
	assert_int_equal(load("[sync]\ninterface = eth1\nservices = refuse\n", &c), 0);
	assert_false(c.sync.adopt);
	assert_int_equal(c.ha.lease_ms, 250);
	assert_int_equal(c.ha.succession_ms, 0);
	assert_true(c.ha.probe);
	assert_int_equal(c.ha.announces, 5);
	assert_int_equal(c.ha.announce_ms[4], 5000);
	assert_int_equal(c.vips, 0);
}

static void several_peers(void **state)
{
	struct baton_config c;

	(void)state;
	assert_int_equal(load("[sync]\ninterface = e\ninterface = f\npeer = fd00::2 e\npeer = fd01::2  f\n"
			      "peer = fd00::3\n", &c), 0);
	assert_int_equal(c.sync.peers, 3);
	assert_int_equal(c.sync.peer_family, AF_INET6);
	assert_int_equal(c.sync.group_family, 0);
	assert_string_equal(c.sync.peer[1].interface, "f");
	assert_int_equal(c.sync.peer[1].addr.bytes[1], 1);
	assert_string_equal(c.sync.peer[2].interface, "");
}

static void several_keys(void **state)
{
	struct baton_config c;

	(void)state;
	assert_int_equal(load("[sync]\ninterface = eth1\nkey = 3 /run/a\nkey = 4\tcredential:b.key\n"
			      "auth = receive-only\n", &c), 0);
	assert_int_equal(c.sync.keys, 2);
	assert_int_equal(c.sync.key[0].id, 3);
	assert_string_equal(c.sync.key[0].file, "/run/a");
	assert_int_equal(c.sync.key[1].id, 4);
	assert_string_equal(c.sync.key[1].file, "credential:b.key");
	assert_int_equal(c.sync.send_key, 3);
	assert_int_equal(c.sync.auth, BATON_SYNC_AUTH_RECEIVE_ONLY);
	assert_int_equal(load("[sync]\ninterface = eth1\nsend_key = 4\nkey = 3 /run/a\nkey = 4 /run/b\n",
			      &c), 0);
	assert_int_equal(c.sync.send_key, 4);
}

static void everything(void **state)
{
	char mac[BATON_MAC_TEXT];
	struct baton_config c;

	(void)state;
	assert_int_equal(load("# a pair\n[sync]\n  interface = eth1 # one path\n"
			      "interface=eth2\npeer = 10.66.0.12\nport = 7000\n"
			      "key_file = /run/key # here\nkey_id = 255\n\n"
			      "[ha]\nlease_ms = 300\nannounce_ms = 0 50  100\n"
			      "succession_ms = 110\nsuccession_port = 7001\nprobe = no\n"
			      "[vip]\naddress = 192.0.2.100/24\n\tinterface = eth0\n"
			      "[vip]\ninterface = eth2\naddress = 2001:db8::1/64\n"
			      "[vip]\nvirtual_mac = 00:00:5E:00:02:0a\ninterface = eth2\naddress = 2001:db8::2/64\n", &c), 0);
	assert_int_equal(c.sync.interfaces, 2);
	assert_string_equal(c.sync.interface[1], "eth2");
	assert_int_equal(c.sync.group_family, 0);
	assert_int_equal(c.sync.peer[0].addr.v4, inet_addr("10.66.0.12"));
	assert_string_equal(c.sync.key[0].file, "/run/key");
	assert_int_equal(c.sync.key[0].id, 255);
	assert_int_equal(c.sync.send_key, 255);
	assert_int_equal(c.ha.announces, 3);
	assert_int_equal(c.ha.announce_ms[2], 100);
	assert_int_equal(c.ha.succession_ms, 110);
	assert_int_equal(c.ha.succession_port, 7001);
	assert_false(c.ha.probe);
	assert_int_equal(c.vips, 3);
	assert_int_equal(c.vip[0].prefix, 24);
	assert_string_equal(c.vip[0].interface, "eth0");
	assert_string_equal(c.vip[0].device, "eth0");
	assert_false(baton_vip_has_mac(&c.vip[0]));
	assert_int_equal(c.vip[1].family, AF_INET6);
	assert_int_equal(c.vip[1].prefix, 64);
	assert_true(baton_vip_has_mac(&c.vip[2]));
	assert_string_equal(baton_mac_format(c.vip[2].mac, mac, sizeof(mac)), "00:00:5e:00:02:0a");
	assert_string_equal(c.vip[2].interface, "eth2");
	assert_string_equal(c.vip[2].device, "baton-00020a");
}

static void checks(void **state)
{
	struct baton_config c;

	(void)state;
	assert_int_equal(load("[sync]\ninterface = e\n[check]\nname = up-link_1.a\ngateway = 192.0.2.1\ninterface = eth0\n"
			      "[check]\nfall = 1\nrise = 100\nprogram = /bin/x  -v a\nname = db\ninterval_ms = 20000\n"
			      "[check]\nname=v6\ninterface=eth2\ngateway=fe80::1\ntimeout_ms = 200\ninterval_ms = 500\n",
			      &c), 0);
	assert_int_equal(c.checks, 3);
	assert_string_equal(c.check[0].name, "up-link_1.a");
	assert_int_equal(c.check[0].family, AF_INET);
	assert_int_equal(c.check[0].gateway.v4, inet_addr("192.0.2.1"));
	assert_string_equal(c.check[0].interface, "eth0");
	assert_int_equal(c.check[0].interval_ms, 1000);
	assert_int_equal(c.check[0].timeout_ms, 1000);
	assert_int_equal(c.check[0].rise, 3);
	assert_int_equal(c.check[0].fall, 3);
	assert_int_equal(c.check[1].family, 0);
	assert_string_equal(c.check[1].program, "/bin/x  -v a");
	assert_int_equal(c.check[1].interval_ms, 20000);
	assert_int_equal(c.check[1].timeout_ms, 10000);
	assert_int_equal(c.check[1].rise, 100);
	assert_int_equal(c.check[1].fall, 1);
	assert_int_equal(c.check[2].family, AF_INET6);
	assert_int_equal(c.check[2].timeout_ms, 200);
}

static void unicast_needs_no_interface(void **state)
{
	struct baton_config c;

	(void)state;
	assert_int_equal(load("[sync]\npeer = 10.66.0.12\n", &c), 0);
	assert_int_equal(c.sync.interfaces, 0);
}

static const struct {
	const char *text;
	unsigned int line;
	const char *why;
} bad[] = {
	{ "", 1, "no interface" },
	{ "[ha]\nlease_ms = 1\n", 2, "no interface" },
	{ "port = 1\n", 1, "before any section" },
	{ "[sync]\nport 1\n[nosuch]\n", 2, "neither" },
	{ "[sync\nport = 1\n", 1, "neither" },
	{ "[sync]\ninterface = e\n[nosuch]\n", 3, "no section [nosuch]" },
	{ "[sync]\ncolour = blue\n", 2, "no 'colour'" },
	{ "[ha]\ncolour = blue\n", 2, "no 'colour'" },
	{ "[vip]\ncolour = blue\n", 2, "no 'colour'" },
	{ "[sync]\nport = 0\n", 2, "out of range" },
	{ "[sync]\nport = 65536\n", 2, "out of range" },
	{ "[sync]\nport = x\n", 2, "not a number" },
	{ "[sync]\nport = 1\nport = 2\n", 3, "twice" },
	{ "[sync]\nkey = 1 /a\nkey = 1 /b\n", 3, "given twice" },
	{ "[sync]\nkey = 1\n", 2, "id and a file" },
	{ "[sync]\nkey = /a\n", 2, "id and a file" },
	{ "[sync]\nkey = 0 /a\n", 2, "out of range" },
	{ "[sync]\nkey = 1 a\n", 2, "absolute" },
	{ "[sync]\nkey = 1 credential:\n", 2, "credential" },
	{ "[sync]\nkey = 1 credential:../a\n", 2, "credential" },
	{ "[sync]\nkey = 1 /a\nkey_file = /b\n", 3, "not both" },
	{ "[sync]\nkey = 1 /a\nkey_id = 2\n", 3, "not both" },
	{ "[sync]\nkey_id = 2\nkey = 1 /a\n", 3, "not both" },
	{ "[sync]\nkey = 1 /a\nkey = 2 /a\nkey = 3 /a\nkey = 4 /a\nkey = 5 /a\n", 6, "more than 4" },
	{ "[sync]\ninterface = e\nkey = 1 /a\nsend_key = 2\n", 4, "no key of" },
	{ "[sync]\nsend_key = 1\nsend_key = 1\n", 3, "given twice" },
	{ "[sync]\nauth = none\n", 2, "not enforce" },
	{ "[sync]\nservices = maybe\n", 2, "neither refuse nor adopt" },
	{ "[sync]\nservices = adopt\nservices = adopt\n", 3, "given twice" },
	{ "[sync]\nauth = off\nauth = off\n", 3, "given twice" },
	{ "[sync]\nkey_id = 0\n", 2, "out of range" },
	{ "[sync]\nkey_id = 256\n", 2, "out of range" },
	{ "[sync]\nkey_file = key\n", 2, "absolute" },
	{ "[sync]\ngroup = 10.0.0.1\n", 2, "multicast" },
	{ "[sync]\npeer = 239.1.1.1\n", 2, "unicast" },
	{ "[sync]\npeer = 10.0.0.300\n", 2, "not an IPv4" },
	{ "[sync]\ngroup = 239.1.1.1\npeer = 10.0.0.1\n", 3, "or peers" },
	{ "[sync]\npeer = 10.0.0.1\ngroup = 239.1.1.1\n", 3, "or peers" },
	{ "[sync]\npeer = 10.0.0.1\npeer = fd00::1\n", 3, "all IPv4 or all IPv6" },
	{ "[sync]\ninterface = e\npeer = 10.0.0.1 f\n", 3, "no interface of [sync]" },
	{ "[sync]\npeer = 10.0.0.1 e f\n", 2, "not an interface" },
	{ "[sync]\ninterface = sixteencharacters\n", 2, "not an interface" },
	{ "[sync]\ninterface = a/b\n", 2, "not an interface" },
	{ "[sync]\ninterface = a\ninterface = a\n", 3, "twice" },
	{ "[sync]\ninterface=a\ninterface=b\ninterface=c\ninterface=d\ninterface=e\n", 6,
	  "more than 4" },
	{ "[ha]\nlease_ms = 0\n", 2, "out of range" },
	{ "[ha]\nlease_ms = 600001\n", 2, "out of range" },
	{ "[ha]\nsuccession_ms = 49\n", 2, "out of range" },
	{ "[ha]\nsuccession_ms = 110\nsuccession_ms = 110\n", 3, "twice" },
	{ "[ha]\nsuccession_port = 0\n", 2, "out of range" },
	{ "[ha]\nprobe = maybe\n", 2, "yes or no, not 'maybe'" },
	{ "[ha]\nprobe = yes\nprobe = yes\n", 3, "twice" },
	{ "[ha]\nannounce_ms = 0 100 100\n", 2, "ascend" },
	{ "[ha]\nannounce_ms = 0 1 2 3 4 5 6 7 8\n", 2, "more than 8" },
	{ "[ha]\nannounce_ms = 0 70000\n", 2, "out of range" },
	{ "[ha]\nannounce_ms = \n", 2, "empty" },
	{ "[sync]\ninterface=e\n[vip]\naddress = 192.0.2.1/24\n", 3, "no interface" },
	{ "[sync]\ninterface=e\n[vip]\ninterface = e\n[vip]\naddress = 192.0.2.1/24\n", 3,
	  "no address" },
	{ "[sync]\ninterface=e\n[vip]\n", 3, "no address" },
	{ "[vip]\nvirtual_mac = 00:00:5e:00:01\n", 2, "no link address" },
	{ "[vip]\nvirtual_mac = 00:00:5e:00:01:0g\n", 2, "no link address" },
	{ "[vip]\nvirtual_mac = 00:00:5e:00:1:0a0\n", 2, "no link address" },
	{ "[vip]\nvirtual_mac = 0000:5e:00:01:0a:\n", 2, "no link address" },
	{ "[vip]\nvirtual_mac = 01:00:5e:00:01:0a\n", 2, "unicast" },
	{ "[vip]\nvirtual_mac = 00:00:00:00:00:00\n", 2, "unicast" },
	{ "[vip]\nvirtual_mac = 02:00:00:00:00:01\nvirtual_mac = 02:00:00:00:00:01\n", 3, "twice" },
	{ "[sync]\ninterface=e\n"
	  "[vip]\naddress = 192.0.2.1/24\ninterface = e\nvirtual_mac = 02:00:00:00:00:01\n"
	  "[vip]\naddress = 192.0.2.2/24\ninterface = f\nvirtual_mac = 02:00:00:00:00:01\n", 7, "baton-000001" },
	{ "[sync]\ninterface=e\n"
	  "[vip]\naddress = 192.0.2.1/24\ninterface = e\nvirtual_mac = 02:00:00:00:00:01\n"
	  "[vip]\naddress = 192.0.2.2/24\ninterface = e\nvirtual_mac = 02:00:01:00:00:01\n"
	  "[vip]\naddress = 192.0.2.3/24\ninterface = e\n", 7, "another address" },
	{ "[vip]\naddress = 192.0.2.1\n", 2, "prefix length" },
	{ "[vip]\naddress = 192.0.2.1/33\n", 2, "out of range" },
	{ "[vip]\naddress = 239.0.0.1/24\n", 2, "unicast" },
	{ "[vip]\naddress = 192.0.2.1/24\naddress = 192.0.2.2/24\n", 3, "twice" },
	{ "[check]\ncolour = blue\n", 2, "no 'colour'" },
	{ "[sync]\ninterface=e\n[check]\n", 3, "no name" },
	{ "[sync]\ninterface=e\n[check]\nname = a\n", 3, "neither gateway nor program" },
	{ "[check]\nname = a\ngateway = 192.0.2.1\n[check]\n", 1, "no interface to ask on" },
	{ "[check]\nname = a\nprogram = /a\ninterface = e\n[sync]\ninterface = e\n", 1, "no gateway to ask" },
	{ "[check]\nname = a\nprogram = /a\n[check]\nname = a\nprogram = /b\n[check]\n", 4, "earlier one" },
	{ "[check]\nname = a b\n", 2, "more than letters" },
	{ "[check]\nname =\n", 2, "1 to 31" },
	{ "[check]\nname = a123456789b123456789c123456789d1\n", 2, "1 to 31" },
	{ "[check]\nname = a\nname = b\n", 3, "twice" },
	{ "[check]\ngateway = 0.0.0.0\n", 2, "unicast" },
	{ "[check]\ngateway = ff02::1\n", 2, "unicast" },
	{ "[check]\ngateway = gw\n", 2, "gateway: " },
	{ "[check]\ngateway = 192.0.2.1\ngateway = 192.0.2.2\n", 3, "one gateway or one" },
	{ "[check]\ngateway = 192.0.2.1\nprogram = /a\n", 3, "one gateway or one" },
	{ "[check]\nprogram = /a\ngateway = 192.0.2.1\n", 3, "one gateway or one" },
	{ "[check]\nprogram = a\n", 2, "absolute" },
	{ "[check]\nprogram = /a 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n", 2, "more than 15" },
	{ "[check]\ninterface = e\ninterface = e\n", 3, "twice" },
	{ "[check]\ninterval_ms = 499\n", 2, "out of range" },
	{ "[check]\ntimeout_ms = 10001\n", 2, "out of range" },
	{ "[check]\nrise = 0\n", 2, "out of range" },
	{ "[check]\nfall = 101\n", 2, "out of range" },
	{ "[check]\nfall = 1\nfall = 1\n", 3, "twice" },
	{ "[check]\nname = a\nprogram = /a\ntimeout_ms = 1001\n[check]\n", 1, "longer than its interval" },
	{ "[vip]\naddress = 192.0.2.1/24\ninterface = e\n[vip]\naddress = 192.0.2.1/24\n"
	  "interface = f\n[sync]\ninterface = e\n", 4, "earlier one" },
};

static void bad_files_are_refused_with_a_line(void **state)
{
	struct baton_config c, untouched;
	char where[64];

	(void)state;
	memset(&c, 0x5a, sizeof(c));
	untouched = c;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int ret = load(bad[i].text, &c);

		snprintf(where, sizeof(where), "%s:%u: ", path, bad[i].line);
		if (ret != -EINVAL || strncmp(err, where, strlen(where)) ||
		    !strstr(err, bad[i].why))
			fail_msg("%zu: wanted line %u '%s', got %d '%s'", i, bad[i].line,
				 bad[i].why, ret, err);
		assert_memory_equal(&c, &untouched, sizeof(c));
	}
}

static void long_lines_are_refused(void **state)
{
	struct baton_config c;
	char text[2000];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "[sync]\n", 7);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(load(text, &c), -EINVAL);
	assert_non_null(strstr(err, ":2: this line is longer"));
}

static void too_many_addresses(void **state)
{
	struct baton_config c;
	char text[16384] = "[sync]\ninterface = e\n";
	size_t len = strlen(text);

	(void)state;
	for (int i = 0; i <= BATON_VIP_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"[vip]\naddress = 10.0.0.%d/8\ninterface = e\n", i + 1);
	assert_int_equal(load(text, &c), -EINVAL);
	assert_non_null(strstr(err, "more than 64"));
}

static void too_many_checks(void **state)
{
	struct baton_config c;
	char text[2048] = "[sync]\ninterface = e\n";
	size_t len = strlen(text);

	(void)state;
	for (int i = 0; i <= BATON_CHECK_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "[check]\nname = n%d\nprogram = /a\n", i);
	assert_int_equal(load(text, &c), -EINVAL);
	assert_non_null(strstr(err, ":27: more than 8 checks"));
}

static void unreadable_files(void **state)
{
	struct baton_config c;

	(void)state;
	assert_int_equal(baton_config_load("/nonexistent/baton.conf", &c, err, sizeof(err)),
			 -ENOENT);
	assert_non_null(strstr(err, "/nonexistent/baton.conf"));
	assert_int_equal(baton_config_load("/tmp", &c, err, sizeof(err)), -EISDIR);
}

static int setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(everything),
		cmocka_unit_test(several_keys),
		cmocka_unit_test(several_peers),
		cmocka_unit_test(unicast_needs_no_interface),
		cmocka_unit_test(bad_files_are_refused_with_a_line),
		cmocka_unit_test(long_lines_are_refused),
		cmocka_unit_test(too_many_addresses),
		cmocka_unit_test(checks),
		cmocka_unit_test(too_many_checks),
		cmocka_unit_test(unreadable_files),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
