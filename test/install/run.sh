#!/bin/sh
# SPDX-License-Identifier: ISC
# run.sh CMAKE GENERATOR CC CXX FLAGS VERSION SOURCE BUILD COMPONENTS: installs what was built in BUILD from SOURCE, moves
# it, and builds and runs a consumer with it: by pkg-config with each shared library (as C and as C++) and with each
# archive, by find_package with each of COMPONENTS ("ikelive static ..."), and with SOURCE as a subdirectory; then removes
# it again. FLAGS are those that the build was made with.
set -eu
cmake=$1 generator=$2 cc=$3 cxx=$4 flags=$5 version=$6 source=$7 build=$8 components=$9
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

# compile COMPILER... -- NAME OPTION...: the consumer as the program NAME, with what pkg-config gives for the options.
compile() {
    compiler=
    while [ "$1" != -- ]; do
        compiler="$compiler $1"
        shift
    done
    program=$2
    shift 2
    # shellcheck disable=SC2046,SC2086
    $compiler $flags "$consumer/consumer.c" -o "$work/$program" $(pkg-config --cflags --libs "$@")
}

# configure FOLDER OPTION...: the consumer's project.
configure() {
    folder=$1
    shift
    "$cmake" -S "$consumer" -B "$work/$folder" -G "$generator" -DCMAKE_C_COMPILER="$cc" "$@"
}

# configure_without_sodium FOLDER OPTION...: the same where pkg-config knows no module.
configure_without_sodium() (
    unset PKG_CONFIG_PATH
    PKG_CONFIG_LIBDIR=/nonexistent
    export PKG_CONFIG_LIBDIR
    configure "$@"
)

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
if [ -x "$build/examples/ikeping" ]; then
    quietly "$work/first/bin/ikeping" --help
fi
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
# Below version 1 a minor version may break a program.
case $version in
0.*) interface=${version%.*} ;;
*) interface=${version%%.*} ;;
esac
modules=
for pc in "$pc_dir"/*.pc; do
    modules="$modules $(basename "$pc" .pc)"
done
for module in $modules; do
    [ "$(pkg-config --modversion "$module")" = "$version" ] || fail "$module.pc is of another version"

    say "$module by pkg-config, shared, C11"
    quietly compile "$cc" -std=c11 -- shared "$module"
    consumer_runs env LD_LIBRARY_PATH="$lib_dir" "$work/shared"
    # The shared library is what it runs with, found by the name that changes with the interface.
    refused ".so.$interface:" env LD_LIBRARY_PATH= "$work/shared"

    if command -v "$cxx" >/dev/null; then
        say "$module by pkg-config, shared, C++17"
        quietly compile "$cxx" -x c++ -std=c++17 -- shared_cxx "$module"
        consumer_runs env LD_LIBRARY_PATH="$lib_dir" "$work/shared_cxx"
    else
        say "$module by pkg-config, shared, C++17: $cxx is not installed"
    fi
done

say "find_package: $components"
list=$(echo "$components" | tr ' ' ';')
quietly configure package -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_FLAGS="$flags" -DIKELIVE_VERSION="$version" \
    -DCOMPONENTS="$list"
quietly "$cmake" --build "$work/package"
for component in $components; do
    consumer_runs "$work/package/consumer_$component"
done
refused "version: $version" configure too_new -DCMAKE_PREFIX_PATH="$prefix" -DIKELIVE_VERSION=99
refused "ikelive has no component bogus; it has ikelive, static" \
    configure bogus -DCMAKE_PREFIX_PATH="$prefix" -DCOMPONENTS=bogus
# Without libsodium's pkg-config file the shared library can still be used, and only that.
quietly configure_without_sodium no_sodium -DCMAKE_PREFIX_PATH="$prefix" -DCOMPONENTS=ikelive
refused "ikelive::static needs libsodium" \
    configure_without_sodium no_sodium_static -DCMAKE_PREFIX_PATH="$prefix" -DCOMPONENTS=static

# From here on only the archives are there.
rm "$lib_dir"/libikelive*.so*
# Not with sanitizers, and not every system has libsodium and the C library as archives.
static=
echo 'int main(void) { return 0; }' >"$work/empty.c"
# shellcheck disable=SC2046,SC2086
if "$cc" $flags -static "$work/empty.c" -o "$work/empty" $(pkg-config --static --libs libsodium) 2>/dev/null; then
    static=-static
fi
for module in $modules; do
    say "$module by pkg-config, archive${static:+, whole program static}"
    # shellcheck disable=SC2086
    quietly compile "$cc" -std=c11 $static -- static --static "$module"
    consumer_runs "$work/static"
done
# What makes it link is Requires.private.
refused "sodium_init" compile "$cc" -std=c11 -- static ikelive

say "subdirectory"
quietly configure subdirectory -DIKELIVE_SOURCE="$source"
quietly "$cmake" --build "$work/subdirectory"
consumer_runs "$work/subdirectory/consumer_ikelive"
consumer_runs "$work/subdirectory/consumer_static"
quietly "$cmake" --install "$work/subdirectory" --prefix "$work/nothing"
[ ! -e "$work/nothing/include" ] || fail "a subdirectory installs itself with the project that adds it"

say "uninstall what was installed last, below DESTDIR"
echo "not ours" >"$work/stage/usr/include/ikelive/other.h"
# Folders that were installed empty are in no list.
mkdir -p "$work/stage/usr/share/doc/ikelive/html/empty"
quietly env DESTDIR="$work/stage" "$cmake" --build "$build" --target uninstall
left=$(cd "$work/stage" && find . ! -type d -o -path '*/ikelive' | sort)
[ "$left" = "$(printf './usr/include/ikelive\n./usr/include/ikelive/other.h')" ] || fail "this is left: $left"
refused "Nothing was installed" "$cmake" --build "$build" --target uninstall
