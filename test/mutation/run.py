#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""run.py TOP BUILD [--seed WORD] [--mutants N | --each N | --all] [FILE...]: writes small faults into lib/ and looks
whether a test notices each of them. BUILD is a folder that was configured with -DMUTATION=ON and built.

Takes the first N (100) mutants of a seed, or the first N of each file, or all of them, of the files below TOP that are
named, or of all of lib/ but the test kit. Fails when a mutant survives that neither `equal` nor `left` lists, or when
fewer are noticed than README promises. Those that are listed are tried with --all only, which fails when one of them
does not survive. A test that hangs has noticed too. Those tests come first that are likely to notice soon; the order
does not change what becomes of a mutant.

tcc compiles a mutant, in a tenth of gcc's time, or gcc does where tcc cannot: into a library of one object, whose
functions the tests find before those of the whole library. A test that notices must pass with the file as it is,
compiled in the same way; else gcc compiles that file's mutants. What no test notices is asked once more, with gcc's
sanitizers in the file: they notice what is read or written where nothing is.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import re
import resource
import shlex
import signal
import subprocess
import sys
import tempfile

import mutants

LEAST_SECONDS = 1  # of the processor, that a test may take with a mutant; or this times what it takes while blocks are
TIMES_AS_LONG = 2  # noted, which is five times what it takes otherwise
MOST_SECONDS = 600  # of a clock, that any test may take
LEAST_NOTICED = 97  # percent, of those that are C and change something
LONG = 1.0  # seconds of a test that is asked only when a compiler sees a difference
MEMORY = 4 << 30
SANITIZED = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
LEFT_OUT = {
    "contract/any_call_in_any_callback",  # takes as long as half of the others, and notices what they notice
}


class Test:
    """A file of tests: its program, and what it reached without a mutant."""

    def __init__(self, name, command):
        self.name = name
        self.command = command
        self.seconds = 0.0
        self.passes = {}  # (path, sanitized): whether it does with that file as it is, compiled as mutants are
        self.reached = {}  # path: first lines of blocks
        self.blocks = 0  # how many these are
        self.noticed = collections.Counter()  # path: mutants

    def cost(self, path):
        """The less it takes and the less it reaches, the sooner it is asked: what reaches least looks closest."""
        return self.seconds * self.blocks / (1 + self.noticed[path])

    def bound(self, sanitized):
        """In the new process: bounds what a mutant may take of the machine."""
        if not sanitized:  # which takes addresses without end
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        signal.alarm(MOST_SECONDS)
        if self.seconds:
            seconds = int(max(LEAST_SECONDS, TIMES_AS_LONG * self.seconds))
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))

    def run(self, folder, first=(), reached=None):
        """Whether it passes with the library in `folder` and those whose functions come first, and how many seconds of
        the processor it took."""
        environment = dict(os.environ, LD_LIBRARY_PATH=folder, ASAN_OPTIONS="detect_leaks=0")
        environment["LD_PRELOAD"] = ":".join(first)
        if reached:
            environment["MUTATION_REACHED"] = reached
        # pylint: disable-next=subprocess-popen-preexec-fn
        with subprocess.Popen(
            self.command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: self.bound(len(first) > 1),
        ) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode == 0, usage.ru_utime + usage.ru_stime


class Build:
    """What CMake made: the objects of the library, how each was compiled, and the tests."""

    def __init__(self, top, folder):
        self.top = os.path.realpath(top)
        self.folder = os.path.realpath(folder)
        self.library = os.path.join(self.folder, "test/mutation/libmutated.so")
        with open(os.path.join(self.folder, "test/mutation/objects"), encoding="utf-8") as file:
            objects = [os.path.normpath(line) for line in file.read().split()]
        self.commands = {}  # path below top
        self.for_gcc = set()  # paths of those that do not work as tcc compiles them
        self.sanitizer = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, check=True,
                                        text=True).stdout.strip()
        with open(os.path.join(self.folder, "compile_commands.json"), encoding="utf-8") as file:
            for entry in json.load(file):
                words = shlex.split(entry["command"])
                made = os.path.normpath(os.path.join(entry["directory"], words[words.index("-o") + 1]))
                path = self.below_top(os.path.join(entry["directory"], entry["file"]))
                # A file of the core's that another library has too is meant in the core.
                if made in objects and path not in self.commands:
                    self.commands[path] = [word for word in words[: words.index("-o")] if "sanitize" not in word]

    def below_top(self, path):
        return os.path.relpath(os.path.realpath(path), self.top)

    def compile(self, path, source, made, *options):
        """Compiles `source` in place of a file of the library. False: it is no C any more."""
        command = self.commands[path] + [
            *("-w", "-g0", "-iquote", os.path.dirname(os.path.join(self.top, path))),
            *options,
            *("-o", made, source),
        ]
        return subprocess.run(command, cwd=self.folder, capture_output=True, check=False).returncode == 0

    def compile_alone(self, path, source, made, sanitized=False):
        """Makes a library of one object."""
        if sanitized:
            return self.compile(path, source, made, "-shared", *SANITIZED)
        if path in self.for_gcc:
            return self.compile(path, source, made, "-shared")
        options = [word for word in self.commands[path] if word.startswith(("-D", "-I", "-std"))]
        command = ["tcc", "-shared", "-w", "-I", os.path.dirname(os.path.join(self.top, path)), *options]
        done = subprocess.run([*command, "-o", made, source], cwd=self.folder, capture_output=True, check=False)
        return done.returncode == 0 or self.compile(path, source, made, "-shared")

    def make_fast(self, folder):
        """Makes the library anew, without notes of what is reached: then tests take a fifth of the time."""

        def one(path):
            made = os.path.join(folder, path.replace("/", "_") + ".o")
            if not self.compile(path, os.path.join(self.top, path), made, "-O1", "-c"):
                sys.exit(f"{path} cannot be compiled")
            return made

        objects = list(in_parallel(one, self.commands))
        self.library = os.path.join(folder, os.path.basename(self.library))
        subprocess.run(["cc", "-shared", "-o", self.library, *objects], check=True)

    def passes(self, test, made, sanitized=False):
        """Whether a test passes with the library of one object."""
        return test.run(os.path.dirname(self.library), [self.sanitizer, made] if sanitized else [made])[0]

    def passes_as_it_is(self, test, path, sanitized=False):
        """Whether a test passes with a file without a mutant, compiled as mutants are."""
        if path in self.for_gcc and not sanitized:
            return True
        if (path, sanitized) not in test.passes:
            with tempfile.TemporaryDirectory() as folder:
                made = os.path.join(folder, "same.so")
                test.passes[path, sanitized] = (
                    self.compile_alone(path, os.path.join(self.top, path), made, sanitized)
                    and self.passes(test, made, sanitized))
        return test.passes[path, sanitized]

    def tests(self):
        listed = subprocess.run(
            ["ctest", "--show-only=json-v1", "-C", "full"], cwd=self.folder, capture_output=True, check=True
        ).stdout
        for test in json.loads(listed)["tests"]:
            if re.match("(unit|contract)/", test["name"]) and test["name"] not in LEFT_OUT:
                yield Test(test["name"], test["command"])


def in_parallel(function, arguments):
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        yield from pool.map(function, arguments)


def look(build, work, tests):
    """Runs each test once without a mutant: how long does it take, and which blocks does it reach?"""

    def one(test):
        listed = os.path.join(work, test.name.replace("/", "_"))
        passed, test.seconds = test.run(os.path.dirname(build.library), reached=listed)
        return test, passed, listed

    places = {}
    for test, passed, listed in in_parallel(one, tests):
        if not passed:
            sys.exit(f"{test.name} fails without a mutant")
        with open(listed, encoding="utf-8") as file:
            test.offsets = [int(word, 16) for word in file.read().split()]
        places.update(dict.fromkeys(test.offsets))
    # The call before each address that was noted.
    asked = "\n".join(hex(offset - 1) for offset in places)
    said = subprocess.run(
        ["addr2line", "-e", build.library], input=asked, capture_output=True, check=True, text=True
    ).stdout.split("\n")
    for offset, line in zip(places, said):
        match = re.match(r"(.*):(\d+)", line)
        places[offset] = (build.below_top(match.group(1)), int(match.group(2)) - 1) if match else None
    for test in tests:
        for place in filter(None, map(places.get, test.offsets)):
            test.reached.setdefault(place[0], set()).add(place[1])
        test.blocks = sum(map(len, test.reached.values()))
    blocks = collections.defaultdict(set)
    for test in tests:
        for path, lines in test.reached.items():
            blocks[path] |= lines
    return blocks


def choose(mutant, tests, blocks):
    """The tests that reach the block of the mutant's line, or of a declaration the one below too: it may be the first
    of its function. Of a line that is no code of a function, as of a table, and of one that no test reaches: all that
    reach the file."""
    above = [line for line in blocks[mutant.path] if line <= mutant.number]
    below = [line for line in blocks[mutant.path] if line > mutant.number]
    chosen = []
    if above and not re.match(r"\s*(\{|\.\w+ = |enum )", mutant.old) and mutant.operator != "early return":
        near = {max(above)}
        if below and re.match(r"\s+(\w+ )+\**\w+(\[|,|;| = )", mutant.old):
            near.add(min(below))
        chosen = [test for test in tests if not near.isdisjoint(test.reached.get(mutant.path, ()))]
    chosen = chosen or [test for test in tests if mutant.path in test.reached]
    return sorted(chosen, key=lambda test: test.cost(mutant.path))


def same_code(build, mutant, source, folder):
    """Whether an optimizing compiler sees no difference."""
    made = []
    for name in (os.path.join(build.top, mutant.path), source):
        # Both by one name, since an object may have it.
        one = os.path.join(folder, "same.c")
        with open(name, encoding="utf-8") as file, open(one, "w", encoding="utf-8") as copy:
            copy.write(file.read())
        out = os.path.join(folder, "same.o")
        if not build.compile(mutant.path, one, out, "-O2", "-c"):
            return False
        with open(out, "rb") as file:
            made.append(file.read())
    return made[0] == made[1]


def judge(build, mutant, tests, blocks):
    """What becomes of a mutant: the name of the test that noticed, or why there is none."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(build.top, mutant.path), encoding="utf-8") as file:
            lines = file.read().split("\n")
        lines[mutant.number] = mutant.new
        source = os.path.join(folder, "mutant.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
        first = os.path.join(folder, "mutant.so")
        if not build.compile_alone(mutant.path, source, first):
            return "no C"
        chosen = choose(mutant, tests, blocks)

        def notices(asked, made=first, sanitized=False):
            for test in asked:
                if not build.passes(test, made, sanitized):
                    if build.passes_as_it_is(test, mutant.path, sanitized):
                        test.noticed[mutant.path] += 1
                        return test.name
                    if not sanitized:
                        build.for_gcc.add(mutant.path)
                        return judge(build, mutant, tests, blocks)
            return None

        quick = [test for test in chosen if test.seconds <= LONG]
        by = notices(quick)
        if by is None and same_code(build, mutant, source, folder):
            return "no difference"
        by = by or notices(test for test in chosen if test.seconds > LONG)
        if by is None:
            checked = os.path.join(folder, "checked.so")
            if build.compile_alone(mutant.path, source, checked, sanitized=True):
                by = notices(quick, checked, sanitized=True)
        return by or "SURVIVES"


def read_list(path, kind):
    """A list of mutants that no test notices: "FILE", "- LINE", "+ LINE" and below them the reason, indented. Each is of
    the kind that is given."""
    listed = {}
    with open(path, encoding="utf-8") as file:
        for block in file.read().split("\n\n"):
            lines = [line for line in block.split("\n") if line and not line.startswith("#")]
            if not lines:
                continue
            if len(lines) < 4 or lines[1][:2] != "- " or lines[2][:2] != "+ " or not lines[3].startswith("  "):
                sys.exit(f"{path}: no reason, or not as the others: {block}")
            listed[(lines[0], lines[1][2:], lines[2][2:])] = kind
    return listed


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("top")
    parser.add_argument("build")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--mutants", type=int, default=100)
    parser.add_argument("--each", type=int)
    parser.add_argument("files", nargs="*")
    return parser.parse_args()


def taken(build, options):
    files = options.files or sorted(path for path in build.commands if not path.startswith(("lib/sim/", "test/")))
    made, found = 0, []
    for path in files:
        with open(os.path.join(build.top, path), encoding="utf-8") as file:
            of_file = sorted(mutants.of_file(path, file.read()), key=lambda mutant: mutant.rank(options.seed))
        made += len(of_file)
        found += of_file[: options.each]
    print(f"{made} mutants of {len(files)} files", flush=True)
    found.sort(key=lambda mutant: mutant.rank(options.seed))
    return found if options.all or options.each else found[: options.mutants]


def show(mutant, what):
    print(f"{mutant.path}\n- {mutant.old.strip()}\n+ {mutant.new.strip()}\n    line {mutant.number + 1}, "
          f"{mutant.operator}: {what}\n", flush=True)


def judge_all(build, options, tests, blocks):
    """Judges the mutants that are taken, and tells. Returns whether there is nothing to look at."""
    listed = {}
    for kind in ("equal", "left"):
        listed |= read_list(os.path.join(build.top, "test/mutation", kind), kind)
    fates = collections.Counter()
    wrong = 0
    chosen = taken(build, options)

    def fate_of(mutant):
        if mutant.key() in listed and not options.all:
            return listed[mutant.key()]
        return judge(build, mutant, tests, blocks)

    survived, noticed = set(), []  # of those that are listed; lines that look the same may differ in their fate
    for mutant, fate in zip(chosen, in_parallel(fate_of, chosen)):
        expected = listed.get(mutant.key())
        kind = fate if fate in ("no C", "no difference", "equal", "left", "SURVIVES") else "killed"
        if kind in ("SURVIVES", expected) and expected:
            kind = expected
            survived.add(mutant.key())
        elif kind == "SURVIVES":
            wrong += 1
            show(mutant, "no test notices")
        elif expected:
            noticed.append((mutant, fate))
        fates[kind] += 1
    for mutant, fate in noticed:
        if mutant.key() not in survived:
            wrong += 1
            show(mutant, f"{fate}, though it is listed")
    judged = fates["killed"] + fates["left"] + fates["SURVIVES"]
    print(", ".join(f"{kind}: {number}" for kind, number in sorted(fates.items())))
    files = len({mutant.path for mutant in chosen})
    print(f"mutation: {fates['killed']} of {judged} mutants are noticed, of {files} files; {wrong} to look at")
    return not wrong and judged != 0 and 100 * fates["killed"] >= LEAST_NOTICED * judged


def main():
    options = arguments()
    build = Build(options.top, options.build)
    tests = list(build.tests())
    with tempfile.TemporaryDirectory() as work:
        blocks = look(build, work, tests)
        build.make_fast(work)
        sys.exit(0 if judge_all(build, options, tests, blocks) else 1)


if __name__ == "__main__":
    main()
