#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""findings.py FOUND REASONS TOP: each finding has a reason in the list.

FOUND is what the tools said, "PATH:LINE:COLUMN: warning: TEXT [CHECK]". A reason is a line
"FILE [CHECK]: SOURCE LINE # WHY" in REASONS, the source line without its indentation. Fails when a finding has no
reason, and when a reason has no finding any more.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../coverage"))
sys.dont_write_bytecode = True
from check import read_reasons  # pylint: disable=wrong-import-position

FINDING = re.compile(r"(.+?):(\d+):\d+: (?:warning|error): (.*) \[([^\]]+)\]$")


def read_findings(path, top):
    with open(path, encoding="utf-8") as file:
        for line in file:
            match = FINDING.match(line.rstrip("\n"))
            if match:
                name = os.path.relpath(os.path.join(top, match.group(1)), top)
                with open(os.path.join(top, name), encoding="utf-8") as source:
                    text = source.read().split("\n")[int(match.group(2)) - 1].strip()
                yield f"{name} [{match.group(4)}]", text, f"{name}:{match.group(2)}: {match.group(3)}"


def main():
    found_path, reasons_path, top = sys.argv[1:]
    reasons = read_reasons(reasons_path)
    used = set()
    wrong = 0
    for name, source, said in sorted(set(read_findings(found_path, top))):
        used.add((name, source))
        if (name, source) not in reasons:
            wrong += 1
            print(f"{said}\n    {name}: {source}")
    for name, source in sorted(set(reasons) - used):
        wrong += 1
        print(f"{name}: not found any more, so its reason can go: {source}")
    print(f"analysis: {len(used)} findings, {wrong} to look at")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
