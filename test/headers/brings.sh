#!/bin/sh
# SPDX-License-Identifier: ISC
# brings.sh CC INCLUDE HEADER OTHER...: <ikelive/HEADER.h> includes <ikelive/OTHER.h> and no other header of the library.
# Exits with 77 when the compiler cannot say which files it reads.
set -eu
export LC_ALL=C
cc=$1 include=$2 header=$3
shift 3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$cc" -M -I "$include" -x c "$include/ikelive/$header.h" >"$work/files" || exit 77
tr ' ' '\n' <"$work/files" | sed -n -E "s,^.*/ikelive/([a-z_]+)\.h\$,\1,p" | sort -u >"$work/brought"
printf '%s\n' "$header" "$@" | sort -u >"$work/allowed"
if ! diff "$work/allowed" "$work/brought" >"$work/difference"; then
    echo "<ikelive/$header.h> includes (>), or includes no longer (<):"
    grep '^[<>]' "$work/difference"
    exit 1
fi
