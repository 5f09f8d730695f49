# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole testbed as one object: network, guests, real servers, captures."""

import contextlib
import pathlib
import signal
import subprocess
import sys
import time

from . import accel, image, net, payload
from .guest import Guest
from .say import BedError, say

CAPTURE = pathlib.Path(__file__).with_name("capture.py")
NGINX = """daemon off; master_process off; pid {dir}/{name}.pid; error_log {dir}/{name}.log; worker_processes 1;
events {{ worker_connections 256; }}
http {{ access_log off; sendfile on; default_type application/octet-stream;
client_body_temp_path {dir}/{name}.t1; proxy_temp_path {dir}/{name}.t2; fastcgi_temp_path {dir}/{name}.t3;
uwsgi_temp_path {dir}/{name}.t4; scgi_temp_path {dir}/{name}.t5;
server {{ listen {address}:80; root {dir}/www; }} }}
"""


def prepare(folder, software):
    """All that has to be there before the namespaces are: image, accelerator, payload.

    software: "baton", "keepalived" or "keepalived-default" (to compare with), or "corosync" (nothing on top of it).
    """
    made = image.ensure()
    (folder / "image").symlink_to(made)
    (folder / "accel").write_text("\n".join(accel.choose(made)))
    payload.prepare(folder, made, software)


def _both(*addresses):
    return ",".join(net.at(address, port) for address in addresses for port in (net.PORT, net.PORT_NEW))


class Bed:
    """Made by process 1 of the namespaces; everything in it ends with that process."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.image = (self.folder / "image").resolve()
        options = (self.folder / "accel").read_text().splitlines()
        self.accel = "kvm" if "kvm" in options else "tcg"
        self.guests = [Guest(number, self.folder, self.image, options) for number in (1, 2)]
        self.processes = []
        signal.signal(signal.SIGINT, self._interrupt)
        signal.signal(signal.SIGTERM, self._interrupt)
        net.build()

    @staticmethod
    def _interrupt(_number, _frame):
        raise KeyboardInterrupt

    def boot(self):
        """Power both guests on and wait until they answer."""
        say(f"booting two guests ({self.accel.upper()})")
        for guest in self.guests:
            guest.start()
        for guest in self.guests:
            guest.wait_up()

    def spawn(self, host, *command, log=None, **options):
        """Start a process in a host's namespace (None: ours); it ends with the bed at the latest."""
        sink = (self.folder / log).open("ab") if log else subprocess.DEVNULL
        options.setdefault("stdout", sink)
        options.setdefault("stderr", sink)
        options.setdefault("stdin", subprocess.DEVNULL)
        argv = [str(part) for part in command]
        child = subprocess.Popen(net.inside(host, *argv) if host else argv, **options)
        self.processes.append(child)
        return child

    def wait_for(self, what, condition, limit=60, step=0.2):
        """Poll until condition() is true; its value. Raises after `limit` seconds, saying what did not come."""
        end = time.monotonic() + limit
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > end:
                raise BedError(f"did not come within {limit} s: {what}")
            time.sleep(step)

    def servers(self, echo, download_mb):
        """Start the real servers: an echo server on each, nginx on those behind NAT."""
        www = self.folder / "www"
        www.mkdir(mode=0o755)
        self.folder.chmod(0o755)
        with (www / "file").open("wb") as sink:
            block = bytearray((i * 167 + (i >> 8)) & 255 for i in range(1 << 20))
            for number in range(download_mb):
                block[:4] = number.to_bytes(4, "big")
                sink.write(block)
        logs = []
        for host, (bridge, last) in net.HOSTS.items():
            if host == "client":
                continue
            logs.append(self.folder / f"{host}.echo")
            self.spawn(host, echo, "--listen", _both(*net.addresses(host)), log=f"{host}.echo")
            if host.startswith("dr"):
                self.spawn(host, echo, "--listen", _both(net.VIP_DR), log=f"{host}.echo")
            else:
                conf = self.folder / f"{host}.nginx"
                conf.write_text("user root;\n" + NGINX.format(dir=self.folder, name=host,
                                                               address=f"{net.PREFIX[bridge]}.{last}"))
                self.spawn(host, "nginx", "-c", conf, "-e", self.folder / f"{host}.log", log=f"{host}.nginx.out")
                self.wait_for(f"nginx on {host}", (self.folder / f"{host}.pid").exists, limit=20)
        for log in logs:
            self.wait_for(f"the echo server that writes {log.name}", lambda log=log: "READY" in log.read_text(), limit=20)

    @contextlib.contextmanager
    def capture(self, name, host, interface, expression, direction="inout"):
        """Record packets while the body runs; yields the pcap's path, complete after the body."""
        path = self.folder / f"{name}.pcap"
        log = self.folder / f"{name}.capture"
        log.write_bytes(b"")
        child = self.spawn(host, sys.executable, CAPTURE, interface, path, direction, expression, log=f"{name}.capture")
        self.wait_for(f"the capture on {interface}",
                      lambda: b"listening" in log.read_bytes() or child.poll() is not None, limit=10, step=0.05)
        if child.poll() is not None:
            raise BedError(f"the capture on {interface} did not start: {log.read_text()}")
        try:
            yield path
        finally:
            child.send_signal(signal.SIGINT)
            child.wait()

    def stop(self):
        """End what was started, so that files are complete; namespaces end the rest."""
        for child in self.processes:
            if child.poll() is None:
                child.terminate()
        for guest in self.guests:
            if guest.alive():
                guest.process.kill()
                guest.process.wait()
