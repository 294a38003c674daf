#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""sbom.py BILL VERSION LIBRARY...: the bill of materials has what SPDX 2.3 asks for, names each shared LIBRARY in its
version, and says of each that it depends on those libraries from elsewhere that it is linked with, and on no others."""
import json
import os
import re
import subprocess
import sys

bill_file, version, *libraries = sys.argv[1:]
with open(bill_file, encoding="utf-8") as file:
    bill = json.load(file)


def check(condition, what):
    if not condition:
        sys.exit(f"{bill_file}: {what}")


def name_of(library):
    return os.path.basename(library).split(".so")[0].removeprefix("lib")


def linked_with(library):
    """The libraries that it needs, the C library aside, by the names of their files without version."""
    text = subprocess.run(["readelf", "-d", library], check=True, capture_output=True, text=True).stdout
    needed = {name.split(".so")[0] for name in re.findall(r"\(NEEDED\).*\[(.*)\]", text)}
    return needed - {"libc", "libasan", "libubsan", "libm", "libgcc_s"}


def said_of(name):
    """The libraries that the bill says it depends on, by the names of their files."""
    needed = set()
    for relationship in bill["relationships"]:
        if relationship["relationshipType"] == "DEPENDS_ON" and relationship["spdxElementId"] == "SPDXRef-" + name:
            other = relationship["relatedSpdxElement"].removeprefix("SPDXRef-")
            needed.add("lib" + other.removeprefix("lib"))
    return needed


check(bill["spdxVersion"] == "SPDX-2.3" and bill["dataLicense"] == "CC0-1.0", "is not of SPDX 2.3")
check(bill["SPDXID"] == "SPDXRef-DOCUMENT" and bill["name"] and bill["documentNamespace"], "does not name itself")
check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", bill["creationInfo"]["created"]), "has no time")
check(bill["creationInfo"]["creators"], "has no creator")

packages = {package["SPDXID"]: package for package in bill["packages"]}
check(len(packages) == len(bill["packages"]), "names a package twice")
for package in packages.values():
    for field in ("name", "versionInfo", "licenseConcluded", "downloadLocation", "copyrightText", "supplier"):
        check(package.get(field), f"{package['SPDXID']} has no {field}")
for relationship in bill["relationships"]:
    for end in ("spdxElementId", "relatedSpdxElement"):
        check(relationship[end] in packages or relationship[end] == bill["SPDXID"], f"knows no {relationship[end]}")

check(libraries, "is compared with no library")
for library in libraries:
    name = name_of(library)
    check(packages.get("SPDXRef-" + name, {}).get("versionInfo") == version, f"has no {name} {version}")
    said, needed = said_of(name), linked_with(library)
    # One of this project may give another its header only.
    check(needed <= said and not said - needed - {"libikelive"}, f"says {said} of {name}, which needs {needed}")
