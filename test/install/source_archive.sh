#!/bin/sh
# SPDX-License-Identifier: ISC
# source_archive.sh CMAKE SOURCE: two archives of one commit, made in checkouts that differ in all that a commit does not
# say, are the same; one holds what was committed and can be configured; and without git there is none.
set -eu
cmake=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

for tool in git gzip; do
    command -v $tool >/dev/null || {
        echo "skipped: $tool is not installed"
        exit 77
    }
done

fail() {
    echo "FAILED: $*"
    exit 1
}

# archive CHECKOUT OUT
archive() {
    "$cmake" -D SOURCE="$1" -D NAME=ikelive -D OUT="$2" -P "$source/lib/packaging/source_archive.cmake"
}

git_here() {
    git -C "$work/first" -c user.name=test -c user.email=test@example.org -c commit.gpgsign=false "$@"
}

# A repository of its own, since the source may come from an archive itself.
mkdir "$work/first"
(cd "$source" && tar -cf - --exclude=./build --exclude='./build-*' --exclude=./.git .) | tar -xf - -C "$work/first"
git_here init -q
git_here add -A
git_here commit -q -m all
(umask 077 && git clone -q "$work/first" "$work/second")
echo "not committed" >"$work/second/note"
find "$work/second" -path "$work/second/.git" -prune -o -type f -exec touch -d '2001-02-03' {} +

(umask 022 && archive "$work/first" "$work/first.tar.gz") >"$work/log" 2>&1 || fail "$(cat "$work/log")"
(umask 077 && TZ=Asia/Tokyo archive "$work/second" "$work/second.tar.gz") >"$work/log" 2>&1 || fail "$(cat "$work/log")"
cmp "$work/first.tar.gz" "$work/second.tar.gz" || fail "two archives of one commit differ"

mkdir "$work/unpacked"
tar -xzf "$work/first.tar.gz" -C "$work/unpacked"
rm -rf "$work/first/.git"
diff -r "$work/first" "$work/unpacked/ikelive" || fail "the archive differs from what was committed"
"$cmake" -S "$work/unpacked/ikelive" -B "$work/build" -DIKELIVE_TESTS=OFF >"$work/log" 2>&1 || fail "$(cat "$work/log")"

if GIT_CEILING_DIRECTORIES=$work archive "$work/first" "$work/none.tar.gz" >"$work/log" 2>&1; then
    fail "there is an archive of what no commit holds"
fi
grep -q "is no checkout of git" "$work/log" || fail "does not say why: $(cat "$work/log")"
[ ! -e "$work/none.tar.gz" ] || fail "half an archive is left"
