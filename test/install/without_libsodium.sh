#!/bin/sh
# SPDX-License-Identifier: ISC
# without_libsodium.sh CMAKE GENERATOR CC FLAGS BUILD: what was built without libsodium does not ask for it when it is
# installed: nothing there names it, and the static library is found and used where pkg-config knows no module.
set -eu
cmake=$1 generator=$2 cc=$3 flags=$4 build=$5
consumer=$(dirname "$0")/consumer
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$cmake" --install "$build" --prefix "$work/prefix" >"$work/log" || { cat "$work/log"; exit 1; }
found=$(find "$work/prefix" -name ikelive.pc)
[ -n "$found" ] || { echo "ikelive.pc is not installed"; exit 1; }
if grep -rl sodium "$work/prefix" --include='*.pc' --include='*.cmake' | grep .; then
    echo "name libsodium"
    exit 1
fi

PKG_CONFIG_LIBDIR=$(dirname "$found")
export PKG_CONFIG_LIBDIR
# shellcheck disable=SC2046,SC2086 # options are several words
"$cc" $flags "$consumer/consumer.c" -o "$work/consumer" $(pkg-config --cflags ikelive) -DIKL_STATIC \
    "$(dirname "$PKG_CONFIG_LIBDIR")/libikelive.a" $(pkg-config --static --libs-only-other ikelive)
"$work/consumer"

PKG_CONFIG_LIBDIR=/nonexistent
"$cmake" -S "$consumer" -B "$work/build" -G "$generator" -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="$flags" \
    -DCMAKE_PREFIX_PATH="$work/prefix" "-DCOMPONENTS=ikelive;static" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
"$cmake" --build "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
"$work/build/consumer_static"
