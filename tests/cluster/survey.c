// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * survey-fakegate active|standby: what `batonctl drill` finds in both tables, with the double of the kernel and the real
 * agents between them. One JSON object on standard output.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include "ctl/survey.h"

int main(int argc, char **argv)
{
	struct baton_survey s;
	json_object *o;
	char err[200];
	int status;

	if (argc != 2)
		return 2;
	status = baton_survey_pair(!strcmp(argv[1], "active"), &s, err, sizeof(err));
	o = status ? json_object_new_object() : baton_survey_json(&s);
	if (status)
		json_object_object_add(o, "error", json_object_new_string(err));
	puts(json_object_to_json_string(o));
	json_object_put(o);
	return 0;
}
