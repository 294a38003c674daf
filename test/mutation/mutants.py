# SPDX-License-Identifier: ISC
"""The mutants of a C file: each has one small fault in one line. Read by run.py."""
import hashlib
import re
from typing import NamedTuple


class Mutant(NamedTuple):
    path: str  # below the top folder
    number: int  # of the line, from 0
    operator: str
    old: str  # the line
    new: str

    def key(self):
        """By what the list of equal mutants knows it."""
        return self.path, self.old.strip(), self.new.strip()

    def rank(self, seed):
        """Where it stands in the order of a seed. A change to one file leaves the order of all others as it is."""
        said = "\n".join((seed, self.path, self.operator, self.old, self.new))
        return hashlib.sha256(said.encode()).hexdigest()


# (operator, what it looks for, what stands there instead)
REPLACED = [
    ("relation", r" < ", " <= "),
    ("relation", r" <= ", " < "),
    ("relation", r" > ", " >= "),
    ("relation", r" >= ", " > "),
    ("relation", r" == ", " != "),
    ("relation", r" != ", " == "),
    ("logic", r" && ", " || "),
    ("logic", r" \|\| ", " && "),
    ("logic", r"(?<![\w)])!(?=[\w(])", ""),
    ("arithmetic", r" \+ ", " - "),
    ("arithmetic", r" - ", " + "),
    ("arithmetic", r" \* (?=[\w(])", " / "),
    ("arithmetic", r" / ", " * "),
    ("arithmetic", r" % ", " / "),
    ("arithmetic", r"\+\+", "--"),
    ("arithmetic", r"--", "++"),
    ("arithmetic", r" \+= ", " -= "),
    ("arithmetic", r" -= ", " += "),
    ("bits", r" & ", " | "),
    ("bits", r" \| ", " & "),
    ("bits", r" \|= ", " &= "),
    ("bits", r" &= ", " |= "),
    ("bits", r" << ", " >> "),
    ("bits", r" >> ", " << "),
    ("constant", r"\btrue\b", "false"),
    ("constant", r"\bfalse\b", "true"),
]
NUMBER = re.compile(r"(?<![\w.])(\d+)(u?)(?![\w.])")
CONDITION = re.compile(r"^(\s*(?:\} else )?(?:if|while) \()(.*)(\) \{)$")
RETURNED = re.compile(r"^(\s+return )(.*)(;)$")
CALL = re.compile(r"^\s+(?:\(void\))?\w+\(.*\);$")
ASSIGNMENT = re.compile(r"^\s+(?:\(?\*\w|\w)[\w.>\[\]()*&+ -]*? [-+*/%&|^<>]*= .*;$")
DECLARATION = re.compile(r"^\s+(?:(?:const|static|struct|enum|union|unsigned) )*\w+ \**(?:const )?\w+(?:\[.*\])? = ")
VOID_FUNCTION = re.compile(r"^(?:static )?(?:inline )?void \w+\([^;{]*\)\n\{$", re.M)


def code_only(text):
    """The text with spaces in place of comments, strings and characters: each column stays what it was."""
    pattern = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)


def of_tokens(line, code):
    for operator, looked_for, instead in REPLACED:
        for match in re.finditer(looked_for, code):
            yield operator, line[: match.start()] + instead + line[match.end() :]
    for match in NUMBER.finditer(code):
        value = int(match.group(1))
        for other in {value + 1, max(value - 1, 0)} - {value}:
            yield "constant", line[: match.start(1)] + str(other) + line[match.end(1) :]


def of_statement(line, code, begins):
    match = CONDITION.match(code)
    if match and code.count("(") == code.count(")"):
        yield "condition", f"{line[:match.end(1)]}!({line[match.start(2):match.end(2)]}){line[match.start(3):]}"
    match = RETURNED.match(code)
    if match and code.count("(") == code.count(")"):
        if match.group(2) == "IKL_OK":
            yield "result", match.group(1) + "IKL_ERR_INVALID;"
        elif match.group(2).startswith("IKL_ERR_"):
            yield "result", match.group(1) + "IKL_OK;"
        elif re.search(r"&&|\|\||==|!=|<|>", re.sub("->", "", match.group(2))):
            yield "result", f"{match.group(1)}!({line[match.start(2):match.end(2)]});"
    whole = code.count("(") == code.count(")") and code.count("{") == code.count("}") and begins
    if whole and (CALL.match(code) or (ASSIGNMENT.match(code) and not DECLARATION.match(code))):
        yield "statement", re.match(r"\s*", line).group(0) + ";"


def of_file(path, text):
    """The mutants of a file: in functions, tables and constants, but not in what the compiler alone reads."""
    blank = code_only(text)
    lines, codes = text.split("\n"), blank.split("\n")
    depth = 0
    before = "{"
    for number, (line, code) in enumerate(zip(lines, codes)):
        inside = depth > 0 or re.match(r"enum \{.*=", code)
        depth += code.count("{") - code.count("}")
        if code.lstrip().startswith("#") or "_Static_assert" in code or not code.strip():
            continue
        if inside:
            found = list(of_tokens(line, code)) + list(of_statement(line, code, before[-1] in ";{}:"))
            for operator, new in found:
                yield Mutant(path, number, operator, line, new)
        before = code.strip()
    for match in VOID_FUNCTION.finditer(blank):
        number = blank.count("\n", 0, match.end())
        yield Mutant(path, number, "early return", lines[number], "{ if (1) { return; }")
