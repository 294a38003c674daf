#!/bin/sh
# SPDX-License-Identifier: ISC
# fields.sh FOLDER INCLUDE TABLE: no file below FOLDER touches a field of a struct that others own. Each line of TABLE is
# a struct's name and the files that own it. A field is known by its name, so those are looked for that no second struct
# has, below FOLDER or in the headers of INCLUDE.
set -eu
export LC_ALL=C
folder=$1 include=$2 table=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Each file without its comments, behind its name.
(cd "$folder" && find . -name '*.[ch]' | sed 's|^\./||' | sort) >"$work/files"
while read -r file; do
    awk -v file="$file" '
        { text = text $0 "\n" }
        END {
            while ((from = index(text, "/*")) != 0) {
                rest = substr(text, from + 2)
                text = substr(text, 1, from - 1) substr(rest, index(rest, "*/") + 2)
            }
            n = split(text, lines, "\n")
            for (i = 1; i <= n; i++) { print file ":" lines[i] }
        }' "$folder/$file"
done <"$work/files" >"$work/code"

# "ikl_child heard" for each field of each struct.
{ sed -E 's/^[^:]*://' "$work/code"; sed 's|/\*.*\*/||' "$include"/*.h; } | awk '
    /^struct [a-z_0-9]+ \{$/ { name = $2; next }
    /^\};/ { name = "" }
    name != "" && !/\(/ {
        gsub(/\[[^]]*\]/, "")
        gsub(/:[ 0-9]+/, "")
        n = split($0, parts, /[,;]/)
        for (i = 1; i <= n; i++) {
            if (match(parts[i], /[a-z_0-9]+ *$/) && parts[i] !~ /\{|\}/) {
                field = substr(parts[i], RSTART)
                sub(/ *$/, "", field)
                print name, field
            }
        }
    }' | sort -u >"$work/fields"

failed=0
while read -r name owners; do
    fields=$(awk -v name="$name" '{ n[$2]++; if ($1 == name) { of[$2] = 1 } }
        END { for (f in of) { if (n[f] == 1) { print f } } }' "$work/fields" | sort | paste -sd '|' -)
    if [ -z "$fields" ]; then
        echo "no field is known by its name to be of struct $name: this test sees nothing"
        failed=1
        continue
    fi
    for owner in $owners; do
        echo "^$owner:"
    done >"$work/owners"
    if grep -v -f "$work/owners" "$work/code" | grep -E "(\.|->)($fields)([^a-zA-Z_0-9(]|\$)" >"$work/found"; then
        sed "s/^/struct $name: /" "$work/found"
        failed=1
    fi
done <"$table"
exit $failed
