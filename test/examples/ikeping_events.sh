#!/bin/sh
# SPDX-License-Identifier: ISC
# ikeping_events.sh CASE PROGRAM SOURCE: what ikeping --json can print, as PROGRAM prints it, against the schema of it.
set -eu
case=$1 program=$2 schema=$3/examples/ikeping/events.schema.json check=$3/test/examples/schema.py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "$case: $1"
    exit 1
}

python3 -c 'import jsonschema' 2>/dev/null || {
    echo "$case: there is no python3-jsonschema"
    exit 77
}
"$program" >"$work/lines"

every_line_fits_the_schema_and_every_event_of_it_is_there() { # TEST
    "$check" --each "$schema" <"$work/lines" || fail "see above"
}

# refuses SED_COMMAND PATTERN: the lines so changed do not pass, for a reason like that.
refuses() {
    sed "$1" "$work/lines" >"$work/changed"
    ! cmp -s "$work/lines" "$work/changed" || fail "nothing is changed: $1"
    ! "$check" --each "$schema" <"$work/changed" >"$work/out" 2>&1 || fail "that passes: $1"
    grep -q "$2" "$work/out" || fail "another reason: $(cat "$work/out")"
}

other_lines_do_not_fit() { # TEST
    refuses '/"lost"/s/"peer"/"peers"/' "'peer' is a required property"
    refuses '/"answered"/s/"check":1/"check":"1"/' 'not valid under any'
    refuses '/"answered"/s/"check":1,//' 'not valid under any'
    refuses '/"event":"closing"/s/}$/,"more":1}/' 'not valid under any'
    refuses 's/"event":"moved"/"event":"unknown"/' 'is not one of'
    refuses '/"event":"moved"/d' 'there is no such event: moved'
}

"$case"
