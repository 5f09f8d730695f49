// SPDX-License-Identifier: GPL-2.0-or-later
/* What clients and servers say, in buffers of exactly its length, and what is made of it. */
#include "unit.h"
#include "kmod/core/ftp.c"

static u8 *copy(const char *text)
{
	u8 *p = malloc(strlen(text) ?: 1);

	assert_non_null(p);
	memcpy(p, text, strlen(text));
	return p;
}

static bool find(bool reply, const char *text, struct baton_ftp_line *line)
{
	u8 *p = copy(text);
	bool found = baton_ftp_find(reply, p, strlen(text), 0, line);

	free(p);
	return found;
}

static void test_commands(void **state)
{
	static const struct { const char *text; u16 port; } cases[] = {
		{ "PORT 192,0,2,50,195,80\r\n", 50000 },
		{ "port 192,0,2,50,0,21\n", 21 },
		{ "Port  192,0,2,50,4,1 \r\n", 1025 },
		{ "TYPE I\r\nPORT 192,0,2,50,4,1\r\n", 1025 },
		{ "EPRT |1|192.0.2.50|50000|\r\n", 50000 },
		{ "EPRT |2|2001:db8::50|1|\r\n", 1 },
		{ "eprt !2!2001:db8::50!65535!\r\n", 65535 },
		{ "PORT 192,0,2,50,195\r\n", 0 },
		{ "PORT 192,0,2,50,195,256\r\n", 0 },
		{ "PORT 192,0,2,50,0,0\r\n", 0 },
		{ "PORT 192,0,2,50,195,\r\n", 0 },
		{ "PORT ,,,,,\r\n", 0 },
		{ "PORT \r\n", 0 },
		{ "PORT 192,0,2,50,195,80", 0 },	/* who knows how it goes on */
		{ "XPORT 192,0,2,50,195,80\r\n", 0 },
		{ "EPRT |2|2001:db8::50|65536|\r\n", 0 },
		{ "EPRT |2|2001:db8::50|0|\r\n", 0 },
		{ "EPRT |2|2001:db8::50|80\r\n", 0 },
		{ "EPRT |2|\r\n", 0 },
		{ "EPRT \r\n", 0 },
		{ "RETR PORT 192,0,2,50,195,80\r\n", 0 },
		{ "227 Entering Passive Mode (192,0,2,50,195,80)\r\n", 0 },
		{ "\n\n\r\n", 0 },
		{ "", 0 },
	};
	struct baton_ftp_line line;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bool found = find(false, cases[i].text, &line);

		if (found != !!cases[i].port || (found && line.port != cases[i].port))
			print_error("'%s'\n", cases[i].text);
		assert_int_equal(found, !!cases[i].port);
		if (!found)
			continue;
		assert_int_equal(line.kind, BATON_FTP_PORT);
		assert_int_equal(line.port, cases[i].port);
	}
}

static void check_passive(const char *text, const char *addr, u16 port)
{
	struct baton_ftp_line line;

	assert_true(find(true, text, &line));
	assert_int_equal(line.kind, BATON_FTP_PASSIVE);
	assert_memory_equal(line.addr.bytes, addr, 4);
	assert_int_equal(line.port, port);
}

static void test_replies(void **state)
{
	static const char *const none[] = {
		"227-Entering Passive Mode (10,0,0,1,195,80)\r\n",
		"227 Entering Passive Mode\r\n",
		"227 Entering Passive Mode (10,0,0,1,195)\r\n",
		"227 ", "227 \r\n", "227\r\n", "22", "2",
		"226 (10,0,0,1,195,80)\r\n",
		"229 Extended (||50000|)\r\n",
		"229 Extended (|||50000)\r\n",
		"229 Extended (|||70000|)\r\n",
		"229 Extended (|||0|)\r\n",
		"229 Extended (|||\r\n", "229 (\r\n", "229 (||||\r\n",
		"PORT 10,0,0,1,195,80\r\n",
	};
	struct baton_ftp_line line;
	size_t i;

	check_passive("227 Entering Passive Mode (10,0,0,1,195,80).\r\n", "\x0a\0\0\x01", 50000);
	check_passive("227 10,0,0,1,195,80\r\n", "\x0a\0\0\x01", 50000);
	check_passive("227 =10,0,0,1,195,80\n", "\x0a\0\0\x01", 50000);
	check_passive("150 wait\r\n227 now (255,255,255,255,255,255)\r\n", "\xff\xff\xff\xff", 65535);
	assert_true(find(true, "229 Entering Extended Passive Mode (|||50000|)\r\n", &line));
	assert_int_equal(line.kind, BATON_FTP_EXTENDED);
	assert_int_equal(line.port, 50000);
	assert_true(find(true, "229 ok (!!!1!)\r\n", &line));
	assert_int_equal(line.port, 1);
	for (i = 0; i < ARRAY_SIZE(none); i++) {
		if (find(true, none[i], &line))
			fail_msg("'%s'", none[i]);
	}
}

static void test_several(void **state)
{
	const char *text = "PORT 1,2,3,4,0,7\r\nNOOP\r\nPORT 1,2,3,4,0,8\r\nPORT 1,2,3,4,0,9";
	struct baton_ftp_line line;
	u8 *p = copy(text);
	u16 next;

	assert_true(baton_ftp_find(false, p, strlen(text), 0, &line));
	assert_int_equal(line.port, 7);
	next = line.next;
	assert_true(baton_ftp_find(false, p, strlen(text), next, &line));
	assert_int_equal(line.port, 8);
	next = line.next;
	assert_false(baton_ftp_find(false, p, strlen(text), next, &line));
	free(p);
}

/* NULL: there is no room for it */
static void check_write(const char *text, const char *addr, u16 port, const char *want)
{
	union baton_addr to = { 0 };
	struct baton_ftp_line line;
	u8 *p = copy(text);

	memcpy(to.bytes, addr, 4);
	assert_true(baton_ftp_find(true, p, strlen(text), 0, &line));
	assert_int_equal(baton_ftp_write(p, &line, &to, port), !!want);
	assert_memory_equal(p, want ?: text, strlen(text));
	free(p);
}

static void test_write(void **state)
{
	const char *vip = "\xc0\0\x02\x64", *wide = "\xff\xff\xff\xff";

	/* as long as before */
	check_write("227 Entering Passive Mode (10,10,10,1,195,80).\r\n", "\x0a\x0b\x0c\x02", 50001,
		    "227 Entering Passive Mode (10,11,12,2,195,81).\r\n");
	/* shorter: blanks behind it */
	check_write("227 Entering Passive Mode (198,51,100,21,195,80).\r\n", vip, 50000,
		    "227 Entering Passive Mode (192,0,2,100,195,80).  \r\n");
	check_write("227 198,51,100,21,195,80\n", "\x01\x02\x03\x04", 1024, "227 1,2,3,4,4,0         \n");
	/* longer: fewer words */
	check_write("227 Entering Passive Mode (10,0,0,1,195,80)\r\n", vip, 50000,
		    "227       Passive Mode (192,0,2,100,195,80)\r\n");
	check_write("227 Entering Passive Mode (10,0,0,1,4,1).\r\n", wide, 65535,
		    "227       Mode (255,255,255,255,255,255).\r\n");
	check_write("227 ok (10,0,0,1,4,1)\r\n", "\x0a\0\0\x14", 1281, "227   (10,0,0,20,5,1)\r\n");
	check_write("227 (10,0,0,1,4,1)\r\n", vip, 50000, NULL);
	check_write("227 10,0,0,1,4,1\r\n", vip, 50000, NULL);
	/* ports alone */
	check_write("229 Entering Extended Passive Mode (|||50000|)\r\n", vip, 49152,
		    "229 Entering Extended Passive Mode (|||49152|)\r\n");
	check_write("229 Entering Extended Passive Mode (|||50000|)\r\n", vip, 80,
		    "229 Entering Extended Passive Mode (|||80|)   \r\n");
	check_write("229 Go on (|||80|)\r\n", vip, 50000, "229    (|||50000|)\r\n");
	check_write("229 (|||80|)\r\n", vip, 50000, NULL);
}

/* Whatever is read back after a write is what was written, and the length of nothing changes. */
static void test_round_trip(void **state)
{
	struct baton_ftp_line line, again;
	union baton_addr to = { 0 };
	unsigned int port, octet;
	u8 *p;

	for (port = 1; port <= 65535; port += 97) {
		for (octet = 0; octet < 256; octet += 51) {
			const char *text = "227 Entering Passive Mode (10,20,0,1,195,80).\r\n";

			p = copy(text);
			memset(to.bytes, (int)octet, 4);
			assert_true(baton_ftp_find(true, p, strlen(text), 0, &line));
			assert_true(baton_ftp_write(p, &line, &to, (u16)port));
			assert_true(baton_ftp_find(true, p, strlen(text), 0, &again));
			assert_int_equal(again.port, port);
			assert_memory_equal(again.addr.bytes, to.bytes, 4);
			assert_int_equal(again.next, strlen(text));
			free(p);
		}
	}
}

static void test_long_lines(void **state)
{
	size_t len = BATON_FTP_LINE_MAX + 40;
	struct baton_ftp_line line;
	u8 *p = malloc(len);

	assert_non_null(p);
	memset(p, ' ', len);
	memcpy(p, "227 ", 4);
	memcpy(p + len - 20, "(10,0,0,1,195,80)\r\n", 19);
	p[len - 1] = '\n';
	assert_false(baton_ftp_find(true, p, len, 0, &line));
	memcpy(p + 60, "\n227 ", 5);			/* a shorter one begins there */
	assert_true(baton_ftp_find(true, p, len, 0, &line));
	assert_int_equal(line.words, 65);
	assert_false(baton_ftp_find(true, p, 0, 0, &line));
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_long_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
