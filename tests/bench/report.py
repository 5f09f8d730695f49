#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Turn the raw lines of the benchmark's guests into a table, path.json and path.svg.

Usage: report.py [--quick|--full|--new|--guard] FOLDER

FOLDER holds KERNEL.MITIGATIONS.raw files. With --guard each row is compared with
tests/bench/expected, whose lines are "KERNEL FAMILY PATH SYSTEM ABOVE_FLOOR"; and those that are
"KERNEL FAMILY sync KEY FIGURE" with what sync_wire.raw says of it.
"""
import html
import json
import os
import sys

MARGIN = 0.10
SYNC = "sync_wire.raw"
HERE = os.path.dirname(os.path.abspath(__file__))


def pairs(line):
    return dict(word.split("=", 1) for word in line.split()[1:])


def read(folder):
    """Rows and memory lines of every guest."""
    rows, memory = [], []
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".raw") or name == SYNC:
            continue
        kernel, mitigations = name[:-4].rsplit(".", 1)
        floor = {}
        with open(os.path.join(folder, name)) as file:
            for line in file:
                if line.startswith("memory "):
                    keep_memory(memory, dict(pairs(line), kernel=kernel))
                if not line.startswith("row "):
                    continue
                found = pairs(line)
                cost = int(found["microseconds"]) * 1000 / int(found["packets"])
                if found["path"] == "floor":
                    floor[found["family"]] = cost
                rows.append({
                    "path": found["path"],
                    "system": found["system"],
                    "family": found["family"],
                    "connections": int(found["connections"]),
                    "servers": int(found["servers"]),
                    "conntrack": found["conntrack"] == "yes",
                    "mitigations": mitigations,
                    "kernel": kernel,
                    "instructions": round(cost, 1),
                    "above_floor": round(cost - floor[found["family"]], 1),
                    "packets": int(found["packets"]),
                })
    return rows, memory


def keep_memory(memory, found):
    """The same measured several times: pages that earlier ones left to the slab do not come out of
    free memory, so the first, which takes most, is right."""
    for old in memory:
        if all(old[k] == found[k] for k in ("kernel", "system", "connections", "object")):
            if int(found["all_bytes"]) > int(old["all_bytes"]):
                old.update(found)
            return
    memory.append(found)


def series_of(kernel):
    return ".".join(kernel.split(".")[:2])


def table(rows, memory):
    head = ("path", "system", "family", "connections", "servers", "conntrack", "instructions",
            "above floor")
    guests = dict.fromkeys((r["kernel"], r["mitigations"]) for r in rows)
    for kernel, mitigations in guests:
        print(f"\nLinux {kernel}, mitigations={mitigations}; instructions per packet")
        print("%-12s %-11s %6s %11s %8s %9s %13s %12s" % head)
        for r in rows:
            if (r["kernel"], r["mitigations"]) == (kernel, mitigations):
                print("%-12s %-11s %6s %11d %8d %9s %13.0f %12.0f" % (
                    r["path"], r["system"], r["family"], r["connections"], r["servers"],
                    "yes" if r["conntrack"] else "no", r["instructions"], r["above_floor"]))
    if memory:
        print("\nmemory            connections   object  bytes of slab  bytes in all, per connection")
    for m in memory:
        n, slab, everything = (int(m[k]) for k in ("connections", "slab_bytes", "all_bytes"))
        total = f"{everything / n:.1f}" if everything >= slab else "-"
        print("%-16s %12d %8s %14.1f %13s   Linux %s" % (
            m["system"], n, m["object"], slab / n, total, m["kernel"]))


COLOURS = {"baton": "#2a6f97", "baton-slow": "#89c2d9", "baton-sync": "#61a5c2", "ip_vs": "#bc4b51",
           "kernel": "#8c8c8c", "flowtable": "#5b8e7d"}


def drawing(rows):
    """One bar a row, the newest kernel's with mitigations off, established paths first."""
    kernel = rows[0]["kernel"]
    bars = [r for r in rows if r["kernel"] == kernel and r["mitigations"] == "off" and
            r["path"] != "floor"]
    top = max(r["above_floor"] for r in bars)
    height = 40 + 18 * len(bars)
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" width="960" height="{height}" '
           'font-family="sans-serif" font-size="11">')
    yield (f'<text x="10" y="20" font-size="14">Instructions per packet above the receive floor, '
           f'Linux {html.escape(kernel)}, mitigations=off</text>')
    for i, r in enumerate(bars):
        y = 34 + 18 * i
        width = 480 * max(r["above_floor"], 0) / top
        what = "{path} {system}, {connections} connection(s), {servers} server(s)".format(**r)
        if r["family"] == "ipv6":
            what += ", IPv6"
        if r["conntrack"]:
            what += ", conntrack"
        colour = COLOURS.get(r["system"], "#555555")
        yield f'<text x="400" y="{y + 11}" text-anchor="end">{html.escape(what)}</text>'
        yield f'<rect x="406" y="{y}" width="{width:.1f}" height="14" fill="{colour}"/>'
        yield f'<text x="{410 + width:.1f}" y="{y + 11}">{r["above_floor"]:.0f}</text>'
    yield "</svg>"


def read_sync(folder):
    """What the sync daemons cost, by key."""
    figures = {}
    with open(os.path.join(folder, SYNC)) as file:
        for line in file:
            if line.startswith("figure baton "):
                key, value = line.split()[2:]
                figures[key] = float(value)
    return figures


def judge(name, what, measured, want):
    """Is it within the margin? Says so."""
    if want is None or measured is None:
        print(f"not ok {name}: measured {measured}, tests/bench/expected says {want}")
        return False
    if measured > want * (1 + MARGIN):
        print(f"not ok {name}: {measured:g}{what}, {want:g} are expected, {MARGIN:.0%} more allowed")
        return False
    print(f"ok {name}: {measured:g}, expected {want:g}")
    return True


def guard(rows, folder):
    """Compare with what stands in the tree: exit status."""
    expected = {}
    with open(os.path.join(HERE, "expected")) as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                *key, cost = line.split()
                expected[tuple(key)] = float(cost)
    verdicts = []
    for r in rows:
        if r["path"] != "floor":
            key = (series_of(r["kernel"]), r["family"], r["path"], r["system"])
            verdicts.append(judge(" ".join(key), " instructions above the floor", round(r["above_floor"]),
                                  expected.get(key)))
    figures = read_sync(folder)
    series = {series_of(r["kernel"]) for r in rows}
    for key, want in expected.items():
        if key[0] in series and key[2] == "sync":
            verdicts.append(judge(" ".join(key), "", figures.get(key[3]), want))
    print(f"bench: {sum(verdicts)} passed, {len(verdicts) - sum(verdicts)} failed")
    return 0 if verdicts and all(verdicts) else 1


def main():
    mode, folder = sys.argv[1:]
    rows, memory = read(folder)
    with open(os.path.join(folder, "path.json"), "w") as file:
        json.dump(rows, file, indent=1)
        file.write("\n")
    if mode == "--guard":
        return guard(rows, folder)
    table(rows, memory)
    with open(os.path.join(folder, "path.svg"), "w") as file:
        file.write("\n".join(drawing(rows)) + "\n")
    print(f"\n{len(rows)} rows: {folder}/path.json, {folder}/path.svg")
    return 0


sys.exit(main())
