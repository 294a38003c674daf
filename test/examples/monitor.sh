#!/bin/sh
# SPDX-License-Identifier: ISC
# monitor.sh CASE PROGRAM: runs the example of a monitored tunnel as CASE, a function below, says, and checks what it
# prints. The program itself checks times, and allows for what a busy machine makes late.
set -eu
case=$1
program=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "$case: $1"
    cat "$work/out" "$work/err"
    exit 1
}

run() {
    "$program" --speed 100 "$@" >"$work/out" 2>"$work/err" || fail "exit status $?"
}

the_route_moves_and_comes_back() { # TEST
    run
    grep -q 'tunnel 1 is DOWN: data path dead; new keys may help$' "$work/out" || fail "tunnel 1 does not go down"
    sed -n -E 's/.*the route goes through tunnel //p' "$work/out" | head -3 | tr '\n' ' ' | grep -q '^1 2 1 $' ||
        fail "the route does not go to tunnel 2 and back"
    ! grep -q 'tunnel [23] is DOWN' "$work/out" || fail "another tunnel goes down"
    tail -1 "$work/out" | grep -q '^The IKE SA lived, and the route moved in time\.$' || fail "the last line"
}

the_picture_is_well_formed() { # TEST
    command -v xmllint >/dev/null || exit 77 # skipped; in Debian it comes with libxml2-utils
    run --svg "$work/picture.svg"
    xmllint --noout "$work/picture.svg" || fail "the picture is not well-formed"
    for word in 'IKE SA' 'tunnel 1 dead' 'tunnel 2' route SUSPECT; do
        grep -q ">$word</text>" "$work/picture.svg" || fail "the picture does not show $word"
    done
}

wrong_arguments_are_refused() { # TEST
    for arguments in '--speed 0' --svg= --nothing; do
        status=0
        # shellcheck disable=SC2086
        "$program" $arguments >"$work/out" 2>"$work/err" || status=$?
        [ $status -eq 2 ] || fail "exit status $status: $arguments"
    done
}

: >"$work/out"
: >"$work/err"
"$case"
