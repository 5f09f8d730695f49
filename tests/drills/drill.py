# SPDX-License-Identifier: GPL-2.0-or-later
"""One drill: a pair under traffic, a fault, what became of the connections.

A scenario (one file each) is a module with a docstring that says in prose what happens and what
is expected, and a function run(drill) that uses the steps below in its order. What it expects
beyond the survival of every connection, which holds for all of them, it says with expect().
"""

import contextlib
import shutil
import time

from pair import explain, first
from testbed.say import BedError, say
from traffic import BUSY, SILENT, Traffic, resets_to_client

BASELINE_S = 3
# New ones, 5 a second, that the peer was not told of in time: more would be a lag of 0.4 s.
ADOPTED_MAX = 2


class Drill:
    """State and measurements of one scenario's run."""

    def __init__(self, bed, pair, fault, build):
        self.bed = bed
        self.pair = pair
        self.fault = fault
        self.build = build
        self.active = None
        self.standby = None
        self.traffic = None
        self.at = None
        self.marks = {}
        self.failures = []
        self.data = {"fault": fault}
        self._resets = None
        self._adopted = {}
        self._stack = contextlib.ExitStack()

    # Steps, in the order in which scenarios use them.

    def begin(self, download=True):
        """Find the roles, open the connections, wait for the proof that the standby has them."""
        self.active, self.standby = self.pair.roles(self.bed)
        say(f"{self.active.name} is active, {self.standby.name} is standby")
        self._adopted = {guest: self.pair.adopted(guest) for guest in self.bed.guests}
        self._resets = self._stack.enter_context(resets_to_client(self.bed, self.fault))
        self.traffic = Traffic(self.bed, self.fault)
        self.traffic.start(download)
        say("all connections are up; waiting until the standby is proven warm")
        proof = self.pair.wait_warm(self.bed, self.standby, BUSY + SILENT)
        self.data.update(connections_before=BUSY + SILENT, silent_before=SILENT, warm_before=self.pair.PROOF,
                         digests_equal=self.pair.PROOF, warm_proof=proof)
        say(self.data["warm_proof"])
        self.traffic.quiet_moment(BASELINE_S)

    def inject(self, what, action):
        """The fault: action() returns the host's time just before it."""
        say(f"fault: {what}")
        self.expect(self.traffic.download_running(), "the download was still running when the fault came")
        self.traffic.command("mark fault")
        self.at = action()
        self.marks["fault"] = self.at

    def recovered(self, limit=90):
        """Wait until every busy connection was answered again, then let the silent ones speak."""
        self.traffic.command("wait flowing", limit)
        say("every living busy connection was answered again")
        self.traffic.quiet_moment(2)
        self.traffic.command("mark woken")
        self.traffic.command("wake")
        self.traffic.command("wait awake", limit)
        say("the silent connections have spoken")

    def times(self, survivor, required=True, detects=True):
        """Detection, promotion and announcement, from the survivor's timeline."""
        events = self.pair.events(survivor, self.at)
        self.data["timeline"] = [{"ms": round((at - self.at) * 1000, 1), "event": event, "detail": detail}
                                 for at, event, detail in events]
        wanted = (("detect_ms", ("silence", "membership", "verdict")), ("promote_ms", ("gate_open",)),
                  ("announce_ms", ("announced",)))
        for key, names in wanted if detects else wanted[1:]:
            moment = first(events, *names)
            self.data[key] = None if moment is None else round((moment - self.at) * 1000, 1)
            if required and self.pair.PROOF:
                self.expect(moment is not None, f"{survivor.name}'s timeline has {' or '.join(names)} after the fault")
        if self.data.get("promote_ms") is not None:
            self.marks["gate open"] = self.at + self.data["promote_ms"] / 1000

    def rebuild(self, guest, start):
        """Bring a node back (start() does it) as a standby and wait until it is warm; notes the time."""
        say(f"{guest.name} comes back")
        self.traffic.command("mark rebuild")
        began = time.monotonic()
        start()
        guest.wait_up()
        up = time.monotonic()
        self.wait_standby_warm(guest)
        self.data["rewarm_boot_ms"] = round((up - began) * 1000)
        self.data["rewarm_ms"] = round((time.monotonic() - began) * 1000)

    def wait_standby_warm(self, guest, limit=180):
        """Wait until `guest` is the standby and proven to have every connection."""
        self.bed.wait_for(f"{guest.name} to be standby", lambda: self.pair.state(guest) == "STANDBY", limit)
        say(f"warm again: {self.pair.wait_warm(self.bed, guest, BUSY + SILENT, limit)}")

    def expect(self, condition, sentence):
        """One of the scenario's own expectations."""
        if not condition:
            say(f"NOT MET: {sentence}")
            self.failures.append(sentence)
        return condition

    def finish(self):
        """End the traffic and judge what holds for every scenario."""
        self.data["download_ok"] = self.traffic.download_ok()
        load = self.traffic.stop()
        self._stack.close()
        fault = next((mark for mark in load.get("marks", []) if mark["name"] == "fault"), {})
        self.data.update(
            connections_after=load["busy_after"] + load["silent_after"], silent_after=load["silent_after"],
            resets=load["resets"] + load.get("new_resets", 0), rst_to_client=self._resets()[0],
            rst_after_close=self._resets()[1],
            gap_ms=fault.get("gap_ms", load["gap_ms"]), worst_connection_gap_ms=fault.get("worst_connection_gap_ms"),
            gap_at_ms=round((fault.get("gap_at", load["gap_at"]) - self.at) * 1000, 1),
            adopted=sum(max(0, self.pair.adopted(guest) - was) for guest, was in self._adopted.items()),
            new_ok=load["new_ok"], new_failed=load["new_failed"], p50_ms=load["p50_ms"], p99_ms=load["p99_ms"],
            fault_at=self.at, active=self.active.name, accelerator=self.bed.accel)
        self.data.setdefault("rewarm_ms", None)
        data = self.data
        self.expect(data["connections_after"] == data["connections_before"],
                    f"{data['connections_after']} of {data['connections_before']} connections survived")
        self.expect(data["silent_after"] == data["silent_before"],
                    f"{data['silent_after']} of {data['silent_before']} silent connections survived")
        self.expect(data["resets"] == 0 and data["rst_to_client"] == 0,
                    f"no reset reached a client (counted {data['resets']}, captured {data['rst_to_client']})")
        self.expect(data["adopted"] <= ADOPTED_MAX, f"the peer was told in time ({data['adopted']} connections were adopted)")
        self.expect(data["download_ok"], "the download's checksum is right")
        self.expect(data["new_failed"] == 0, f"every new connection was served ({data['new_failed']} were not)")
        self.build.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            shutil.copy(self.traffic.times, self.build / f"{self.fault}.times.csv")

    def judge(self):
        """The verdict, once the scenario has said everything that it expects."""
        self.data["passed"] = not self.failures
        self.data["not_met"] = self.failures

    def abandon(self):
        """After an error: stop captures and traffic."""
        with contextlib.suppress(Exception):
            self._stack.close()
        if self.traffic and self.traffic.load and self.traffic.load.poll() is None:
            self.traffic.load.kill()
        if self.traffic and self.traffic.curl and self.traffic.curl.poll() is None:
            self.traffic.curl.kill()


def heal(bed, pair):
    """Between scenarios: thaw, plug in, power on whatever a failed one left behind; wait for a whole pair."""
    for guest in bed.guests:
        if guest.frozen:
            guest.thaw()
        if not guest.alive():
            guest.start()
    for guest in bed.guests:
        guest.wait_up()
    try:
        pair.roles(bed)
    except BedError:
        explain(bed, pair)
        raise
