#!/bin/sh
# SPDX-License-Identifier: ISC
# exports.sh CC NM LIBRARY INCLUDE HEADER...: the shared library exports what the headers declare with IKL_API, and the
# headers declare nothing without it. It also has the functions that they define in line, for other languages; but those
# that are for C programs with sockets and loops, and for tests. INCLUDE is the folder with <ikelive/...>.
set -eu
export LC_ALL=C
cc=$1 nm=$2 library=$3 include=$4
shift 4
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for header; do
    case $header in
    */posix.h | */libuv.h | */libevent.h | */libev.h | */sim_cmocka.h) in_line=0 ;;
    *) in_line=1 ;;
    esac
    "$cc" -E -I "$include" "$header" >"$work/text"
    awk -v header="$header" -v in_line=$in_line -f "$here/declared.awk" "$work/text"
done | sort >"$work/declared"
# Without the name of the version, which is a symbol too (A), and the versions of symbols.
"$nm" -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >"$work/exported"

for set in declared exported; do
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
differ declared exported "declared in a header, not exported by $library"
differ exported declared "exported by $library, declared in no header"
exit $wrong
