# SPDX-License-Identifier: GPL-2.0-or-later
"""Which accelerator to use: KVM when a timed trial boot has proven it, else TCG.

A /dev/kvm that is there may still hang a stock kernel, so its presence says nothing. The answer
is kept in the cache for as long as the host does not reboot.
"""

import os
import pathlib
import subprocess

from .image import cache_root
from .say import say

LIMIT_S = 15
# No XSAVE, AVX or fast strings: an emulator pays for them at every switch of tasks.
TCG = ["-accel", "tcg,thread=multi", "-cpu", "Westmere"]
KVM = ["-accel", "kvm", "-cpu", "host"]


def _trial(folder):
    command = ["qemu-system-x86_64", *KVM, "-m", "256", "-nodefaults", "-no-user-config", "-display", "none",
               "-vga", "none", "-serial", "stdio", "-monitor", "none", "-no-reboot",
               "-kernel", str(folder / "vmlinuz"), "-initrd", str(folder / "initrd"),
               "-append", "console=ttyS0 quiet panic=-1 accel.probe"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return False
    return b"ACCEL-PROBE-OK" in done.stdout


def choose(folder):
    """QEMU's accelerator options; `folder` is the image's."""
    forced = os.environ.get("BATON_ACCEL")
    if forced:
        return KVM if forced == "kvm" else TCG
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return TCG
    boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    note = cache_root() / "accel"
    if note.exists():
        fields = note.read_text().split()
        if len(fields) == 2 and fields[0] == boot:
            return KVM if fields[1] == "kvm" else TCG
    say(f"trying KVM with a trial boot (at most {LIMIT_S} s)")
    works = _trial(folder)
    note.write_text(f"{boot} {'kvm' if works else 'tcg'}\n")
    say("KVM works" if works else "KVM is there but does not boot a kernel: using TCG, which is slower")
    return KVM if works else TCG
