#!/bin/sh
# SPDX-License-Identifier: ISC
# link.sh CXX FLAGS INCLUDE SOURCE LIBRARY...: the C++ program SOURCE links with the libraries and cmocka, and succeeds.
# Exits with 77 when the compiler is not there.
set -eu
cxx=$1 flags=$2 include=$3 source=$4
shift 4

if ! command -v "$cxx" >/dev/null; then
    echo "$cxx is not installed"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
path=
for library; do
    path=$path:$(dirname "$library")
done
# shellcheck disable=SC2046,SC2086 # flags are several words
"$cxx" -std=c++17 $flags -I "$include" "$source" -o "$work/program" "$@" $(pkg-config --cflags --libs cmocka)
LD_LIBRARY_PATH=${path#:} "$work/program"
