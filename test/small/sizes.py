#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""sizes.py TOP [--update]: compiles lib/ for small processors, without libsodium, with all its switches ON, with WHEEL
OFF, and with all OFF, and compares what each part takes, what a host at each depth links, and how deep the stack of its
calls is, with the table in sizes.txt beside this file. What has grown by more than 3 % is an error; --update writes the
table instead. Code has neither .data nor .bss: all that changes is the host's."""
import collections
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

TOP = sys.argv[1]
TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sizes.txt")
NAME = 34  # columns of names
PROCESSORS = {
    "M0+": ("arm-none-eabi-", ["-mcpu=cortex-m0plus", "-mthumb"]),
    "M4": ("arm-none-eabi-", ["-mcpu=cortex-m4", "-mthumb"]),
    "RISC-V": ("riscv64-unknown-elf-", ["-march=rv32imac", "-mabi=ilp32"]),
}
FLAGS = ("-std=c11 -Os -Wall -Wextra -Werror -Wno-type-limits -ffunction-sections -fdata-sections -fstack-usage "
         "-fcallgraph-info=su -DIKL_STATIC --specs=picolibc.specs").split()  # enums are unsigned char there
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
}
# What hosts call, and the linker keeps with it: a stack at depth 1 with timers of its own; one that has a wheel for them,
# or what README takes for depth 1, with an object for each timer; and one that has its IKE SAs in an endpoint.
WATCH = """ikl_watch_init ikl_watch_sent ikl_watch_answered ikl_watch_heard ikl_watch_tick ikl_watch_deadline
           ikl_schedule_default""".split()
WHEEL = """ikl_wheel_new ikl_wheel_free ikl_wheel_start ikl_wheel_push ikl_wheel_stop ikl_wheel_expire
           ikl_wheel_next_deadline""".split()
TIMERS = """ikl_timers_new ikl_timers_free ikl_timers_add ikl_timers_set ikl_timers_remove ikl_timers_expire
            ikl_timers_next_deadline""".split()
ENDPOINT = """ikl_endpoint_new ikl_endpoint_free ikl_endpoint_new_spi ikl_endpoint_receive ikl_endpoint_advance
              ikl_endpoint_next_deadline ikl_keys_derive ikl_sa_new ikl_sa_established ikl_sa_add_child ikl_sa_request
              ikl_sa_respond ikl_sa_delete ikl_sa_free ikl_child_heard""".split()
LINKED = {"a watch": WATCH, "a watch and a wheel": WATCH + WHEEL, "depth 1": WATCH + TIMERS, "depths 2 and 3": ENDPOINT}
# Those whose stack is told. What is called through a pointer, callbacks, allocators and algorithms, counts nothing, and
# neither does the C library.
CALLS = """ikl_watch_tick ikl_watch_sent ikl_watch_answered ikl_wheel_start ikl_wheel_expire ikl_endpoint_new
           ikl_endpoint_receive ikl_endpoint_advance ikl_sa_new ikl_sa_request ikl_sa_delete ikl_sa_migrate
           ikl_keys_derive ikl_message_dump ikl_schedule_propose ikl_schedule_propose_outages""".split()


# Of each switch, and of several together, the files that are left out when they are OFF. Others stand in for some of
# them, in lib/without.
with open(os.path.join(TOP, "lib", "CMakeLists.txt"), encoding="utf-8") as file:
    LEFT_OUT = dict(re.findall(r'"([A-Z_ ]+);([^"]+)"', file.read()))
SWITCHES = [name for name in LEFT_OUT if " " not in name]


# How the library is built, and which hosts are measured so. With one switch OFF only the files of depth 1 are compiled.
BUILT = {
    "": ([], list(LINKED), r".*"),
    ", WHEEL OFF": (["WHEEL"], ["a watch and a wheel", "depth 1"], r"((memory|policy|policy/wheel|without)/)?\w+"),
    ", switches OFF": (SWITCHES, list(LINKED), r".*"),
}
PARTS_OF = {"": PARTS, ", WHEEL OFF": {}, ", switches OFF": {"all": r".*"}}


def sources_with_all_on():
    for folder in (".", "crypto", "dump", "endpoint", "memory", "message", "policy", "policy/wheel", "sa"):
        for name in sorted(os.listdir(os.path.join(TOP, "lib", folder))):
            # default_allocator has malloc, which such a host does not.
            if name.endswith(".c") and name not in ("sodium.c", "sodium_hash.c", "default_allocator.c"):
                yield os.path.normpath(os.path.join(folder, name[:-2]))


def sources_without(switches):
    left_out = [files for names, files in LEFT_OUT.items() if set(names.split()).issubset(switches)]
    for source in sources_with_all_on():
        if not any(re.fullmatch(pattern, source) for pattern in left_out):
            yield source
    for name in sorted(os.listdir(os.path.join(TOP, "lib", "without"))):
        if name.endswith(".c") and name[:-2].upper() in switches:
            yield "without/" + name[:-2]


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


def call_graph(outs):
    """Of each function its frame, and what it calls. Functions of one file alone have its name in theirs."""
    frames, callees = {}, collections.defaultdict(set)
    for out in outs:
        with open(out + ".ci", encoding="ascii") as file:
            text = file.read()
        for name, octets in re.findall(r'node: { title: "([^"]+)" label: "[^"]*?(\d+) bytes \(static\)', text):
            frames[name] = int(octets)
        for caller, callee in re.findall(r'edge: { sourcename: "([^"]+)" targetname: "([^"]+)"', text):
            callees[caller].add(callee)
    return frames, callees


def stack_of(name, graph, above=()):
    """How deep the stack is while the function runs. A function that calls itself again counts once."""
    frames, callees = graph
    if name in above:
        return 0
    below = (stack_of(callee, graph, above + (name,)) for callee in callees[name])
    return frames.get(name, 0) + max(below, default=0)


def compile_all(prefix, flags, sources, folder):
    """Of each source where its object is, and the octets and the largest frame in it."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        outs = dict(pool.map(lambda source: compile_one(prefix, flags, source, folder), sources))
    sizes = {}
    for source, out in outs.items():
        text, variable = octets(prefix, out + ".o")
        if variable:
            sys.exit(f"lib/{source}.c has {variable} octets of .data and .bss")
        sizes[source] = (text, frame(out))
    return outs, sizes


def sum_of(sizes, pattern):
    """Of each part the octets, and of all functions in it the largest frame."""
    of_part = [size for source, size in sizes.items() if re.fullmatch(pattern, source)]
    return sum(text for text, _ in of_part), max(frame for _, frame in of_part)


def measure(prefix, flags):
    table = {}
    for built, (switches, hosts, pattern) in BUILT.items():
        off = flags + [f"-DIKL_WITHOUT_{name}" for name in switches]
        with tempfile.TemporaryDirectory() as folder:
            sources = [source for source in sources_without(switches) if re.fullmatch(pattern, source)]
            outs, sizes = compile_all(prefix, off, sources, folder)
            table.update({part + built: sum_of(sizes, files) for part, files in PARTS_OF[built].items()})
            for name in hosts:
                linked = os.path.join(folder, "linked.o")
                table[name + built] = measure_linked(prefix, off, outs.values(), LINKED[name], linked)
            if not switches:
                graph = call_graph(outs.values())
                table.update({name: (stack_of(name, graph),) for name in CALLS})
    return table


def measure_linked(prefix, flags, outs, calls, linked):
    """Of what the linker keeps for these calls the octets, and the largest frame."""
    run(prefix + "gcc", *flags, "-nostdlib", "-r", "-Wl,--gc-sections", *[f"-Wl,-u,{name}" for name in calls],
        *[out + ".o" for out in outs], "-o", linked)
    kept = set(run(prefix + "nm", "-j", "--defined-only", linked).split())
    if not kept.issuperset(calls):
        sys.exit(f"There is no {', '.join(set(calls) - kept)}")
    return octets(prefix, linked)[0], max(frame(out, kept) for out in outs)


def heading(second=""):
    return "#" + " " * (NAME - 1) + "".join(f"{name:>9}{second:>7}" for name in PROCESSORS).rstrip()


def row(name, tables):
    cells = ("".join(f"{number:>{width}}" for number, width in zip(table[name], (9, 7))) for table in tables.values())
    return f"{name:<{NAME}}" + "".join(f"{cell:<16}" for cell in cells).rstrip()


def written(tables):
    lines = ["# What each part of lib/ takes, in octets, and the largest stack frame of a function in it. Compiled with -Os.",
             "# Made by ./test/small/run --update.", heading("frame")]
    lines += [row(part + built, tables) for built in BUILT for part in PARTS_OF[built]]
    lines += ["# What the linker keeps of it for hosts: with a watch alone; with a wheel too, or with timers of objects, as",
              "# README has depth 1; and with an endpoint."]
    lines += [row(name + built, tables) for name in LINKED for built, (_, hosts, _) in BUILT.items() if name in hosts]
    lines += ["# How deep the stack of a call is, without what is called through pointers and without the C library.",
              heading()]
    lines += [row(name, tables) for name in CALLS]
    return "\n".join(lines) + "\n"


def read():
    rows = {}
    with open(TABLE, encoding="ascii") as file:
        for line in file:
            if not line.startswith("#"):
                rows[line[:NAME].strip()] = [int(number) for number in line[NAME:].split()]
    return rows


def grown(tables):
    """The parts that have grown too much since the table was written."""
    rows = read()
    for part, was in rows.items():
        now = [number for table in tables.values() for number in table[part]]
        for i, (before, after) in enumerate(zip(was, now)):
            if after > before * 1.03:
                name = list(PROCESSORS)[i * len(PROCESSORS) // len(now)]
                yield f"{part} on {name}: {before} octets in the table, {after} now"


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
