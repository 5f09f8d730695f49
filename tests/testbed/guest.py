# SPDX-License-Identifier: GPL-2.0-or-later
"""One director guest: a QEMU process, its monitor, and commands over ssh."""

import json
import os
import pathlib
import signal
import struct
import subprocess
import time

from . import net
from .qmp import Qmp
from .say import BedError, say

MEMORY_MB = 768
BOOT_LIMIT_S = 240


class Guest:
    """Director `number` (1 or 2); `bed` is the run's folder, `image` the image's."""

    def __init__(self, number, bed, image, accel):
        self.number = number
        self.name = f"dir{number}"
        self.bed = pathlib.Path(bed)
        self.image = image
        self.accel = accel
        self.process = None
        self.qmp = None
        self.boots = 0
        self.frozen = False
        self.rings = {}
        self.disk = self.bed / f"{self.name}.qcow2"
        self.console = self.bed / f"{self.name}.console"

    def _command(self):
        payload = self.bed / f"{self.name}.tar"
        mark = (self.bed / "payload.mark").read_text().strip()
        append = ("root=/dev/vda rw console=ttyS0 quiet net.ifnames=0 mitigations=off nowatchdog no_timer_check "
                  f"systemd.show_status=0 panic=0 testbed.payload={mark}")
        command = ["qemu-system-x86_64", "-name", self.name, *self.accel, "-machine", "pc", "-smp", "1",
                   "-m", str(MEMORY_MB), "-nodefaults", "-no-user-config", "-display", "none", "-vga", "none",
                   "-rtc", "base=utc,clock=host", "-monitor", "none",
                   "-chardev", f"file,id=console,path={self.console},append=on", "-serial", "chardev:console",
                   "-qmp", f"unix:{self.bed / self.name}.qmp,server=on,wait=off",
                   "-kernel", str(self.image / "vmlinuz"), "-initrd", str(self.image / "initrd"), "-append", append,
                   "-drive", f"file={self.disk},if=virtio,format=qcow2,cache=unsafe",
                   "-drive", f"file={payload},if=virtio,format=raw,read-only=on",
                   "-device", "virtio-rng-pci"]
        for index, bridge in enumerate(net.BRIDGES):
            command += ["-netdev", f"tap,id={bridge},ifname={net.tap(self.number, bridge)},script=no,downscript=no",
                        "-device", f"virtio-net-pci,id=card-{bridge},netdev={bridge},mac={net.mac(self.number, bridge)},"
                                   f"addr={8 + index},romfile="]
        return command

    def start(self):
        """Power on."""
        if not self.disk.exists():
            subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw",
                            "-b", str(self.image / "root.ext4"), str(self.disk)], check=True)
        self.boots += 1
        self.frozen = False
        log = (self.bed / f"{self.name}.qemu").open("a")
        self.process = subprocess.Popen(self._command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        path = self.bed / f"{self.name}.qmp"
        limit = time.monotonic() + 20
        while True:
            try:
                self.qmp = Qmp(path)
                return
            except (FileNotFoundError, ConnectionRefusedError):
                if self.process.poll() is not None or time.monotonic() > limit:
                    raise BedError(f"{self.name}: QEMU did not start:\n" +
                                   (self.bed / f"{self.name}.qemu").read_text()[-2000:]) from None
                time.sleep(0.05)

    def ssh_argv(self, command):
        """The command line that runs a shell command in the guest."""
        return ["ssh", "-F", str(self.bed / "ssh_config"), self.name, command]

    def run(self, command, timeout=30, check=True):
        """Run a shell command in the guest; returns the finished process."""
        try:
            done = subprocess.run(self.ssh_argv(command), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=timeout, check=False)
        except subprocess.TimeoutExpired:
            raise BedError(f"{self.name}: no answer within {timeout} s to: {command}") from None
        if check and done.returncode:
            raise BedError(f"{self.name}: exit {done.returncode} from: {command}\n{done.stdout}{done.stderr}")
        return done

    def tell(self, command, limit):
        """Run what ends the machine, and so may never come back; the host's clock just before."""
        at = time.time()
        with subprocess.Popen(self.ssh_argv(command), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as child:
            try:
                child.wait(timeout=limit)
            except subprocess.TimeoutExpired:
                child.kill()
        self.forget_ssh()
        return at

    def unpack(self, archive, timeout=60):
        """Lay an archive's files over its root, as a package would."""
        with open(archive, "rb") as source:
            done = subprocess.run(self.ssh_argv("tar -C / --no-overwrite-dir -xf - && sync"), stdin=source, capture_output=True,
                                  text=True, timeout=timeout, check=False)
        if done.returncode:
            raise BedError(f"{self.name}: {archive.name} could not be unpacked:\n{done.stderr}")

    def json(self, command, timeout=30, empty=None):
        """The command's output as JSON; `empty` when it fails or prints something else."""
        try:
            return json.loads(self.run(command, timeout).stdout)
        except (BedError, ValueError):
            if empty is None:
                raise
            return empty

    def wait_up(self):
        """Wait until commands are answered."""
        limit = time.monotonic() + BOOT_LIMIT_S
        probe = self.ssh_argv("true")
        while time.monotonic() < limit:
            if self.process.poll() is not None:
                raise BedError(f"{self.name}: QEMU ended during the boot; see its console:\n{self.tail()}")
            try:
                done = subprocess.run(probe, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
                if done.returncode == 0:
                    say(f"{self.name} is up")
                    return
            except subprocess.TimeoutExpired:
                pass
            time.sleep(0.3)
        raise BedError(f"{self.name}: not up within {BOOT_LIMIT_S} s; the end of its console:\n{self.tail()}")

    def tail(self, size=3000):
        """The end of the guest's console."""
        return self.console.read_text(errors="replace")[-size:] if self.console.exists() else ""

    def alive(self):
        """Whether the guest is powered on."""
        return self.process is not None and self.process.poll() is None

    def forget_ssh(self):
        """Drop the shared ssh connection: the guest at its other end is gone."""
        subprocess.run(["ssh", "-F", str(self.bed / "ssh_config"), "-O", "exit", self.name],
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False)

    # Faults. Each returns the host's clock just before the fault.

    def poweroff(self):
        """Pull the plug: no shutdown, no last packet."""
        at = time.time()
        self.qmp.call("quit")
        self.process.wait()
        self.forget_ssh()
        return at

    def freeze(self):
        """Stop the virtual CPU, and its clocks with it; memory and sockets stay as they are."""
        at = time.time()
        self.qmp.call("stop")
        self.frozen = True
        self.forget_ssh()
        return at

    def stall(self):
        """The host does not run it for a time: its clocks go on, unlike those of one that freezes."""
        for bridge in net.BRIDGES:
            ring = self._ring(bridge)
            self.rings[bridge] = [self._host_address(ring[name]) for name in ("vring-avail", "vring-used")]
        at = time.time()
        os.kill(self.process.pid, signal.SIGSTOP)
        self.frozen = True
        self.forget_ssh()
        return at

    def _ring(self, bridge):
        """The queue by which a card sends."""
        return self.qmp.call("x-query-virtio-queue-status", path=f"/machine/peripheral/card-{bridge}/virtio-backend", queue=1)

    def _host_address(self, address):
        """Where in QEMU's memory a byte of the guest's is."""
        return int(self.qmp.call("human-monitor-command", **{"command-line": f"gpa2hva {address:#x}"}).split()[-1], 16)

    def plug(self, bridge, plugged):
        """Pull a network cable, or put it in: the guest sees its carrier."""
        at = time.time()
        self.qmp.call("set_link", name=bridge, up=plugged)
        return at

    def unsent(self, bridge):
        """Frames that its kernel gave to a card and that the card has not sent: for when it stands still (virtio 1.2, 2.7)."""
        # the driver's index, and the device's, is the second half word of its ring
        if self.rings:
            with open(f"/proc/{self.process.pid}/mem", "rb", buffering=0) as memory:
                given, sent = (struct.unpack("<2xH", os.pread(memory.fileno(), 4, at))[0] for at in self.rings[bridge])
            return (given - sent) & 0xffff
        ring = self._ring(bridge)
        shown = self.qmp.call("human-monitor-command", **{"command-line": f"xp /1hx {ring['vring-avail'] + 2:#x}"})
        return (int(shown.split()[1], 16) - ring["last-avail-idx"]) & 0xffff

    def thaw(self):
        """Let a guest that stands still go on."""
        at = time.time()
        if self.rings:
            self.rings = {}
            os.kill(self.process.pid, signal.SIGCONT)
        else:
            self.qmp.call("cont")
        self.frozen = False
        return at

    def reset(self):
        """The reset button."""
        at = time.time()
        self.qmp.call("system_reset")
        self.forget_ssh()
        return at
