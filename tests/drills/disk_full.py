# SPDX-License-Identifier: GPL-2.0-or-later
"""The disks of both directors are full, but for what is kept for root; then the active one loses power.

Corosync, which is root's, stores a number with each change of the membership, and ends when it cannot: what is kept for root is
what it lives on (baton-ha(8)). All that the agent stores is the highest epoch, by a thread of its own; the kernel and the peer know it as well.
Expected: the takeover is that of an empty disk, the epoch is stored (the journal may make room) or the agent says
in its journal that it could not be, and every connection lives. The machine that lost power boots with its disk still full and becomes
a warm standby; with room on the disk the epoch is stored.
"""

import daemon
import handover

GAP_MS = {"default": 600, "fast": 200}
ROLE_CHANGES = 2
FORBIDDEN = ("fence", "claim", "handover_abort")
FILL = "/var/tmp/full"
NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups"
EPOCH = "/var/lib/baton-ha/epoch"


def fill(guest):
    """Not one block left that is not root's: first quickly, then what is left."""
    guest.run(f"{NOBODY} fallocate -l $(df --output=avail -B1 / | tail -n 1) {FILL}; {NOBODY} dd if=/dev/zero of={FILL}.rest bs=4k "
              f"2>/dev/null; sync; ! {NOBODY} dd if=/dev/zero of={FILL}.more bs=64k count=1 2>/dev/null", timeout=120)


def empty(guest):
    """Room again."""
    guest.run(f"rm -f {FILL} {FILL}.rest {FILL}.more; sync", timeout=60, check=False)


def stored(guest):
    """The epoch on the disk."""
    return int(guest.run(f"cat {EPOCH} || echo 0", check=False).stdout.split()[0])


def run(drill):
    """Fill, power off, boot, room, and the role back to where it was."""
    drill.begin()
    survivor, dead = drill.standby, drill.active
    try:
        for guest in drill.bed.guests:
            fill(guest)
        drill.inject(f"{dead.name} loses power, and no disk has room", dead.poweroff)
        drill.recovered()
        drill.times(survivor)
        journal = survivor.run("journalctl -b -u baton-ha --no-pager -o cat | grep -c 'cannot be stored'", check=False).stdout
        drill.expect(int(journal or 0) > 0 or stored(survivor) >= drill.pair.agent(survivor).get("epoch"),
                     f"the agent of {survivor.name} stored the epoch, or says that it cannot")
        drill.rebuild(dead, dead.start)
    finally:
        for guest in drill.bed.guests:
            if guest.alive():
                empty(guest)
    epoch = drill.pair.agent(survivor).get("epoch")
    for guest in drill.bed.guests:
        drill.bed.wait_for(f"epoch {epoch} to be on the disk of {guest.name}", lambda guest=guest: stored(guest) >= epoch, limit=20)
    handover.move(drill, survivor)
    drill.active, drill.standby = dead, survivor
    daemon.same_roles(drill)
    drill.wait_standby_warm(survivor)
    drill.finish()
