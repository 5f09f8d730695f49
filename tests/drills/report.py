# SPDX-License-Identifier: GPL-2.0-or-later
"""What a drill leaves behind: a table and a plot for people, a JSON file for programs."""

import json
import subprocess

from traffic import TOOLS

ROWS = (
    ("connections before / after", lambda d: f"{d['connections_before']} / {d['connections_after']}"),
    ("  of them silent", lambda d: f"{d['silent_before']} / {d['silent_after']}"),
    ("resets (counted / captured)", lambda d: f"{d['resets']} / {d['rst_to_client']}"),
    ("  after the client's own FIN", lambda d: str(d["rst_after_close"])),
    ("new connections served / failed", lambda d: f"{d['new_ok']} / {d['new_failed']}"),
    ("connections adopted untold", lambda d: str(d["adopted"])),
    ("download of 200 MB", lambda d: "checksum right" if d["download_ok"] else "WRONG"),
    ("datagrams sent / lost / twice", lambda d: f"{d['packets_sent']} / {d['packets_lost']} / {d['packets_duplicated']}"),
    ("two actives, by capture", lambda d: f"{ms(d['two_actives_ms'])}, {d['two_actives_frames']} frames"),
    ("longest gap", lambda d: ms(d["gap_ms"])),
    ("of the three seconds before, undisturbed", lambda d: ms(d.get("calm_gap_ms"))),
    ("  its bound", lambda d: bounds(d)),
    ("the guests waited for processors", lambda d: steal(d)),
    ("roles that changed", lambda d: changes(d)),
    ("longest wait of one connection", lambda d: ms(d["worst_connection_gap_ms"])),
    ("fault -> detected", lambda d: ms(d.get("detect_ms"))),
    ("fault -> gate open", lambda d: ms(d.get("promote_ms"))),
    ("fault -> announced", lambda d: ms(d.get("announce_ms"))),
    ("warm before the fault", lambda d: ("yes: " if d["warm_before"] else "NO: ") + d["warm_proof"]),
    ("standby warm again after", lambda d: rewarm(d)),
    ("latency p50 / p99", lambda d: f"{ms(d['p50_ms'])} / {ms(d['p99_ms'])}"),
)


def ms(value):
    """Milliseconds for people."""
    return "-" if value is None else f"{value:.1f} ms"


def steal(data):
    """How much of the time until everybody was answered again."""
    return "-" if data.get("steal") is None else f"{data['steal']:.0%} of the time until the gap was over"


def bounds(data):
    """The verdicts on what must not take long."""
    return "; ".join(verdict(bound) for bound in data.get("bounds", [])) or "-"


def verdict(bound):
    """One of them."""
    return ("" if bound["what"] == "gap" else f"{bound['what']} {ms(bound['ms'])} ") + bound["verdict"]


def changes(data):
    """How many there were, and how many there had to be."""
    if "role_changes" not in data:
        return "-"
    least, most = data["role_changes_expected"]
    return f"{data['role_changes']} (expected {least if least == most else f'{least} to {most}'})"


def rewarm(data):
    """Time to a whole pair, and how much of it was the machine's boot."""
    if data.get("rewarm_ms") is None:
        return "-"
    boot = data.get("rewarm_boot_ms")
    return ms(data["rewarm_ms"]) + (f" ({boot} ms of it booting)" if boot else "")


def table(data):
    """Print the table."""
    width = max(len(name) for name, _ in ROWS)
    print(f"\n  drill {data['fault']} ({data['accelerator'].upper()}, {data['active']} was active)")
    print("  " + "-" * 76)
    for name, value in ROWS:
        print(f"  {name:<{width}}  {value(data)}")
    for name, value in data.get("extra", []):
        print(f"  {name:<{width}}  {value}")
    print("  " + "-" * 76)
    for sentence in data["not_met"]:
        print(f"  NOT MET: {sentence}")
    print(f"  {data['fault']}: {'passed' if data['passed'] else 'FAILED'}\n", flush=True)


def plot(drill):
    """Completed requests per 20 ms around the fault: an SVG file, and in the terminal."""
    command = [str(TOOLS / "plot"), "--in", str(drill.build / f"{drill.fault}.times.csv"), "--fault", f"{drill.at:.6f}",
               "--fault-name", drill.fault, "--svg", str(drill.build / f"{drill.fault}.svg"),
               "--title", f"{drill.fault}: completed requests per 20 ms"]
    for name, at in drill.marks.items():
        if name != "fault":
            command += ["--mark", f"{name.replace(' ', '_')}={at:.6f}"]
    subprocess.run(command, check=False)


def save(drill):
    """build/drill/FAULT.json"""
    drill.build.mkdir(parents=True, exist_ok=True)
    path = drill.build / f"{drill.fault}.json"
    path.write_text(json.dumps(drill.data, indent=1) + "\n")
    return path


def distribution(files, fault, build):
    """The gaps of several runs of one scenario."""
    print(f"\n  {len(files)} runs of {fault}: longest gaps")
    subprocess.run([str(TOOLS / "plot"), "--dist", "--limit", "700", "--svg", str(build / f"{fault}-gaps.svg"),
                    *map(str, files)], check=False)
