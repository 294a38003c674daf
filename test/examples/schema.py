#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""schema.py SCHEMA: each line of standard input is a JSON object that fits the schema.
schema.py --each SCHEMA: and each event that the schema knows is there."""
import json
import sys

import jsonschema

each = sys.argv[1] == "--each"
with open(sys.argv[-1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
seen = set()
for line in sys.stdin:
    event = json.loads(line)
    for error in validator.iter_errors(event):
        sys.exit(f"{line}{error.message}")
    seen.add(event["event"])
unseen = set(schema["properties"]["event"]["enum"]) - seen
if each and unseen:
    sys.exit(f"there is no such event: {', '.join(sorted(unseen))}")
