#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Turn the reports of the load benchmark's guests into tables and load.json.

Usage: load_report.py FOLDER KERNEL
"""
import json
import os
import statistics
import sys


def read(folder):
    """Lines "KIND KEY=VALUE...", by kind."""
    found = {"idle": [], "two": [], "stream": []}
    for name in ("load_idle.raw", "load_two.raw"):
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            continue
        with open(path) as file:
            for line in file:
                kind, *words = line.split() or [""]
                if kind in found:
                    pairs = (word.split("=", 1) for word in words)
                    found[kind].append({key: int(value) if value.isdigit() else value for key, value in pairs})
    return found


def idle_rows(lines):
    """What is gone of a processor, above a module that has no connections at all."""
    none = next((line for line in lines if line["system"] == "none"), None)
    for line in lines:
        busy = line["busy"] / line["of"]
        yield {
            "system": line["system"],
            "connections": line["connections"],
            "busy_percent": round(100 * busy, 3),
            "above_none_percent": round(100 * (busy - none["busy"] / none["of"]), 3),
            "worst_pause_us": line["worst_us"],
            "pauses_over_1ms": line["over_1ms"],
        }


def groups(lines, *keys):
    found = {}
    for line in lines:
        found.setdefault(tuple(line[key] for key in keys), []).append(line)
    return found


def two_rows(lines):
    for (system,), runs in groups(lines, "system").items():
        gains = [2 * run["one_us"] / run["both_us"] for run in runs]
        yield {
            "system": system,
            "runs": len(runs),
            "gain": round(statistics.median(gains), 2),
            "gain_least": round(min(gains), 2),
            "gain_most": round(max(gains), 2),
            "lost": sum(run["lost"] for run in runs),
        }


def stream_rows(lines):
    """Ratios to ip_vs of the same round."""
    of = groups(lines, "system", "segments")
    for (system, segments), runs in of.items():
        rates = [run["bits_per_second"] for run in runs]
        peers = [run["bits_per_second"] for run in of["ip_vs", segments]]
        yield {
            "system": system,
            "segments": segments,
            "runs": len(runs),
            "mbit_per_second": round(statistics.median(rates) / 1e6),
            "of_ip_vs": round(statistics.median(rate / peer for rate, peer in zip(rates, peers)), 2),
        }


def table(title, rows):
    if not rows:
        return
    print(f"\n{title}")
    print("".join(f"{key:>20}" for key in rows[0]))
    for row in rows:
        print("".join(f"{value:>20}" for value in row.values()))


def main():
    folder, kernel = sys.argv[1:]
    found = read(folder)
    result = {
        "kernel": kernel,
        "idle": list(idle_rows(found["idle"])),
        "two_processors": list(two_rows(found["two"])),
        "tcp": list(stream_rows(found["stream"])),
    }
    print(f"\nLinux {kernel}")
    table("idle connections: part of a processor, and pauses of a flow of others", result["idle"])
    table("two processors against one, packets in the same time (2 is all that there is)", result["two_processors"])
    table("TCP through the director, iperf3", result["tcp"])
    path = os.path.join(folder, "load.json")
    with open(path, "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")
    print(f"\n{path}")
    return 0


sys.exit(main())
