#!/bin/sh
# SPDX-License-Identifier: ISC
# exports.sh CC NM LIST LIBRARY INCLUDE HEADER...: what the headers declare, what LIST names and what the shared library
# exports are the same symbols, and LIST is sorted. INCLUDE is the folder with <ikelive/...>.
set -eu
export LC_ALL=C
cc=$1 nm=$2 list=$3 library=$4 include=$5
shift 5
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for header; do
    "$cc" -E -I "$include" "$header" >"$work/text"
    awk -v header="$header" -f "$here/declared.awk" "$work/text"
done | sort >"$work/declared"
grep -v '^#' "$list" >"$work/listed"
# Without the name of the version, which is a symbol too (A), and the versions of symbols.
"$nm" -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >"$work/exported"

for set in declared listed exported; do
    if [ ! -s "$work/$set" ]; then
        echo "no symbol is $set: this test sees nothing"
        exit 1
    fi
done

wrong=0
# differ A B TEXT: no symbol is in A alone.
differ() {
    alone=$(comm -23 "$work/$1" "$work/$2")
    if [ -n "$alone" ]; then
        echo "$3:"
        echo "$alone" | sed 's/^/    /'
        wrong=1
    fi
}
if ! sort -cu "$work/listed"; then
    echo "$list is not in order (LC_ALL=C sort), or names a symbol twice"
    exit 1
fi
differ declared listed "declared in a header, not in $list"
differ listed declared "in $list, declared in no header"
differ listed exported "in $list, not exported by $library"
differ exported listed "exported by $library, not in $list"
exit $wrong
