// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz what is read of SIP messages. What was found lies within a line of the message, is one word,
 * is found again in a message that ends there, and its hash is fit for a template.
 */
#include <env.h>
#include "kmod/core/sip.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = 0, again_len = 0, line;
	const u8 *id = baton_sip_call_id(data, size, &len), *again;
	__be32 addr;
	__be16 port;

	if (!id)
		return 0;
	if (id <= data || !len || len > BATON_SIP_CALL_ID_MAX || len >= size - (size_t)(id - data))
		abort();
	for (size_t i = 0; i < len; i++)
		if (is_blank(id[i]) || id[i] == '\n')
			abort();
	for (line = (size_t)(id - data) + len; data[line] != '\n'; line++)
		if (line + 1 >= size)
			abort();
	again = baton_sip_call_id(data, line + 1, &again_len);
	if (again != id || again_len != len || baton_sip_call_id(data, line, &again_len))
		abort();
	baton_sip_hash(id, len, &addr, &port);
	if (!port)
		abort();
	return 0;
}
