// SPDX-License-Identifier: GPL-2.0-or-later
/* Load generator: thousands of checked TCP connections; see options.c for its use. */
#include <stdio.h>
#include <string.h>

#include "run.h"

int main(int argc, char **argv)
{
	static struct baton_run run;
	int err, status = 2;

	if (baton_options_parse(&run.opt, argc, argv) < 0)
		return 2;
	if (run.opt.command)
		return baton_control_send(run.opt.control, run.opt.command);
	err = baton_run_init(&run);
	if (!err)
		err = baton_run_loop(&run);
	if (err) {
		fprintf(stderr, "loadgen: cannot run: %s\n", strerror(-err));
	} else if (!baton_report_write(&run)) {
		status = baton_report_exit(&run);
		baton_control_answer(&run);
	}
	baton_run_free(&run);
	return status;
}
