# SPDX-License-Identifier: GPL-2.0-or-later
"""Run this program again inside namespaces of its own, so that nothing can be left behind.

Network, mount and process namespaces (and a user namespace when not root): the inner process is
process 1 there, so everything that it starts dies with it, and it dies with the outer one. The
outer process keeps the temporary folder and removes it.
"""

import contextlib
import ctypes
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from .say import BedError

INNER = "BATON_BED_DIR"
PR_SET_PDEATHSIG = 1
NICE = -15


def inner_dir():
    """The run's temporary folder when this process is the inner one, else None."""
    path = os.environ.get(INNER)
    return pathlib.Path(path) if path else None


def _die_with_parent():
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _interrupt(_number, _frame):
    raise KeyboardInterrupt


def _favoured():
    """Where we may, the testbed goes before other work; in the child before it becomes the program, so that nothing has started yet.

    A guest kept waiting looks dead to its peer. Nice values count within a session only where the kernel groups by session; so
    set both.
    """
    _die_with_parent()
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    with contextlib.suppress(OSError):
        pathlib.Path("/proc/self/autogroup").write_text(str(NICE))


def run_inside(argv, prepare, terminal=False):
    """Make the temporary folder, call prepare(folder), run argv inside; returns its exit status.

    terminal: it talks to a person, so it stays in our session.
    """
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        raise BedError("/dev/net/tun cannot be opened: the guests need tap devices (modprobe tun, or ask the "
                       "administrator of this machine or container)")
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="baton-bed."))
    command = ["unshare", "--net", "--mount", "--pid", "--ipc", "--fork", "--kill-child", "--mount-proc"]
    if os.geteuid():
        command += ["--user", "--map-root-user"]
    child = None
    try:
        prepare(folder)
        child = subprocess.Popen(command + argv, env=dict(os.environ, **{INNER: str(folder)}),
                                 preexec_fn=_die_with_parent if terminal else _favoured, start_new_session=not terminal)
        status = child.wait()
        return status if status >= 0 else 128 - status
    except KeyboardInterrupt:
        print("interrupted; taking the testbed down", file=sys.stderr)
        return 130
    finally:
        if child and child.poll() is None:
            child.kill()
            child.wait()
        for _ in range(50):  # what was killed may still be closing files
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
            time.sleep(0.1)
