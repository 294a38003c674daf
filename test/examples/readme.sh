#!/bin/sh
# SPDX-License-Identifier: ISC
# readme.sh CASE SOURCE BUILD: the READMEs of the source folder SOURCE say what is true, as CASE, a function below,
# checks.
set -eu
case=$1 source=$2 build=$3
readme=$source/README
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
find "$source/README" "$source"/lib "$source"/examples "$source"/test -name README >"$work/readmes"

fail() {
    echo "README: $*"
    exit 1
}

# The indented blocks that hold C, each on one line: its lines without indentation, separated by '|'.
c_blocks() {
    awk '
        function finish() { if (block ~ /[;{]\|/) print block; block = "" }
        /^    / { sub(/^ +/, ""); block = block $0 "|"; next }
        /^$/ && block != "" { block = block "|"; next }
        { finish() }
        END { finish() }' "$readme" | sed 's/|*$/|/'
}

the_code_it_shows_is_compiled() { # TEST
    for file in "$source"/examples/*.c; do
        sed 's/^ *//' "$file" | tr '\n' '|'
        echo
    done >"$work/examples"
    c_blocks >"$work/blocks"
    [ "$(wc -l <"$work/blocks")" -ge 4 ] || fail "there is hardly any code: this test sees nothing"
    while IFS= read -r block; do
        grep -qF -- "$block" "$work/examples" || fail "this is in no example: $(echo "$block" | tr '|' '\n')"
    done <"$work/blocks"
}

what_they_name_exists() { # TEST
    xargs cat <"$work/readmes" >"$work/all"
    grep -o -h 'ikl_[a-z0-9_]*[a-z0-9]' "$work/all" | sort -u >"$work/names"
    grep -o -h 'IKL_[A-Z0-9_]*[A-Z0-9]' "$work/all" | sort -u >>"$work/names"
    [ -s "$work/names" ] || fail "names nothing of the library: this test sees nothing"
    while read -r name; do
        grep -q -w -- "$name" "$source"/include/ikelive/*.h || fail "$name is in no header"
    done <"$work/names"
    for header in $(grep -o '<ikelive/[a-z]*\.h>' "$work/all" | tr -d '<>'); do
        [ -f "$source/include/$header" ] || fail "there is no $header"
    done
    for path in $(grep -o -E '(^|[ `])(\./)?(lib|include|examples|test|\.ci)/[A-Za-z_./]*[A-Za-z_/]' "$work/all"); do
        path=${path#\`}
        [ -e "$source/$path" ] || fail "there is no $path"
    done
    for program in $(grep -o -E '(^|[ `])build/[A-Za-z_/]*[a-z]' "$work/all"); do
        [ -x "$build/${program#*build/}" ] || fail "$program is not built"
    done
}

every_schedule_in_its_header_is_the_librarys() { # TEST
    sed -n -E 's/^ \*   ([a-z0-9.-]+) +([0-9.,]+) +([0-9.]+)( \(.*| \*\/)?$/\1 \2 \3/p' \
        "$source/include/ikelive/schedule.h" >"$work/schedules"
    [ "$(wc -l <"$work/schedules")" -ge 7 ] || fail "there are hardly any schedules: this test sees nothing"
    while read -r name waits total; do
        "$build/examples/outage" --speed=20000 --schedule "$name" >"$work/out"
        said=$(sed -n -E '1,/cut off$/d; s/.*(next wait|gives up in) ([0-9.]+) s.*/\2/p' "$work/out" | paste -s -d ,)
        # On a busy machine the last wait may be there once more.
        [ "$said" = "$waits" ] || [ "$said" = "$waits,${waits##*,}" ] || fail "$name waits $said, not $waits"
        allowed=$(awk -v total="$total" 'BEGIN { printf "%.10g", total + 5 }')
        tail -1 "$work/out" | grep -q -F "It allows $allowed s from" || fail "$name does not take $total s"
    done <"$work/schedules"
}

it_is_not_long() { # TEST
    [ "$(wc -l <"$readme")" -le 200 ] || fail "has more than 200 lines"
}

they_read_well_unrendered() { # TEST
    while read -r file; do
        ! LC_ALL=C grep -n '[^ -~]' "$file" || fail "these lines of $file hold other than printable ASCII"
        ! grep -n '.\{81,\}' "$file" || fail "these lines of $file are longer than 80 columns"
        ! grep -n ' $' "$file" || fail "these lines of $file end in a space"
    done <"$work/readmes"
}

"$case"
