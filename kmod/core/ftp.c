// SPDX-License-Identifier: GPL-2.0-only
/* See ftp.h. Every byte of a line comes from a client or a server, who may mean harm. */
#include "env.h"
#include "ftp.h"

#define NUMBERS_MAX 24		/* 255,255,255,255,255,255 */

static bool is_digit(u8 c)
{
	return c >= '0' && c <= '9';
}

/* A number up to @max at *@at, which moves behind it. */
static bool read_number(const u8 *text, size_t end, size_t *at, u32 max, u32 *ret)
{
	size_t begin = *at;
	u32 value = 0;

	while (*at < end && is_digit(text[*at]) && value <= max)
		value = 10 * value + text[(*at)++] - '0';
	*ret = value;
	return *at > begin && value <= max;
}

/* h1,h2,h3,h4,p1,p2 */
static bool read_six(const u8 *text, size_t end, size_t *at, struct baton_ftp_line *ret)
{
	u8 bytes[6];
	u32 value;
	int i;

	for (i = 0; i < 6; i++) {
		if (i && (*at == end || text[(*at)++] != ','))
			return false;
		if (!read_number(text, end, at, 255, &value))
			return false;
		bytes[i] = value;
	}
	baton_addr_set(&ret->addr, AF_INET, bytes);
	ret->port = bytes[4] << 8 | bytes[5];
	return ret->port;
}

/* The text at @at begins with @word, an upper-case command, whatever case the text has. */
static bool begins(const u8 *text, size_t end, size_t at, const char *word)
{
	for (; *word; word++, at++)
		if (at >= end || (text[at] & (*word >= 'A' ? ~0x20 : ~0)) != (u8)*word)
			return false;
	return true;
}

static size_t skip_blanks(const u8 *text, size_t end, size_t at)
{
	while (at < end && text[at] == ' ')
		at++;
	return at;
}

/* |PROTOCOL|ADDRESS|PORT| with any delimiter; the address is the client's, or the server would refuse. */
static bool read_extended_port(const u8 *text, size_t end, size_t at, struct baton_ftp_line *ret)
{
	int fields = 0;
	u8 delimiter;
	u32 port;

	if (at == end)
		return false;
	delimiter = text[at];
	for (; at < end && fields < 3; at++)
		fields += text[at] == delimiter;
	if (fields < 3 || !read_number(text, end, &at, U16_MAX, &port) || at == end ||
	    text[at] != delimiter)
		return false;
	ret->port = port;
	return port;
}

static bool read_command(const u8 *text, size_t at, struct baton_ftp_line *ret)
{
	size_t end = ret->end;

	ret->kind = BATON_FTP_PORT;
	if (begins(text, end, at, "PORT ")) {
		at = skip_blanks(text, end, at + 5);
		return read_six(text, end, &at, ret);
	}
	return begins(text, end, at, "EPRT ") &&
	       read_extended_port(text, end, skip_blanks(text, end, at + 5), ret);
}

/* The first six numbers in a row, in brackets or not. */
static bool read_passive(const u8 *text, struct baton_ftp_line *ret)
{
	size_t at = ret->words, end;

	while (at < ret->end && !is_digit(text[at]))
		at++;
	end = at;
	if (!read_six(text, ret->end, &end, ret))
		return false;
	ret->numbers = at;
	ret->numbers_end = end;
	ret->keep = at - (at > ret->words && text[at - 1] != ' ');
	return true;
}

/* (|||PORT|) with any delimiter */
static bool read_extended(const u8 *text, struct baton_ftp_line *ret)
{
	size_t at = ret->words, end;
	u32 port;

	while (at < ret->end && text[at] != '(')
		at++;
	if (at + 4 >= ret->end || text[at + 1] != text[at + 2] || text[at + 1] != text[at + 3])
		return false;
	end = at + 4;
	if (!read_number(text, ret->end, &end, U16_MAX, &port) || end == ret->end ||
	    text[end] != text[at + 1])
		return false;
	ret->keep = at;
	ret->numbers = at + 4;
	ret->numbers_end = end;
	ret->port = port;
	return port;
}

static bool read_reply(const u8 *text, size_t at, struct baton_ftp_line *ret)
{
	ret->words = at + 4;
	ret->kind = BATON_FTP_PASSIVE;
	if (begins(text, ret->end, at, "227 "))
		return read_passive(text, ret);
	ret->kind = BATON_FTP_EXTENDED;
	return begins(text, ret->end, at, "229 ") && read_extended(text, ret);
}

bool baton_ftp_find(bool reply, const u8 *text, size_t len, size_t from, struct baton_ftp_line *ret)
{
	size_t at = from, end;

	for (; at < len && len <= U16_MAX; at = end + 1) {
		for (end = at; end < len && text[end] != '\n'; end++)
			;
		if (end == len)
			break;
		if (end - at >= BATON_FTP_LINE_MAX)
			continue;
		*ret = (struct baton_ftp_line) { .next = end + 1 };
		ret->end = end - (end > at && text[end - 1] == '\r');
		if (reply ? read_reply(text, at, ret) : read_command(text, at, ret))
			return true;
	}
	return false;
}

static size_t put_number(u8 *out, u32 value)
{
	u8 digits[10];
	size_t n = 0, i;

	do {
		digits[n++] = '0' + value % 10;
		value /= 10;
	} while (value);
	for (i = 0; i < n; i++)
		out[i] = digits[n - 1 - i];
	return n;
}

static size_t put_six(u8 *out, const union baton_addr *addr, u16 port)
{
	const u8 bytes[6] = {
		addr->bytes[0], addr->bytes[1], addr->bytes[2], addr->bytes[3], port >> 8, port,
	};
	size_t n = 0;
	int i;

	for (i = 0; i < 6; i++) {
		if (i)
			out[n++] = ',';
		n += put_number(out + n, bytes[i]);
	}
	return n;
}

/* Half a word is worse than none. */
static void blank_word(u8 *text, size_t at, size_t end)
{
	for (; at < end && text[at] != ' '; at++)
		text[at] = ' ';
}

bool baton_ftp_write(u8 *text, const struct baton_ftp_line *line, const union baton_addr *addr,
		     u16 port)
{
	size_t was = line->numbers_end - line->numbers, kept = line->numbers - line->keep;
	size_t rest = line->end - line->numbers_end, cut, at = line->words, words, n;
	u8 numbers[NUMBERS_MAX];

	n = line->kind == BATON_FTP_PASSIVE ? put_six(numbers, addr, port) :
					      put_number(numbers, port);
	cut = n > was ? n - was : 0;
	words = line->keep - line->words;
	if (cut > words)
		return false;
	words -= cut;
	if (cut) {
		memmove(text + at, text + at + cut, words);
		blank_word(text, at, at + words);
	}
	at += words;
	/* what follows first: it moves away from where the numbers go */
	if (n < was) {
		memmove(text + line->numbers + n, text + line->numbers_end, rest);
		memset(text + line->numbers + n + rest, ' ', was - n);
	}
	memmove(text + at, text + line->keep, kept);
	memcpy(text + at + kept, numbers, n);
	return true;
}
