#!/bin/sh
# SPDX-License-Identifier: ISC
# pair.sh CASE TOP FOLDER OBJECT: checks the two files in FOLDER that lib/packaging/watch_pair.py made from TOP. OBJECT is
# made of them.
set -eu
case=$1 top=$2 folder=$3 object=$4

compiles_with() { # COMPILER
    if ! command -v "$1" >/dev/null; then
        echo "$1 is not installed"
        exit 77
    fi
    for optimised in -O0 -Os -O2; do
        "$1" -std=c99 -pedantic -Wall -Wextra -Wconversion -Wshadow -Werror $optimised -c "$folder/ikelive_watch.c" -o /dev/null
    done
}

gcc_takes_them() { # TEST full
    compiles_with gcc
}

clang_takes_them() { # TEST full
    compiles_with clang
}

without_malloc_they_do_not_refer_to_it() { # TEST
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    "${CC:-cc}" -std=c99 -pedantic -Wall -Wextra -Werror -DIKL_WITHOUT_MALLOC -c "$folder/ikelive_watch.c" -o "$work/object"
    nm --undefined-only "$object" | grep -qw malloc
    ! nm --undefined-only "$work/object" | grep -wE 'malloc|free'
}

made_again_they_are_the_same() { # TEST
    again=$(mktemp -d)
    trap 'rm -rf "$again"' EXIT
    "$top/lib/packaging/watch_pair.py" "$top" "$again"
    diff -r "$folder" "$again"
}

# What ends with a semicolon is declared, what ends with a brace is in line.
functions_of_the_header() {
    sed 's/^extern "C" {$//' "$folder/ikelive_watch.h" | tr '\n' ' ' | grep -oE 'IKL_API [^;{]*;' |
        grep -oE '\bikl_[a-z0-9_]+\(' | tr -d '(' | sort -u
}

each_function_that_the_header_declares_is_there() { # TEST
    functions_of_the_header | grep -qx ikl_watch_tick
    symbols=$(nm "$object" | sed -n 's/.* T //p')
    missing=$(functions_of_the_header | grep -vxF -e "$symbols" || true)
    [ -z "$missing" ] || { echo "declared and not there: $missing"; exit 1; }
}

"$case"
