#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""references.py SOURCE FILE...: what the documents FILE refer to is there: files of the project, whose top folder is
SOURCE, links of Markdown with their anchors, and RFCs and their sections in the one form that everybody can look up."""
import os
import re
import sys

FOLDERS = ("lib", "include", "examples", "test", ".ci")


def plain(text):
    """The text in one line, without what frames the lines of a comment."""
    return re.sub(r"\s+", " ", re.sub(r"\n *\*(?!/)", "\n", text))


def paths(text):
    """Words that name a file of the project; a pattern or a placeholder is no name."""
    pattern = r"(?<![\w/.])(?:\./)?((?:" + "|".join(map(re.escape, FOLDERS)) + r")/[\w./*-]*[\w/*])"
    return [path for path in re.findall(pattern, text) if "*" not in path and not re.search("[A-Z]{4}", path)]


def wrong_names(text):
    """What begins like the name of an RFC or of a section and is none."""
    rfcs = [match[0] for match in re.finditer(r"(?<![\w/])(?:RFC|rfc)[ -]?\d\w*", text)]
    sections = [match[0] for match in re.finditer("\u00a7.{0,4}", text)]
    return [name for name in rfcs if not re.fullmatch(r"RFC \d{4}", name)] + \
        [name for name in sections if not re.match("\u00a7\\d", name)]


def wrong_links(text, folder, anchors):
    for target in re.findall(r"\]\(([^)]*)\)", text):
        path, _, anchor = target.partition("#")
        if "://" in path or (path and not os.path.exists(os.path.join(folder, path))) or (anchor and anchor not in anchors):
            yield target


source, files = sys.argv[1], sys.argv[2:]
texts = {}
for name in files:
    with open(name, encoding="utf-8") as file:
        texts[name] = file.read()
known = {anchor for text in texts.values() for anchor in re.findall(r"\{#(\w+)\}", text)}
found, complaints = 0, []
for name, text in texts.items():
    line = plain(text)
    named = paths(line)
    found += len(named) + line.count("RFC ")
    complaints += [f"{name}: there is no {path}" for path in named if not os.path.exists(os.path.join(source, path))]
    complaints += [f"{name}: not the name of an RFC or a section: {wrong}" for wrong in wrong_names(line)]
    complaints += [f"{name}: this link leads nowhere: {target}" for target in wrong_links(text, os.path.dirname(name), known)]
    complaints += [f"{name}: nobody defines {anchor}" for anchor in re.findall(r"\\ref (\w+)", text) if anchor not in known]
    complaints += [f"{name}: an address that may change: {url}" for url in re.findall(r"https?://[^\s)>]+", text)]
if complaints:
    sys.exit("\n".join(complaints))
if found < 100:
    sys.exit(f"only {found} references were found: this test sees nothing")
