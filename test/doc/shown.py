#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""shown.py COMPILED HEADER...: each line of code that a comment of a public header shows is in the file COMPILED, which
is compiled and run. Prose may stand behind the code; code with an ellipsis or a call of
nothing, for what a host does, is a sketch."""
import re
import sys

WORDS = re.compile(r"\b[a-z]+ [a-z]+ [a-z]+ ")
CALLS = re.compile(r"\b(ikl|sim|assert)_\w+\(")


def code(line):
    """The line's code, in one spelling; null when it has none."""
    shown = re.match(r" +\*     +(\S.*)", line)
    text = re.split(r" {3,}|\*/", shown[1])[0].strip() if shown else ""
    if not CALLS.search(text) or "..." in text or "()" in text or WORDS.search(text):
        return None
    return spelled(text).rstrip(";")


def spelled(text):
    return re.sub(r"\s+", "", text)


with open(sys.argv[1], encoding="utf-8") as file:
    compiled = spelled(file.read())
missing, found = [], 0
for name in sys.argv[2:]:
    with open(name, encoding="utf-8") as file:
        comments = re.findall(r"/\*.*?\*/", file.read(), re.S)
    lines = [text for comment in comments for text in map(code, comment.split("\n")) if text]
    found += len(lines)
    missing += [f"{name}: {text}" for text in lines if text not in compiled]
if missing:
    sys.exit("\n".join(["this is shown and not compiled:"] + missing))
if found < 20:
    sys.exit(f"only {found} lines of code were found: this test sees nothing")
