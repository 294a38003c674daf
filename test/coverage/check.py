#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check.py REPORT.json REASONS TOP: whatever of lib/ no test reaches has a reason in the list.

REPORT.json is llvm-cov's. What has to be reached are regions of lines, branches both ways, and by MC/DC that each
condition of a decision alone turns it. A function in line is in many files: what one of them reaches is reached. A
reason is a line "FILE: SOURCE LINE # WHY" in REASONS, the source line without its indentation; a source line that
stands there more than once in a file is meant every time. Fails when what is not reached has no reason, when a reason
is no longer needed, and when there are more reasons than MOST.
"""
import json
import os
import sys

MOST = 10


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


def regions(file):
    """Where each begins, and whether it was entered."""
    for line, column, count, has_count, is_entry, is_gap in file["segments"]:
        if has_count and is_entry and not is_gap:
            yield (line, column), [("not reached", count != 0)]


def branches(file):
    for branch in file["branches"]:
        when_true, when_false = branch[4:6]
        yield tuple(branch[:2]), [("never true", when_true != 0), ("never false", when_false != 0)]


def decisions(file):
    for decision in file["mcdc_records"]:
        covered = enumerate(decision[-1], start=1)
        yield tuple(decision[:2]), [(f"condition {number} never turns it", turns) for number, turns in covered]


def reached(places):
    """For each place, each outcome that is wanted and whether it came."""
    outcomes = {}
    for place, wanted in places:
        for what, came in wanted:
            outcomes[place, what] = outcomes.get((place, what), False) or came
    return outcomes


def main():
    report_path, reasons_path, top = sys.argv[1:]
    with open(report_path, encoding="utf-8") as file:
        report = json.load(file)
    reasons = read_reasons(reasons_path)
    totals = {measure: [0, 0] for measure in (regions, branches, decisions)}
    used = set()
    missing = 0
    for file in report["data"][0]["files"]:
        name = os.path.relpath(file["filename"], top)
        if not name.startswith("lib/"):
            continue
        with open(file["filename"], encoding="utf-8") as source_file:
            lines = source_file.read().split("\n")
        for measure, total in totals.items():
            outcomes = reached(measure(file))
            total[0] += sum(outcomes.values())
            total[1] += len(outcomes)
            for (place, what), came in sorted(outcomes.items()):
                source = lines[place[0] - 1].strip()
                if came:
                    continue
                if (name, source) in reasons:
                    used.add((name, source))
                    continue
                missing += 1
                print(f"{name}:{place[0]}:{place[1]}: {what}, and no reason given: {source}")
    for name, source in sorted(set(reasons) - used):
        missing += 1
        print(f"{name}: reached after all, so its reason can go: {source}")
    if len(reasons) > MOST:
        missing += 1
        print(f"{reasons_path}: {len(reasons)} reasons, and there may be {MOST}")
    for measure, (came, wanted) in totals.items():
        print(f"{measure.__name__:<10} {came:6} of {wanted:6}, {100 * came / wanted:.2f} %")
    print(f"{len(reasons)} reasons; {missing} places to look at")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
