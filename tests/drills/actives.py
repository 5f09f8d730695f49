# SPDX-License-Identifier: GPL-2.0-or-later
"""How long two directors did what only the active one may: by what they sent, not by what they believe.

A frame counts if only an active director may send it (see foreign()); the download, which would be most of
them, and what the old active passes on to the new one are left out. Frames of one director that
are less than HOLD_S apart are one time of activity; two actives is where such times of both overlap. A
lone frame has no length, so frames inside the other's time are counted, too.
"""

import bisect
import contextlib

from testbed import net, pcap

HOLD_S = 0.1


def foreign(number):
    """What a node without the role must not send: IP from others' addresses, ARP for a virtual one."""
    own = " or ".join(f"src host {net.PREFIX[bridge]}.1{number}" for bridge in net.BRIDGES)
    virtual = " or ".join(f"arp src host {address}" for address in (net.VIP_NAT, net.VIP_DR, net.GATEWAY_IN))
    return f"(ip and not ({own})) or (arp and ({virtual}))"


def spans(times, hold=HOLD_S):
    """The times of activity: [(first, last)] of frames that are less than `hold` apart."""
    found = []
    for time in sorted(times):
        if found and time - found[-1][1] < hold:
            found[-1] = (found[-1][0], time)
        else:
            found.append((time, time))
    return found


def overlap(one, other):
    """Seconds that the spans of both have in common."""
    return sum(max(0.0, min(last, end) - max(first, start)) for first, last in one for start, end in other)


def inside(times, intervals):
    """How many of these moments are inside of one of the other's spans."""
    starts = [first for first, _ in intervals]
    found = 0
    for time in times:
        at = bisect.bisect_right(starts, time) - 1
        found += at >= 0 and intervals[at][0] < time < intervals[at][1]
    return found


class Actives:
    """What each director sent as the active one on the clients' network, from start to end of a drill."""

    def __init__(self):
        self.paths = {}
        self._times = {}
        self._old = {}

    def old(self, guest, since, count):
        """The first so many frames of `guest` after `since` were forwarded before it stood still: they do not count."""
        self._old[guest] = (since, count)

    def times(self, guest):
        """Moments, in the host's time; complete once the watch has ended."""
        if guest not in self._times:
            self._times[guest] = self._fresh(guest, [packet.time for packet in pcap.read(self.paths[guest])])
        return self._times[guest]

    def _fresh(self, guest, times):
        since, count = self._old.get(guest, (0, 0))
        late = [at for at in times if at >= since]
        return [at for at in times if at < since] + late[count:]

    def both(self):
        """(milliseconds in which two were active, frames that one sent in the other's time)"""
        one, other = (self.times(guest) for guest in self.paths)
        return overlap(spans(one), spans(other)) * 1000, inside(one, spans(other)) + inside(other, spans(one))


@contextlib.contextmanager
def watch(bed, name):
    """Record while the body runs; yields an Actives."""
    found = Actives()
    with contextlib.ExitStack() as stack:
        for guest in bed.guests:
            expression = (f"({foreign(guest.number)}) and not ether dst {net.mac(3 - guest.number, 'lan')} and not tcp port 80")
            found.paths[guest] = stack.enter_context(bed.capture(f"{name}-{guest.name}", None, net.tap(guest.number, "lan"),
                                                                 expression, "in"))
        yield found
