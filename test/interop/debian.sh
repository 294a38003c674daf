# SPDX-License-Identifier: ISC
# The daemons of a Debian release, whichever this machine has: their packages and what these need, unpacked into a folder
# of the build and run in it with chroot. Nothing of it is installed. Read by run; bash.

# shellcheck shell=bash disable=SC2154

debian_keys=/usr/share/keyrings/debian-archive-keyring.gpg

release_root() { # RELEASE
    echo "$build/interop/$1"
}

# apt with sources, lists, packages and installed packages of its own, but this machine's proxies and keys.
release_apt() { # ARGUMENT...
    apt-get -qq -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::Etc::Preferences=/dev/null \
        -o Dir::Etc::PreferencesParts=/dev/null -o Dir::State="$apt/state" -o Dir::State::Status="$apt/status" \
        -o Dir::Cache="$apt/cache" -o APT::Sandbox::User= "$@"
}

# Where this machine gets Debian from: the places that its own sources name, in the order of its sources.
debian_places() {
    apt-get indextargets --no-release-info --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        awk '$3 == "main" && $2 !~ /-/ && !seen[$1]++ { print $1 }'
}

# The lists of a release, signed by Debian, from the first place that has it.
fetch_lists() { # RELEASE
    local place signed=''
    mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial"
    : >"$apt/status"
    [ ! -e "$debian_keys" ] || signed="[signed-by=$debian_keys]"
    for place in $(debian_places); do
        echo "deb $signed $place $1 main" >"$apt/sources.list"
        release_apt -o APT::Update::Error-Mode=any update && return
    done
    return 1
}

# The packages of two daemons conflict, so what each needs is asked for by itself. A mirror need not have the last.
daemon_packages="strongswan-charon libstrongswan-standard-plugins libcharon-extra-plugins strongswan-swanctl
                 libcharon-extauth-plugins
                 libreswan libnss3-tools openiked"

fetch_daemons() {
    # shellcheck disable=SC2086
    set -- $daemon_packages
    release_apt install -y --no-install-recommends --download-only "${@:1:5}" &&
        release_apt install -y --no-install-recommends --download-only "${@:6:2}" &&
        { release_apt install -y --no-install-recommends --download-only "${@:8}" || true; }
}

unpack_daemons() { # FOLDER
    local folder package
    for folder in bin sbin lib lib64; do
        mkdir -p "$1/usr/$folder"
        ln -s "usr/$folder" "$1/$folder"
    done
    mkdir -p "$1/dev" "$1/proc" "$1/run" "$1/tmp" "$1/etc" "$1/lab"
    for package in "$apt"/cache/archives/*.deb; do
        dpkg-deb -x "$package" "$1" || return
    done
    ln -s ../run "$1/var/run"
    printf '%s\n' root:x:0:0:root:/:/bin/sh _iked:x:1:1::/var/empty:/bin/sh >"$1/etc/passwd"
    printf '%s\n' root:x:0: _iked:x:1: >"$1/etc/group"
    make_iked_keys "$1"
    # what the daemons would otherwise make anew for each scenario
    mkdir "$1/empty-nss"
    in_release "$1" /tmp certutil -N -d sql:/empty-nss --empty-password
}

# OpenIKED does not start without a key of its own, though it has no use for it here.
make_iked_keys() { # FOLDER
    mkdir -p "$1/var/empty" "$1"/etc/iked/{private,ca,certs,crls,pubkeys/{fqdn,ipv4,ipv6,ufqdn}}
    (umask 077 && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1/etc/iked/private/local.key")
    openssl pkey -in "$1/etc/iked/private/local.key" -pubout -out "$1/etc/iked/local.pub"
}

make_release() { # RELEASE
    local root
    local apt=$build/interop/apt-$1
    root=$(release_root "$1")
    rm -rf "$apt" "$root.new"
    mkdir -p "$apt"
    { fetch_lists "$1" || { apt_install debian-archive-keyring && fetch_lists "$1"; }; } && fetch_daemons &&
        unpack_daemons "$root.new" && echo "$daemon_packages" >"$root.new/packages" &&
        rm -rf "$root" && mv "$root.new" "$root"
    local status=$?
    rm -rf "$apt"
    return $status
}

# Says why when there can be no such release here: 77 when that is to be expected.
prepare_release() { # RELEASE
    [ "$(cat "$(release_root "$1")/packages" 2>/dev/null)" != "$daemon_packages" ] || return 0
    if ! command -v dpkg-deb >/dev/null || ! command -v apt-get >/dev/null; then
        echo "skipped  Debian's $1: its packages are unpacked on Debian and its like only"
        return 77
    fi
    make_release "$1" >"$work/$1.txt" 2>&1 && return
    echo "Debian's $1 cannot be had from where this machine gets its packages:"
    tail -n 5 "$work/$1.txt" | sed 's/^/    | /'
    return 1
}

# A program of a release instead of this shell's, with this machine's /proc and /dev, a /run of its own (daemons refuse to
# start beside another), and FOLDER as /lab, whose iked/, if there is one, is /etc/iked; with the library $preload if that is set, a file in there.
exec_in_release() { # ROOT FOLDER PROGRAM [ARGUMENT]...
    # shellcheck disable=SC2016
    exec unshare -m --propagation private bash -c 'set -e
        root=$1
        mount --rbind /dev "$root/dev"
        mount --rbind /proc "$root/proc"
        mount -t tmpfs tmpfs "$root/run"
        mount --bind "$2" "$root/lab"
        [ ! -d "$2/iked" ] || mount --bind "$2/iked" "$root/etc/iked"
        shift 2
        exec env ${preload:+LD_PRELOAD="$preload"} chroot "$root" "$@"' bash "$@"
}

in_release() { # ROOT FOLDER PROGRAM [ARGUMENT]...
    (exec_in_release "$@")
}

export -f exec_in_release
