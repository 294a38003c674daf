#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# build.sh: builds every fuzz target as a fuzzing service wants it, with CC, CFLAGS and LIB_FUZZING_ENGINE from the
# environment, and puts each into OUT with its seeds, from the source in SRC/ikelive.
set -euo pipefail
source=$SRC/ikelive
build=${WORK:-/tmp}/ikelive

rm -rf "$build"
cmake -S "$source" -B "$build" -DIKELIVE_FUZZ=ON -DIKELIVE_FUZZ_ENGINE="$LIB_FUZZING_ENGINE" -DIKELIVE_TESTS=OFF \
    -DIKELIVE_EXAMPLES=OFF -DIKELIVE_INSTALL=OFF -DIKELIVE_OPENSSL=OFF -DCMAKE_BUILD_TYPE=None
for file in "$source"/test/fuzz/*.c; do
    name=$(basename "$file" .c)
    cmake --build "$build" -j "$(nproc)" --target "fuzz_$name"
    cp "$build/test/fuzz/$name" "$OUT/ikelive_$name"
    (cd "$source/test/fuzz/corpus/$name" && zip -q -r "$OUT/ikelive_${name}_seed_corpus.zip" .)
    printf '[libfuzzer]\nmax_len = 4096\n' >"$OUT/ikelive_$name.options"
done
