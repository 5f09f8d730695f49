# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel of the active director panics, and the machine stays there, dead but powered.

As after a power failure there is no last word; unlike it, the network card may still hold frames.
Expected: every connection lives, no reset, the download goes on; the machine, switched off and on again, is a
warm standby.
"""

import subprocess
import time


def panic(guest):
    """By the magic key; the command never comes back."""
    command = guest.ssh_argv("echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger")
    at = time.time()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        try:
            child.wait(timeout=1)
        except subprocess.TimeoutExpired:
            child.kill()
    guest.forget_ssh()
    return at


def run(drill):
    """Fault, recovery, off and on."""
    drill.begin()
    drill.inject(f"{drill.active.name} panics", lambda: panic(drill.active))
    drill.recovered()
    drill.times(drill.standby)
    drill.expect("Kernel panic" in drill.active.tail(20000), f"{drill.active.name} did panic")
    drill.active.poweroff()
    drill.rebuild(drill.active, drill.active.start)
    drill.finish()
