# SPDX-License-Identifier: ISC
# What examples/run, test/run and .ci/run share: find out what is missing on this machine, install it where that can be
# done (Debian and its like, as root or with sudo), build. For sh; the script that reads it sets `top`, the top folder
# of the project.

# shellcheck shell=sh disable=SC2034,SC2154

missing= # Debian packages
build=$top/build

need_package() { # PACKAGE...
    missing="$missing $*"
}

need_command() { # COMMAND PACKAGE...
    command -v "$1" >/dev/null || { shift; need_package "$@"; }
}

need_module() { # PKG_CONFIG_MODULE PACKAGE
    pkg-config --exists "$1" 2>/dev/null || need_package "$2"
}

need_header() { # HEADER PACKAGE
    printf '#include <%s>\n' "$1" | "${CC:-cc}" -x c -E - -o /dev/null 2>/dev/null || need_package "$2"
}

# Can this compiler make a program?
compiles() { # COMMAND [ARGUMENT]...
    printf '#include <stdio.h>\nint main(void)\n{\n    return puts("") < 0;\n}\n' | "$@" - -o /dev/null 2>/dev/null
}

# Each need_for_ function adds to `missing` what is not there.
need_for_building() {
    compiles "${CC:-cc}" -x c || need_package gcc libc6-dev
    need_command cmake cmake
    command -v ninja >/dev/null || need_command make make
    need_command pkg-config pkg-config
    need_module libsodium libsodium-dev
}

need_for_tests() {
    need_for_building
    need_module cmocka libcmocka-dev
    need_module "libcrypto >= 3.0" libssl-dev
    compiles g++ -x c++ || need_package g++
    need_command xmllint libxml2-utils
    need_command script bsdutils
    need_command curl curl
    need_command openssl openssl
    python3 -c 'import jsonschema' 2>/dev/null || need_package python3-jsonschema
    need_command tcpdump tcpdump
    need_command tshark tshark
    printf '#include <psa/crypto.h>\n' | "${CC:-cc}" -E - >/dev/null 2>&1 || need_package libmbedtls-dev # no module
    need_module libuv libuv1-dev
    need_module libevent libevent-dev
    need_module libgcrypt libgcrypt20-dev
    need_header ev.h libev-dev
    need_module libcurl libcurl4-openssl-dev
    need_module jansson libjansson-dev
    need_module libmicrohttpd libmicrohttpd-dev
}

apt_install() { # PACKAGE...
    as_root=
    [ "$(id -u)" -eq 0 ] || as_root=sudo
    command -v $as_root apt-get >/dev/null || return 1
    update="$as_root apt-get -o DPkg::Lock::Timeout=300 update"
    set -- apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
    # There may be no lists of packages here, or lists that name what is no longer there.
    "$@" --simulate >/dev/null 2>&1 || $update || return 1
    set -- $as_root env DEBIAN_FRONTEND=noninteractive "$@"
    "$@" || { $update && "$@"; }
}

# apt-get with lists and archives of its own in a folder: nothing of the system's changes.
apt_apart() { # FOLDER ARGUMENT...
    apt_folder=$1
    shift
    mkdir -p "$apt_folder/lists/partial" "$apt_folder/cache/archives/partial"
    apt-get -q -o APT::Sandbox::User= -o Acquire::Languages=none -o Dir::State="$apt_folder" \
        -o Dir::State::Lists="$apt_folder/lists" -o Dir::State::status=/dev/null -o Dir::Cache="$apt_folder/cache" "$@"
}

# Installs what the function given finds missing, or says what that is and gives up.
install_missing() { # NEED_FUNCTION
    missing=
    "$1"
    [ -n "$missing" ] || return 0
    echo "Missing here, by the names of their Debian packages:$missing"
    if [ -e /etc/debian_version ]; then
        # shellcheck disable=SC2086
        apt_install $missing || { echo "They could not be installed; that takes root or sudo."; return 1; }
        missing=
        "$1"
        [ -n "$missing" ] || return 0
        echo "Still missing:$missing"
    else
        echo "Install what this system calls them, then try again."
    fi
    return 1
}

processors() {
    getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1
}

# Configures a folder, with the generator it has or the best there is, and builds what is named, or everything.
configure() { # FOLDER [CMAKE_OPTION]...
    folder=$1
    shift
    if [ ! -e "$folder/CMakeCache.txt" ] && command -v ninja >/dev/null; then
        set -- -G Ninja "$@"
    fi
    cmake -S "$top" -B "$folder" "$@"
}

make_targets() { # FOLDER [TARGET]...
    folder=$1
    shift
    cmake --build "$folder" -j "$(processors)" ${1:+--target "$@"}
}
