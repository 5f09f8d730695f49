# SPDX-License-Identifier: GPL-2.0-or-later
"""Progress on standard error, with the time since the start; errors that are one sentence."""

import os
import sys
import time

START = float(os.environ.setdefault("BATON_BED_START", repr(time.monotonic())))


class BedError(Exception):
    """Something the testbed cannot do; the text is for the user, as it is."""


def say(text):
    """One line of progress."""
    print(f"[{time.monotonic() - START:6.1f}] {text}", file=sys.stderr, flush=True)
