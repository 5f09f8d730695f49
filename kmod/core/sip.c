// SPDX-License-Identifier: GPL-2.0-only
/* See sip.h. A message is lines: the first says what it is, then header fields, until an empty one. */
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

static void skip(struct text *text, size_t len)
{
	text->at += len;
	text->left -= len;
}

static void skip_blanks(struct text *text)
{
	while (text->left && is_blank(*text->at))
		skip(text, 1);
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
	skip(&end, line->left - len);
	return begins(&end, version, len) && end.at[-1] == ' ';
}

/* Cut the name and what separates it from @line, if it is that header field. */
static bool is_call_id(struct text *line)
{
	struct text rest = *line;

	if (begins(&rest, "call-id", 7))
		skip(&rest, 7);
	else if (begins(&rest, "i", 1))
		skip(&rest, 1);
	else
		return false;
	skip_blanks(&rest);
	if (!rest.left || *rest.at != ':')
		return false;
	skip(&rest, 1);
	skip_blanks(&rest);
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
