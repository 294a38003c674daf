#!/bin/sh
# SPDX-License-Identifier: ISC
# pair.sh CASE TOP FOLDER: checks the two files in FOLDER that lib/packaging/watch_pair.py made from TOP.
set -eu
case=$1 top=$2 folder=$3

compiles_with() { # COMPILER
    if ! command -v "$1" >/dev/null; then
        echo "$1 is not installed"
        exit 77
    fi
    for optimised in -O0 -Os -O2; do
        "$1" -std=c99 -pedantic -Wall -Wextra -Wconversion -Wshadow -Werror $optimised -c "$folder/ikelive_watch.c" -o /dev/null
    done
}

gcc_takes_them() { # TEST
    compiles_with gcc
}

clang_takes_them() { # TEST
    compiles_with clang
}

made_again_they_are_the_same() { # TEST
    again=$(mktemp -d)
    trap 'rm -rf "$again"' EXIT
    "$top/lib/packaging/watch_pair.py" "$top" "$again"
    diff -r "$folder" "$again"
}

"$case"
