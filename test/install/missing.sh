#!/bin/sh
# SPDX-License-Identifier: ISC
# missing.sh CMAKE GENERATOR CC SOURCE: what is missing is named, all of it at once, with the Debian packages to install.
set -eu
cmake=$1 generator=$2 cc=$3 source=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# refused FOLDER PACKAGES OPTION...
refused() {
    folder=$1 packages=$2
    shift 2
    if "$cmake" -S "$source" -B "$work/$folder" -G "$generator" -DCMAKE_C_COMPILER="$cc" "$@" >"$work/log" 2>&1; then
        echo "was configured without $packages"
        exit 1
    fi
    if ! grep -qE "apt-get install $packages\$" "$work/log"; then
        cat "$work/log"
        echo "does not name $packages"
        exit 1
    fi
}

unset PKG_CONFIG_PATH
export PKG_CONFIG_LIBDIR=/nonexistent
refused tests "libsodium-dev libcmocka-dev"
refused library "libsodium-dev" -DIKELIVE_TESTS=OFF
refused openssl "libsodium-dev libssl-dev" -DIKELIVE_TESTS=OFF -DIKELIVE_OPENSSL=ON
refused psa "libsodium-dev libmbedtls-dev" -DIKELIVE_TESTS=OFF -DIKELIVE_PSA=ON -DIKELIVE_mbedcrypto=
refused pkg_config "libsodium-dev libcmocka-dev pkg-config" -DPKG_CONFIG_EXECUTABLE=/nonexistent
