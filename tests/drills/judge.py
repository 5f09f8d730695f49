# SPDX-License-Identifier: GPL-2.0-or-later
"""What scenarios declare as data, and whether it held.

    GAP_MS          a bound on the longest time in which nobody got an answer, by profile (fast, if it differs from default)
    ROLE_CHANGES    how often a director became active after the fault, on both together; or (least, most)
    FORBIDDEN       events that must not be in either agent's timeline after the fault; "event: words": if their detail has these

All three are asked of every scenario. A machine that is busy with other work makes every gap longer, so a gap that is too long is
judged only where the guests had the processors when they wanted them; else the verdict says so, and is not "met".
"""

import pathlib
import time

# Of the time from the fault until everybody was answered again. Two cores with twenty compilers beside the guests: 0.44 to 0.66.
STEAL_MAX = 0.5
# As many as an agent keeps (BATON_HA_TIMELINE_MAX).
TIMELINE = 96
# Of no fault a consequence.
NEVER = ("vip_failed",)
# The role went by agreement: nobody took it from one that was silent or gone, nobody was shot, nothing was called off.
AGREED = ("promote: fell silent", "promote: is gone", "promote: its lease is over", "last_word", "fence", "handover_abort",
          "gate_failed")
# Somebody is gone: there is nothing to agree on, and no power switch.
SUDDEN = ("handover_begin", "fence", "claim", "gate_failed")
# One that stood still and goes on may ask for the role: its lease is over, and it has not heard yet who has it. Nobody grants that.
THAWED = ("handover_begin", "fence")
# Nothing that decides has a reason to do anything.
STILL = ("handover_begin", "fence", "claim", "gate_open", "gate_shut", "promote", "demote", "last_word",
         "gate_failed")


def waited(guest):
    """Seconds for which a guest's threads were ready to run and the host's processors were not free."""
    tasks = pathlib.Path(f"/proc/{guest.process.pid}/task").glob("*/schedstat")
    return sum(int(path.read_text().split()[1]) for path in tasks) / 1e9


class Steal:
    """How much of the time since it was made the guests' threads waited for a processor."""

    def __init__(self, guests):
        self.began = time.monotonic()
        self.was = {guest: (guest.process.pid, waited(guest)) for guest in guests if guest.alive()}

    def parts(self):
        """{guest: part}, of those that run since then."""
        took = time.monotonic() - self.began
        return {guest: (waited(guest) - was) / took for guest, (pid, was) in self.was.items()
                if guest.alive() and guest.process.pid == pid}


class Events:
    """What both agents wrote down after the fault, whatever their clocks did.

    It has to be read before the fault, at the end, and wherever an agent may have written as much as it keeps, or will lose it.
    """

    def __init__(self, pair, guests):
        self.pair = pair
        self.guests = guests
        self.known = {guest: set() for guest in guests}
        self.found = {guest: [] for guest in guests}
        self.lost = False

    def read(self):
        """Look at both."""
        for guest in self.guests:
            if not guest.alive() or guest.frozen:
                continue
            new = [entry for entry in self.pair.timeline(guest) if entry not in self.known[guest]]
            self.known[guest].update(new)
            self.found[guest] += new
            self.lost |= len(new) >= TIMELINE

    def begin(self):
        """What there is now was before the fault."""
        self.read()
        for found in self.found.values():
            found.clear()
        self.lost = False

    def of(self, *patterns):
        """[(guest, event, detail)] of those that are meant by one of the patterns: an event, or "event: words of its detail"."""
        return [(guest, event, detail) for guest, entries in self.found.items() for _, event, detail in entries
                if any(meant(pattern, event, detail) for pattern in patterns)]


def meant(pattern, event, detail):
    """Whether a pattern of FORBIDDEN means this event."""
    name, _, words = pattern.partition(": ")
    return event == name and words in detail


def gap_verdict(bound, gap, steal):
    """(whether it held, the verdict in words); not judged is None. What was short enough on a busy machine is so on a quiet one."""
    if gap > bound and steal is not None and steal > STEAL_MAX:
        return None, f"not judged (more than {bound} ms, steal {steal:.0%})"
    return gap <= bound, f"{'met' if gap <= bound else 'MISSED'} (at most {bound} ms)"


def judge_events(drill, module):
    """Role changes counted, forbidden events looked for, in what both agents wrote."""
    events = drill.events
    least, most = module.ROLE_CHANGES if isinstance(module.ROLE_CHANGES, tuple) else (module.ROLE_CHANGES,) * 2
    changes = events.of("promote")
    drill.data.update(role_changes=len(changes), role_changes_expected=[least, most])
    drill.expect(not events.lost, "the timelines were read before they were full")
    drill.expect(least <= len(changes) <= most,
                 f"the role changed {least if least == most else f'{least} to {most}'} times (it did {len(changes)} times: "
                 + "; ".join(f"{guest.name} {detail}" for guest, _, detail in changes) + ")")
    for guest, event, detail in events.of(*NEVER, *module.FORBIDDEN):
        drill.expect(False, f"{guest.name} says nothing of {event} ({detail})")
