# SPDX-License-Identifier: GPL-2.0-or-later
"""How long two directors did what only the active one may: by what they sent, not by what they believe.

A frame counts if only an active director may send it (see foreign()); the download, which would be most of
them, and what the old active passes on to the new one are left out. Frames of one director that
are less than HOLD_S apart are one time of activity; two actives is where such times of both overlap. A
lone frame has no length, so frames inside the other's time are counted, too.
"""

import bisect
import contextlib
import socket

from testbed import net, pcap

HOLD_S = 0.1


def foreign(number):
    """What a node without the role must not send: IP from others' addresses, ARP or an advertisement for a virtual one."""
    own = " or ".join(f"src host {net.PREFIX[bridge]}.1{number}" for bridge in net.BRIDGES)
    virtual = " or ".join(f"arp src host {address}" for address in (net.VIP_NAT, net.VIP_DR, net.GATEWAY_IN))
    own6 = " or ".join(f"src host {prefix}1{number}" for prefix in net.PREFIX6.values())
    # a host without an address may speak, too, but not ask, with the nonce of
    # duplicate address detection, whether a virtual one is taken; an heir asks without one. Nor tell whose it is by its own one
    about = " or ".join(f"({_target(address)})" for address in (net.VIP_NAT6, net.GATEWAY_IN6))
    return (f"(ip and not ({own})) or (arp and ({virtual})) or (ip6 and not ({own6} or src net fe80::/10 or src host ::)) or "
            f"(ip6[6] = 58 and (ip6[40] = 136 or (ip6[40] = 135 and src host :: and ip6[4:2] > 24)) and ({about}))")


def _target(address):
    """Whom a message of neighbour discovery is about, for the packet filter."""
    raw = socket.inet_pton(socket.AF_INET6, address)
    return " and ".join(f"ip6[{48 + at}:4] = 0x{raw[at:at + 4].hex()}" for at in range(0, 16, 4))


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
        self.hold = HOLD_S      # shorter where a role comes back sooner than that
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
        mine, its = spans(one, self.hold), spans(other, self.hold)
        return overlap(mine, its) * 1000, inside(one, its) + inside(other, mine)


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
