# SPDX-License-Identifier: GPL-2.0-or-later
"""One drill: a pair under traffic, a fault, what became of the connections.

A scenario (one file each) is a module with a docstring that says in prose what happens and what
is expected, and a function run(drill) that uses the steps below in its order. What it expects
beyond the survival of every connection, which holds for all of them, it says with expect().
"""

import contextlib
import shutil
import time

import actives
import judge
from pair import explain, first
from testbed.say import BedError, say
from stream import Streams
from traffic import BUSY, SILENT, Traffic, resets_to_client

BASELINE_S = 3
# New ones, 5 a second, that the peer was not told of in time: more would be a lag of 0.4 s.
ADOPTED_MAX = 2
# To prove an address unused takes a second, to find a neighbour unreachable five.
IPV6_LATER_MS = 300


class Drill:
    """State and measurements of one scenario's run.

    Scenarios may set, before begin(): lossless, when no datagram may be lost; exclusive to false, when
    their profile does not promise that there is one active director at most; brief to false, when nobody answers for longer than a new
    connection waits, and addresses move one after the other.
    """

    def __init__(self, bed, pair, scenario, build, profile):
        """scenario: its (name, module); profile: default or fast."""
        self.bed = bed
        self.pair = pair
        self.fault, self.module = scenario
        self.build = build
        self.profile = profile
        self.events = judge.Events(pair, bed.guests)
        self.active = None
        self.standby = None
        self.traffic = None
        self.streams = None
        self.actives = None
        self.lossless = False
        self.exclusive = True
        self.brief = True
        self.connections = 0
        self.at = None
        self.marks = {}
        self.failures = []
        self.data = {"fault": self.fault, "profile": profile, "steal": None, "bounds": []}
        self._steal = None
        self._resets = None
        self._adopted = {}
        self._stack = contextlib.ExitStack()

    # Steps, in the order in which scenarios use them.

    def begin(self, download=True, silent=SILENT):
        """Find the roles, open the connections, wait for the proof that the standby has them."""
        self.watch(*self.pair.roles(self.bed))
        self.load(download, silent)
        say("all connections are up; waiting until the standby is proven warm")
        self.prove()
        self.traffic.command("mark calm")
        self.traffic.quiet_moment(BASELINE_S)

    def watch(self, active, standby):
        """From here on it is recorded what the directors send."""
        self.active, self.standby = active, standby
        say(f"{active.name} is active, {standby.name} is standby")
        self._adopted = {guest: self.pair.adopted(guest) for guest in self.bed.guests}
        self._resets = self._stack.enter_context(resets_to_client(self.bed, self.fault))
        self.actives = self._stack.enter_context(actives.watch(self.bed, self.fault))

    def load(self, download=True, silent=SILENT):
        """Open the connections and begin the streams of datagrams."""
        self.connections = BUSY + silent
        self.data.update(connections_before=self.connections, silent_before=silent)
        self.traffic = Traffic(self.bed, self.fault)
        self.traffic.start(download, silent)
        self.streams = Streams(self.bed, self.fault)
        self.streams.start()

    def prove(self):
        """Wait until the standby is proven to have every connection."""
        proof = self.pair.wait_warm(self.bed, self.standby, self.connections)
        self.data.update(warm_before=self.pair.PROOF, digests_equal=self.pair.PROOF, warm_proof=proof)
        say(proof)

    def inject(self, what, action):
        """The fault: action() returns the host's time just before it."""
        say(f"fault: {what}")
        self.expect(self.traffic.download_running(), "the download was still running when the fault came")
        self.events.begin()
        self._steal = judge.Steal(self.bed.guests)
        self.traffic.command("mark fault")
        self.at = action()
        self.marks["fault"] = self.at

    def flowing(self, limit=90):
        """Wait until every busy connection was answered again; how busy the machine was until then counts for the gap."""
        self.traffic.command("wait flowing", limit)
        say("every living busy connection was answered again")
        if self.data["steal"] is None:
            self.data["steal"] = max(self._steal.parts().values(), default=None)

    def recovered(self, limit=90):
        """Wait until every busy connection was answered again, then let the silent ones speak."""
        self.flowing(limit)
        self.traffic.quiet_moment(2)
        self.traffic.command("mark woken")
        self.traffic.command("wake")
        self.traffic.command("wait awake", limit)
        say("the silent connections have spoken")

    def times(self, survivor, required=True, detects=True):
        """Detection, promotion and announcement, from the survivor's timeline."""
        self.events.read()
        events = self.pair.events(survivor, self.at)
        self.data["timeline"] = self.moments(events)
        wanted = (("detect_ms", ("silence", "membership", "verdict")), ("promote_ms", ("gate_open",)),
                  ("announce_ms", ("announced",)))
        for key, names in wanted if detects else wanted[1:]:
            moment = first(events, *names)
            self.data[key] = None if moment is None else round((moment - self.at) * 1000, 1)
            if required and self.pair.PROOF:
                self.expect(moment is not None, f"{survivor.name}'s timeline has {' or '.join(names)} after the fault")
        if self.data.get("promote_ms") is not None:
            self.marks["gate open"] = self.at + self.data["promote_ms"] / 1000

    def moments(self, events):
        """A timeline as the JSON file has it."""
        return [{"ms": round((at - self.at) * 1000, 1), "event": event, "detail": detail}
                for at, event, detail in events]

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
        say(f"warm again: {self.pair.wait_warm(self.bed, guest, self.connections, limit)}")

    def expect(self, condition, sentence):
        """One of the scenario's own expectations."""
        if not condition:
            say(f"NOT MET: {sentence}")
            self.failures.append(sentence)
        return condition

    def within(self, what, gap, bounds):
        """A gap against its bound in this profile, where the machine was not too busy; of the other pair nothing is asked."""
        if not self.pair.PROOF:
            return
        bound = bounds.get(self.profile, bounds["default"])
        held, verdict = judge.gap_verdict(bound, gap, self.data["steal"])
        self.data["bounds"].append({"what": what, "ms": gap, "bound_ms": bound, "judged": held is not None, "verdict": verdict})
        self.expect(held is not False, f"{what}: at most {bound} ms (it was {gap:.0f} ms)")

    def finish(self):
        """End the traffic and judge what holds for every scenario."""
        self.events.read()
        self._count_datagrams(self.streams.stop())
        self.data["download_ok"] = self.traffic.download_ok()
        load = self.traffic.stop()
        self.data["marks"] = load.get("marks", [])
        self._stack.close()
        self._count_actives()
        fault = next((mark for mark in load.get("marks", []) if mark["name"] == "fault"), {})
        calm = next((mark for mark in load.get("marks", []) if mark["name"] == "calm"), {})
        self.data.update(
            connections_after=load["busy_after"] + load["silent_after"], silent_after=load["silent_after"],
            resets=load["resets"] + load.get("new_resets", 0), rst_to_client=self._resets()[0],
            rst_after_close=self._resets()[1],
            gap_ms=fault.get("gap_ms", load["gap_ms"]), calm_gap_ms=calm.get("gap_ms"),
            worst_connection_gap_ms=fault.get("worst_connection_gap_ms"),
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
        self.expect(data["new_failed"] == 0 or not self.brief, f"every new connection was served ({data['new_failed']} were not)")
        self.within("gap", data["gap_ms"], self.module.GAP_MS)
        if self.pair.PROOF:
            judge.judge_events(self, self.module)
        self.build.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            shutil.copy(self.traffic.times, self.build / f"{self.fault}.times.csv")

    def _count_datagrams(self, streams):
        """Where the scenario promises it no datagram may be lost; nowhere may one be answered twice."""
        total = {key: sum(stream[key] for stream in streams.values()) for key in ("sent", "lost", "duplicated", "refused")}
        self.data.update(streams=streams, packets_sent=total["sent"], packets_lost=total["lost"],
                         packets_duplicated=total["duplicated"])
        if self.pair.PROOF:
            later = streams["nat6"]["gap_ms"] - max(streams[kind]["gap_ms"] for kind in ("nat", "dr"))
            self.data["ipv6_later_ms"] = round(later, 1)
            self.expect(later <= IPV6_LATER_MS or not self.brief, f"IPv6 waits for nothing of its own (its longest gap is {later:.0f} ms longer)")
        self.expect(total["duplicated"] == 0, f"no packet came twice ({total['duplicated']} did)")
        if self.lossless:
            self.expect(total["lost"] == 0, f"no packet was lost ({total['lost']} of {total['sent']} were)")
            self.expect(total["refused"] == 0, f"no sender was told that nobody is there ({total['refused']} times)")

    def _count_actives(self):
        """Never may two directors be active, where the scenario's profile promises that."""
        both, frames = self.actives.both()
        self.data.update(two_actives_ms=round(both, 1), two_actives_frames=frames)
        self.expect(not self.exclusive or (both == 0 and frames == 0),
                    f"at no time two directors sent as the active one ({both:.1f} ms, {frames} frames)")

    def judge(self):
        """The verdict, once the scenario has said everything that it expects."""
        self.data["passed"] = not self.failures
        self.data["not_met"] = self.failures

    def abandon(self):
        """After an error: stop captures and traffic."""
        with contextlib.suppress(Exception):
            self._stack.close()
        if self.streams:
            for child in self.streams.children.values():
                child.kill()
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
        pair.heal(guest)
    try:
        pair.roles(bed)
    except BedError:
        explain(bed, pair)
        raise
