// SPDX-License-Identifier: GPL-2.0-or-later
/* Streams: a list of a million connections is never in memory as a tree. */
#include "writer.h"

#include <inttypes.h>
#include <math.h>

static void put_string(FILE *out, const char *string)
{
	json_object *object = json_object_new_string(string);

	fputs(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
					     JSON_C_TO_STRING_NOSLASHESCAPE), out);
	json_object_put(object);
}

/* The comma and the name that come before a member or an element. */
static void json_member(struct baton_writer *w, const char *name)
{
	if (!w->depth)
		return;
	if (w->level[w->depth - 1].filled)
		putc(',', w->out);
	w->level[w->depth - 1].filled = true;
	if (!w->level[w->depth - 1].array) {
		put_string(w->out, name ? name : "");
		putc(':', w->out);
	}
}

static void json_begin(struct baton_writer *w, bool array, const char *name)
{
	if (w->depth == BATON_WRITER_DEPTH)
		return;
	json_member(w, name);
	w->level[w->depth].array = array;
	w->level[w->depth++].filled = false;
	putc(array ? '[' : '{', w->out);
}

static void json_end(struct baton_writer *w)
{
	if (!w->depth)
		return;
	putc(w->level[--w->depth].array ? ']' : '}', w->out);
	if (!w->depth)
		putc('\n', w->out);
}

static void json_value(struct baton_writer *w, const char *name, const char *label,
		       const struct baton_value *value)
{
	(void)label;
	if (!name)
		return;
	json_member(w, name);
	switch (value->kind) {
	case BATON_STRING:
		put_string(w->out, value->string);
		break;
	case BATON_NUMBER:
		fprintf(w->out, "%" PRIu64, value->number);
		break;
	case BATON_REAL:
		if (isfinite(value->real))
			fprintf(w->out, "%.6f", value->real);
		else
			fputs("null", w->out);
		break;
	case BATON_BOOL:
		fputs(value->boolean ? "true" : "false", w->out);
		break;
	case BATON_RAW:
		fputs(json_object_to_json_string_ext(value->raw, JSON_C_TO_STRING_PLAIN |
						     JSON_C_TO_STRING_NOSLASHESCAPE),
		      w->out);
		break;
	}
}

static void json_text(struct baton_writer *w, bool new_line, const char *fmt, va_list ap)
{
	(void)w;
	(void)new_line;
	(void)fmt;
	(void)ap;
}

static const struct baton_writer_ops json_ops = {
	.begin	= json_begin,
	.end	= json_end,
	.value	= json_value,
	.text	= json_text,
};

void baton_writer_json(struct baton_writer *w, FILE *out)
{
	*w = (struct baton_writer) { .ops = &json_ops, .out = out };
}
