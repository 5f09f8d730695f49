# SPDX-License-Identifier: GPL-2.0-or-later
"""One direction of the sync network is dead, then the other: what the active director sends is lost, then what the standby sends.

Corosync has another link. Expected: no role change; within three hellos both ends can be seen to know: the deaf one by how long it
has heard nothing, the one that is not heard by what nobody acknowledges (both, where it is the active one that is deaf); a
peer that is silent for longer than that has to last is not called present; nobody calls a standby warm on the strength of what it
says itself; every connection lives, and once both hear each other again the standby is proven warm.
"""

import time

import daemon
import judge
from testbed import net
from testbed.say import say

# syncd/engine_priv.h: HELLO_INTERVAL, PEER_TIMEOUT
HELLO_MS = 100
TIMEOUT_MS = 3000
DEAF_S = 10

GAP_MS = {"default": 200}
ROLE_CHANGES = 0
FORBIDDEN = judge.STILL


def noticed(drill, deaf):
    """Both ends, as they are three hellos after the fault or as soon afterwards as they can be asked."""
    time.sleep(3 * HELLO_MS / 1000)
    heard = drill.pair.sync(deaf).get("peer", {})
    lag = drill.pair.sync(drill.active).get("lag", {})
    drill.expect(heard.get("last_heard_ms", 0) >= 2 * HELLO_MS, f"{deaf.name} says for how long it has heard nothing ({heard})")
    drill.expect(lag.get("unacked", 0) > 0, f"{drill.active.name} says that something is not acknowledged ({lag})")
    return heard.get("last_heard_ms", 0)


def unheard(drill, deaf):
    """Until it says that nobody is there; never may it call one present that it has not heard for so long."""
    late = []

    def look():
        peer = drill.pair.sync(deaf).get("peer", {})
        if peer.get("present") and peer.get("last_heard_ms", 0) > TIMEOUT_MS + 3 * HELLO_MS:
            late.append(peer["last_heard_ms"])
        return peer.get("present") is False

    drill.bed.wait_for(f"{deaf.name} to say that it does not hear its peer", look, limit=30)
    drill.expect(not late, f"{deaf.name} called nobody present that it had not heard for {TIMEOUT_MS} ms and three hellos ({late})")


def hears(drill, guest):
    """Whether it says that its peer is there."""
    return drill.pair.sync(guest).get("peer", {}).get("present") is True


def direction(drill, mute, deaf):
    """Deaf, and again not; what was seen first."""
    try:
        net.mute(mute.number, "sync", True)
        first = noticed(drill, deaf)
        unheard(drill, deaf)
        drill.expect(hears(drill, mute), f"{mute.name} does hear {deaf.name}")
        drill.traffic.quiet_moment(DEAF_S)
        age = drill.pair.sync(drill.standby).get("warm_age_ms", 0)
    finally:
        net.mute(mute.number, "sync", False)
    if deaf is drill.standby:
        drill.expect(age >= DEAF_S * 1000, f"the proof is not newer than the fault ({age} ms old)")
    drill.bed.wait_for(f"{deaf.name} to hear its peer", lambda: hears(drill, deaf), limit=30)
    drill.wait_standby_warm(drill.standby)
    return first


def run(drill):
    """The one direction, the other, and what has become of them all."""
    drill.lossless = True
    drill.begin()
    drill.inject(f"what {drill.active.name} sends on the sync network is lost", time.time)
    seen = [direction(drill, drill.active, drill.standby)]
    say(f"what {drill.standby.name} sends on the sync network is lost")
    seen.append(direction(drill, drill.standby, drill.active))
    drill.recovered()
    daemon.same_roles(drill)
    began = time.monotonic()
    drill.wait_standby_warm(drill.standby)
    drill.data["rewarm_ms"] = round((time.monotonic() - began) * 1000)
    drill.finish()
    drill.data["extra"] = [("silence told at the first look", " and ".join(f"{ms} ms" for ms in seen))]
