#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check.py REPORT.json REASONS TOP: every line and branch of lib/ that no test reaches has a reason in the list.

REPORT.json is gcovr's. A reason is a line "FILE: SOURCE LINE # WHY" in REASONS, the source line without its indentation;
a source line that stands there more than once in a file is meant every time. Fails when a line without reason is not
reached, and when a reason is no longer needed.
"""
import json
import sys


def read_reasons(path):
    reasons = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            place, _, why = line.rpartition(" # ")
            name, _, source = place.partition(": ")
            if not why or not source:
                sys.exit(f"{path}: no reason: {line}")
            reasons[(name, source)] = why
    return reasons


def unreached(report, top):
    for file in report["files"]:
        with open(f"{top}/{file['file']}", encoding="utf-8") as source_file:
            source = source_file.read().split("\n")
        for line in file["lines"]:
            if line.get("gcovr/noncode"):
                continue
            branches = [b for b in line.get("branches", []) if b["count"] == 0 and not b.get("throw")]
            if line["count"] == 0 or branches:
                number = line["line_number"]
                yield file["file"], number, source[number - 1].strip(), line["count"] == 0


def main():
    report_path, reasons_path, top = sys.argv[1:]
    with open(report_path, encoding="utf-8") as file:
        report = json.load(file)
    reasons = read_reasons(reasons_path)
    used = set()
    missing = 0
    for name, number, source, whole in unreached(report, top):
        if (name, source) in reasons:
            used.add((name, source))
            continue
        missing += 1
        print(f"{name}:{number}: {'line' if whole else 'branch'} not reached, and no reason given: {source}")
    for name, source in sorted(set(reasons) - used):
        missing += 1
        print(f"{name}: reached after all, so its reason can go: {source}")
    print(f"coverage: {len(used)} places not reached, each with its reason; {missing} to look at")
    sys.exit(1 if missing else 0)


main()
