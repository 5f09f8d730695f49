# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's monitor protocol, as much of it as faults need."""

import json
import socket


class Qmp:
    """One connection to a guest's monitor; made when the guest starts, so that a fault is one write."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(20)
        self.sock.connect(str(path))
        self.file = self.sock.makefile("rw")
        self._answer()
        self.call("qmp_capabilities")

    def _answer(self):
        for line in self.file:
            message = json.loads(line)
            if "event" not in message:
                return message
        raise EOFError("the guest's monitor closed")

    def call(self, command, **arguments):
        """Send a command and wait for its answer; a guest that ends instead of answering is no error."""
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        try:
            answer = self._answer()
        except (EOFError, ConnectionError):
            return {}
        if "error" in answer:
            raise RuntimeError(f"QEMU refused {command}: {answer['error'].get('desc')}")
        return answer.get("return", {})
