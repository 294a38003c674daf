#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""check.py FOLDER TESTS [LOG]: what RFCs require, in the files rfcNNNN of the folder: each line is well formed, the
lines of a section stand for as many words as the RFC has there, each test that one names is there, in a C file below
the folder of tests, and, when the LOG of a run of all tests is given, has passed in it. Prints how many requirements
there are of each kind."""
import collections
import pathlib
import re
import sys

LEVELS = ("MUST", "MUST NOT", "SHOULD", "SHOULD NOT")
LEVEL = "(?:%s)" % "|".join(reversed(LEVELS))
NUMBER = r"(?:\d+|[A-Z])(?:\.\d+)*"
SECTION = re.compile(rf"({NUMBER}): (\d+ {LEVEL}(?:, \d+ {LEVEL})*)$")
LINE = re.compile(rf"({NUMBER}) ({LEVEL})(?: x(\d+))? "
                  rf"(?:(ours|host|none): [A-Z].*\.|again: (?:RFC (\d+), )?({NUMBER}))$")
TEST = re.compile(r"    ([+-]) ([a-z0-9_]+)$")
IN_SOURCES = re.compile(r"^static void (\w+)\(void \*\*state\)", re.MULTILINE)
PASSED = re.compile(r"^\[       OK \] (\w+)", re.MULTILINE)


class Line:
    """What a section requires, or says again, or says with such a word and does not require."""

    def __init__(self, place, match):
        self.place = place
        self.level = match.group(2)
        self.words = int(match.group(3) or 1)
        self.whose = match.group(4) or "again"
        self.again = match.group(5), match.group(6)
        self.tests = {"+": [], "-": []}

    def is_requirement(self):
        return self.whose in ("ours", "host")

    def faults(self):
        if self.whose == "ours":
            if not self.tests["+"]:
                yield f"{self.place}: no test shows it met"
            if not self.tests["-"]:
                yield f"{self.place}: no test shows the opposite refused"
        if not self.is_requirement() and self.tests["+"] + self.tests["-"]:
            yield f"{self.place}: it requires nothing and has tests"


class Section:
    """A section of an RFC: how often it has each word, and the lines that stand for them."""

    def __init__(self, place, match):
        self.place = place
        self.number = match.group(1)
        self.words = {level: int(count) for count, level in (one.split(" ", 1) for one in match.group(2).split(", "))}
        self.lines = []

    def faults(self):
        for level in LEVELS:
            covered = sum(line.words for line in self.lines if line.level == level)
            if covered != self.words.get(level, 0):
                yield f"{self.place}: {self.words.get(level, 0)} {level}, and lines for {covered}"


def read(path):
    """Returns the sections of a file, and the places of what is no line of one."""
    sections = []
    faults = []
    for number, text in enumerate(path.read_text().splitlines(), 1):
        place = f"{path.name}:{number}"
        section, line, test = SECTION.match(text), LINE.match(text), TEST.match(text)
        if section:
            sections.append(Section(place, section))
        elif line and sections and sections[-1].number == line.group(1):
            sections[-1].lines.append(Line(place, line))
        elif test and sections and sections[-1].lines:
            sections[-1].lines[-1].tests[test.group(1)].append((place, test.group(2)))
        elif text and not text.startswith("#"):
            faults.append(f"{place}: no line of a section and no test of one")
    return sections, faults


def main(folder, tests, log=None):
    there = {name for source in pathlib.Path(tests).rglob("*.c") for name in IN_SOURCES.findall(source.read_text())}
    passed = set(PASSED.findall(pathlib.Path(log).read_text(errors="replace"))) if log else there
    faults = []
    rfcs = {}
    for path in sorted(pathlib.Path(folder).glob("rfc*[0-9]")):
        rfcs[path.name[len("rfc"):]], wrong = read(path)
        faults += wrong
    required = {(rfc, section.number) for rfc, sections in rfcs.items() for section in sections
                if any(line.is_requirement() for line in section.lines)}
    counts = collections.Counter()
    for rfc, sections in rfcs.items():
        lines = [line for section in sections for line in section.lines]
        whose = collections.Counter(line.whose for line in lines)
        counts.update((line.whose, line.level) for line in lines)
        print(f"RFC {rfc}: {whose['ours']} of the library, {whose['host']} of the host, "
              f"for {sum(sum(section.words.values()) for section in sections)} words in {len(sections)} sections")
        faults += [fault for one in sections + lines for fault in one.faults()]
        for line in lines:
            in_rfc, number = line.again
            if line.whose == "again" and (in_rfc or rfc, number) not in required:
                faults.append(f"{line.place}: nothing is required there")
            for place, name in line.tests["+"] + line.tests["-"]:
                if name not in there:
                    faults.append(f"{place}: there is no test {name}")
                elif name not in passed:
                    faults.append(f"{place}: {name} has not passed")
    for whose, title in (("ours", "the library"), ("host", "the host")):
        print(f"of {title}: " + ", ".join(f"{counts[whose, level]} {level}" for level in LEVELS)
              + f", {sum(counts[whose, level] for level in LEVELS)} in all")
    print("\n".join(faults), end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
