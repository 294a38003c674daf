#!/bin/sh
# SPDX-License-Identifier: ISC
# circles.sh NM FOLDER OBJECT...: no files below FOLDER depend on each other in a circle. A file depends on another by
# including it, or by a symbol that the compiler left for the other to define. The objects are what was made of the
# files, each named by its path from FOLDER with .o behind.
set -eu
export LC_ALL=C
nm=$1 folder=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# "sa/state.c.o", wherever the objects are, becomes "sa/state".
name_of() {
    sed -E 's/\.(c|h)(\.o(bj)?)?$//'
}

# What each file includes by a name in quotes, from its own folder or from FOLDER.
(cd "$folder" && find . -name '*.[ch]' | sed 's|^\./||' | sort) >"$work/files"
while read -r file; do
    sed -nE 's/^#include "([^"]+)".*/\1/p' "$folder/$file" | while read -r header; do
        for candidate in "$(dirname "$file")/$header" "$header"; do
            if [ -e "$folder/$candidate" ]; then
                echo "$file ${candidate#./}"
                break
            fi
        done
    done
done <"$work/files" >"$work/includes"

# What each object lacks, and who has it.
for object in "$@"; do
    file=$(printf '%s\n' "$object" | name_of)
    while [ ! -e "$folder/$file.c" ] && [ "$file" != "${file#*/}" ]; do
        file=${file#*/}
    done
    [ -e "$folder/$file.c" ] || continue # made of what lies elsewhere
    "$nm" -g "$object" | awk -v file="$file.c" '
        NF == 3 { print $3, "has", file }
        NF == 2 { print $2, "lacks", file }' 
done | sort >"$work/symbols"
awk '$2 == "has" { owner[$1] = $3; next } $1 in owner { print $3, owner[$1] }' "$work/symbols" >"$work/calls"
if [ ! -s "$work/calls" ]; then
    echo "no call between two files was found below $folder: this test sees nothing"
    exit 1
fi

# Takes away, again and again, files that nobody left depends on or that depend on nobody left.
sort -u "$work/includes" "$work/calls" | awk '
    $1 != $2 { from[NR] = $1; to[NR] = $2; left[NR] = 1 }
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
    }' | sort >"$work/circle"
if [ -s "$work/circle" ]; then
    echo "files below $folder depend on each other in circles; the arrows in and between them:"
    cat "$work/circle"
    exit 1
fi
