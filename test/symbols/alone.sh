#!/bin/sh
# SPDX-License-Identifier: ISC
# alone.sh CC FLAGS LIBRARY INCLUDE NAME...: whoever uses only the headers <ikelive/NAME.h> links with the static library
# and the C library, and with nothing else. INCLUDE is the folder with <ikelive/...>.
set -eu
cc=$1 flags=$2 library=$3 include=$4
shift 4
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for name; do
    header=$include/ikelive/$name.h
    "$cc" -E -I "$include" "$header" >"$work/text"
    awk -v header="$header" -f "$here/declared.awk" "$work/text"
done >"$work/declared"
if [ ! -s "$work/declared" ]; then
    echo "no symbol is declared: this test sees nothing"
    exit 1
fi

{
    sed 's/.*/extern char &;/' "$work/declared"
    echo 'char *const all[] = {'
    sed 's/.*/    \&&,/' "$work/declared"
    echo '};'
    echo 'int main(void) { return all[0] == 0; }'
} >"$work/program.c"
# shellcheck disable=SC2086 # flags are several words
"$cc" $flags -o "$work/program" "$work/program.c" "$library"
