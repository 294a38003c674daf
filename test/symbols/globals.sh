#!/bin/sh
# SPDX-License-Identifier: ISC
# globals.sh READELF NM ARCHIVE: no object file of the archive has a section that is written to at run time, of its own
# or of each thread. Tables of pointers (.data.rel.ro) are written by the loader alone. Exits with 77 when the archive
# was compiled with a sanitizer or for coverage, which have globals of their own.
set -eu
export LC_ALL=C
readelf=$1 nm=$2 archive=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if "$nm" -u "$archive" 2>/dev/null | grep -qE ' __(asan|ubsan|gcov|llvm_profile)_'; then
    echo "compiled with a sanitizer or for coverage"
    exit 77
fi
"$readelf" -S -W "$archive" >"$work/sections"
awk '
    /^File: / { object = $2; next }
    # [Nr] Name Type Address Off Size ES Flg ...: without flags a number stands in their place.
    sub(/^ *\[ *[0-9]+\] /, "") && $7 ~ /A/ {
        seen++
        if ($7 ~ /W/ && $5 !~ /^0+$/ && $1 !~ /^\.data\.rel\.ro/) {
            print "    " object ": " $1
        }
    }
    END { if (seen == 0) print "no section was found: this test sees nothing" }
' "$work/sections" >"$work/wrong"
if [ -s "$work/wrong" ]; then
    echo "writable at run time:"
    cat "$work/wrong"
    exit 1
fi
