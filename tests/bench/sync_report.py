#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Turn the reports of the sync benchmark's guests into a table and sync.json.

Usage: sync_report.py FOLDER KERNEL
"""
import json
import os
import sys

ROWS = (
    ("bytes_per_conn_v4", "bytes on the wire, new IPv4 connection"),
    ("bytes_per_conn_v6", "bytes on the wire, new IPv6 connection"),
    ("bytes_per_delete", "bytes on the wire, deletion (IPv4)"),
    ("lag_p50_ms", "lag on an idle pair, median, ms"),
    ("lag_p99_ms", "lag on an idle pair, 99 of 100, ms"),
    ("sender_instr", "instructions a connection, sender"),
    ("receiver_instr", "instructions a connection, receiver"),
    ("director_open_instr", "instructions of a director to open one: SYN and ACK, DR"),
    ("open_instr", "the same with who sends them and what they go through"),
    ("rate_per_s", "connections a second, 10^9 instructions a second on each side"),
    ("rate_to_opening_sender", "times the rate at which a core opens connections, sender"),
    ("rate_to_opening_receiver", "times the rate at which a core opens connections, receiver"),
    ("traffic_instr", "instructions of a packet, its sending included"),
    ("traffic_instr_bulk", "the same beside a bulk transfer"),
    ("bulk_conns", "connections to a late standby"),
    ("bulk_s", "seconds until proven equal"),
    ("bulk_equal", "equal"),
    ("standby_slab_bytes", "bytes of slab a connection, standby"),
    ("standby_bytes", "bytes of memory a connection, standby"),
)


def read(folder):
    """What the guests said, by system."""
    found = {"baton": {}, "ip_vs": {}}
    for name in ("sync_wire.raw", "sync_bulk.raw"):
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            continue
        with open(path) as file:
            for line in file:
                if line.startswith("figure "):
                    _, system, key, value = line.split()
                    found[system][key] = json.loads(value)
    return found


def derive(figures):
    """The figures that are made of others."""
    if "open_instr_v4" not in figures:
        return
    figures["sender_instr"] = round(figures["sender_daemon_instr_per_conn_v4"] +
                                    figures["sender_mark_instr_per_conn_v4"], 1)
    figures["receiver_instr"] = figures["receiver_instr_per_conn_v4"]
    figures["open_instr"] = figures["open_instr_v4"]
    slower = max(figures["sender_daemon_instr_per_conn_v4"], figures["receiver_instr"])
    figures["rate_per_s"] = round(1e9 / slower)
    opening = figures["director_open_instr"]
    figures["rate_to_opening_sender"] = round(opening / figures["sender_daemon_instr_per_conn_v4"], 1)
    figures["rate_to_opening_receiver"] = round(opening / figures["receiver_instr"], 1)


def cell(figures, key):
    value = figures.get(key)
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return f"{value:,.0f}" if value >= 1000 else f"{value:g}"


def main():
    folder, kernel = sys.argv[1:]
    found = read(folder)
    for figures in found.values():
        derive(figures)
    print(f"\n{'Linux ' + kernel:64} {'baton':>12} {'ip_vs':>12}")
    for key, text in ROWS:
        print(f"{text:64} {cell(found['baton'], key):>12} {cell(found['ip_vs'], key):>12}")
    path = os.path.join(folder, "sync.json")
    with open(path, "w") as file:
        json.dump(dict(found["baton"], kernel=kernel, ip_vs=found["ip_vs"]), file, indent=1)
        file.write("\n")
    print(f"\n{path}")
    return 0


sys.exit(main())
