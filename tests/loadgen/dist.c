// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"

static int read_value(const char *file, const char *key, double *value)
{
	struct json_object *root = json_object_from_file(file), *field;
	int err = -EINVAL;

	if (!root) {
		fprintf(stderr, "plot: %s: cannot be read as JSON\n", file);
		return err;
	}
	if (!json_object_object_get_ex(root, key, &field) ||
	    (!json_object_is_type(field, json_type_double) &&
	     !json_object_is_type(field, json_type_int))) {
		fprintf(stderr, "plot: %s: has no number called %s\n", file, key);
	} else {
		*value = json_object_get_double(field);
		err = isfinite(*value) ? 0 : -EINVAL;
	}
	json_object_put(root);
	return err;
}

int baton_dist_read(struct baton_dist *d, char **files, unsigned int n)
{
	d->values = calloc(n, sizeof(*d->values));
	d->names = calloc(n, sizeof(*d->names));
	if (!d->values || !d->names)
		return -ENOMEM;
	for (unsigned int i = 0; i < n; i++) {
		unsigned int at = i;
		double value;
		int err = read_value(files[i], d->key, &value);

		if (err)
			return err;
		for (; at && d->values[at - 1] > value; at--) {
			d->values[at] = d->values[at - 1];
			d->names[at] = d->names[at - 1];
		}
		d->values[at] = value;
		d->names[at] = files[i];
		d->n++;
	}
	return 0;
}

void baton_dist_free(struct baton_dist *d)
{
	free(d->values);
	free(d->names);
}

double baton_dist_at(const struct baton_dist *d, double q)
{
	unsigned int rank = (unsigned int)ceil(q * d->n - 1e-9);

	return d->values[rank ? rank - 1 : 0];
}

unsigned int baton_dist_within(const struct baton_dist *d)
{
	unsigned int n = 0;

	while (n < d->n && d->values[n] <= d->limit)
		n++;
	return n;
}

double baton_nice_step(double span, unsigned int n)
{
	double rough = span / n, ten = pow(10, floor(log10(rough)));

	if (rough <= ten)
		return ten;
	if (rough <= 2 * ten)
		return 2 * ten;
	return rough <= 5 * ten ? 5 * ten : 10 * ten;
}
