#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""words.py TEXT: how many MUST, MUST NOT, SHOULD and SHOULD NOT each section of an RFC has, as the files rfcNNNN say
it. SHALL and REQUIRED count as MUST, RECOMMENDED counts as SHOULD. The paragraph that says what these words mean is
left out."""
import collections
import pathlib
import re
import sys

LEVELS = {"MUST": "MUST", "SHALL": "MUST", "REQUIRED": "MUST", "SHOULD": "SHOULD", "RECOMMENDED": "SHOULD"}
HEAD_OR_FOOT_OF_A_PAGE = re.compile(r"RFC \d+  .*|.*\[Page \d+\]|\f")
SECTION = re.compile(r"((?:\d+|[A-Z])(?:\.\d+)*)\.  ?\S|Appendix ([A-Z])\.")
WORD = re.compile(r"\b(NOT\s+)?(%s)(\s+NOT)?\b" % "|".join(LEVELS))
MEANING = re.compile(r'The key words "MUST"')


def sections(text):
    """Yields each section's number and the text below its title."""
    number, body = None, []
    for line in text.splitlines():
        match = SECTION.match(line)
        if match:
            yield number, "\n".join(body)
            number, body = match.group(1) or match.group(2), []
        elif not HEAD_OR_FOOT_OF_A_PAGE.match(line):
            body.append(line)
    yield number, "\n".join(body)


def main(path):
    for number, body in sections(pathlib.Path(path).read_text(errors="replace")):
        said = "\n\n".join(part for part in re.split(r"\n\s*\n", body) if not MEANING.match(part.strip()))
        counts = collections.Counter()
        for before, word, after in WORD.findall(said):
            counts[LEVELS[word] + (" NOT" if before or after else "")] += 1
        if number and counts:
            print(f"{number}: " + ", ".join(f"{counts[one]} {one}" for one in
                                            ("MUST", "MUST NOT", "SHOULD", "SHOULD NOT") if counts[one]))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
