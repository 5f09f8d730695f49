# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of corosync.conf that gives a third machine a vote, in place of two_node."""


def device(host):
    """For a qnetd on `host`; qdevice's heartbeat is 0.8 of the timeout, and a second at least."""
    return f"""	device {{
		model: net
		votes: 1
		timeout: 1250
		sync_timeout: 4000
		net {{
			host: {host}
			algorithm: ffsplit
			tie_breaker: lowest
			tls: off
		}}
	}}
"""
