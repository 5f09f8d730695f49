#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Turn the raw lines of the native benchmark's guest into a table and a JSON file.

Usage: report.py RAW KERNEL JSON

A figure is the median of the turns, a turn's that of its batches; the range beside it is from the
tenth to the ninetieth in a hundred of the batches. How many times faster than ip_vs Baton is, is
said of what both take above the floor of the same turn, and of all they take, with the floor; the
range over the turns says how far to trust it.
"""
import json
import statistics
import sys

GOAL = 2.5


def pages_of(name):
    """What the guest's memory was made of: huge or small pages of the host."""
    with open(name) as file:
        for line in file:
            if line.startswith("memory "):
                return line.split("pages=")[1].strip()
    return "unknown"


def read(name):
    """{(path, connections, order, buckets of ip_vs): {turn: {system: {quantile: nanoseconds per packet}}}}"""
    found = {}
    with open(name) as file:
        for line in file:
            if not line.startswith("row "):
                continue
            row = dict(word.split("=", 1) for word in line.split()[1:])
            key = (row["path"], int(row["connections"]), row["order"], int(row["buckets"]))
            turns = found.setdefault(key, {})
            turns.setdefault(int(row["turn"]), {})[row["system"]] = {
                quantile: int(row[quantile]) / int(row["batch"])
                for quantile in ("tenth", "median", "ninetieth")}
    return found


def ratios(turns, floor):
    """How many times faster than ip_vs Baton was in each turn; FLOOR of 1 takes the floor off both."""
    for t in turns.values():
        cost = {system: t[system]["median"] - floor * t["floor"]["median"] for system in ("ip_vs", "baton")}
        yield cost["ip_vs"] / cost["baton"]


def rows_of(found, kernel, pages):
    for (path, connections, order, buckets), turns in found.items():
        for system in next(iter(turns.values())):
            middle = {quantile: round(statistics.median(t[system][quantile] for t in turns.values()), 1)
                      for quantile in ("tenth", "median", "ninetieth")}
            above = statistics.median(t[system]["median"] - t["floor"]["median"] for t in turns.values())
            row = {"path": path, "connections": connections, "order": order, "system": system, "kernel": kernel,
                   "ip_vs_buckets": buckets, "pages": pages,
                   "nanoseconds": middle["median"], "above_floor": round(above, 1),
                   "tenth": middle["tenth"], "ninetieth": middle["ninetieth"], "turns": len(turns)}
            if system == "baton":
                for key, floor in (("faster", 1), ("faster_with_floor", 0)):
                    times = list(ratios(turns, floor))
                    row.update({key: round(statistics.median(times), 3),
                                key + "_least": round(min(times), 3), key + "_most": round(max(times), 3)})
            yield row


def table(rows, kernel, pages):
    print(f"\nLinux {kernel} as a process of this machine, memory of {pages} pages; nanoseconds per packet"
          "      times faster than ip_vs (range over the turns)")
    print("%-12s %11s %-5s %8s  %-10s %8s  %-17s %11s   %-20s %s" % (
        "path", "connections", "order", "buckets", "system", "median", "batches, 10-90 %", "above floor", "above the floor",
        "floor included"))
    for r in rows:
        faster = ""
        if "faster" in r:
            faster = ("{faster:.2f} ({faster_least:.2f} to {faster_most:.2f})  {faster_with_floor:.2f} "
                      "({faster_with_floor_least:.2f} to {faster_with_floor_most:.2f})").format(**r)
        print("%-12s %11d %-5s %8d  %-10s %8.1f  %7.1f to %-7.1f %11.1f   %s" % (
            r["path"], r["connections"], r["order"], r["ip_vs_buckets"], r["system"], r["nanoseconds"], r["tenth"], r["ninetieth"],
            r["above_floor"], faster))
    for r in rows:
        for key, of_what in (("faster", "above the floor"), ("faster_with_floor", "floor included")):
            if r.get(key, GOAL) < GOAL:
                print("below %.1f: %s, connections: %d, order: %s, ip_vs with %d buckets, %s: %.2f" % (
                    GOAL, r["path"], r["connections"], r["order"], r["ip_vs_buckets"], of_what, r[key]))


def main():
    raw, kernel, target = sys.argv[1:]
    found = read(raw)
    if not found:
        print(f"report.py: no figures in {raw}", file=sys.stderr)
        return 1
    pages = pages_of(raw)
    rows = list(rows_of(found, kernel, pages))
    with open(target, "w") as file:
        json.dump(rows, file, indent=1)
        file.write("\n")
    table(rows, kernel, pages)
    print(f"\n{len(rows)} rows: {target}")
    return 0


sys.exit(main())
