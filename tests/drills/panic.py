# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel of the active director panics, and the machine stays there, dead but powered.

By itself that is noticed as a power failure is. With an heir (PROFILE=fast) the dying kernel shuts its gate and has
a last word, and the heir takes over at once: expected within half of the silence that it would have waited for.
Expected in any case: every connection lives, no reset, the download goes on; not two are active; the machine,
switched off and on again, is a warm standby.
"""

import judge
from testbed import payload

# Not by the time since the fault, most of which ssh takes to get there.
GAP_MS = {"default": 600, "fast": payload.SUCCESSION_MS / 2}
ROLE_CHANGES = 1
FORBIDDEN = judge.SUDDEN


def run(drill):
    """Fault, recovery, off and on."""
    drill.begin()
    heir = drill.pair.agent(drill.standby).get("succession", {}).get("heir")
    drill.inject(f"{drill.active.name} panics",
                 lambda: drill.active.tell("echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger", 1))
    drill.recovered()
    drill.times(drill.standby, detects=not heir)
    drill.expect("Kernel panic" in drill.active.tail(20000), f"{drill.active.name} did panic")
    if heir:
        said = {entry["event"] for entry in drill.data["timeline"]}
        drill.expect("last_word" in said, f"{drill.active.name} had a last word")
    drill.active.poweroff()
    drill.rebuild(drill.active, drill.active.start)
    drill.finish()
