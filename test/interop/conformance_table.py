#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""conformance_table.py FOLDER README: writes what came of ikeping --conformance into README, as a table.

FOLDER has a pair of files for each peer: NAME.json, what ikeping --json has printed, and NAME.version, the words that
say which peer it was. The table takes the place of all that follows the line "Results" and its underline."""

import datetime
import json
import pathlib
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
    yield "    " + " " * 39 + "  ".join(letters[: len(peers)])
    for number in sorted(every, key=number_key):
        marks = (MARKS[peer["checks"][number]["verdict"]] if number in peer["checks"] else " " for peer in peers)
        yield f"    {number:<6}{every[number]:<33}" + "  ".join(marks).rstrip()
    sums = []
    for word in ("pass", "fail", "unclear"):
        counts = (sum(check["verdict"] == word for check in peer["checks"].values()) for peer in peers)
        sums.append(f"    {word:<37}" + "".join(f"{count:>3}" for count in counts))
    yield from sums


def main(folder, readme):
    peers = [read_peer(path) for path in sorted(pathlib.Path(folder).glob("*.json"))]
    if not peers:
        sys.exit(f"{folder}: there is no outcome")
    text = pathlib.Path(readme).read_text()
    heading = "\nResults\n-------\n"
    kept = text[: text.index(heading) + len(heading)]
    pathlib.Path(readme).write_text(kept + "\n" + "\n".join(table(peers)) + "\n")


main(*sys.argv[1:])
