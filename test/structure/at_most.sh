#!/bin/sh
# SPDX-License-Identifier: ISC
# at_most.sh N PATTERN PATH...: at most N lines of the C files at or below each PATH match the extended regular
# expression PATTERN, and at least one does.
set -eu
most=$1 pattern=$2
shift 2
lines=$(grep -rnE --include='*.[ch]' -- "$pattern" "$@" || true)
if [ -z "$lines" ]; then
    echo "nothing matches $pattern: this test sees nothing"
    exit 1
fi
found=$(echo "$lines" | wc -l)
if [ "$found" -gt "$most" ]; then
    echo "$lines"
    echo "$((found)) lines match $pattern, $((found - most)) too many"
    exit 1
fi
