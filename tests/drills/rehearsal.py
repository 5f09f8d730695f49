# SPDX-License-Identifier: GPL-2.0-or-later
"""The operator rehearses a failover on the live pair: `batonctl drill`, then `batonctl drill live`.

Asked on either node, with nothing touched, it finds all as it should be, and connections that live in the standby's table.
Live it moves the role to the other node and back under the traffic, and writes its report. Expected: no connection and no datagram is
lost, the report says so, and where the standby has lost its sync daemon both say what is wrong, and nothing moves.
"""

import json
import time

import judge
from testbed.say import say

GAP_MS = {"default": 60}
ROLE_CHANGES = 2
FORBIDDEN = judge.AGREED
REPORT = "/run/baton-drill.json"
SAMPLED = 200
# The role is back within less than a tenth of a second.
BACK_S = 0.02


def rehearse(guest, words):
    """(exit status, the report) of one rehearsal."""
    done = guest.run(f"batonctl --json drill {words}", timeout=90, check=False)
    report = json.loads(done.stdout)
    for line in report["checks"] + report.get("moves", []):
        say(f"{guest.name}: {'ok ' if line['ok'] else 'NOT'} {line['text']}")
    return done.returncode, report


def sampled(drill, report, member):
    """Connections that live were looked up in the standby's kernel, and it has most of them: no policy leaves these services out."""
    sample = report.get(member, {})
    drill.expect(sample.get("asked", 0) >= SAMPLED and sample.get("would_survive", 0) >= SAMPLED,
                 f"at least {SAMPLED} connections were looked up and found ({member}: {sample})")


def run(drill):
    """Dry on both, live on the active, and both with a standby that cannot be warm."""
    drill.lossless = True
    drill.begin()
    drill.actives.hold = BACK_S
    for guest in (drill.active, drill.standby):
        status, report = rehearse(guest, "")
        drill.expect(status == 0 and report["passed"] and not report["live"], f"on {guest.name} all is as it should be")
        sampled(drill, report, "sample")
    drill.events.read()
    found = {}

    def action():
        at = time.time()
        found["live"] = rehearse(drill.active, f"live report {REPORT}")
        return at

    drill.inject(f"batonctl drill live on {drill.active.name}", action)
    drill.events.read()
    status, report = found["live"]
    drill.expect(status == 0 and report["passed"], "the live drill passed")
    drill.expect([line["ok"] for line in report.get("moves", [])[:2]] == [True, True], "the role moved there and back")
    sampled(drill, report, "sample_after")
    drill.expect(drill.active.json(f"cat {REPORT}") == report, "the file has the same report")
    drill.recovered()
    drill.times(drill.active, required=False, detects=False)
    drill.expect(drill.pair.state(drill.active) == "ACTIVE", f"{drill.active.name} is active, as before")
    drill.data["extra"] = [(f"move {number}: nobody forwarded, as the agent says", f"{line.get('gap_ms', '-')} ms")
                           for number, line in enumerate(report.get("moves", [])[:2], 1)]
    drill.standby.run("systemctl stop baton-syncd")
    drill.bed.wait_for("the standby not to be warm", lambda: not drill.pair.agent(drill.standby).get("warm", True), 30)
    for words in ("", "live"):
        status, report = rehearse(drill.active, words)
        drill.expect(status != 0 and not report["passed"] and "moves" not in report,
                     f"'batonctl drill {words}' finds that the standby is not warm, and moves nothing")
    drill.standby.run("systemctl start baton-syncd")
    drill.wait_standby_warm(drill.standby)
    drill.finish()
