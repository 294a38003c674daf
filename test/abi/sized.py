#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""sized.py RELEASED DUMP: prints DUMP with each struct that begins with its size as a program of the release knows it,
without the fields that it has more at its end. Fails when it knows no such struct."""
import sys
import xml.etree.ElementTree as ElementTree


def sized_structs(dump):
    """The structs whose first field is `size`, by their names."""
    found = {}
    for struct in dump.iter("class-decl"):
        first = struct.find("data-member[@layout-offset-in-bits='0']/var-decl[@name='size']")
        if first is not None:
            found[struct.get("name")] = struct
    return found


def cut(struct, bits):
    """Leaves a struct the fields of its first `bits` bits."""
    for member in struct.findall("data-member"):
        if int(member.get("layout-offset-in-bits")) >= bits:
            struct.remove(member)
    struct.set("size-in-bits", str(bits))


released = sized_structs(ElementTree.parse(sys.argv[1]))
dump = ElementTree.parse(sys.argv[2])
if not released:
    sys.exit("no struct begins with its size: this sees nothing")
for name, struct in sized_structs(dump).items():
    if name in released:
        bits = int(released[name].get("size-in-bits"))
        if int(struct.get("size-in-bits")) > bits:
            cut(struct, bits)
dump.write(sys.stdout, "unicode")
