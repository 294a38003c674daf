#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""watch_pair.py TOP FOLDER: writes schedules, watches and the timer wheel of depth 1 as two files into FOLDER:
ikelive_watch.h and ikelive_watch.c, C99. The same sources always make the same files."""
import os
import re
import sys

TOP, FOLDER = sys.argv[1:]
PUBLIC = ["base", "schedule", "watch", "wheel", "timers"]
SOURCES = """base error_name memory/arena memory/default_allocator policy/doubling policy/round_trip policy/schedule
             policy/schedules policy/false_down policy/chain policy/habit policy/propose_outages policy/run policy/window
             policy/watch policy/wheel/memory policy/wheel/wheel policy/wheel/timers""".split()
LICENSE = "/* SPDX-License-Identifier: ISC */\n"
NOTE = """/* %s: what ikelive %s has for a stack that keeps its own messages: schedules, watches and the timer wheel.
 * Made by lib/packaging/watch_pair.py from the sources of ikelive; change those. */
"""
MAY_BE_UNUSED = """
/* In line, and not every one has a use here. */
#if defined(__GNUC__)
#define MAY_BE_UNUSED __attribute__((unused))
#else
#define MAY_BE_UNUSED
#endif

"""


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as file:
        return file.read().removeprefix(LICENSE)


def write(name, text):
    with open(os.path.join(FOLDER, name), "w", encoding="utf-8") as file:
        file.write(LICENSE + NOTE % (name, version()) + text)


def version():
    numbers = re.findall(r"#define IKL_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", read("include/ikelive/base.h"))
    return ".".join(numbers)


def without_includes(text):
    """The text, and which headers of the C library it includes."""
    system = re.findall(r"^#include <(?!ikelive/)(\S+)>", text, re.M)
    return re.sub(r"^#include .*\n", "", text, flags=re.M).strip("\n") + "\n", system


def without_declaration(text, function):
    """The text without what is not part of depth 1, and without the comment above it."""
    left, n = re.subn(r"^/\*(?:(?!\*/).)*\*/\n[^\n;]*\b" + function + r"\([^;]*;\n\n", "", text, flags=re.M | re.S)
    assert n == 1, function
    return left


def internal_headers(source, seen):
    """Those that a file of lib/ includes, the lowest first, each once."""
    for name in re.findall(r'^#include "(\S+)"', read("lib", source), re.M):
        beside = os.path.normpath(os.path.join(os.path.dirname(source), name))
        header = beside if os.path.exists(os.path.join(TOP, "lib", beside)) else name
        if header not in seen:
            seen.add(header)
            yield from internal_headers(header, seen)
            yield header


def of_the_file(text):
    """The names that a file has for itself: static functions and data, and what it defines."""
    functions = re.findall(r"^static [^;={]*?\b(\w+)\(", text, re.M)
    data = re.findall(r"^static [^;({]*?\b(\w+)(?:\[\w*\])? =", text, re.M)
    return set(functions + data + re.findall(r"^#define (\w+)", text, re.M))


def renamed(text, names, file):
    """Two files may have a function of the same name; in one file both get that of their own in front."""
    if not names:
        return text
    pattern = r"(?<![.>\w])(" + "|".join(sorted(names)) + r")\b"
    return re.sub(pattern, lambda found: f"{file}_{found.group()}", text)


def main():
    header, system = "", []
    for name in PUBLIC:
        text, includes = without_includes(read("include/ikelive", name + ".h"))
        header += (without_declaration(text, "ikl_init") if name == "base" else text) + "\n"
        system += includes
    write("ikelive_watch.h",
          "".join(f"#include <{name}>\n" for name in sorted(set(system))) +
          "\n#ifndef IKL_STATIC\n#define IKL_STATIC /* no library: nothing is imported */\n#endif\n\n" + header)

    sources = {name: read("lib", name + ".c") for name in SOURCES}
    own = {name: of_the_file(text) for name, text in sources.items()}
    seen, parts, system = set(), [], []
    for name, text in sources.items():
        twice = {one for one in own[name] if any(one in own[other] for other in SOURCES if other != name)}
        text = renamed(text, twice, name.replace("policy/", "").replace("/", "_"))
        for part in [read("lib", header) for header in internal_headers(name + ".c", seen)] + [text]:
            part, includes = without_includes(re.sub(r"^static inline ", "MAY_BE_UNUSED static inline ", part, flags=re.M))
            parts.append(part)
            system += includes
    write("ikelive_watch.c", '#include "ikelive_watch.h"\n\n' +
          "".join(f"#include <{name}>\n" for name in sorted(set(system))) + MAY_BE_UNUSED + "\n".join(parts))


main()
