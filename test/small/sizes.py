#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""sizes.py TOP [--update]: compiles lib/ for small processors, without libsodium, and compares what each part takes with
the table in sizes.txt beside this file. A part that has grown by more than 3 % is an error; --update writes the table
instead. Code has neither .data nor .bss: all that changes is the host's."""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

TOP = sys.argv[1]
TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sizes.txt")
PROCESSORS = {
    "M0+": ("arm-none-eabi-", ["-mcpu=cortex-m0plus", "-mthumb"]),
    "M4": ("arm-none-eabi-", ["-mcpu=cortex-m4", "-mthumb"]),
    "RISC-V": ("riscv64-unknown-elf-", ["-march=rv32imac", "-mabi=ilp32"]),
}
FLAGS = ("-std=c11 -Os -Wall -Wextra -Werror -Wno-type-limits -ffunction-sections -fdata-sections -fstack-usage -DIKL_STATIC "
         "--specs=picolibc.specs").split()  # enums are unsigned char there
SWITCHED = r"message/names|dump/\w+|endpoint/metrics|sa/describe"  # IKELIVE_NAMES and so on
PARTS = {
    "policy": r"policy/\w+",
    "wheel": r"policy/wheel/\w+",
    "codec": r"message/(?!names)\w+",
    "names": r"message/names",
    "dump": r"dump/\w+",
    "crypto": r"crypto/\w+",
    "memory": r"memory/\w+",
    "IKE SA": r"sa/(?!describe)\w+",
    "describe": r"sa/describe",
    "endpoint": r"endpoint/(?!metrics)\w+",
    "metrics": r"endpoint/metrics",
    "all": r".*",
    "all, switches OFF": rf"(?!({SWITCHED})$).*",
}
# What a stack at depth 1 calls, for one watch and one timer an IKE SA.
DEPTH_1 = """ikl_watch_init ikl_watch_sent ikl_watch_answered ikl_watch_heard ikl_watch_tick ikl_watch_deadline
             ikl_schedule_default ikl_wheel_new ikl_wheel_free ikl_wheel_start ikl_wheel_push ikl_wheel_stop
             ikl_wheel_expire ikl_wheel_next_deadline""".split()


def sources():
    for folder in (".", "crypto", "dump", "endpoint", "memory", "message", "policy", "policy/wheel", "sa"):
        for name in sorted(os.listdir(os.path.join(TOP, "lib", folder))):
            # default_allocator has malloc, which such a host does not.
            if name.endswith(".c") and name not in ("sodium.c", "sodium_hash.c", "default_allocator.c"):
                yield os.path.normpath(os.path.join(folder, name[:-2]))


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def compile_one(prefix, flags, source, folder):
    out = os.path.join(folder, source.replace("/", "_"))
    subprocess.run([prefix + "gcc", *FLAGS, *flags, "-I", TOP + "/include", "-I", TOP + "/lib", "-c",
                    f"{TOP}/lib/{source}.c", "-o", out + ".o"], check=True)
    return source, out


def octets(prefix, path):
    """Of code and constants; of .data and .bss."""
    text, data, bss = run(prefix + "size", path).splitlines()[1].split()[:3]
    return int(text), int(data) + int(bss)


def frame(out, functions=None):
    """The largest stack frame of a function in it, or of those named."""
    with open(out + ".su", encoding="ascii") as file:
        lines = [line.split("\t") for line in file]
    return max((int(octets) for place, octets, *_ in lines if not functions or place.split(":")[-1] in functions), default=0)


def measure(prefix, flags):
    """Of each part the octets, and of all functions in it the largest frame."""
    with tempfile.TemporaryDirectory() as folder:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            outs = dict(pool.map(lambda source: compile_one(prefix, flags, source, folder), sources()))
        sizes = {}
        for source, out in outs.items():
            text, variable = octets(prefix, out + ".o")
            if variable:
                sys.exit(f"lib/{source}.c has {variable} octets of .data and .bss")
            sizes[source] = (text, frame(out))
        table = {}
        for part, pattern in PARTS.items():
            of_part = [size for source, size in sizes.items() if re.fullmatch(pattern, source)]
            table[part] = (sum(text for text, _ in of_part), max(frame for _, frame in of_part))
        linked = os.path.join(folder, "depth_1.o")
        run(prefix + "gcc", *flags, "-nostdlib", "-r", "-Wl,--gc-sections", *[f"-Wl,-u,{name}" for name in DEPTH_1],
            *[out + ".o" for out in outs.values()], "-o", linked)
        kept = set(run(prefix + "nm", "-j", "--defined-only", linked).split())
        table["depth 1"] = (octets(prefix, linked)[0], max(frame(out, kept) for out in outs.values()))
        return table


def written(tables):
    lines = ["# What each part of lib/ takes, in octets, and the largest stack frame of a function in it. Compiled with -Os;",
             "# `depth 1` is what the linker keeps of a watch and the wheel. Made by ./test/small/run --update.",
             "#" + " " * 19 + "".join(f"{name:>9}{'frame':>7}" for name in PROCESSORS)]
    for part in list(PARTS) + ["depth 1"]:
        lines.append(f"{part:<20}" + "".join(f"{table[part][0]:>9}{table[part][1]:>7}" for table in tables.values()))
    return "\n".join(lines) + "\n"


def read():
    rows = {}
    with open(TABLE, encoding="ascii") as file:
        for line in file:
            if not line.startswith("#"):
                rows[line[:20].strip()] = [int(number) for number in line[20:].split()]
    return rows


def grown(tables):
    """The parts that have grown too much since the table was written."""
    rows = read()
    for part in list(PARTS) + ["depth 1"]:
        for i, (name, table) in enumerate(tables.items()):
            for what, was, now in zip(("octets", "octets of stack"), rows[part][2 * i:], table[part]):
                if now > was * 1.03:
                    yield f"{part} on {name}: {was} {what} in the table, {now} now"


compiler = "# gcc " + run("arm-none-eabi-gcc", "-dumpversion").strip()
if "--update" not in sys.argv:
    with open(TABLE, encoding="ascii") as file:
        if compiler not in file.read().splitlines():
            print("skipped: the table is of another compiler")
            sys.exit(77)
all_tables = {name: measure(*how) for name, how in PROCESSORS.items()}
text = written(all_tables)
print(text, end="")
if "--update" in sys.argv:
    with open(TABLE, "w", encoding="ascii") as file:
        file.write(text + compiler + "\n")
else:
    wrong = list(grown(all_tables))
    if wrong:
        sys.exit("\n".join(wrong) + "\nIf it is worth it, run ./test/small/run --update and commit the table.")
