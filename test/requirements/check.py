#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check.py FOLDER TESTS [LOG]: what RFCs require, in the files rfcNNNN of the folder: each line is well formed, each test
that one names is there, in a C file below the folder of tests, and, when the LOG of a run of all tests is given, has
passed in it. Prints how many requirements there are of each kind."""
import collections
import pathlib
import re
import sys

LEVELS = ("MUST", "MUST NOT", "SHOULD", "SHOULD NOT")
REQUIREMENT = re.compile(r"(\d+(?:\.\d+)*) (%s) (ours|host): [A-Z].*\.$" % "|".join(reversed(LEVELS)))
TEST = re.compile(r"    ([+-]) ([a-z0-9_]+)$")
IN_SOURCES = re.compile(r"^static void (\w+)\(void \*\*state\)", re.MULTILINE)
PASSED = re.compile(r"^\[       OK \] (\w+)", re.MULTILINE)


class Requirement:
    def __init__(self, place, match):
        self.place = place
        self.level = match.group(2)
        self.whose = match.group(3)
        self.tests = {"+": [], "-": []}

    def faults(self):
        if self.whose == "ours":
            if not self.tests["+"]:
                yield f"{self.place}: no test shows it met"
            if not self.tests["-"]:
                yield f"{self.place}: no test shows the opposite refused"


def read(path):
    """Yields each requirement of a file, and as text what is no line of one."""
    latest = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        place = f"{path.name}:{number}"
        match = REQUIREMENT.match(line)
        test = TEST.match(line)
        if match:
            latest = Requirement(place, match)
            yield latest
        elif test and latest:
            latest.tests[test.group(1)].append((place, test.group(2)))
        else:
            yield f"{place}: neither a requirement nor a test of one"


def main(folder, tests, log=None):
    there = {name for source in pathlib.Path(tests).rglob("*.c") for name in IN_SOURCES.findall(source.read_text())}
    passed = set(PASSED.findall(pathlib.Path(log).read_text(errors="replace"))) if log else there
    faults = []
    counts = collections.Counter()
    for path in sorted(pathlib.Path(folder).glob("rfc*[0-9]")):
        requirements = list(read(path))
        faults += [one for one in requirements if isinstance(one, str)]
        requirements = [one for one in requirements if isinstance(one, Requirement)]
        if not requirements:
            faults.append(f"{path.name}: nothing is required")
        for one in requirements:
            faults += one.faults()
            counts[one.whose, one.level] += 1
            for place, name in one.tests["+"] + one.tests["-"]:
                if name not in there:
                    faults.append(f"{place}: there is no test {name}")
                elif name not in passed:
                    faults.append(f"{place}: {name} has not passed")
        whose = collections.Counter(one.whose for one in requirements)
        print(f"{path.name.upper().replace('RFC', 'RFC ')}: {whose['ours']} of the library, {whose['host']} of the host")
    for whose, title in (("ours", "the library"), ("host", "the host")):
        print(f"of {title}: " + ", ".join(f"{counts[whose, level]} {level}" for level in LEVELS))
    print("\n".join(faults), end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
