/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What daemons answer. Reading: a member that is missing or of another kind is its default. */
#ifndef BATON_LIB_JSON_FIELD_H
#define BATON_LIB_JSON_FIELD_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

/** NULL for what is missing, null, or inside something that is no object. Borrowed. */
static inline json_object *baton_json_get(json_object *from, const char *name)
{
	json_object *value = NULL;

	if (json_object_is_type(from, json_type_object))
		json_object_object_get_ex(from, name, &value);
	return value;
}

static inline const char *baton_json_string(json_object *from, const char *name,
					    const char *preset)
{
	json_object *value = baton_json_get(from, name);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) :
							      preset;
}

static inline uint64_t baton_json_number(json_object *from, const char *name)
{
	int64_t value = json_object_get_int64(baton_json_get(from, name));

	return value < 0 ? 0 : (uint64_t)value;
}

static inline double baton_json_real(json_object *from, const char *name)
{
	return json_object_get_double(baton_json_get(from, name));
}

static inline bool baton_json_bool(json_object *from, const char *name)
{
	return json_object_get_boolean(baton_json_get(from, name));
}

/** The member when it is a list, else NULL. */
static inline json_object *baton_json_list(json_object *from, const char *name)
{
	json_object *value = baton_json_get(from, name);

	return json_object_is_type(value, json_type_array) ? value : NULL;
}

static inline void baton_json_add_string(json_object *to, const char *name, const char *value)
{
	json_object_object_add(to, name, json_object_new_string(value));
}

static inline void baton_json_add_number(json_object *to, const char *name, int64_t value)
{
	json_object_object_add(to, name, json_object_new_int64(value));
}

static inline void baton_json_add_bool(json_object *to, const char *name, bool value)
{
	json_object_object_add(to, name, json_object_new_boolean(value));
}

#endif /* BATON_LIB_JSON_FIELD_H */
