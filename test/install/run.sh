#!/bin/sh
# run.sh CMAKE GENERATOR CC CXX FLAGS VERSION SOURCE BUILD: installs what was built in BUILD from SOURCE, moves it, and
# builds and runs a consumer with it: by pkg-config with the shared library (as C and as C++) and with the archive, by
# find_package, and with SOURCE as a subdirectory. FLAGS are those that the build needs of its users (sanitizers).
# SPDX-License-Identifier: ISC
set -eu
cmake=$1 generator=$2 cc=$3 cxx=$4 flags=$5 version=$6 source=$7 build=$8
consumer=$(dirname "$0")/consumer
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() {
    echo "== $*"
}

fail() {
    echo "FAILED: $*"
    exit 1
}

# quietly COMMAND...: shows what it says only when it fails.
quietly() {
    "$@" >"$work/log" 2>&1 || {
        cat "$work/log"
        fail "$*"
    }
}

# refused TEXT COMMAND...: fails, and says TEXT.
refused() {
    text=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        fail "was not refused: $*"
    fi
    grep -qF -- "$text" "$work/log" || {
        cat "$work/log"
        fail "does not say \"$text\": $*"
    }
}

# consumer_runs COMMAND...: the program says the version that was asked for.
consumer_runs() {
    said=$("$@") || fail "$* said: $said"
    [ "$said" = "ikelive $version" ] || fail "$* said: $said"
}

# configure FOLDER OPTION...: the consumer's project.
configure() {
    folder=$1
    shift
    "$cmake" -S "$consumer" -B "$work/$folder" -G "$generator" -DCMAKE_C_COMPILER="$cc" "$@"
}

say "install, below a prefix and below DESTDIR"
quietly "$cmake" --install "$build" --prefix "$work/first"
quietly env DESTDIR="$work/stage" "$cmake" --install "$build" --prefix /usr
for installed in "$work/first" "$work/stage/usr"; do
    for file in include/ikelive/ikelive.h lib*/libikelive.so lib*/libikelive.a lib*/pkgconfig/ikelive.pc \
        lib*/cmake/ikelive/ikelive-config.cmake; do
        # shellcheck disable=SC2086
        [ -n "$(find "$installed" -path "$installed"/$file)" ] || fail "$file was not installed below $installed"
    done
done
# What was installed knows neither the source, nor the build, nor where it was installed.
prefix=$work/moved
mv "$work/first" "$prefix"
for folder in "$source" "$build" "$work"; do
    if grep -rF --include='*.pc' --include='*.cmake' --include='*.h' "$folder" "$prefix" "$work/stage"; then
        fail "a path of this machine was installed"
    fi
done

pc_dir=$(dirname "$(find "$prefix" -name ikelive.pc)")
lib_dir=$(dirname "$pc_dir")
export PKG_CONFIG_PATH="$pc_dir${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
[ "$(pkg-config --modversion ikelive)" = "$version" ] || fail "ikelive.pc is of another version"
for pc in "$pc_dir"/*.pc; do
    quietly pkg-config --print-errors --exists "$(basename "$pc" .pc)"
done

say "pkg-config, shared, C11"
# shellcheck disable=SC2046,SC2086
quietly "$cc" -std=c11 $flags "$consumer/consumer.c" -o "$work/shared" $(pkg-config --cflags --libs ikelive)
consumer_runs env LD_LIBRARY_PATH="$lib_dir" "$work/shared"
# The shared library is what it runs with, found by the name that changes with the interface.
refused "libikelive.so.${version%.*}" env LD_LIBRARY_PATH= "$work/shared"

if command -v "$cxx" >/dev/null; then
    say "pkg-config, shared, C++17"
    # shellcheck disable=SC2046,SC2086
    quietly "$cxx" -x c++ -std=c++17 $flags "$consumer/consumer.c" -o "$work/shared_cxx" \
        $(pkg-config --cflags --libs ikelive)
    consumer_runs env LD_LIBRARY_PATH="$lib_dir" "$work/shared_cxx"
else
    say "pkg-config, shared, C++17: $cxx is not installed"
fi

say "find_package"
quietly configure package -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_FLAGS="$flags" -DIKELIVE_VERSION="$version"
quietly "$cmake" --build "$work/package"
consumer_runs "$work/package/consumer_ikelive"
consumer_runs "$work/package/consumer_static"
refused "version: $version" configure too_new -DCMAKE_PREFIX_PATH="$prefix" -DIKELIVE_VERSION=99
# Without libsodium's pkg-config file the shared library can still be used, and only that.
quietly env PKG_CONFIG_LIBDIR=/nonexistent "$cmake" -E env --unset=PKG_CONFIG_PATH \
    "$cmake" -S "$consumer" -B "$work/no_sodium" -G "$generator" -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_PREFIX_PATH="$prefix" -DLIBRARIES=ikelive
refused "ikelive::static needs libsodium" env PKG_CONFIG_LIBDIR=/nonexistent "$cmake" -E env --unset=PKG_CONFIG_PATH \
    "$cmake" -S "$consumer" -B "$work/no_sodium_static" -G "$generator" -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_PREFIX_PATH="$prefix" -DLIBRARIES=static

# From here on only the archive is there.
rm "$lib_dir"/libikelive*.so*
static=
# Sanitizers need a dynamic program, and not every system has libsodium and the C library as archives.
echo 'int main(void) { return 0; }' >"$work/empty.c"
# shellcheck disable=SC2046,SC2086
if [ -z "$flags" ] &&
    "$cc" -static "$work/empty.c" -o "$work/empty" $(pkg-config --static --libs libsodium) 2>/dev/null; then
    static=-static
fi
say "pkg-config, archive${static:+, whole program static}"
# shellcheck disable=SC2046,SC2086
quietly "$cc" -std=c11 $flags $static "$consumer/consumer.c" -o "$work/static" \
    $(pkg-config --static --cflags --libs ikelive)
consumer_runs "$work/static"
# What makes it link is Requires.private.
# shellcheck disable=SC2046,SC2086
refused "sodium_init" "$cc" $flags "$consumer/consumer.c" -o "$work/static" $(pkg-config --cflags --libs ikelive)

say "subdirectory"
quietly configure subdirectory -DIKELIVE_SOURCE="$source"
quietly "$cmake" --build "$work/subdirectory"
consumer_runs "$work/subdirectory/consumer_ikelive"
consumer_runs "$work/subdirectory/consumer_static"
quietly "$cmake" --install "$work/subdirectory" --prefix "$work/nothing"
[ ! -e "$work/nothing/include" ] || fail "a subdirectory installs itself with the project that adds it"
