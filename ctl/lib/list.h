/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An array that grows by doubling; for lists whose length the other side decides. */
#ifndef BATON_LIB_LIST_H
#define BATON_LIB_LIST_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct baton_list {
	size_t size;			/* of one entry */
	size_t count;
	size_t room;
	void *entries;
};

static inline int baton_list_append(struct baton_list *list, const void *entry)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 16;
		void *entries = reallocarray(list->entries, room, list->size);

		if (!entries)
			return -ENOMEM;
		list->entries = entries;
		list->room = room;
	}
	memcpy((char *)list->entries + list->count++ * list->size, entry, list->size);
	return 0;
}

/** Hands the array to the caller, or frees it when @error. */
static inline int baton_list_finish(struct baton_list *list, int error, void **ret,
				    size_t *count)
{
	if (error) {
		free(list->entries);
		return error;
	}
	*ret = list->entries;
	*count = list->count;
	return 0;
}

#endif /* BATON_LIB_LIST_H */
