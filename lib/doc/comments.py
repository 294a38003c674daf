#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""comments.py HEADER: writes the public header HEADER as Doxygen wants it. Its comments are plain C comments in plain
words; here they become Doxygen's, and the header becomes a group: ikelive_watch for watch.h."""
import os
import re
import sys

COMMENT = re.compile(r"(?P<before>[^\n]*?)/\*(?P<text>.*?)\*/(?P<after>[^\n]*)\n(?P<next>[^\n]*)", re.S)


def quoted(text):
    """Words that mean nothing to Doxygen."""
    return re.sub(r"::|[\\@<>#&%]", lambda match: "\\" + match[0], text)


def lines_of(text):
    """The lines of a comment, without what frames them."""
    first, *others = text.split("\n")
    lines = [first.strip()] + [re.sub(r"^\s*\* ?", "", line) if line.lstrip().startswith("*") else line.strip()
                               for line in others]
    return [line.rstrip() for line in lines]


def is_table(line, in_list):
    """A line that must stay as it is: indented, or with columns."""
    if re.match(r" *- ", line) or (in_list and re.match(r"  +\S", line)):
        return False
    return bool(re.match(r"  +\S", line) or re.search(r"\S   +\S", line))


def words(text):
    """The text of a comment for Doxygen: paragraphs and lists as such, tables and drawings verbatim."""
    out, verbatim, in_list = [], False, False
    for line in lines_of(text):
        in_list = bool(re.match(r" *- ", line)) or (in_list and line.startswith(" "))
        table = is_table(line, in_list) or (verbatim and line.startswith(" ") and not in_list)
        if table != verbatim:
            out.append("@verbatim" if table else "@endverbatim")
            verbatim = table
        out.append(line if verbatim else quoted(line))
    if verbatim:
        out.append("@endverbatim")
    return "\n".join(out)


def is_section(match):
    """A comment about all that follows, with an empty line behind it."""
    return match["next"].strip() == "" and match["before"] == ""


def translate(source, name):
    """The header with Doxygen's comments, its first one as that of the group."""
    head = re.match(r"/\* SPDX[^\n]*\n/\* ?(.*?)\*/\n", source, re.S)
    title, rest = re.fullmatch(r"ikelive[^:]*: (.*?)(?:[.:](?: |\n|$)|\n\n)(.*)", words(head[1].strip()), re.S).groups()
    body = source[head.end():]
    sections = [words(match["text"].strip()) for match in COMMENT.finditer(body) if is_section(match)]

    def comment(match):
        if is_section(match):
            return "\n" + match["next"]
        mark = "/**< " if match["before"].strip() else "/** "
        return match["before"] + mark + words(match["text"]).strip() + " */" + match["after"] + "\n" + match["next"]

    group = f"/** @file */\n/** @defgroup ikelive_{name} {' '.join(title.split())}\n"
    group += f"@code\n#include <ikelive/{name}.h>\n@endcode\n{rest}\n\n"
    group += "\n\n".join(sections) + "\n@{ */\n"
    # One at a time: what follows a comment may be the next one.
    done = ""
    while match := COMMENT.search(body):
        done += body[:match.start()]
        text = comment(match)
        body = match["next"] + body[match.end():]
        done += text[:len(text) - len(match["next"])]
    return group + done + body + "\n/** @} */\n"


with open(sys.argv[1], encoding="utf-8") as file:
    sys.stdout.write(translate(file.read(), os.path.basename(sys.argv[1]).removesuffix(".h")))
