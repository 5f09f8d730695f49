/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One walk over the model, one writer per format. A walk names each value twice: @name is
 * its member in JSON, @label the word before it in text. Without a @name a value is text
 * only, without a @label JSON only; an empty label prints the value alone.
 *
 * Text: an element of a list is a line, and elements inside elements are indented lines
 * below it; an object that is a member continues its parent's line. JSON: one document,
 * on one line, ended by a newline.
 */
#ifndef BATON_CTL_WRITER_H
#define BATON_CTL_WRITER_H

#include <json-c/json.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define BATON_WRITER_DEPTH 16

struct baton_value {
	enum { BATON_STRING, BATON_NUMBER, BATON_REAL, BATON_BOOL, BATON_RAW } kind;
	union {
		const char *string;
		uint64_t number;
		double real;
		bool boolean;
		json_object *raw;	/* JSON only; borrowed */
	};
};

struct baton_writer;

struct baton_writer_ops {
	void (*begin)(struct baton_writer *w, bool array, const char *name);
	void (*end)(struct baton_writer *w);
	void (*value)(struct baton_writer *w, const char *name, const char *label,
		      const struct baton_value *value);
	void (*text)(struct baton_writer *w, bool new_line, const char *fmt, va_list ap)
		__attribute__((format(printf, 3, 0)));
};

/** struct baton_writer - set up by baton_writer_text() or baton_writer_json() */
struct baton_writer {
	const struct baton_writer_ops *ops;
	FILE *out;
	int depth;
	struct {
		bool array;
		bool indents;		/* text: its lines are one step further in */
		bool filled;		/* JSON: a comma is due */
	} level[BATON_WRITER_DEPTH];
	int indent;
	bool line_open;
};

/** @out is borrowed; whoever closes it checks for write errors. */
void baton_writer_text(struct baton_writer *w, FILE *out);
void baton_writer_json(struct baton_writer *w, FILE *out);

static inline void baton_write_object(struct baton_writer *w, const char *name)
{
	w->ops->begin(w, false, name);
}

static inline void baton_write_array(struct baton_writer *w, const char *name)
{
	w->ops->begin(w, true, name);
}

/** Ends what the last begin began; the end of the outermost ends the document. */
static inline void baton_write_end(struct baton_writer *w)
{
	w->ops->end(w);
}

static inline void baton_write_string(struct baton_writer *w, const char *name,
				      const char *label, const char *string)
{
	w->ops->value(w, name, label,
		      &(struct baton_value) { .kind = BATON_STRING, .string = string });
}

static inline void baton_write_number(struct baton_writer *w, const char *name,
				      const char *label, uint64_t number)
{
	w->ops->value(w, name, label,
		      &(struct baton_value) { .kind = BATON_NUMBER, .number = number });
}

static inline void baton_write_real(struct baton_writer *w, const char *name,
				    const char *label, double real)
{
	w->ops->value(w, name, label,
		      &(struct baton_value) { .kind = BATON_REAL, .real = real });
}

/** In text a true one is its @label and a false one is nothing. */
static inline void baton_write_bool(struct baton_writer *w, const char *name,
				    const char *label, bool boolean)
{
	w->ops->value(w, name, label,
		      &(struct baton_value) { .kind = BATON_BOOL, .boolean = boolean });
}

/** What a daemon said, as it said it; JSON only. */
static inline void baton_write_raw(struct baton_writer *w, const char *name, json_object *raw)
{
	w->ops->value(w, name, NULL, &(struct baton_value) { .kind = BATON_RAW, .raw = raw });
}

/** Text only: more words on the line. */
void baton_write_words(struct baton_writer *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/** Text only: the beginning of a new line. */
void baton_write_line(struct baton_writer *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* BATON_CTL_WRITER_H */
