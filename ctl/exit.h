/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exit statuses of batonctl: part of its interface, see batonctl(8). */
#ifndef BATON_CTL_EXIT_H
#define BATON_CTL_EXIT_H

enum baton_exit {
	BATON_EXIT_OK,
	BATON_EXIT_REFUSED,	/* the kernel or a daemon said no */
	BATON_EXIT_USAGE,	/* words that are not a command */
	BATON_EXIT_NO_MODULE,	/* the kernel module is not loaded */
	BATON_EXIT_NO_DAEMON,	/* the daemon that is asked is not running */
	BATON_EXIT_FILE,	/* a file cannot be read or written, or its content is wrong */
	BATON_EXIT_PERMISSION,	/* not root, or a key that others can read */
	BATON_EXIT_VERSION,	/* module and tool are of different interface versions */
};

#endif /* BATON_CTL_EXIT_H */
