/* SPDX-License-Identifier: GPL-2.0-only */
/* What of the talk on an FTP control connection announces a data connection (RFC 959, RFC 2428). */
#ifndef BATON_CORE_FTP_H
#define BATON_CORE_FTP_H

#include "addr.h"

#define BATON_FTP_LINE_MAX 512	/* bytes, with the line's end (RFC 1123 asks for as many) */

/** enum baton_ftp_kind - who will connect to whom */
enum baton_ftp_kind {
	BATON_FTP_PORT,		/* the server to the client's port: PORT, EPRT */
	BATON_FTP_PASSIVE,	/* the client to the server's address and port: 227 */
	BATON_FTP_EXTENDED,	/* the client to the server's port: 229 */
};

/**
 * struct baton_ftp_line - an announcement
 *
 * Offsets count from the begin of the text; all of them are within it.
 */
struct baton_ftp_line {
	enum baton_ftp_kind	kind;
	union baton_addr	addr;		/* (PASSIVE: IPv4) */
	u16			port;		/* host byte order, not 0 */
	u16			words;		/* where the words of a reply begin */
	u16			keep;		/* and end: the bracket or numbers */
	u16			numbers;	/* address and port (PASSIVE), or the port (EXTENDED) */
	u16			numbers_end;
	u16			end;		/* of the line, without CR and LF */
	u16			next;		/* the line after it */
};

/**
 * baton_ftp_find - look for the next announcement in what one side says
 * @reply: the server says it
 * @text: whole lines; what is behind the last line's end is left alone
 * @len: bytes of it
 * @from: where a line begins: 0, or @ret->next of the last one
 *
 * Return: whether there is one.
 */
bool baton_ftp_find(bool reply, const u8 *text, size_t len, size_t from, struct baton_ftp_line *ret);

/**
 * baton_ftp_write - announce another address and port
 * @text: where @line was found in
 * @line: PASSIVE or EXTENDED
 * @addr: IPv4 (PASSIVE)
 * @port: host byte order
 *
 * The length stays, so that sequence numbers do: a shorter announcement is followed by blanks, a
 * longer one costs some of the words before it, which are for people.
 *
 * Return: false when there are not enough of those; nothing was written then.
 */
bool baton_ftp_write(u8 *text, const struct baton_ftp_line *line, const union baton_addr *addr,
		     u16 port);

#endif /* BATON_CORE_FTP_H */
