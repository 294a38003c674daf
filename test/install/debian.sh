#!/bin/sh
# SPDX-License-Identifier: ISC
# debian.sh CPACK CMAKE CC VERSION BUILD: makes Debian packages of what was built in BUILD and lets lintian judge them.
# Installs them in a clean root, which has what they depend on, runs ikeping there, builds and runs a consumer with them,
# and removes them again without a trace. Skipped without Debian's tools or where it may not change its root.
set -eu
cpack=$1 cmake=$2 cc=$3 version=$4 build=$5
consumer=$(cd "$(dirname "$0")/consumer" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
export LC_ALL=C

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

# take PATH...: copies each into the root, where the links lead too, with the shared libraries that it needs.
take() {
    for file in "$@"; do
        tar -chPf - "$file" | tar -xPf - --transform "s,^,$root," --no-same-owner
        for needed in $(ldd "$file" 2>/dev/null | grep -o '/[^ ]*'); do
            [ -e "$root$needed" ] || take "$needed"
        done
    done
}

# A root where dpkg believes installed what is installed here, and in which scripts of packages and programs run.
make_root() {
    mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/var/log" "$root/etc"
    awk 'BEGIN { RS = ""; ORS = "\n\n" } !/^Package: (lib)?ikelive/' /var/lib/dpkg/status >"$root/var/lib/dpkg/status"
    take /bin/sh /sbin/ldconfig
    for package in $packages; do
        dpkg-deb -f "$package" Depends
    done | tr ',' '\n' | awk '$1 !~ /ikelive|-dev$/ { print $1 }' | sort -u >"$work/depends"
    xargs dpkg -L <"$work/depends" | grep '^/.*/lib[^/]*\.so\.[0-9]*$' >"$work/libraries"
    # shellcheck disable=SC2046
    take $(cat "$work/libraries")
    sed 's,/[^/]*$,,' "$work/libraries" | sort -u >"$root/etc/ld.so.conf"
    chroot "$root" /sbin/ldconfig
}

# What is in the root, dpkg's own notes aside.
contents() {
    (cd "$root" && find . -path ./var/lib/dpkg -prune -o -path ./var/log -prune -o -print | sort)
    chroot "$root" /sbin/ldconfig -p | grep ' => ' | sort
}

for tool in dpkg dpkg-shlibdeps dpkg-deb lintian; do
    command -v $tool >/dev/null || {
        echo "skipped: $tool is not installed"
        exit 77
    }
done
chroot / true 2>/dev/null || {
    echo "skipped: this user may not change its root"
    exit 77
}

say "make the packages"
if command -v doxygen >/dev/null; then
    quietly "$cmake" --build "$build" --target doc
fi
cd "$build"
quietly "$cpack" -G DEB -B "$work/packages"
cd "$work"
packages=$(find "$work/packages" -maxdepth 1 -name '*.deb' | sort)
[ "$(echo "$packages" | wc -l)" -eq 4 ] || fail "there should be four packages: $packages"

say "lintian"
# shellcheck disable=SC2086
quietly lintian --allow-root --fail-on error $packages
! grep -q '^E:' "$work/log" || fail "$(cat "$work/log")"

say "install them in a clean root"
make_root
contents >"$work/before"
# shellcheck disable=SC2086
quietly dpkg --root="$root" --no-triggers --install $packages
names=$(for package in $packages; do dpkg-deb -f "$package" Package; done)
for name in $names; do
    [ "$(dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${db:Status-Status}' "$name")" = installed ] ||
        fail "$name is not installed"
    [ -s "$root/usr/share/doc/$name/copyright" ] || fail "$name does not say its license"
    gunzip -c "$root/usr/share/doc/$name/changelog.Debian.gz" | grep -q "^ikelive ($version-" ||
        fail "the change log of $name does not begin with version $version"
done
contents >"$work/installed"
! cmp -s "$work/before" "$work/installed" || fail "nothing was installed"
grep -q 'libikelive\.so.* => ' "$work/installed" ||
    fail "the linker's cache does not know the library"

say "run what is installed"
said=$(chroot "$root" /usr/bin/ikeping --version) || fail "ikeping --version said: $said"
[ "$said" = "ikeping (ikelive) $version" ] || fail "ikeping --version said: $said"

for page in man1/ikeping.1 man7/ikelive.7; do
    gunzip -t "$root/usr/share/man/$page.gz" || fail "the man page $page is not installed"
done
if command -v doxygen >/dev/null; then
    for file in doc/ikelive/html/index.html man/man3/ikelive_watch.3.gz man/man3/ikl_watch_tick.3.gz; do
        [ -s "$root/usr/share/$file" ] || fail "$file is not installed"
    done
fi

say "build a consumer with it"
pc_dir=$(dirname "$(find "$root/usr/lib" -name ikelive.pc)")
# shellcheck disable=SC2046
quietly "$cc" -std=c11 "$consumer/consumer.c" -o "$root/consumer" \
    $(PKG_CONFIG_PATH=$pc_dir pkg-config --cflags --libs ikelive)
said=$(chroot "$root" /consumer) || fail "the consumer said: $said"
[ "$said" = "ikelive $version" ] || fail "the consumer said: $said"
quietly "$cmake" -S "$consumer" -B "$work/package" -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$root/usr" \
    -DIKELIVE_VERSION="$version"
quietly "$cmake" --build "$work/package"
[ "$("$work/package/consumer_static")" = "ikelive $version" ] || fail "the consumer linked with the archive"
rm "$root/consumer"

say "remove them"
# shellcheck disable=SC2086
quietly dpkg --root="$root" --no-triggers --purge $names
contents >"$work/after"
diff "$work/before" "$work/after" || fail "this is left"
for name in $names; do
    ! ls "$root/var/lib/dpkg/info/$name".* 2>/dev/null || fail "dpkg still knows $name"
done
