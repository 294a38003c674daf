#!/bin/sh
# SPDX-License-Identifier: ISC
# compile.sh COMPILER LANGUAGE STANDARD INCLUDE HEADER...: each header compiles alone, and twice, without a warning.
# Exits with 77 when the compiler is not there.
compiler=$1 language=$2 standard=$3 include=$4
shift 4

if ! command -v "$compiler" >/dev/null; then
    echo "$compiler is not installed"
    exit 77
fi
if [ $# -eq 0 ]; then
    echo "no header was given: this test sees nothing"
    exit 1
fi
pedantic=-Wpedantic
[ "$standard" != c99 ] || pedantic=-Wno-pedantic # C99 has no unnamed unions, but compilers for it have
status=0
for header; do
    posix=
    [ "${header##*/}" != libuv.h ] || posix=-D_POSIX_C_SOURCE=200809L # uv.h itself wants it
    # In a translation unit of its own, since a header itself may not be compiled without warnings.
    # shellcheck disable=SC2086 # there may be no $posix
    printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
        "$compiler" -x "$language" -std="$standard" -Wall -Wextra "$pedantic" -Wconversion -Werror \
            $posix -I "$include" -fsyntax-only - || status=1
done
exit $status
