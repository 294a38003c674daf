#!/bin/sh
# SPDX-License-Identifier: ISC
# example_lines.sh FILE...: each example says below its license how many lines it has, as "WHAT IT IS, 100 lines: ...".
set -eu
if [ $# -eq 0 ]; then
    echo "no example was given: this test sees nothing"
    exit 1
fi
status=0
for file; do
    lines=$(wc -l <"$file")
    said=$(sed -n '/SPDX-License-Identifier/{n;s/^[^,:]*, \([0-9]*\) lines: .*/\1/p;q;}' "$file")
    if [ "$said" != "$((lines))" ]; then
        echo "$file has $((lines)) lines, and says ${said:-nothing} below its license"
        status=1
    fi
done
exit $status
