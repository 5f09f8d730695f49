# SPDX-License-Identifier: GPL-2.0-or-later
"""One page about all drills whose results are in a folder: self-contained HTML, for people who were not there."""

import html
import importlib
import json
import re

import report

COLUMNS = (
    ("drill", lambda d: f"<a href='#{d['fault']}'>{d['fault']}</a>"),
    ("verdict", lambda d: "passed" if d["passed"] else "<b>failed</b>"),
    ("connections alive", lambda d: f"{d['connections_after']} of {d['connections_before']}"),
    ("resets", lambda d: str(d["resets"])),
    ("longest gap, ms", lambda d: number(d.get("gap_ms"))),
    ("its bound", lambda d: html.escape(report.bounds(d))),
    ("waited for processors", lambda d: "-" if d.get("steal") is None else f"{d['steal']:.0%}"),
    ("role changes", lambda d: report.changes(d)),
    ("datagrams lost", lambda d: f"{d['packets_lost']} of {d['packets_sent']}"),
    ("two actives, ms", lambda d: number(d.get("two_actives_ms"))),
    ("noticed, ms", lambda d: number(d.get("detect_ms"))),
    ("gate open, ms", lambda d: number(d.get("promote_ms"))),
    ("announced, ms", lambda d: number(d.get("announce_ms"))),
    ("warm again, ms", lambda d: number(d.get("rewarm_ms"))),
)
STYLE = """body { font: 15px/1.5 sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em; color: #222 }
table { border-collapse: collapse; margin: 1em 0 } td, th { border: 1px solid #ccc; padding: .2em .6em; text-align: right }
td:first-child, th:first-child { text-align: left } h2 { margin-top: 2.5em } svg { max-width: 100%; height: auto }
.not { color: #a00 } .prose { white-space: pre-line }"""


def number(value):
    """A measured number, or a dash."""
    return "-" if value is None else f"{value:.0f}"


def prose(fault):
    """What the scenario says about itself."""
    try:
        text = importlib.import_module(fault.replace("-", "_")).__doc__ or ""
    except ImportError:
        return ""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text.strip())


def rows(pairs):
    """A table of names and values."""
    return "<table>" + "".join(f"<tr><td>{html.escape(name)}</td><td>{html.escape(value)}</td></tr>"
                               for name, value in pairs) + "</table>"


def picture(folder, name):
    """An SVG file as part of the page; its XML declaration is not."""
    path = folder / name
    if not path.exists():
        return ""
    text = path.read_text()
    return text[text.index("<svg"):]


def section(folder, data):
    """All about one drill."""
    fault = data["fault"]
    parts = [f"<h2 id='{fault}'>{fault}</h2><p class='prose'>{html.escape(prose(fault))}</p>"]
    parts += [f"<p class='not'>Not met: {html.escape(sentence)}</p>" for sentence in data.get("not_met", [])]
    parts.append(rows([(name, str(value)) for name, value in data.get("extra", [])]))
    parts.append(picture(folder, f"{fault}.svg") + picture(folder, f"{fault}-gaps.svg"))
    if data.get("timeline"):
        parts.append("<details><summary>the timeline of the director that is active afterwards</summary>" +
                     rows([(f"{entry['ms']:+.1f} ms", f"{entry['event']}: {entry['detail']}")
                           for entry in data["timeline"]]) + "</details>")
    return "".join(parts)


def results(folder, faults):
    """What is known of those of `faults` that came to an end."""
    return [json.loads(path.read_text()) for fault in faults if (path := folder / f"{fault}.json").exists()]


def unfinished(folder, faults):
    """A sentence about those that were given up, or an empty one."""
    names = [fault for fault in faults if not (folder / f"{fault}.json").exists()]
    return f"Did not come to an end: {', '.join(names)}." if names else ""


def write(folder, faults):
    """FOLDER/index.html about what has results there; its path, or None."""
    found = results(folder, faults)
    if not found:
        return None
    head = "".join(f"<th>{html.escape(name)}</th>" for name, _ in COLUMNS)
    body = "".join("<tr>" + "".join(f"<td>{cell(data)}</td>" for _, cell in COLUMNS) + "</tr>" for data in found)
    passed = sum(data["passed"] for data in found)
    path = folder / "index.html"
    path.write_text(f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Baton: drills</title>
<style>{STYLE}</style></head><body><h1>Drills</h1>
<p>{passed} of {len(found)} passed, in guests under {html.escape(found[0]['accelerator'].upper())}. Times are
counted from the fault. The figures depend on the machine; that every connection lives does not.</p>
<table><tr>{head}</tr>{body}</table><p class="not">{html.escape(unfinished(folder, faults))}</p>
{''.join(section(folder, data) for data in found)}</body></html>
""")
    return path


def table(folder, faults):
    """The same table for the terminal."""
    cells = [[name for name, _ in COLUMNS]]
    cells += [[re.sub("<[^>]*>", "", cell(data)) for _, cell in COLUMNS]
              for data in results(folder, faults)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(COLUMNS))]
    for row in cells:
        print("  " + "  ".join(f"{text:<{width}}" for text, width in zip(row, widths)).rstrip())
    print("  " + unfinished(folder, faults))
