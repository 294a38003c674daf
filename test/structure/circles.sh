#!/bin/sh
# SPDX-License-Identifier: ISC
# circles.sh NM FOLDER OBJECT...: no files below FOLDER depend on each other in a circle. A file depends on another by
# including it, by a symbol that the compiler left for the other to define, or, a header, by naming such a symbol in a
# function in line or a macro. A header that so depends on the .c file of its name is one with it. Nor do they call each
# other in a circle when each header is one with the .c file of its name. The objects are what was made of the files,
# each named by its path from FOLDER with .o behind.
set -eu
export LC_ALL=C
nm=$1 folder=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What each file includes by a name in quotes, from its own folder or from FOLDER.
(cd "$folder" && find . -name '*.[ch]' | sed 's|^\./||' | sort) >"$work/files"
(cd "$folder" && xargs awk '
    FILENAME == ARGV[1] { known[$0]; next }
    /^#include "/ {
        split($0, part, "\"")
        own = FILENAME
        sub(/[^\/]*$/, "", own)
        if (own part[2] in known) { print FILENAME, own part[2] }
        else if (part[2] in known) { print FILENAME, part[2] }
    }' "$work/files" <"$work/files") >"$work/includes"

# What each object lacks, and who has it. "BUILD/sa/state.c.o" was made of "sa/state.c", what has no such file in FOLDER
# of what lies elsewhere.
if [ $# -gt 0 ]; then
    "$nm" -A -P -g "$@" >"$work/nm"
    awk '
        FILENAME == ARGV[1] { known[$0]; next }
        {
            object = $0
            sub(/: [^ ]+ [A-Za-z]( .*)?$/, "", object)
            split(substr($0, length(object) + 3), symbol, " ")
            file = object
            sub(/(\.c)?\.o(bj)?$/, ".c", file)
            while (!(file in known) && sub(/^[^\/]*\//, "", file)) { }
            if (file in known) { print symbol[1], symbol[2] ~ /[Uvw]/ ? "lacks" : "has", file }
        }' "$work/files" "$work/nm"
fi | sort >"$work/symbols"
awk '$2 == "has" { owner[$1] = $3; next } $1 in owner { print $3, owner[$1] }' "$work/symbols" >"$work/calls"

# Functions in line, and who has them. Then who names, in a function, whose braces stand alone at the left, or a macro,
# one of them or, in a header, what an object has.
(cd "$folder" && grep '\.h$' "$work/files" | xargs awk '
    /^static inline / && match($0, /[A-Za-z_0-9]+\(/) { print substr($0, RSTART, RLENGTH - 1), "has", FILENAME }
    ' /dev/null) >"$work/inline"
(cd "$folder" && xargs awk '
    FILENAME == ARGV[1] { if ($2 == "has") { owner[$1] = $3 }; next }
    FILENAME == ARGV[2] { header[$1] = $3; next }
    FNR == 1 || /^}/ { inside = 0 }
    inside || continued || /^#define / {
        text = $0
        gsub(/\/\*([^*]|\*[^\/])*\*\//, "", text)
        n = split(text, words, /[^A-Za-z_0-9]+/)
        for (i = 1; i <= n; i++) {
            if (words[i] in header) { print FILENAME, header[words[i]] }
            if (words[i] in owner && FILENAME ~ /h$/) { print FILENAME, owner[words[i]] }
        }
    }
    { continued = (continued || /^#define /) && /\\$/ }
    /^\{/ { inside = 1 }' "$work/symbols" "$work/inline" <"$work/files") >"$work/named"
cat "$work/named" >>"$work/calls"
if [ ! -s "$work/calls" ]; then
    echo "no call between two files was found below $folder: this test sees nothing"
    exit 1
fi

# circles PAIRS ARROWS: takes away, again and again, files that nobody left depends on or that depend on nobody left,
# when each first of a pair is one with the second.
circles()
{
    sort -u "$2" | awk '
        FILENAME == ARGV[1] { one[$1] = $2; next }
        { first = $1 in one ? one[$1] : $1; second = $2 in one ? one[$2] : $2 }
        first != second { from[NR] = first; to[NR] = second; left[NR] = 1 }
        END {
            do {
                split("", leaves); split("", enters)
                for (i in left) { leaves[from[i]] = 1; enters[to[i]] = 1 }
                removed = 0
                for (i in left) {
                    if (!(from[i] in enters) || !(to[i] in leaves)) { delete left[i]; removed = 1 }
                }
            } while (removed)
            for (i in left) { print "    " from[i] " -> " to[i] }
        }' "$1" - | sort -u >"$work/circle"
    if [ -s "$work/circle" ]; then
        echo "files below $folder depend on each other in circles; the arrows in and between them:"
        cat "$work/circle"
        exit 1
    fi
}

sed -n 's/^\(.*\)\.h$/\1.h \1.c/p' "$work/files" >"$work/same_name"
grep -xFf "$work/same_name" "$work/named" >"$work/tied" || true
cat "$work/includes" "$work/calls" >"$work/all"
circles "$work/tied" "$work/all"
circles "$work/same_name" "$work/calls"
