#!/bin/sh
# SPDX-License-Identifier: ISC
# unused.sh NM LIB INCLUDE TESTS OBJECT...: whatever a file below LIB shows to others is declared by a header in INCLUDE or
# used by another of the objects; or else its own file uses it, and a test below TESTS.
set -eu
export LC_ALL=C
nm=$1 lib=$2 include=$3 tests=$4
shift 4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$nm" -A -P -g "$@" | sed 's/^.*: //' | awk '
    $2 ~ /[Uvw]/ { used[$1]; next }
    { has[$1] }
    END { for (symbol in has) { if (!(symbol in used)) { print symbol } } }' | sort >"$work/unused"
if ! [ -s "$work/unused" ]; then
    echo "no object has anything to show: this test sees nothing"
    exit 1
fi
status=0
while read -r symbol; do
    lines=$(grep -rw --include='*.c' "$symbol" "$lib" | wc -l) # none: it is of a file elsewhere
    if [ "$lines" -gt 0 ] && ! grep -qw "$symbol" "$include"/*.h &&
        ! { [ "$lines" -gt 1 ] && grep -rqw --include='*.c' "$symbol" "$tests"; }; then
        echo "$symbol is used by no other file"
        status=1
    fi
done <"$work/unused"
exit $status
