#!/bin/sh
# SPDX-License-Identifier: ISC
# callbacks.sh FOLDER HEADER TELLER: of the callbacks that HEADER lists in struct ikl_callbacks, leaves are called from
# one place each below FOLDER, and all others from the file TELLER alone; the test kit has callbacks of its own. A
# callback is a leaf when the comment before it says so.
set -eu
export LC_ALL=C
folder=$1 header=$2 teller=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# "leaf NAME" or "told NAME" for each callback.
awk '
    /^struct ikl_callbacks \{/ { inside = 1 }
    /^\};/ { inside = 0 }
    inside && /\/\*/ { leaf = 0 }
    inside && /A leaf\./ { leaf = 1 }
    inside && match($0, /\(\*[a-z_]+\)/) { print (leaf ? "leaf" : "told"), substr($0, RSTART + 2, RLENGTH - 3) }
' "$header" >"$work/callbacks"
if ! grep -q '^leaf' "$work/callbacks" || ! grep -q '^told' "$work/callbacks"; then
    echo "no callback is found in $header: this test sees nothing"
    exit 1
fi

failed=0
while read -r kind name; do
    (cd "$folder" && grep -rnE "(\.|->)$name\(" --include='*.[ch]' --exclude-dir=sim . || true) >"$work/calls"
    if [ "$kind" = leaf ] && [ "$(wc -l <"$work/calls")" != 1 ]; then
        echo "the leaf $name is not called from one place:"
        cat "$work/calls"
        failed=1
    elif [ "$kind" = told ] && { ! [ -s "$work/calls" ] || grep -v "^\./$teller:" "$work/calls"; }; then
        echo "$name is not called from $teller alone"
        failed=1
    fi
done <"$work/callbacks"
exit $failed
