// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz what is read on FTP's control connections, and what is written there. The first byte says who
 * speaks and which port is announced in the place of what was found; what was written has to be found
 * again, and nothing but its line may have changed.
 */
#include <env.h>
#include "kmod/core/ftp.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_anew(const u8 *data, size_t size, const struct baton_ftp_line *line, u16 port)
{
	const union baton_addr addr = { .bytes = { 203, 0, 113, port & 255 } };
	struct baton_ftp_line again;
	u8 *copy = malloc(size);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	if (baton_ftp_write(copy, line, &addr, port)) {
		if (memcmp(copy, data, line->words) ||
		    memcmp(copy + line->end, data + line->end, size - line->end) ||
		    !baton_ftp_find(true, copy, size, line->words - 4, &again) ||
		    again.kind != line->kind || again.port != port)
			abort();
	} else if (memcmp(copy, data, size)) {
		abort();
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct baton_ftp_line line = { 0 };
	size_t last = 0;
	bool reply;
	u16 port;

	if (!size)
		return 0;
	reply = data[0] & 1;
	port = data[0] & 2 ? 65535 : 1024 + data[0];
	data++;
	size--;
	while (baton_ftp_find(reply, data, size, line.next, &line)) {
		if (line.next <= last || line.next > size || line.end >= line.next || !line.port)
			abort();
		last = line.next;
		if (line.kind == BATON_FTP_PORT)
			continue;
		if (!reply || line.words > line.keep || line.keep > line.numbers ||
		    line.numbers >= line.numbers_end || line.numbers_end > line.end)
			abort();
		write_anew(data, size, &line, port);
	}
	return 0;
}
