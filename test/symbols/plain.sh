#!/bin/sh
# SPDX-License-Identifier: ISC
# plain.sh CC NM TOP WITHOUT NAME...: a program that uses the headers <ikelive/NAME.h>, but nothing whose name matches
# the extended regular expression WITHOUT, takes nothing from outside of this project but functions for memory and
# strings, and malloc and free where it gives no allocator: no stdio, no floating point. TOP is the top folder of the
# project. For this the sources are compiled for a processor without floating point, where its operations are functions.
set -eu
cc=$1 nm=$2 top=$3 without=$4
shift 4
include=$top/include
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$(dirname "$0")/program.sh"

soft="$cc -std=c11 -O1 -mgeneral-regs-only -fno-stack-protector -I $include -I $top/lib -c"
echo 'int nothing;' >"$work/nothing.c"
$soft -o "$work/nothing.o" "$work/nothing.c" || {
    echo "skipped: this compiler cannot do without floating point"
    exit 77
}

program_of "$include" "$without" "$@" >"$work/program.c"
$soft -o "$work/program.o" "$work/program.c"
n=0
for source in "$top"/lib/*.c "$top"/lib/dump/*.c "$top"/lib/memory/*.c "$top"/lib/message/*.c "$top"/lib/policy/*.c \
    "$top"/lib/policy/wheel/*.c; do
    n=$((n + 1))
    # A function that returns a floating point number may not compile. Then it is missing, which is seen below.
    $soft -o "$work/$n.o" "$source" 2>>"$work/refused" || true
done
(cd "$work" && ar rc library.a [0-9]*.o)

"$cc" -r -nostdlib -o "$work/linked.o" "$work/program.o" "$work/library.a"
"$nm" -u "$work/linked.o" | sed -E 's/^ *[UwvV] +//' | sort >"$work/imports"
echo "from outside: $(tr '\n' ' ' <"$work/imports")"
if grep -vxE 'mem(chr|cmp|cpy|move|set)|str(chr|cmp|len)|malloc|free|bcmp|_GLOBAL_OFFSET_TABLE_' "$work/imports" >"$work/wrong"; then
    echo "not to be taken:"
    cat "$work/wrong"
    exit 1
fi
