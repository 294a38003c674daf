#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""conformance_table.py FOLDER README: writes what came of ikeping --conformance into README, as tables.

FOLDER has a pair of files for each peer: NAME.json, what ikeping --json has printed, and NAME.version, the words that
say which peer it was. Names of clients begin with "client-". A table takes the place of what follows its heading and
the underline, up to the next heading; the table of whom FOLDER has nothing stays."""

import datetime
import json
import pathlib
import re
import sys

MARKS = {"pass": ".", "fail": "F", "unclear": "?"}


def read_peer(path):
    events = [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]
    checks = [event for event in events if event["event"] == "check"]
    date = datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.timezone.utc).date()
    return {
        "words": path.with_suffix(".version").read_text().strip(),
        "date": date.isoformat(),
        "checks": {check["number"]: check for check in checks},
    }


def number_key(number):
    return [int(part) for part in number.split(".")]


def table(peers):
    every = {number: check["name"] for peer in peers for number, check in peer["checks"].items()}
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    yield "./test/interop/conformance makes this table."
    yield "F: failed.  ?: cannot tell.  A dot: passed."
    yield ""
    for letter, peer in zip(letters, peers):
        yield f"    {letter}  {peer['words']}, {peer['date']}"
    yield ""
    yield "    " + " " * 39 + "   ".join(letters[: len(peers)])
    for number in sorted(every, key=number_key):
        marks = (MARKS[peer["checks"][number]["verdict"]] if number in peer["checks"] else " " for peer in peers)
        yield f"    {number:<6}{every[number]:<33}" + "   ".join(marks).rstrip()
    sums = []
    for word in ("pass", "fail", "unclear"):
        counts = (sum(check["verdict"] == word for check in peer["checks"].values()) for peer in peers)
        sums.append(f"    {word:<36}" + "".join(f"{count:>4}" for count in counts))
    yield from sums


def replace_section(text, heading, body):
    """Puts the body behind the heading; what the next heading begins stays."""
    title = f"\n{heading}\n{'-' * len(heading)}\n"
    start = text.index(title) + len(title)
    following = re.compile(r"\n[^\n]+\n---+\n").search(text, start)
    return text[:start] + "\n" + body + "\n" + (text[following.start() :] if following else "")


def main(folder, readme):
    paths = sorted(pathlib.Path(folder).glob("*.json"))
    if not paths:
        sys.exit(f"{folder}: there is no outcome")
    text = pathlib.Path(readme).read_text()
    for heading, is_client in (("Results", False), ("Results of clients", True)):
        peers = [read_peer(path) for path in paths if path.name.startswith("client-") == is_client]
        if peers:
            text = replace_section(text, heading, "\n".join(table(peers)))
    pathlib.Path(readme).write_text(text)


main(*sys.argv[1:])
