# SPDX-License-Identifier: GPL-2.0-or-later
"""The two directors cannot hear each other, and there is a fencing program (profile fenced).

The agent runs it in its own sandbox. Here it asks the host, which is the power switch: the active director's
machine is ended, and only then does the program say that the peer is off. Expected: the standby takes over only
after that, so at no instant do two directors send as only an active one may (captured: 0 ms); every connection
lives; the other machine, powered on again, is a warm standby.
"""

import contextlib
import socket
import threading
import time

from testbed import net
from testbed.say import say

GAP_MS = {"default": 600}
ROLE_CHANGES = 1
FORBIDDEN = ("handover_begin", "fence_failed", "promote: fell silent")
PORT = 7777
PROGRAM = "/etc/baton/fence-peer"
SCRIPT = f"""#!/bin/bash
# "off NODEID": asks the power switch, and believes only its answer
exec 3<>/dev/tcp/{net.PREFIX['mgmt']}.1/{PORT} || exit 1
echo "$*" >&3
read -r -t 30 answer <&3 && [ "$answer" = off ]
"""


class PowerSwitch:
    """Ends the machine that somebody asks it to end, one line each."""

    def __init__(self, bed):
        self.bed = bed
        self.asked = []
        self.sock = socket.create_server((f"{net.PREFIX['mgmt']}.1", PORT))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                client, _ = self.sock.accept()
            except OSError:
                return
            with client, client.makefile("rw") as line:
                words = line.readline().split()
                say(f"the power switch is asked: {' '.join(words)}")
                if words[:1] != ["off"] or words[1:2] not in (["1"], ["2"]):
                    continue
                self.bed.guests[int(words[1]) - 1].poweroff()
                self.asked.append((time.time(), int(words[1])))
                line.write("off\n")
                line.flush()

    def stop(self):
        """No more."""
        self.sock.close()


@contextlib.contextmanager
def profile(drill):
    """Both agents have the program from here on; a restart of an agent alone changes no role."""
    switch = PowerSwitch(drill.bed)
    try:
        for guest in drill.bed.guests:
            guest.run(f"cat >{PROGRAM} <<'END'\n{SCRIPT}END\nchmod 755 {PROGRAM}\n"
                      f"sed -i 's|^lease_ms|fence = {PROGRAM}\\n&|' /etc/baton/baton.conf && systemctl restart baton-ha")
        drill.pair.roles(drill.bed)
        yield switch
    finally:
        switch.stop()
        for guest in drill.bed.guests:
            if guest.alive():
                guest.run("sed -i '/^fence = /d' /etc/baton/baton.conf && systemctl restart baton-ha", check=False)


def cut():
    """Part them; the host's time before."""
    at = time.time()
    net.apart(True)
    return at


def run(drill):
    """Apart, one is fenced, the other takes over."""
    with profile(drill) as switch:
        drill.begin()
        try:
            drill.inject("the directors cannot hear each other", cut)
            drill.recovered()
            drill.traffic.quiet_moment(2)
        finally:
            net.apart(False)
        drill.times(drill.standby)
        drill.expect([number for _, number in switch.asked] == [drill.active.number],
                     f"{drill.active.name} was fenced, once (the switch was asked for {switch.asked})")
        opened = next((entry["ms"] for entry in drill.data["timeline"] if entry["event"] == "gate_open"), None)
        fenced = next((entry["ms"] for entry in drill.data["timeline"] if entry["event"] == "fenced"), None)
        drill.expect(None not in (opened, fenced) and fenced <= opened, "the gate was opened after the peer was off")
        drill.rebuild(drill.active, drill.active.start)
        drill.data["extra"] = [("fault -> peer is off", f"{fenced} ms")]
        drill.finish()
