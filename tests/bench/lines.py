#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Print which cache lines of its connection an established packet reads and writes.

Usage: lines.py MODULE...

The layout is what pahole finds in the module as it was built. Who touches what is said here, and is
true of the fast path (kmod/fast.c) and, for the lookup, of kmod/conn_table.c.
"""
import re
import subprocess
import sys

LINE = 64
READ = ("node", "cport", "vport", "dport", "family", "protocol", "used", "state", "method", "flags",
        "server", "proof", "addr")
WRITTEN = ("used",)
MEMBER = re.compile(r"^\t{1,2}\S.*?(\w+)(?:\[\w*\])?;\s*/\*\s*(\d+)\s+(\d+) \*/")


def layout(module):
    """Offset and size of each member of a connection."""
    text = subprocess.run(["pahole", "-C", "baton_conn", module], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    found = {}
    for line in text.splitlines():
        member = MEMBER.match(line)
        if member:
            found[member[1]] = (int(member[2]), int(member[3]))
    return found


def lines_of(members, names, address_bytes):
    touched = set()
    for name in names:
        at, size = members[name]
        if name == "addr":
            size = 3 * address_bytes
        touched.update(range(at // LINE, (at + size - 1) // LINE + 1))
    return len(touched)


def main():
    print("\ncache lines of the connection per established packet    bytes   read   written")
    for module in sys.argv[1:]:
        members = layout(module)
        for family, address_bytes in (("ipv4", 4), ("ipv6", 16)):
            print("%-44s %-8s %8d %6d %9d" % (
                module.split("/")[-2], family, members["addr"][0] + 3 * address_bytes,
                lines_of(members, READ, address_bytes), lines_of(members, WRITTEN, address_bytes)))
    print("written: the time of last use, at most once per jiffy")


main()
