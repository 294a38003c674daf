#!/bin/sh
# SPDX-License-Identifier: ISC
# monitor.sh CASE PROGRAM: runs the example of a monitored tunnel as CASE, a function below, says, and checks what it
# prints. The program itself checks times, and allows for what a busy machine makes late.
set -eu
# shellcheck source=test/support/case.sh
. "$(dirname "$0")/../support/case.sh"

fast=--speed=100

the_route_moves_and_comes_back() { # TEST
    run 0 "$fast"
    grep -q 'tunnel 1 is DOWN: data path dead; new keys may help$' "$work/out" || fail "tunnel 1 does not go down"
    sed -n -E 's/.*the route goes through tunnel //p' "$work/out" | head -3 | tr '\n' ' ' | grep -q '^1 2 1 $' ||
        fail "the route does not go to tunnel 2 and back"
    ! grep -q 'tunnel [23] is DOWN' "$work/out" || fail "another tunnel goes down"
    tail -1 "$work/out" | grep -q '^The IKE SA lived, and the route moved in time\.$' || fail "the last line"
}

the_picture_is_well_formed() { # TEST
    command -v xmllint >/dev/null || exit 77 # skipped; in Debian it comes with libxml2-utils
    run 0 "$fast" --svg "$work/picture.svg"
    xmllint --noout "$work/picture.svg" || fail "the picture is not well-formed"
    for word in 'IKE SA' 'tunnel 1 dead' 'tunnel 2' route SUSPECT; do
        grep -q ">$word</text>" "$work/picture.svg" || fail "the picture does not show $word"
    done
}

wrong_arguments_are_refused() { # TEST
    for argument in --speed=0 --svg= --nothing; do
        run 2 "$argument"
    done
}

"$case"
