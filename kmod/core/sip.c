// SPDX-License-Identifier: GPL-2.0-only
/* See sip.h. A message is lines: the first says what it is, then header fields, until an empty one. */
#include "mix.h"
#include "sip.h"

/* struct text - what is left to be read */
struct text {
	const u8	*at;
	size_t		left;
};

/* The next line, without its end; false: there is no whole one. */
static bool next_line(struct text *text, struct text *line)
{
	size_t len = 0;

	while (len < text->left && text->at[len] != '\n')
		len++;
	if (len == text->left)
		return false;
	line->at = text->at;
	line->left = len && line->at[len - 1] == '\r' ? len - 1 : len;
	text->at += len + 1;
	text->left -= len + 1;
	return true;
}

static bool is_blank(u8 c)
{
	return c == ' ' || c == '\t';
}

static u8 lower(u8 c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* @word is lower case */
static bool begins(const struct text *text, const char *word, size_t len)
{
	size_t i;

	if (text->left < len)
		return false;
	for (i = 0; i < len; i++)
		if (lower(text->at[i]) != (u8)word[i])
			return false;
	return true;
}

static void cut(struct text *text, size_t len)
{
	text->at += len;
	text->left -= len;
}

static void cut_blanks(struct text *text)
{
	while (text->left && is_blank(*text->at))
		cut(text, 1);
}

/* "SIP/2.0 200 OK", or "INVITE sip:bob@example.org SIP/2.0" */
static bool is_first(const struct text *line)
{
	static const char version[] = "sip/2.0";
	const size_t len = sizeof(version) - 1;
	struct text end = *line;

	if (begins(line, version, len))
		return line->left > len && line->at[len] == ' ';
	if (line->left <= len)
		return false;
	cut(&end, line->left - len);
	return begins(&end, version, len) && end.at[-1] == ' ';
}

/* Cut the name and what separates it from @line, if it is that header field. */
static bool is_call_id(struct text *line)
{
	struct text rest = *line;

	if (begins(&rest, "call-id", 7))
		cut(&rest, 7);
	else if (begins(&rest, "i", 1))
		cut(&rest, 1);
	else
		return false;
	cut_blanks(&rest);
	if (!rest.left || *rest.at != ':')
		return false;
	cut(&rest, 1);
	cut_blanks(&rest);
	*line = rest;
	return true;
}

const u8 *baton_sip_call_id(const u8 *data, size_t have, size_t *ret_len)
{
	struct text text = { .at = data, .left = have }, line;
	size_t len = 0;

	if (!next_line(&text, &line) || !is_first(&line))
		return NULL;
	do {
		if (!next_line(&text, &line) || !line.left)
			return NULL;
	} while (!is_call_id(&line));
	while (len < line.left && !is_blank(line.at[len]))
		len++;
	if (!len || len > BATON_SIP_CALL_ID_MAX)
		return NULL;
	*ret_len = len;
	return line.at;
}

void baton_sip_hash(const u8 *id, size_t len, __be32 *ret_addr, __be16 *ret_port)
{
	u64 hash = baton_mix(len + 0x2545f4914f6cdd1dULL), word = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		word = word << 8 | id[i];
		if (i % 8 == 7 || i == len - 1) {
			hash = baton_mix(hash ^ word);
			word = 0;
		}
	}
	*ret_addr = cpu_to_be32(hash >> 32);
	*ret_port = cpu_to_be16((hash & 0xffff) ?: 1);
}
