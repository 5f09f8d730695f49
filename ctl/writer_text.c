// SPDX-License-Identifier: GPL-2.0-or-later
#include "writer.h"

#include <inttypes.h>

static void close_line(struct baton_writer *w)
{
	if (w->line_open)
		putc('\n', w->out);
	w->line_open = false;
}

/* The space between words, or the indentation of a line that begins. */
static void next_word(struct baton_writer *w)
{
	if (w->line_open)
		putc(' ', w->out);
	else
		fprintf(w->out, "%*s", 2 * (w->indent > 0 ? w->indent - 1 : 0), "");
	w->line_open = true;
}

static void text_begin(struct baton_writer *w, bool array, const char *name)
{
	bool element = !w->depth || w->level[w->depth - 1].array;

	(void)name;
	if (w->depth == BATON_WRITER_DEPTH)
		return;
	w->level[w->depth].array = array;
	w->level[w->depth].indents = element && !array;
	if (w->level[w->depth++].indents) {
		close_line(w);
		w->indent++;
	}
}

static void text_end(struct baton_writer *w)
{
	if (!w->depth)
		return;
	if (w->level[--w->depth].indents) {
		close_line(w);
		w->indent--;
	}
	if (!w->depth)
		close_line(w);
}

static void text_value(struct baton_writer *w, const char *name, const char *label,
		       const struct baton_value *value)
{
	(void)name;
	if (!label || value->kind == BATON_RAW)
		return;
	if (value->kind == BATON_BOOL && !value->boolean)
		return;
	if (label[0]) {
		next_word(w);
		fputs(label, w->out);
	}
	if (value->kind == BATON_BOOL)
		return;
	next_word(w);
	if (value->kind == BATON_STRING)
		fputs(value->string, w->out);
	else if (value->kind == BATON_NUMBER)
		fprintf(w->out, "%" PRIu64, value->number);
	else
		fprintf(w->out, "%.6f", value->real);
}

static void text_text(struct baton_writer *w, bool new_line, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void text_text(struct baton_writer *w, bool new_line, const char *fmt, va_list ap)
{
	if (new_line)
		close_line(w);
	next_word(w);
	vfprintf(w->out, fmt, ap);
}

static const struct baton_writer_ops text_ops = {
	.begin	= text_begin,
	.end	= text_end,
	.value	= text_value,
	.text	= text_text,
};

void baton_writer_text(struct baton_writer *w, FILE *out)
{
	*w = (struct baton_writer) { .ops = &text_ops, .out = out };
}

void baton_write_words(struct baton_writer *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	w->ops->text(w, false, fmt, ap);
	va_end(ap);
}

void baton_write_line(struct baton_writer *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	w->ops->text(w, true, fmt, ap);
	va_end(ap);
}
