#!/bin/sh
# SPDX-License-Identifier: ISC
# imports.sh NM ARCHIVE ALLOWED: each object file of the archive imports nothing but what another one defines and what
# the file ALLOWED allows: lines of an object's name without its endings, or * for any, and an extended regular
# expression for whole symbols.
set -eu
export LC_ALL=C
nm=$1 archive=$2 allowed=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$nm" -g --defined-only "$archive" | awk 'NF == 3 { print $3 }' | sort -u >"$work/defined"
# Lines of "archive:object.c.o: [address] type symbol".
"$nm" -A -u "$archive" |
    sed -nE 's/^.*:([^:]+)\.c\.o(bj)?: +[UwvV] +([^ ]+)$/\3 \1/p' | sort -u >"$work/undefined"
join -v 1 "$work/undefined" "$work/defined" >"$work/imports"
if [ ! -s "$work/imports" ]; then
    echo "no import was found in $archive: this test sees nothing"
    exit 1
fi

awk '
    FILENAME == ARGV[1] && (/^#/ || NF == 0) { next }
    FILENAME == ARGV[1] { allowed[$1] = allowed[$1] "|" $2; next }
    $1 !~ "^(" allowed["*"] ")$" && !($2 in allowed && $1 ~ "^(" allowed[$2] ")$") { print "    " $2 ".c: " $1 }
' "$allowed" "$work/imports" >"$work/wrong"
if [ -s "$work/wrong" ]; then
    echo "imported by $archive, not allowed by $allowed:"
    cat "$work/wrong"
    exit 1
fi
